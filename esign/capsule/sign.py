"""Making capsules: deterministic CBOR in COSE_Sign1, with the signer's certificate where all fits one code.

octets = sign_capsule(content_of(metadata, issued_at=now), signer, certificate)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.capsule.model import CAPSULE_TYPE as _TYPE
from esign.capsule.model import ESSENTIALS, IDENTIFIER, MAX_CAPSULE, CapsuleClaim, CapsuleContent
from esign.capsule.read import parse_capsule
from trustkit.capsule_codes import CapsuleCode
from trustkit.cms.sign import require_own_key
from trustkit.cose.model import Label
from trustkit.cose.read import SHA256
from trustkit.cose.sign import sign_sign1
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.cbor import encode_cbor
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.encoding.cbor import CborKey, CborValue
    from trustkit.x509.certificate import Certificate

_FRAME: Final = 64 + 16  # octets of the signature, and of the heads around what is signed


def content_of(metadata: Mapping[str, JsonValue], *, issued_at: datetime) -> CapsuleContent:
    """Return the essentials of a licence's metadata. Raise CAPSULE_MALFORMED for metadata without identifier or status."""
    status = metadata.get("status")
    entry = status.get("status_list") if isinstance(status, dict) else None
    identifier = metadata.get(IDENTIFIER)
    if isinstance(entry, dict) and isinstance(identifier, str):
        uri, index = entry.get("uri"), entry.get("idx")
        if isinstance(uri, str) and isinstance(index, int):
            told = {name: value for name in ESSENTIALS if isinstance(value := metadata.get(name), str) and value}
            return CapsuleContent(
                identifier=identifier, issued_at=issued_at, status_uri=uri, status_index=index, essentials=told
            )
    raise TrustError(CapsuleCode.CAPSULE_MALFORMED, "the licence's metadata lack identifier or status")


def sign_capsule(content: CapsuleContent, signer: Signer, certificate: Certificate) -> bytes:
    """Return the capsule, at most 1,200 octets. It carries the signer's certificate, or where that does not fit its SHA-256.

    Raises:
        TrustError: USAGE for another's certificate; CAPSULE_TOO_LARGE; CAPSULE_MALFORMED for content that would not be read;
            ALGORITHM_MISMATCH; what the signer raises.
    """
    require_own_key(signer, certificate)
    payload = _payload(content)
    octets = _signed(payload, {Label.X5CHAIN.value: certificate.der}, signer)
    if octets is None:
        thumbprint: list[CborValue] = [SHA256, digest(DigestAlgorithm.SHA256, certificate.der)]
        octets = _signed(payload, {Label.X5T.value: thumbprint}, signer)
    if octets is None:
        raise TrustError(CapsuleCode.CAPSULE_TOO_LARGE, "beyond one code", limit=MAX_CAPSULE)
    parse_capsule(octets)
    return octets


def _payload(content: CapsuleContent) -> bytes:
    status: dict[CborKey, CborValue] = {"idx": content.status_index, "uri": content.status_uri}
    essentials: dict[CborKey, CborValue] = {ESSENTIALS[name]: value for name, value in content.essentials.items()}
    return encode_cbor(
        {
            CapsuleClaim.IDENTIFIER.value: content.identifier,
            CapsuleClaim.ISSUED.value: int(content.issued_at.timestamp()),
            CapsuleClaim.STATUS.value: {"status_list": status},
            CapsuleClaim.ESSENTIALS.value: essentials,
        }
    )


def _signed(payload: bytes, header: dict[CborKey, CborValue], signer: Signer) -> bytes | None:
    """Return the signed capsule, None where it is too large: nothing is signed in vain that could not fit."""
    protected: dict[CborKey, CborValue] = {Label.TYPE.value: _TYPE, **header}
    if len(payload) + len(encode_cbor(protected)) + _FRAME > MAX_CAPSULE + 2 * 16:
        return None
    octets = sign_sign1(protected, payload, signer)
    return octets if len(octets) <= MAX_CAPSULE else None
