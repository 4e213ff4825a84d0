"""The profile of SD-JWT VC (draft-ietf-oauth-sd-jwt-vc-24): what every credential says in the clear, and one suite throughout.

A credential is of the Chinese algorithms or of the international ones: who signs with SM2 hashes with SM3 and names a holder's
SM2 key (ADR 0049).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.credential.model import SdAlgorithm
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.canonical_json import NumberText
from trustkit.errors import TrustError
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from esign.credential.verify import VerifiedSdJwt

KIND: Final = "dc+sd-jwt"  # clause 2.2.1; the vc+sd-jwt of earlier drafts is not read
NEVER_HIDDEN: Final = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})  # clause 2.2.2.3
MAX_TYPE: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFacts:
    """What a credential says of itself: its type (`vct`) and its issuer (`iss`, empty where the certificate alone tells)."""

    type: str
    issuer: str


def credential_facts(verified: VerifiedSdJwt) -> CredentialFacts:
    """Return the facts of a verified credential.

    Raises:
        TrustError: CREDENTIAL_CLAIMS (no `vct`), CREDENTIAL_DISCLOSABLE (its holder could have hidden what must be seen),
            CREDENTIAL_SUITE (SM2 with SHA-256, or the other way).
    """
    hidden = {path[0] for path in verified.disclosed} & NEVER_HIDDEN
    if hidden:
        raise TrustError(
            CredentialCode.CREDENTIAL_DISCLOSABLE, f"disclosed: {', '.join(map(str, sorted(hidden, key=str)))}"
        )
    kind = verified.claims.get("vct")
    if not isinstance(kind, str) or isinstance(kind, NumberText) or not 0 < len(kind) <= MAX_TYPE:
        raise TrustError(CredentialCode.CREDENTIAL_CLAIMS, "vct is a text")
    chinese = verified.algorithm is JwsAlgorithm.SGD_SM3_SM2
    if chinese is not (verified.hashing is SdAlgorithm.SM3):
        raise TrustError(CredentialCode.CREDENTIAL_SUITE, "signature and digests are of two families")
    if verified.holder is not None and chinese is not (verified.holder.public_key.kind is KeyKind.SM2):
        raise TrustError(CredentialCode.CREDENTIAL_SUITE, "issuer's and holder's keys are of two families")
    return CredentialFacts(type=kind, issuer=verified.registered.issuer)
