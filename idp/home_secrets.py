"""The home's secret and what is made of it: keyed digests nobody else can make, and texts nobody else can read.

    secrets = HomeSecrets(material)                         # 32 octets, from the home's keys (trustkit.app.idp_secrets)
    secrets.mac("login-name", b"li.hua")                    # the same 32 octets each time, and only in this home
    sealed = secrets.seal("totp", b"fa-…", shared_secret)
    secrets.open("totp", b"fa-…", sealed)

Each purpose has a key of its own (HKDF-SM3, RFC 5869), one for digests and another for sealing, so that what serves one purpose says
nothing to another. A sealed text is a version, a salt and SM4-GCM under a key and nonce made of purpose and salt: as no two texts
share a key, none of the bounds of random nonces (NIST SP 800-38D 8.3) is near, however many there are.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.crypto.cipher import CipherParameters, CipherSuite, decrypt, encrypt
from trustkit.crypto.cipher_suites import GCM_TAG
from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.kdf import derive_hkdf
from trustkit.crypto.mac import MacAlgorithm, compute_mac
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

MATERIAL_SIZE: Final = 32
MAX_PLAIN: Final = 64 * 1024  # what is sealed is a short secret or what a connector keeps; more is a mistake
_MAX_PURPOSE: Final = 64
_VERSION: Final = b"\x01"
_SALT: Final = 16
_KEYS: Final = 64  # purposes there are: a dozen
_SUITE: Final = CipherSuite.SM4_GCM
_HMAC: Final = MacAlgorithm.HMAC_SM3


class HomeSecrets(Secretive):
    """`idp.sealing.Sealing` under one secret of 32 octets. Safe in several threads."""

    __slots__ = ("_key", "_random")

    def __init__(self, material: bytes, *, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Hold the secret. Raise KEY_WEAK for one of another length."""
        if len(material) != MATERIAL_SIZE:
            raise TrustError(ErrorCode.KEY_WEAK, "the home's secret has 32 octets", octets=len(material))
        self._random = random
        held = bytes(material)

        def derive(context: Context, purpose: str) -> bytes:
            if not purpose or len(purpose) > _MAX_PURPOSE or not purpose.isascii():
                raise TrustError(ErrorCode.BUG, "a purpose is a short word")
            info = message_of(context, purpose.encode("ascii"))
            return derive_hkdf(_HMAC, held, salt=b"", info=info, size=_HMAC.size)

        self._key = lru_cache(_KEYS)(derive)

    def mac(self, purpose: str, /, *parts: bytes) -> bytes:
        """Return HMAC-SM3 (32 octets) over the parts, each with its length before it, so that no two lists look alike."""
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return compute_mac(_HMAC, self._key(Context.IDENTITY_MAC, purpose), framed)

    def seal(self, purpose: str, context: bytes, plain: bytes, /) -> bytes:
        """Return `plain` encrypted and authenticated, bound to `context`. Raise INPUT_TOO_LARGE beyond 64 KiB."""
        if len(plain) > MAX_PLAIN:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "too long to be sealed", limit=MAX_PLAIN)
        salt = self._random(_SALT)
        parameters, key = self._once(purpose, salt)
        return _VERSION + salt + encrypt(parameters, key, plain, associated=context)

    def open(self, purpose: str, context: bytes, sealed: bytes, /) -> bytes:
        """Return what was sealed. Raise DECRYPTION_FAILED (changed, cut, of another purpose, context or home)."""
        head = len(_VERSION) + _SALT
        if len(sealed) < head + GCM_TAG or not sealed.startswith(_VERSION):
            raise TrustError(ErrorCode.DECRYPTION_FAILED, "no sealed text")
        parameters, key = self._once(purpose, sealed[len(_VERSION) : head])
        return decrypt(parameters, key, sealed[head:], associated=context)

    def _once(self, purpose: str, salt: bytes) -> tuple[CipherParameters, bytes]:
        """Return the nonce and the key of one sealed text."""
        size = _SUITE.key_size + _SUITE.iv_size
        octets = derive_hkdf(_HMAC, self._key(Context.IDENTITY_SEAL, purpose), salt=salt, info=_VERSION, size=size)
        return CipherParameters(suite=_SUITE, iv=octets[_SUITE.key_size :]), octets[: _SUITE.key_size]
