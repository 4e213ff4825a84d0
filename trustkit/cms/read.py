"""Signed messages from octets: GB/T 35275 and RFC 5652 / PKCS#7 SignedData, strictly DER and under limits.

Guarantees: every field is where the syntax puts it, nothing trails, nothing is larger or more numerous than the limits
below. What departs from the letter and is tolerated is named in `notes` (`Deviation`). Nothing is verified here.

Not walked: the inside of the content, of CRLs and of attribute values; whoever uses those reads them strictly.

    message = parse_signed_message(octets)
    message.dialect, message.content, len(message.signers)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.content import ContentDigests
from trustkit.cms.fields import Fields, elements, expect_all, read_algorithm, require_strict
from trustkit.cms.model import Deviation, Dialect, SignedMessage, SignerInfo
from trustkit.cms.signer_read import read_signer
from trustkit.encoding import der
from trustkit.encoding.remembered import remembering
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import MAX_CERTIFICATE_SIZE

if TYPE_CHECKING:
    from trustkit.encoding.der import Tlv

MAX_MESSAGE_SIZE: Final = der.MAX_SIZE  # an attached scan of many pages; larger contents are signed detached
MAX_SIGNERS: Final = 100  # every signer costs a signature check
MAX_CERTIFICATES: Final = 100
MAX_CRLS: Final = 100
MAX_DIGEST_ALGORITHMS: Final = 100  # one for each signer
MAX_CERTIFICATES_SIZE: Final = 1024 * 1024  # walked element by element: a second at most
MAX_SIGNERS_SIZE: Final = 4 * 1024 * 1024  # Adobe's archived revocation data sits in signed attributes
MAX_CRLS_SIZE: Final = 32 * 1024 * 1024

_KEPT_MESSAGES: Final = 64  # of the files that are verified at once: four with six signatures, each with its time stamp
_SMALL_MESSAGE: Final = 64 * 1024

_EXPLICIT_0, _EXPLICIT_1 = 0xA0, 0xA1


def parse_signed_message(
    octets: bytes, *, max_size: int = MAX_MESSAGE_SIZE, signers_needed: bool = True
) -> SignedMessage:
    """Return the unverified SignedData inside a ContentInfo (RFC 5652 clauses 3 and 5, GB/T 35275 clause of SignedData).

    Without `signers_needed` a mere bag of certificates is read too (`SignedMessage.is_bag`).

    Raises:
        TrustError: INPUT_EMPTY, INPUT_TOO_LARGE; DER_NOT_DER for BER, indefinite lengths included; DER_MALFORMED for
            overruns and trailing octets; CMS_UNSUPPORTED for another content type; CMS_NO_SIGNER; CMS_ATTRIBUTES for
            empty attributes; CMS_MALFORMED for every other departure.
    """
    if len(octets) > max_size or not isinstance(octets, bytes):
        return _read_message(octets, max_size, signers_needed)
    return _kept_message(octets, max_size, signers_needed)


def _read_message(octets: bytes, max_size: int, signers_needed: bool) -> SignedMessage:  # noqa: FBT001 - a key of the cache
    content_type, wrapper = open_content_info(octets, max_size=max_size)
    dialect = _dialect(content_type)
    signed_data = wrapper.take(der.SEQUENCE, "SignedData")
    wrapper.finish()
    return _signed_data(octets, signed_data, dialect, signers_needed=signers_needed)


# one verification reads a message for its evidence, then to judge it: what is read is frozen, and proves nothing
_kept_message: Final = remembering(_read_message, entries=_KEPT_MESSAGES, largest=_SMALL_MESSAGE)


def open_content_info(octets: bytes, *, max_size: int = MAX_MESSAGE_SIZE) -> tuple[str, Fields]:
    """Return the content type of a ContentInfo and what is inside its [0] (RFC 5652 3).

    Raises:
        TrustError: INPUT_EMPTY, INPUT_TOO_LARGE, DER_NOT_DER, DER_MALFORMED, CMS_MALFORMED.
    """
    if not octets:
        raise TrustError(ErrorCode.INPUT_EMPTY, "message")
    if len(octets) > max_size:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "message", octets=len(octets), limit=max_size)
    outer = der.read_tlv(octets, 0, len(octets))
    if outer.end != len(octets):
        raise TrustError(ErrorCode.DER_MALFORMED, "trailing octets", offset=outer.end)
    if outer.tag != der.SEQUENCE:
        raise TrustError(ErrorCode.CMS_MALFORMED, "ContentInfo is not a SEQUENCE")
    content_info = Fields(octets, outer, "ContentInfo")
    content_type = content_info.oid("contentType")
    wrapper = Fields(octets, content_info.take(_EXPLICIT_0, "content"), "ContentInfo content")
    content_info.finish()
    return content_type, wrapper


def _dialect(content_type: str) -> Dialect:
    if content_type == oids.SIGNED_DATA:
        return Dialect.RFC5652
    if content_type == oids.GBT_SIGNED_DATA:
        return Dialect.GBT35275
    name = oids.OTHER_TYPES.get(content_type, "a type that is not known here")
    raise TrustError(ErrorCode.CMS_UNSUPPORTED, f"{name}, not SignedData", oid=content_type)


def _signed_data(octets: bytes, element: Tlv, dialect: Dialect, *, signers_needed: bool) -> SignedMessage:
    fields = Fields(octets, element, "SignedData")
    version = fields.integer("version")
    digests = read_digest_algorithms(octets, fields.take(der.SET, "digestAlgorithms"))
    content_type, content = read_encapsulated(octets, fields.take(der.SEQUENCE, "contentInfo"))
    certificates, other_certificates = read_certificates(octets, fields.optional(_EXPLICIT_0))
    revocation = read_revocation(octets, fields.optional(_EXPLICIT_1))
    signers = read_signers(octets, fields.take(der.SET, "signerInfos"), dialect, frozenset(digests))
    fields.finish()
    if signers_needed and not signers:
        raise TrustError(ErrorCode.CMS_NO_SIGNER, "a message with certificates only")
    notes: list[str] = []
    others = other_certificates | revocation.tags
    if version != _expected_version(dialect, content_type, signers, others):
        notes.append(Deviation.VERSION)
    if content_type == (oids.GBT_DATA if dialect is Dialect.RFC5652 else oids.DATA):
        notes.append(Deviation.INNER_TYPE_FOREIGN)
    if other_certificates:
        notes.append(Deviation.CERTIFICATE_SKIPPED)
    if revocation.skipped:
        notes.append(Deviation.CRL_SKIPPED)
    return SignedMessage(
        dialect=dialect,
        version=version,
        content_type=content_type,
        content=content,
        certificates=certificates,
        crls=revocation.crls,
        ocsp_responses=revocation.ocsp_responses,
        signers=signers,
        digest_algorithms=digests,
        notes=tuple(notes),
        raw=octets,
        attached=None if content is None else ContentDigests(content),
    )


def _expected_version(
    dialect: Dialect, content_type: str, signers: tuple[SignerInfo, ...], others: frozenset[int]
) -> int:
    """RFC 5652 5.1; GB/T 35275 always writes 1. `others` holds the tags of certificates and CRLs of other kinds."""
    if dialect is Dialect.GBT35275:
        return 1
    if others & {0xA3, _EXPLICIT_1 | 0x100}:
        return 5
    if 0xA2 in others:  # noqa: PLR2004 - [2] v2AttrCert
        return 4
    if others or content_type not in {oids.DATA, oids.GBT_DATA} or any(signer.version == 3 for signer in signers):  # noqa: PLR2004 - RFC 5652 5.3
        return 3
    return 1


def read_digest_algorithms(octets: bytes, element: Tlv) -> tuple[str, ...]:
    """Return the OIDs in digestAlgorithms (RFC 5652 5.1). Raise as `parse_signed_message` does."""
    items = elements(octets, element, MAX_DIGEST_ALGORITHMS, "digestAlgorithms")
    expect_all(items, der.SEQUENCE, "digestAlgorithms")
    return tuple(read_algorithm(octets, item, "digestAlgorithm").oid for item in items)


def read_encapsulated(octets: bytes, element: Tlv) -> tuple[str, bytes | None]:
    """Return type and octets of EncapsulatedContentInfo, None for what is detached (RFC 5652 5.2)."""
    fields = Fields(octets, element, "encapsulated content")
    content_type = fields.oid("type")
    wrapper = fields.optional(_EXPLICIT_0)
    fields.finish()
    if wrapper is None:
        return content_type, None
    inside = Fields(octets, wrapper, "encapsulated content")
    content = inside.octet_string("content")
    inside.finish()
    return content_type, content


def read_certificates(octets: bytes, element: Tlv | None) -> tuple[tuple[bytes, ...], frozenset[int]]:
    """Return certificates, and the tags of those of another kind (RFC 5652 10.2.2: [0] to [3])."""
    if element is None:
        return (), frozenset()
    _limit(element, MAX_CERTIFICATES_SIZE, "certificates")
    items = elements(octets, element, MAX_CERTIFICATES, "certificates")
    found: list[bytes] = []
    others: set[int] = set()
    for item in items:
        if item.tag == der.SEQUENCE:
            found.append(der.octets(octets, item))
        elif _EXPLICIT_0 <= item.tag <= _EXPLICIT_0 + 3:
            others.add(item.tag)
        else:
            raise TrustError(ErrorCode.CMS_MALFORMED, f"certificates: tag {item.tag:#04x}")
    for certificate in found:
        require_strict(certificate, MAX_CERTIFICATE_SIZE)
    return tuple(found), frozenset(others)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationInformation:
    """RevocationInfoChoices (RFC 5652 10.2.1): lists, OCSP responses (RFC 5940), and whether there was anything else.

    `tags` are those of what is no list, told from certificates' by 0x100: the version of the message depends on them.
    """

    crls: tuple[bytes, ...] = ()
    ocsp_responses: tuple[bytes, ...] = ()
    tags: frozenset[int] = frozenset()
    skipped: bool = False


def read_revocation(octets: bytes, element: Tlv | None) -> RevocationInformation:
    """Return the revocation information a message carries. Raise CMS_MALFORMED, INPUT_TOO_LARGE."""
    if element is None:
        return RevocationInformation()
    _limit(element, MAX_CRLS_SIZE, "crls")
    items = elements(octets, element, MAX_CRLS, "crls")
    for item in items:
        if item.tag not in {der.SEQUENCE, _EXPLICIT_1}:
            raise TrustError(ErrorCode.CMS_MALFORMED, f"crls: tag {item.tag:#04x}")
    others = [item for item in items if item.tag == _EXPLICIT_1]
    answers = tuple(found for item in others if (found := _ocsp_response(octets, item)) is not None)
    return RevocationInformation(
        crls=tuple(der.octets(octets, item) for item in items if item.tag == der.SEQUENCE),
        ocsp_responses=answers,
        tags=frozenset(item.tag | 0x100 for item in others),
        skipped=len(answers) != len(others),
    )


def _ocsp_response(octets: bytes, item: Tlv) -> bytes | None:
    """Return the OCSPResponse in an OtherRevocationInfoFormat, as found; None for any other, and what cannot be read."""
    try:
        named, *rest = der.children(octets, item)
        dotted = der.decode_oid(der.expect(octets, named, der.OID, "otherRevInfoFormat"))
    except (TrustError, ValueError):
        return None
    return der.octets(octets, rest[0]) if dotted == oids.RI_OCSP_RESPONSE and len(rest) == 1 else None


def read_signers(octets: bytes, element: Tlv, dialect: Dialect, digests: frozenset[str]) -> tuple[SignerInfo, ...]:
    """Return the SignerInfos, none for a bag (RFC 5652 5.1). Raise as `parse_signed_message` does."""
    _limit(element, MAX_SIGNERS_SIZE, "signerInfos")
    items = elements(octets, element, MAX_SIGNERS, "signerInfos")
    expect_all(items, der.SEQUENCE, "signerInfos")
    return tuple(read_signer(octets, item, dialect, digests) for item in items)


def _limit(element: Tlv, limit: int, what: str) -> None:
    if element.end - element.body > limit:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, what, octets=element.end - element.body, limit=limit)
