"""The two suites credentials are issued in: all of it Chinese, or all of it international (ADR 0049)."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from esign.credential.model import SdAlgorithm
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.public_key import KeyKind
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from trustkit.jose.jwk import Jwk


@unique
class CredentialSuite(StrEnum):
    """SGD_SM3_SM2 with SM3, or ES256 with SHA-256."""

    SM2 = "sm2"
    ES256 = "es256"

    @property
    def key_kind(self) -> KeyKind:
        """The kind of the issuer's and of the holder's key."""
        return _KINDS[self]

    @property
    def hashing(self) -> SdAlgorithm:
        """What digests of disclosures are made with."""
        return _HASHING[self]


_KINDS: Final = {CredentialSuite.SM2: KeyKind.SM2, CredentialSuite.ES256: KeyKind.EC_P256}
_HASHING: Final = {CredentialSuite.SM2: SdAlgorithm.SM3, CredentialSuite.ES256: SdAlgorithm.SHA_256}


def suite_of(holder: Jwk) -> CredentialSuite:
    """Return the suite a holder's key is of. Raise CREDENTIAL_HOLDER_KEY for another kind."""
    for suite, kind in _KINDS.items():
        if holder.public_key.kind is kind:
            return suite
    raise TrustError(CredentialCode.CREDENTIAL_HOLDER_KEY, "an SM2 or P-256 key", key=holder.public_key.kind.value)
