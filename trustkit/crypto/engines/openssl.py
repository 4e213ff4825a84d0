"""Engine `openssl`: SM2 by the system's libcrypto, one message at a time. The portable one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.libcrypto import SUCCESS, libcrypto
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.sm2 import ELEMENT_SIZE, MAX_SIGNER_ID, POINT_SIZE, encode_sm2_signature, message_digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.sm2 import Sm2Signature

SPKI_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")  # GB/T 35276 7.1
_MAX_ID: Final = MAX_SIGNER_ID - 1  # libcrypto takes one octet less than ENTL can count
_KEY_CACHE: Final = 1024  # parsed keys of signers seen again; a few hundred octets each


class OpensslEngine:
    """SM2 verification through EVP_DigestVerify. Keys are parsed once and shared; contexts live for one call."""

    name: Final = "openssl"

    def __init__(self) -> None:
        """Bind the library. Raise ENGINE_MISSING."""
        self._crypto = libcrypto()
        self._key = lru_cache(maxsize=_KEY_CACHE)(self._load)

    @property
    def version(self) -> str:
        """The library's own version text."""
        return self._crypto.version

    def verify(self, point: bytes, signer_id: bytes, message: bytes, signature: Sm2Signature, /) -> EngineAnswer:
        """See `Sm2Engine.verify`. Raise KEY_MALFORMED for a point off the curve."""
        if len(signer_id) > _MAX_ID:
            return self.verify_digest(point, message_digest(point, signer_id, message), signature)
        lib, null = self._crypto.lib, self._crypto.ffi.NULL
        key, der = self._key(point), encode_sm2_signature(signature.r, signature.s)
        context = lib.EVP_MD_CTX_new()
        key_context = lib.EVP_PKEY_CTX_new(key, null)
        try:
            if null in (context, key_context):
                raise MemoryError
            lib.EVP_MD_CTX_set_pkey_ctx(context, key_context)
            if (
                lib.EVP_DigestVerifyInit(context, null, lib.EVP_sm3(), null, key) != SUCCESS
                or lib.EVP_PKEY_CTX_set1_id(key_context, signer_id, len(signer_id)) != SUCCESS
            ):
                raise TrustError(ErrorCode.ENGINE_SELF_TEST, "libcrypto cannot start an SM2 verification")
            answer = lib.EVP_DigestVerify(context, der, len(der), message, len(message))
            return self._answer(answer)
        finally:
            lib.EVP_MD_CTX_free(context)
            lib.EVP_PKEY_CTX_free(key_context)

    def verify_digest(self, point: bytes, digest: bytes, signature: Sm2Signature, /) -> EngineAnswer:
        """See `Sm2Engine.verify_digest`. Raise KEY_MALFORMED for a point off the curve."""
        if len(digest) != ELEMENT_SIZE:
            raise TrustError(ErrorCode.USAGE, "an SM3 digest has 32 octets", octets=len(digest))
        lib, null = self._crypto.lib, self._crypto.ffi.NULL
        der = encode_sm2_signature(signature.r, signature.s)
        context = lib.EVP_PKEY_CTX_new(self._key(point), null)
        try:
            if context == null:
                raise MemoryError
            if lib.EVP_PKEY_verify_init(context) != SUCCESS:
                raise TrustError(ErrorCode.ENGINE_SELF_TEST, "libcrypto cannot start an SM2 verification")
            return self._answer(lib.EVP_PKEY_verify(context, der, len(der), digest, len(digest)))
        finally:
            lib.EVP_PKEY_CTX_free(context)

    def is_on_curve(self, point: bytes, /) -> bool:
        """See `Sm2Engine.is_on_curve`."""
        try:
            self._key(point)
        except TrustError:
            return False
        return True

    def _load(self, point: bytes) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        if len(point) != POINT_SIZE:
            raise TrustError(ErrorCode.KEY_MALFORMED, "SM2 point is not 64 octets", octets=len(point))
        return self._crypto.public_key(SPKI_PREFIX + point)

    def _answer(self, returned: int) -> EngineAnswer:
        if returned == SUCCESS:
            return EngineAnswer.VALID
        self._crypto.lib.ERR_clear_error()
        return EngineAnswer.INVALID
