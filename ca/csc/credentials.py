"""What remote signing needs of the authority: which keys may sign for whom, and what the API tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from trustkit.crypto.public_key import P256_CURVE, P384_CURVE, RSA_ENCRYPTION, SM2_CURVE, KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding.text64 import encode_base64

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.port import DigestSigner
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate

VALID: Final = "valid"
_CURVES: Final[Mapping[KeyKind, tuple[str, int]]] = {
    KeyKind.SM2: (SM2_CURVE, 256),
    KeyKind.EC_P256: (P256_CURVE, 256),
    KeyKind.EC_P384: (P384_CURVE, 384),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningCredential:
    """A key that signs for others, by its certificate.

    Attributes:
        chain: the authorities above the certificate, its issuer first, without the root.
        status: valid, expired, revoked or suspended (`cert/status` of the API).
    """

    identifier: str
    certificate: Certificate
    chain: tuple[Certificate, ...]
    status: str

    @property
    def key(self) -> PublicKey:
        """The key that verifies."""
        return self.certificate.public_key

    def algorithms(self) -> tuple[str, ...]:
        """Return the OIDs `signAlgo` may have (`key/algo`); RSA also the bare one, which needs hashAlgorithmOID beside it."""
        suites = (each for each in SignatureSuite if each.key_kind is self.key.kind and each.takes_digest)
        bare = (RSA_ENCRYPTION,) if self.key.kind is KeyKind.RSA else ()
        return tuple(dict.fromkeys((*bare, *(each.oid for each in suites))))


class Credentials(Protocol):
    """The credentials of one authority."""

    def identifiers(self) -> tuple[str, ...]:
        """Return the identifiers of those there are."""
        ...

    def find(self, identifier: str) -> SigningCredential:
        """Return a credential as it is now. Raise CA_CREDENTIAL_MISSING."""
        ...

    def signer(self, credential: SigningCredential) -> DigestSigner:
        """Return what signs with its key. Raise KEY_*, ALGORITHM_SUNSET."""
        ...


def credential_info(
    credential: SigningCredential, *, certificates: str, details: bool, authorization: bool, multisign: int
) -> dict[str, JsonValue]:
    """Return a CredentialInfo object; `certificates` is none, single or chain.

    SCAL "2" is said in the API's own sense, so that clients send the hashes with the authorization: no more is claimed by it.
    """
    key, certificate = credential.key, credential.certificate
    told_key: dict[str, JsonValue] = {
        "status": "enabled" if credential.status == VALID else "disabled",
        "algo": list(credential.algorithms()),
        "len": key.rsa_bits,
    }
    if key.kind in _CURVES:
        told_key["curve"], told_key["len"] = _CURVES[key.kind]
    cert: dict[str, JsonValue] = {"status": credential.status}
    if certificates != "none":
        chain = (certificate, *credential.chain) if certificates == "chain" else (certificate,)
        cert["certificates"] = [encode_base64(each.der) for each in chain]
    if details:
        cert |= {
            "issuerDN": certificate.issuer,
            "serialNumber": f"{certificate.serial:X}",
            "subjectDN": certificate.subject,
            "validFrom": _generalized(certificate.not_before),
            "validTo": _generalized(certificate.not_after),
        }
    mode: dict[str, JsonValue] = {"mode": "explicit"}
    if authorization:
        mode["objects"] = []  # the client's own secret is what authorizes: nothing is asked beside it
    return {"key": told_key, "cert": cert, "auth": mode, "SCAL": "2", "multisign": multisign, "lang": "en-US"}


def _generalized(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H%M%SZ}"
