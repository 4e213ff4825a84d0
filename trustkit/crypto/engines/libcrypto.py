"""The system's libcrypto (OpenSSL 3 or newer), bound through cffi in ABI mode: no compiler, no build step.

This is the library the distribution patches, the one the interpreter's own `ssl` module links.
"""

from __future__ import annotations

import ctypes.util
from functools import lru_cache
from typing import Any, Final

from trustkit.crypto.engines.abi.libcrypto import ffi
from trustkit.errors import ErrorCode, TrustError

SUCCESS: Final = 1  # every EVP call used here answers 1 for success; 0 and negative values both mean no
_NAMES: Final = ("libcrypto.so.3", "libcrypto.so.4")  # asked first: find_library starts a subprocess
_MIN_VERSION: Final = 0x30000000


class Libcrypto:
    """The loaded library: `ffi`, `lib`, and its `version` text such as ``OpenSSL 3.0.19 27 Jan 2026``."""

    def __init__(self) -> None:
        """Load the library. Raise ENGINE_MISSING where there is none, or only one older than 3.0."""
        self.ffi: Any = ffi
        self.lib: Any = self._open()
        try:
            number = self.lib.OpenSSL_version_num()
            self.version: str = self.ffi.string(self.lib.OpenSSL_version(0)).decode("ascii", "replace")
        except ffi.error as error:  # no such symbol
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
