"""COSE_Sign1 from octets, strictly: no algorithm outside the list, nothing critical unknown, one way to write each value.

sign1 = parse_sign1(octets)
sign1.payload, sign1.certificates
"""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.capsule_codes import CapsuleCode
from trustkit.cose.model import CoseAlgorithm, Label, UnverifiedSign1
from trustkit.encoding.cbor import parse_cbor
from trustkit.encoding.remembered import remembering
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.encoding.cbor import CborKey, CborValue

MAX_SIGN1_SIZE: Final = 4 * 1024 * 1024  # as a JWS: a status list of ten million incompressible entries
MAX_CERTIFICATES: Final = 10
MAX_CERTIFICATE: Final = 64 * 1024
SHA256: Final = -16  # RFC 9054 2.1
SHA256_SIZE: Final = 32
_TAG_OCTET: Final = b"\xd2"  # tag 18, of one octet
_PARTS: Final = 4
_MAX_TEXT: Final = 256
_DEPTH: Final = 4
# Parameters that fetch keys of the sender's choosing, or hold certificates without saying whose (RFC 9360 2).
_REFUSED: Final = (Label.X5BAG, Label.X5U)
_UNDERSTOOD: Final = frozenset(Label) - set(_REFUSED)


def parse_sign1(data: bytes, *, max_size: int = MAX_SIGN1_SIZE) -> UnverifiedSign1:
    """Return the parts of a COSE_Sign1 with tag 18 or none (RFC 9052 4.2), its payload inside.

    Raises:
        TrustError: INPUT_TOO_LARGE; COSE_MALFORMED for its shape, an algorithm that is not protected, a parameter in both headers,
            one that is critical and unknown, `x5u` and `x5bag`, a signature of the wrong size; ALGORITHM_UNKNOWN for an `alg`
            outside the list; CBOR_*.
    """
    if len(data) > max_size:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "COSE", octets=len(data), limit=max_size)
    value = parse_cbor(data.removeprefix(_TAG_OCTET), max_size=max_size, max_depth=_DEPTH)
    if not isinstance(value, list) or len(value) != _PARTS:
        raise _malformed("not an array of four")
    octets, unprotected, payload, signature = value
    if not isinstance(octets, bytes) or not isinstance(payload, bytes) or not isinstance(signature, bytes):
        raise _malformed("protected header, payload and signature are octets, and the payload is inside")
    protected = _header(octets) if octets else {}
    if not isinstance(protected, dict) or not isinstance(unprotected, dict):
        raise _malformed("a header is no map")
    _require_understood(protected, unprotected)
    algorithm = _algorithm(protected)
    if len(signature) != algorithm.signature_size:
        raise _malformed("signature is not of the algorithm's size")
    header = {**unprotected, **protected}  # no label stands in both
    return UnverifiedSign1(
        algorithm=algorithm,
        protected=MappingProxyType(protected),
        protected_octets=octets,
        unprotected=MappingProxyType(unprotected),
        payload=payload,
        signature=signature,
        type=_type(protected),
        key_id=_key_id(header),
        certificates=_certificates(header),
        thumbprint=_thumbprint(header),
    )


# One issuer's messages begin alike, and a short one is read by whoever tells what it is, and again by whoever judges it.
_header: Final = remembering(partial(parse_cbor, max_depth=_DEPTH), entries=64, largest=4096)
seen_sign1: Final = remembering(parse_sign1, entries=16, largest=4096)  # as `parse_sign1`


def require_protected_certificates(message: UnverifiedSign1) -> None:
    """Raise COSE_MALFORMED when `x5chain` or `x5t` is not protected.

    RFC 9360 2 leaves it to the application. Here the certificate says who signed, and whoever hands a message on could name another
    of the same key: one that was not revoked, or an older one.
    """
    if any(label in message.unprotected for label in (Label.X5CHAIN, Label.X5T)):
        raise _malformed("x5chain or x5t is not protected")


def _require_understood(protected: dict[CborKey, CborValue], unprotected: dict[CborKey, CborValue]) -> None:
    """RFC 9052 3 and 3.1: no label twice, `crit` protected, and all it names present and understood."""
    if protected.keys() & unprotected.keys():
        raise _malformed("a parameter stands in both headers")
    if any(label in protected or label in unprotected for label in _REFUSED) or Label.CRITICAL in unprotected:
        raise _malformed("x5u, x5bag, or an unprotected crit")
    if Label.CRITICAL not in protected:
        return
    critical = protected[Label.CRITICAL]
    if not isinstance(critical, list) or not critical:
        raise _malformed("crit is no array of labels")
    for label in critical:
        if not isinstance(label, int | str) or label not in _UNDERSTOOD or label not in protected:
            raise _malformed("something critical is not understood, or missing")


def _algorithm(protected: dict[CborKey, CborValue]) -> CoseAlgorithm:
    """RFC 9052 3.1: it is authenticated wherever it can be, so an unprotected one counts as none."""
    number = protected.get(Label.ALGORITHM)
    if number is None:
        raise _malformed("no protected alg")
    try:
        return CoseAlgorithm(number)  # type: ignore[arg-type] # anything else is refused by it
    except ValueError as error:
        shown = number if isinstance(number, int) else "not a number"
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "COSE algorithm", alg=shown) from error


def _type(protected: dict[CborKey, CborValue]) -> str:
    value = protected.get(Label.TYPE, protected.get(Label.CONTENT_TYPE, ""))
    if isinstance(value, int) and not isinstance(value, bool):  # a CoAP content format; none is used here
        return ""
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise _malformed("typ is no short text")
    return value.lower()


def _key_id(header: dict[CborKey, CborValue]) -> bytes:
    value = header.get(Label.KEY_ID, b"")
    if not isinstance(value, bytes) or len(value) > _MAX_TEXT:
        raise _malformed("kid is no short octets")
    return value


def _certificates(header: dict[CborKey, CborValue]) -> tuple[bytes, ...]:
    """RFC 9360 2: one certificate as octets, or an array of at least two; an array of one is what others write, too."""
    if Label.X5CHAIN not in header:
        return ()
    value = header[Label.X5CHAIN]
    found = value if isinstance(value, list) else [value]
    if not 0 < len(found) <= MAX_CERTIFICATES:
        raise _malformed("x5chain is no one to ten certificates")
    if not all(isinstance(each, bytes) and 0 < len(each) <= MAX_CERTIFICATE for each in found):
        raise _malformed("x5chain holds something else than certificates")
    return tuple(each for each in found if isinstance(each, bytes))


def _thumbprint(header: dict[CborKey, CborValue]) -> bytes:
    """RFC 9360 2: the digest's algorithm, and the digest."""
    if Label.X5T not in header:
        return b""
    match header[Label.X5T]:
        case [int(algorithm), bytes(value)] if algorithm == SHA256 and len(value) == SHA256_SIZE:
            return value
        case _:
            raise _malformed("x5t is no SHA-256")


def _malformed(detail: str) -> TrustError:
    return TrustError(CapsuleCode.COSE_MALFORMED, detail)
