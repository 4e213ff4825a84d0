"""SM2 encryption by the system's libcrypto: EVP_PKEY_encrypt, whose scalar is drawn inside. The portable one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from trustkit.crypto.engines.libcrypto import SUCCESS, libcrypto
from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.sm2 import POINT_SIZE
from trustkit.crypto.sm2_cipher_forms import CiphertextForm, Sm2Ciphertext, split_sm2_ciphertext
from trustkit.errors import ErrorCode, TrustError

_KEY_CACHE: Final = 1024  # as in `trustkit.crypto.engines.openssl`
_OVERHEAD: Final = 128  # C1, C3 and every DER header
_TRIES: Final = 64  # as in `trustkit.crypto.engines.ipp_encryption`


class OpensslEncryption:
    """Encrypts to SM2 keys. Keys are parsed once and shared; contexts live for one call."""

    name: Final = "openssl"

    def __init__(self) -> None:
        """Bind the library. Raise ENGINE_MISSING."""
        self._crypto = libcrypto()
        self._key = lru_cache(maxsize=_KEY_CACHE)(self._load)

    def encrypt(self, point: bytes, plaintext: bytes) -> Sm2Ciphertext:
        """Return the ciphertext for the owner of `point` (X ‖ Y). Raise KEY_MALFORMED, ENCRYPTION_FAILED."""
        key = self._key(point)
        for _ in range(_TRIES):
            ciphertext = split_sm2_ciphertext(self._encrypt(key, plaintext), CiphertextForm.ASN1)
            # GB/T 32918.4 6.1 A5: t all zeros, which shows as C2 = M, asks for another scalar; libcrypto is not relied on to look.
            if ciphertext.body != plaintext:
                return ciphertext
        raise TrustError(ErrorCode.ENCRYPTION_FAILED, "no usable scalar was drawn")

    def _encrypt(self, key: Any, plaintext: bytes) -> bytes:  # noqa: ANN401 - a cffi pointer has no static type
        ffi, lib = self._crypto.ffi, self._crypto.lib
        size = ffi.new("size_t *", len(plaintext) + _OVERHEAD)
        output = ffi.new("unsigned char[]", size[0])
        context = lib.EVP_PKEY_CTX_new(key, ffi.NULL)
        try:
            if (
                context == ffi.NULL
                or lib.EVP_PKEY_encrypt_init(context) != SUCCESS
                or lib.EVP_PKEY_encrypt(context, output, size, plaintext, len(plaintext)) != SUCCESS
            ):
                lib.ERR_clear_error()
                raise TrustError(ErrorCode.ENCRYPTION_FAILED, "libcrypto could not encrypt")
            return bytes(ffi.buffer(output, size[0]))
        finally:
            lib.EVP_PKEY_CTX_free(context)

    def _load(self, point: bytes) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        if len(point) != POINT_SIZE:
            raise TrustError(ErrorCode.KEY_MALFORMED, "SM2 point is not 64 octets", octets=len(point))
        return self._crypto.public_key(SPKI_PREFIX + point)
