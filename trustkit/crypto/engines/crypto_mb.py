"""Intel's libcrypto_mb (PyPI ``ipp-crypto``), bound through cffi in ABI mode.

It names Intel's runtime libraries as needed (PyPI ``intel-cmplr-lib-rt``, the extra ``accel``); they are loaded first,
by absolute path, so that the loader finds them already there.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any, Final

import cffi

from trustkit.crypto.engines.wheel_files import wheel_library, wheel_version
from trustkit.errors import ErrorCode, TrustError

_DISTRIBUTION: Final = "ipp-crypto"
_LIBRARY: Final = "libcrypto_mb.so.13"  # the prototypes below are those of this ABI
_RUNTIME: Final = "intel-cmplr-lib-rt"
_RUNTIME_LIBRARIES: Final = ("libintlc.so.5", "libimf.so", "libsvml.so", "libirng.so")  # each needs those before it
_APPLICABLE: Final = 1
_DECLARATIONS: Final = """
    uint64_t mbx_get_cpu_features(void);
    int mbx_is_crypto_mb_applicable(uint64_t features);
    uint32_t mbx_sm2_ecdsa_verify_mb8(const uint8_t *r[8], const uint8_t *s[8], const uint8_t *id[8],
        const int *id_length, const uint8_t *message[8], const int *message_length, const uint64_t *x[8],
        const uint64_t *y[8], const uint64_t *z[8], uint8_t *buffer);
    uint64_t mbx_sm3_msg_digest_mb16(const uint8_t *const message[16], int length[16], uint8_t *hash[16]);
"""


class CryptoMb:
    """The loaded library: `ffi`, `lib`, and the wheel's `version`."""

    def __init__(self) -> None:
        """Load the library. Raise ENGINE_MISSING where a wheel or something on the CPU is missing."""
        path = wheel_library(_DISTRIBUTION, _LIBRARY)
        self.version = wheel_version(_DISTRIBUTION)
        self.ffi: Any = cffi.FFI()
        self.ffi.cdef(_DECLARATIONS)
        try:
            # RTLD_LOCAL: nothing of theirs is offered to other libraries; the loader matches by soname.
            self._runtime = tuple(
                ctypes.CDLL(str(wheel_library(_RUNTIME, name)), mode=ctypes.RTLD_LOCAL) for name in _RUNTIME_LIBRARIES
            )
            self.lib: Any = self.ffi.dlopen(str(path))
        except OSError as error:
            raise TrustError(ErrorCode.ENGINE_MISSING, f"{_LIBRARY} cannot be loaded") from error
        if self.lib.mbx_is_crypto_mb_applicable(self.lib.mbx_get_cpu_features()) != _APPLICABLE:
            raise TrustError(ErrorCode.ENGINE_MISSING, "this CPU has no AVX512-IFMA")


@lru_cache(maxsize=1)
def crypto_mb() -> CryptoMb:
    """Return the one binding of this process, loading it on first use. Raise ENGINE_MISSING."""
    return CryptoMb()
