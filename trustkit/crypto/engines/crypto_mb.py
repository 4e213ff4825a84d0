"""Intel's libcrypto_mb (PyPI ``ipp-crypto``), bound through cffi in ABI mode.

It names Intel's runtime libraries as needed (PyPI ``intel-cmplr-lib-rt``, the extra ``accel``); they are loaded first,
by absolute path, so that the loader finds them already there.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any, Final

from trustkit.crypto.engines.abi.crypto_mb import ffi
from trustkit.crypto.engines.wheel_files import wheel_library, wheel_version
from trustkit.errors import ErrorCode, TrustError

_DISTRIBUTION: Final = "ipp-crypto"
_LIBRARY: Final = "libcrypto_mb.so.13"  # the prototypes below are those of this ABI
_RUNTIME: Final = "intel-cmplr-lib-rt"
_RUNTIME_LIBRARIES: Final = ("libintlc.so.5", "libimf.so", "libsvml.so", "libirng.so")  # each needs those before it
_APPLICABLE: Final = 1


class CryptoMb:
    """The loaded library: `ffi`, `lib`, and the wheel's `version`."""

    def __init__(self) -> None:
        """Load the library. Raise ENGINE_MISSING where a wheel or something on the CPU is missing."""
        path = wheel_library(_DISTRIBUTION, _LIBRARY)
        self.version = wheel_version(_DISTRIBUTION)
        self.ffi: Any = ffi
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
