"""The system's libcrypto (OpenSSL 3 or newer), bound through cffi in ABI mode: no compiler, no build step.

This is the library the distribution patches, the one the interpreter's own `ssl` module links.
"""

from __future__ import annotations

import ctypes.util
from functools import lru_cache
from typing import Any, Final

import cffi

from trustkit.errors import ErrorCode, TrustError

SUCCESS: Final = 1  # every EVP call used here answers 1 for success; 0 and negative values both mean no
_NAMES: Final = ("libcrypto.so.3", "libcrypto.so.4")  # asked first: find_library starts a subprocess
_MIN_VERSION: Final = 0x30000000
_DECLARATIONS: Final = """
    typedef ... EVP_PKEY;
    typedef ... EVP_PKEY_CTX;
    typedef ... EVP_MD;
    typedef ... EVP_MD_CTX;
    typedef ... EC_GROUP;
    typedef ... EC_POINT;
    typedef ... BIGNUM;
    typedef ... BN_CTX;
    unsigned long OpenSSL_version_num(void);
    const char *OpenSSL_version(int type);
    void ERR_clear_error(void);
    EVP_PKEY *d2i_PUBKEY(EVP_PKEY **a, const unsigned char **pp, long length);
    EVP_PKEY *d2i_AutoPrivateKey(EVP_PKEY **a, const unsigned char **pp, long length);
    int i2d_PUBKEY(const EVP_PKEY *a, unsigned char **pp);
    int i2d_PrivateKey(const EVP_PKEY *a, unsigned char **pp);
    void EVP_PKEY_free(EVP_PKEY *pkey);
    const EVP_MD *EVP_sm3(void);
    EVP_MD_CTX *EVP_MD_CTX_new(void);
    void EVP_MD_CTX_free(EVP_MD_CTX *ctx);
    void EVP_MD_CTX_set_pkey_ctx(EVP_MD_CTX *ctx, EVP_PKEY_CTX *pctx);
    EVP_PKEY_CTX *EVP_PKEY_CTX_new(EVP_PKEY *pkey, void *engine);
    EVP_PKEY_CTX *EVP_PKEY_CTX_new_from_name(void *libctx, const char *name, const char *properties);
    void EVP_PKEY_CTX_free(EVP_PKEY_CTX *ctx);
    int EVP_PKEY_CTX_set1_id(EVP_PKEY_CTX *ctx, const unsigned char *id, int length);
    int EVP_DigestVerifyInit(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const EVP_MD *type, void *engine, EVP_PKEY *pkey);
    int EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *sig, size_t siglen, const unsigned char *m, size_t n);
    int EVP_DigestSignInit(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const EVP_MD *type, void *engine, EVP_PKEY *pkey);
    int EVP_DigestSign(EVP_MD_CTX *ctx, unsigned char *sig, size_t *siglen, const unsigned char *m, size_t n);
    int EVP_PKEY_verify_init(EVP_PKEY_CTX *ctx);
    int EVP_PKEY_verify(EVP_PKEY_CTX *ctx, const unsigned char *sig, size_t siglen, const unsigned char *m, size_t n);
    int EVP_PKEY_sign_init(EVP_PKEY_CTX *ctx);
    int EVP_PKEY_sign(EVP_PKEY_CTX *ctx, unsigned char *sig, size_t *siglen, const unsigned char *m, size_t n);
    int EVP_PKEY_encrypt_init(EVP_PKEY_CTX *ctx);
    int EVP_PKEY_encrypt(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *outlen, const unsigned char *in, size_t inlen);
    int EVP_PKEY_decrypt_init(EVP_PKEY_CTX *ctx);
    int EVP_PKEY_decrypt(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *outlen, const unsigned char *in, size_t inlen);
    BN_CTX *BN_CTX_new(void);
    void BN_CTX_free(BN_CTX *ctx);
    BIGNUM *BN_bin2bn(const unsigned char *octets, int length, BIGNUM *number);
    void BN_clear_free(BIGNUM *number);
    EC_GROUP *EC_GROUP_new_by_curve_name(int nid);
    void EC_GROUP_free(EC_GROUP *group);
    EC_POINT *EC_POINT_new(const EC_GROUP *group);
    void EC_POINT_clear_free(EC_POINT *point);
    int EC_POINT_oct2point(const EC_GROUP *group, EC_POINT *p, const unsigned char *octets, size_t n, BN_CTX *ctx);
    size_t EC_POINT_point2oct(const EC_GROUP *group, const EC_POINT *p, int form, unsigned char *octets, size_t n,
        BN_CTX *ctx);
    int EC_POINT_mul(const EC_GROUP *group, EC_POINT *r, const BIGNUM *n, const EC_POINT *q, const BIGNUM *m,
        BN_CTX *ctx);
    int EC_POINT_add(const EC_GROUP *group, EC_POINT *r, const EC_POINT *a, const EC_POINT *b, BN_CTX *ctx);
    int EVP_PKEY_keygen_init(EVP_PKEY_CTX *ctx);
    int EVP_PKEY_keygen(EVP_PKEY_CTX *ctx, EVP_PKEY **pkey);
"""


class Libcrypto:
    """The loaded library: `ffi`, `lib`, and its `version` text such as ``OpenSSL 3.0.19 27 Jan 2026``."""

    def __init__(self) -> None:
        """Load the library. Raise ENGINE_MISSING where there is none, or only one older than 3.0."""
        self.ffi: Any = cffi.FFI()
        self.ffi.cdef(_DECLARATIONS)
        self.lib: Any = self._open()
        try:
            number = self.lib.OpenSSL_version_num()
            self.version: str = self.ffi.string(self.lib.OpenSSL_version(0)).decode("ascii", "replace")
        except AttributeError as error:
            raise TrustError(ErrorCode.ENGINE_MISSING, "the system's libcrypto is older than OpenSSL 3.0") from error
        if number < _MIN_VERSION:
            raise TrustError(ErrorCode.ENGINE_MISSING, "the system's libcrypto is older than OpenSSL 3.0")

    def _open(self) -> Any:  # noqa: ANN401 - a cffi library has no static type
        for name in _NAMES:
            try:
                return self.ffi.dlopen(name)
            except OSError:
                continue
        found = ctypes.util.find_library("crypto")
        if found is None:
            raise TrustError(ErrorCode.ENGINE_MISSING, "no libcrypto on this system: install libssl3")
        try:
            return self.ffi.dlopen(found)
        except OSError as error:
            raise TrustError(ErrorCode.ENGINE_MISSING, "the system's libcrypto cannot be loaded") from error

    def public_key(self, spki: bytes) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        """Return the EVP_PKEY of SubjectPublicKeyInfo octets, freed with its last reference. Raise KEY_MALFORMED."""
        cursor = self.ffi.new("const unsigned char **", source := self.ffi.from_buffer(spki))
        key = self.lib.d2i_PUBKEY(self.ffi.NULL, cursor, len(source))
        if key == self.ffi.NULL:
            self.lib.ERR_clear_error()
            raise TrustError(ErrorCode.KEY_MALFORMED, "libcrypto refuses the public key")
        return self.ffi.gc(key, self.lib.EVP_PKEY_free)


@lru_cache(maxsize=1)
def libcrypto() -> Libcrypto:
    """Return the one binding of this process, loading it on first use. Raise ENGINE_MISSING."""
    return Libcrypto()
