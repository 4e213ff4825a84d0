"""SM2 private keys in the system's libcrypto: made, completed and used there."""

from __future__ import annotations

from typing import Any, Final

from trustkit.crypto.engines.libcrypto import SUCCESS, libcrypto
from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, ELEMENT_SIZE, POINT_SIZE
from trustkit.custody.private_key_info import encode_sm2_private_key
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

_MAX_SIGNATURE: Final = 72
_MAX_EC_PRIVATE_KEY: Final = 256
_SCALAR_OFFSET: Final = 7  # SEQUENCE, version, OCTET STRING header (RFC 5915, DER)


class OpensslSm2Signing(Secretive):
    """Signs with one SM2 key through EVP_DigestSign; the scalar stays in libcrypto's memory, cleared when freed."""

    __slots__ = ("_crypto", "_key", "point")

    name: Final = "openssl"

    def __init__(self, scalar: bytes) -> None:
        """Load d (32 octets) and let libcrypto compute the point. Raise KEY_CONTAINER_MALFORMED."""
        self._crypto = libcrypto()
        self._key = load_sm2_key(scalar)
        self.point = _point(self._key)

    def sign(self, message: bytes) -> bytes:
        """Return the DER signature over e = SM3(Z ‖ M), Z of the default ID. Raise SIGNING_FAILED."""
        ffi, lib = self._crypto.ffi, self._crypto.lib
        null = ffi.NULL
        output, size = ffi.new("unsigned char[]", _MAX_SIGNATURE), ffi.new("size_t *", _MAX_SIGNATURE)
        context = lib.EVP_MD_CTX_new()
        key_context = lib.EVP_PKEY_CTX_new(self._key, null)
        try:
            if null in (context, key_context):
                raise TrustError(ErrorCode.SIGNING_FAILED, "libcrypto is out of memory")
            lib.EVP_MD_CTX_set_pkey_ctx(context, key_context)
            if (
                lib.EVP_DigestSignInit(context, null, lib.EVP_sm3(), null, self._key) != SUCCESS
                or lib.EVP_PKEY_CTX_set1_id(key_context, DEFAULT_SIGNER_ID, len(DEFAULT_SIGNER_ID)) != SUCCESS
                or lib.EVP_DigestSign(context, output, size, message, len(message)) != SUCCESS
            ):
                lib.ERR_clear_error()
                raise TrustError(ErrorCode.SIGNING_FAILED, "libcrypto could not sign")
            return bytes(ffi.buffer(output, size[0]))
        finally:
            lib.EVP_MD_CTX_free(context)
            lib.EVP_PKEY_CTX_free(key_context)

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the DER signature over e (32 octets). Raise SIGNING_FAILED."""
        ffi, lib = self._crypto.ffi, self._crypto.lib
        output, size = ffi.new("unsigned char[]", _MAX_SIGNATURE), ffi.new("size_t *", _MAX_SIGNATURE)
        context = lib.EVP_PKEY_CTX_new(self._key, ffi.NULL)
        try:
            if (
                context == ffi.NULL
                or lib.EVP_PKEY_sign_init(context) != SUCCESS
                or lib.EVP_PKEY_sign(context, output, size, digest, len(digest)) != SUCCESS
            ):
                lib.ERR_clear_error()
                raise TrustError(ErrorCode.SIGNING_FAILED, "libcrypto could not sign")
            return bytes(ffi.buffer(output, size[0]))
        finally:
            lib.EVP_PKEY_CTX_free(context)


def generate_sm2_scalar() -> bytes:
    """Return a fresh private scalar d (32 octets) from libcrypto's generator. Raise SIGNING_FAILED."""
    crypto = libcrypto()
    ffi, lib = crypto.ffi, crypto.lib
    made = ffi.new("EVP_PKEY **")
    context = lib.EVP_PKEY_CTX_new_from_name(ffi.NULL, b"SM2", ffi.NULL)
    try:
        if (
            context == ffi.NULL
            or lib.EVP_PKEY_keygen_init(context) != SUCCESS
            or lib.EVP_PKEY_keygen(context, made) != SUCCESS
        ):
            lib.ERR_clear_error()
            raise TrustError(ErrorCode.SIGNING_FAILED, "libcrypto could not make an SM2 key")
    finally:
        lib.EVP_PKEY_CTX_free(context)
    key = ffi.gc(made[0], lib.EVP_PKEY_free)
    with ffi.new("unsigned char[]", _MAX_EC_PRIVATE_KEY) as output:
        size = lib.i2d_PrivateKey(key, ffi.NULL)
        if not _SCALAR_OFFSET + ELEMENT_SIZE < size <= _MAX_EC_PRIVATE_KEY:
            raise TrustError(ErrorCode.SIGNING_FAILED, "libcrypto could not hand over an SM2 key")
        lib.i2d_PrivateKey(key, ffi.new("unsigned char **", output))
        start = _SCALAR_OFFSET
        scalar = bytes(ffi.buffer(output, size)[start : start + ELEMENT_SIZE])
        ffi.memmove(output, bytes(_MAX_EC_PRIVATE_KEY), _MAX_EC_PRIVATE_KEY)
    return scalar


def load_sm2_key(scalar: bytes) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
    """Return the EVP_PKEY of d (32 octets), freed with its last reference. Raise KEY_CONTAINER_MALFORMED."""
    crypto = libcrypto()
    private_key_info = encode_sm2_private_key(scalar, b"")
    source = crypto.ffi.from_buffer(private_key_info)
    cursor = crypto.ffi.new("const unsigned char **", source)
    key = crypto.lib.d2i_AutoPrivateKey(crypto.ffi.NULL, cursor, len(source))
    if key == crypto.ffi.NULL:
        crypto.lib.ERR_clear_error()
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "libcrypto refuses the private key")
    return crypto.ffi.gc(key, crypto.lib.EVP_PKEY_free)


def _point(key: Any) -> bytes:  # noqa: ANN401 - a cffi pointer has no static type
    crypto = libcrypto()
    expected = len(SPKI_PREFIX) + POINT_SIZE
    output = crypto.ffi.new("unsigned char[]", expected)
    if crypto.lib.i2d_PUBKEY(key, crypto.ffi.NULL) != expected:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "libcrypto writes the public key in another form")
    crypto.lib.i2d_PUBKEY(key, crypto.ffi.new("unsigned char **", output))
    spki = bytes(crypto.ffi.buffer(output))
    if not spki.startswith(SPKI_PREFIX):
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "libcrypto writes the public key in another form")
    return spki.removeprefix(SPKI_PREFIX)
