"""Seed values: what the author of a form demands of whoever signs a field (ISO 32000-1 tables 234 and 235).

An entry binds when its bit in /Ff is set; /MDP always does, and /TimeStamp by a flag of its own. A demand that the signature
will not meet is a refusal that names it; nothing is done silently in its place.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject, DictionaryObject, FloatObject, TextStringObject

from esign.pdf.model import CertificationLevel
from esign.pdf.reader import entry
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.name import parse_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.pdf.request import SigningRequest
    from trustkit.x509.certificate import Certificate

_VERSION: Final = 3  # the newest meaning of the dictionary, that of PDF 2.0
_MAX_VALUES: Final = 64
_SUBJECT_KEYS: Final = {
    "C": oids.COUNTRY,
    "CN": oids.COMMON_NAME,
    "L": oids.LOCALITY,
    "O": oids.ORGANISATION,
    "OU": oids.UNIT,
    "ST": oids.STATE,
    "SERIALNUMBER": "2.5.4.5",
}


def require_seed_values(seed: DictionaryObject, request: SigningRequest) -> None:
    """Raise PDF_SEED_VALUE for a demand the signature would not meet, by the entry's name; PDF_MALFORMED."""
    flags = _number(seed, "/Ff")
    bound = {name for bit, name in enumerate(_DEMANDS) if flags >> bit & 1}
    if flags >> len(_DEMANDS):
        _refuse("Ff", "it demands something this version knows nothing of")
    for name in bound:
        if f"/{name}" in seed:
            _DEMANDS[name](seed, request)
    _require_kind(seed, request)
    _require_stamp(seed, request)
    constraints = demanded(seed, "/Cert")
    if constraints is not None:
        _require_certificate(constraints, request)


def demanded(holder: DictionaryObject, key: str) -> DictionaryObject | None:
    """Return what is asked under a key, None where nothing is. Raise PDF_MALFORMED for what is no dictionary: it asks for something."""
    found = entry(holder, key)
    if found is not None and not isinstance(found, DictionaryObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, f"{key} of a signature field is no dictionary")
    return found


def _filter(seed: DictionaryObject, request: SigningRequest) -> None:
    if str(seed["/Filter"]) != f"/{request.form.filter}":
        _refuse("Filter", f"{request.form.filter} is written")


def _sub_filter(seed: DictionaryObject, request: SigningRequest) -> None:
    _require_among("SubFilter", seed, request.form.sub_filter)


def _version(seed: DictionaryObject, _: SigningRequest) -> None:
    value = entry(seed, "/V", 0)
    if not isinstance(value, int | FloatObject):  # a real number, which writers spell as an integer (table 234)
        raise TrustError(ErrorCode.PDF_MALFORMED, "/V of the seed values is no number")
    if value > _VERSION:
        _refuse("V", f"seed values are known up to version {_VERSION}")


def _reasons(seed: DictionaryObject, request: SigningRequest) -> None:
    reasons = _texts(seed, "/Reasons")
    if reasons in ((), (".",)):  # table 234: no reason may then be given
        if request.reason:
            _refuse("Reasons", "no reason may be given")
        return
    if request.reason not in reasons:
        _refuse("Reasons", f"the reason must be one of: {'; '.join(each[:64] for each in reasons[:8])}")


def _attestation(_: DictionaryObject, __: SigningRequest) -> None:
    _refuse("LegalAttestation", "legal attestations are not written")


def _revocation(seed: DictionaryObject, _: SigningRequest) -> None:
    if bool(seed["/AddRevInfo"]):
        _refuse("AddRevInfo", "revocation data go into the document's security store, not into the message")


def _digest(seed: DictionaryObject, request: SigningRequest) -> None:
    _require_among("DigestMethod", seed, request.digest_algorithm.value.upper())


def _lock_document(seed: DictionaryObject, request: SigningRequest) -> None:
    wanted = str(seed["/LockDocument"]).removeprefix("/").lower()
    level = request.certification if request.lock is None else request.lock.level or request.certification
    if wanted != "auto" and (wanted == "true") is not (level is CertificationLevel.NO_CHANGES):
        _refuse("LockDocument", f"{wanted} is demanded")


def _appearance(_: DictionaryObject, __: SigningRequest) -> None:
    _refuse("AppearanceFilter", "named appearances are not known here")


_DEMANDS: Final[dict[str, Callable[[DictionaryObject, SigningRequest], None]]] = {  # in the order of the bits of /Ff
    "Filter": _filter,
    "SubFilter": _sub_filter,
    "V": _version,
    "Reasons": _reasons,
    "LegalAttestation": _attestation,
    "AddRevInfo": _revocation,
    "DigestMethod": _digest,
    "LockDocument": _lock_document,
    "AppearanceFilter": _appearance,
}


def _require_kind(seed: DictionaryObject, request: SigningRequest) -> None:
    """Hold /MDP against the request: P is 0 for an approval, else the level of a certification."""
    wanted = demanded(seed, "/MDP")
    if wanted is None:
        return
    level = _number(wanted, "/P")
    if level != int(request.certification or 0):
        names = {0: "an approval signature", 1: "certification, no changes", 2: "certification, form filling"}
        _refuse("MDP", f"the field is for {names.get(level, 'certification, annotations')}")


def _require_stamp(seed: DictionaryObject, request: SigningRequest) -> None:
    wanted = demanded(seed, "/TimeStamp")
    if wanted is None or not _number(wanted, "/Ff") & 1:
        return
    url = str(entry(wanted, "/URL", ""))
    if request.timestamp is None or (url and url != request.timestamp_url):
        _refuse("TimeStamp", f"a time stamp is demanded{f' of {url[:200]}' if url else ''}")


def _require_certificate(constraints: DictionaryObject, request: SigningRequest) -> None:
    """Hold the certificate constraints of table 235 against the signer's; the bit of /URL binds nothing by itself."""
    flags = _number(constraints, "/Ff")
    certificate, chain = request.certificate, request.chain
    tests: tuple[tuple[int, str, Callable[[], bool]], ...] = (
        (0, "Subject", lambda: certificate.der in _octets(constraints, "/Subject")),
        (1, "Issuer", lambda: any(each.der in _octets(constraints, "/Issuer") for each in chain)),
        (2, "OID", lambda: False),
        (3, "SubjectDN", lambda: _is_named(constraints, certificate)),
        (4, "Reserved", lambda: False),
        (5, "KeyUsage", lambda: _is_used(constraints, certificate)),
    )
    for bit, name, met in tests:
        if flags >> bit & 1 and (f"/{name}" in constraints or name == "Reserved") and not met():
            _refuse(f"Cert/{name}", "the signer's certificate is not one of those demanded")
    if flags >> len(tests) + 1:
        _refuse("Cert/Ff", "it demands something this version knows nothing of")


def _is_named(constraints: DictionaryObject, certificate: Certificate) -> bool:
    """Whether the subject has all attributes of one of the names."""
    names = entry(constraints, "/SubjectDN")
    if not isinstance(names, ArrayObject):
        return False
    own = {(each.oid, each.text) for rdn in parse_name(certificate.subject_der) for each in rdn}
    wanted = [name.get_object() for name in names]
    return any(
        isinstance(name, DictionaryObject) and all((_attribute(str(key)), str(name[key])) in own for key in name)
        for name in wanted[:_MAX_VALUES]
    )


def _attribute(key: str) -> str:
    label = key.removeprefix("/")
    return _SUBJECT_KEYS.get(label.upper(), label)


def _is_used(constraints: DictionaryObject, certificate: Certificate) -> bool:
    """Whether the key usage fits one pattern of 1 (set), 0 (not set) and X, in the order of the bits."""
    usage = certificate.key_usage or frozenset()
    return any(
        all(mark not in "01" or (mark == "1") is (name in usage) for mark, name in zip(text, oids.KEY_USAGE_BITS))  # noqa: B905 - a pattern may be short
        for text in _texts(constraints, "/KeyUsage")
    )


def _require_among(name: str, seed: DictionaryObject, own: str) -> None:
    offered = tuple(each.removeprefix("/") for each in _texts(seed, f"/{name}"))
    if own.lower() not in {each.lower() for each in offered}:
        _refuse(name, f"{own} is not among {', '.join(each[:64] for each in offered[:8])}")


def _texts(holder: DictionaryObject, key: str) -> tuple[str, ...]:
    array = entry(holder, key, ())
    found = array if isinstance(array, ArrayObject) else (array,) if array != () else ()
    return tuple(str(each.get_object()) for each in found)[:_MAX_VALUES]


def _octets(holder: DictionaryObject, key: str) -> tuple[bytes, ...]:
    array = entry(holder, key, ())
    found = (each.get_object() for each in array) if isinstance(array, ArrayObject) else ()
    return tuple(each.original_bytes for each in found if isinstance(each, ByteStringObject | TextStringObject))


def _number(holder: DictionaryObject, key: str) -> int:
    value = entry(holder, key, 0)
    if not isinstance(value, int) or value < 0:
        raise TrustError(ErrorCode.PDF_MALFORMED, f"{key} of the seed values is no number")
    return value


def _refuse(name: str, why: str) -> NoReturn:
    raise TrustError(ErrorCode.PDF_SEED_VALUE, f"{name}: {why}", seed_value=name)
