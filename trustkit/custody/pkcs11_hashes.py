"""What PKCS #11 calls the hashes that RSASSA-PSS and RSAES-OAEP are told: the mechanism and the mask generation over it (2.1.6)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pkcs11 import MGF, Mechanism

from trustkit.crypto.digest import DigestAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping

HASHES: Final[Mapping[DigestAlgorithm, tuple[Mechanism, MGF]]] = MappingProxyType(
    {
        DigestAlgorithm.SHA1: (Mechanism.SHA_1, MGF.SHA1),
        DigestAlgorithm.SHA256: (Mechanism.SHA256, MGF.SHA256),
        DigestAlgorithm.SHA384: (Mechanism.SHA384, MGF.SHA384),
        DigestAlgorithm.SHA512: (Mechanism.SHA512, MGF.SHA512),
    }
)
