"""SM2 decryption by the system's libcrypto: EVP_PKEY_decrypt, which checks the point and compares the hash itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.crypto.engines.libcrypto import SUCCESS, libcrypto
from trustkit.crypto.engines.selection import current_engine
from trustkit.crypto.sm2_ciphertext import encode_sm2_ciphertext
from trustkit.custody.secrecy import Secretive
from trustkit.custody.sm2_openssl import load_sm2_key
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.sm2_ciphertext import Sm2Ciphertext


class OpensslSm2Decryption(Secretive):
    """Decrypts with one SM2 key; the scalar stays in libcrypto's memory, cleared when freed."""

    __slots__ = ("_crypto", "_key")

    name: Final = "openssl"

    def __init__(self, scalar: bytes) -> None:
        """Load d (32 octets). Raise KEY_CONTAINER_MALFORMED."""
        self._crypto = libcrypto()
        self._key = load_sm2_key(scalar)

    def decrypt(self, ciphertext: Sm2Ciphertext) -> bytes:
        """Return the plaintext. Raise DECRYPTION_FAILED, CIPHERTEXT_POINT."""
        # GB/T 32918.4 7.1 B1, asked here so that it has a name: libcrypto has one answer for everything.
        if not current_engine().is_on_curve(ciphertext.point):
            raise TrustError(ErrorCode.CIPHERTEXT_POINT, "C1 is not a point of the SM2 curve")
        ffi, lib = self._crypto.ffi, self._crypto.lib
        data, room = encode_sm2_ciphertext(ciphertext), len(ciphertext.body)
        output, size = ffi.new("unsigned char[]", room), ffi.new("size_t *", room)
        context = lib.EVP_PKEY_CTX_new(self._key, ffi.NULL)
        try:
            answered = (
                context != ffi.NULL
                and lib.EVP_PKEY_decrypt_init(context) == SUCCESS
                and lib.EVP_PKEY_decrypt(context, output, size, data, len(data)) == SUCCESS
            )
            plaintext = bytes(ffi.buffer(output, size[0])) if answered else b""
        finally:
            lib.EVP_PKEY_CTX_free(context)
            lib.ERR_clear_error()
            ffi.memmove(output, bytes(room), room)
        # B4: a key stream of zeros, which shows as M = C2, is an error. libcrypto is not relied on to look.
        if not answered or plaintext == ciphertext.body:
            raise TrustError(ErrorCode.DECRYPTION_FAILED, "SM2 ciphertext")
        return plaintext
