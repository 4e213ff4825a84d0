"""The C interface of GM/T 0018, bound through cffi in ABI mode: one device, its sessions, and answers in our words.

Structures are packed, as headers that follow the standard have them, and in two widths: ECCref_MAX_BITS is 512 in the standard and
256 in some vendors' headers. The caller says which; a first signature proves it (`trustkit.custody.module_challenge`).
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import cffi

from trustkit.custody.module_library import require_safe_library
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.error_family import Code

MAX_SESSIONS: Final = 16  # a card of the lower class serves some dozens
WAIT_SECONDS: Final = 30.0
MAX_CIPHER: Final = 1024  # octets of C2 handed to a device; keys and their containers stay far below
_ROOM: Final = 2 * MAX_CIPHER  # octets; the widest structure, EccCipher, has 64 + 64 + 32 + 4 + MAX_CIPHER
SGD_SM2_3: Final = 0x00020800  # GM/T 0006: SM2 for encryption
_OK: Final = 0
_BASE: Final = 0x01000000  # SDR_BASE, annex A
_CODES: Final = {
    _BASE + 0x02: (ErrorCode.KEY_UNSUPPORTED, "the device lacks the function"),
    _BASE + 0x03: (ErrorCode.MODULE_UNREACHABLE, "the device does not answer"),
    _BASE + 0x04: (ErrorCode.MODULE_UNREACHABLE, "the device is broken"),
    _BASE + 0x05: (ErrorCode.MODULE_TOKEN, "the device cannot be opened"),
    _BASE + 0x06: (ErrorCode.MODULE_UNREACHABLE, "the device has no session left"),
    _BASE + 0x07: (ErrorCode.MODULE_PIN, "the private key's access code is wrong"),
    _BASE + 0x08: (ErrorCode.KEY_MISSING, "the device has no key of this index"),
    _BASE + 0x09: (ErrorCode.KEY_UNSUPPORTED, "the device lacks the algorithm"),
    _BASE + 0x18: (ErrorCode.MODULE_PIN, "the private key's access code is wrong"),
}
_DECLARATIONS: Final = """
    typedef struct {{ unsigned char issuer[40]; unsigned char name[16]; unsigned char serial[16];
        unsigned int version; unsigned int standard; unsigned int asymmetric[2]; unsigned int symmetric;
        unsigned int hash; unsigned int buffer; }} DeviceInfo;
    typedef struct {{ unsigned int bits; unsigned char x[{octets}]; unsigned char y[{octets}]; }} EccPublicKey;
    typedef struct {{ unsigned char r[{octets}]; unsigned char s[{octets}]; }} EccSignature;
    typedef struct {{ unsigned char x[{octets}]; unsigned char y[{octets}]; unsigned char M[32]; unsigned int L;
        unsigned char C[{cipher}]; }} EccCipher;
    int SDF_OpenDevice(void **device);
    int SDF_CloseDevice(void *device);
    int SDF_OpenSession(void *device, void **session);
    int SDF_CloseSession(void *session);
    int SDF_GetDeviceInfo(void *session, DeviceInfo *info);
    int SDF_GetPrivateKeyAccessRight(void *session, unsigned int index, unsigned char *password, unsigned int length);
    int SDF_ReleasePrivateKeyAccessRight(void *session, unsigned int index);
    int SDF_ExportSignPublicKey_ECC(void *session, unsigned int index, EccPublicKey *key);
    int SDF_ExportEncPublicKey_ECC(void *session, unsigned int index, EccPublicKey *key);
    int SDF_InternalSign_ECC(void *session, unsigned int index, unsigned char *data, unsigned int length,
        EccSignature *signature);
    int SDF_InternalDecrypt_ECC(void *session, unsigned int index, unsigned int algorithm, EccCipher *cipher,
        unsigned char *data, unsigned int *length);
"""


class SdfDevice:
    """An opened device. Safe to use from several threads; not carried over a fork."""

    def __init__(self, library: str, ecc_bits: int) -> None:
        """Load the library and open its device. Raise MODULE_LIBRARY, MODULE_TOKEN; `open_device` is the way to make one."""
        self.element: Final = ecc_bits // 8
        self.ffi: Any = cffi.FFI()
        self.ffi.cdef(_DECLARATIONS.format(octets=self.element, cipher=MAX_CIPHER), packed=True)
        try:
            self.lib: Any = self.ffi.dlopen(library)
            self._open = self.lib.SDF_OpenDevice
        except (OSError, AttributeError):
            raise TrustError(ErrorCode.MODULE_LIBRARY, "not a library of GM/T 0018") from None
        handle = self.ffi.new("void **")
        self.require(self._open(handle))
        self._device = handle[0]
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_SESSIONS)
        self._idle: list[Any] = []

    def require(self, answer: int, fallback: Code = ErrorCode.MODULE_UNREACHABLE) -> None:
        """Return when a function answered SDR_OK; raise what another answer amounts to (GM/T 0018 annex A)."""
        if answer == _OK:
            return
        code, detail = _CODES.get(answer & 0xFFFFFFFF, (fallback, "the device refused"))
        raise TrustError(code, detail, answer=f"{answer & 0xFFFFFFFF:08x}")

    def function(self, name: str) -> Any:  # noqa: ANN401 - a cffi function has no static type
        """Return a function of the library. Raise KEY_UNSUPPORTED when it exports none of this name."""
        try:
            return getattr(self.lib, name)
        except AttributeError:
            raise TrustError(ErrorCode.KEY_UNSUPPORTED, "the device's library lacks a function", name=name) from None

    def structure(self, kind: str) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        """Return room for a structure, zeroed. It is that of the widest layout: a wrong ``ecc-bits`` must not become an overflow."""
        room = self.ffi.new("unsigned char[]", _ROOM)
        return self.ffi.from_buffer(f"{kind} *", self.ffi.buffer(room))  # keeps the room alive

    @contextmanager
    def session(self) -> Iterator[Any]:
        """Lend a session handle; one in which something failed is closed, not lent again. Raise MODULE_UNREACHABLE."""
        if not self._places.acquire(timeout=WAIT_SECONDS):
            raise TrustError(ErrorCode.MODULE_UNREACHABLE, "every session is busy", sessions=MAX_SESSIONS)
        try:
            session = self._take()
            try:
                yield session
            except BaseException:  # an interrupt too: a half-used session is not lent to the next
                self.lib.SDF_CloseSession(session)
                raise
            with self._lock:
                self._idle.append(session)
        finally:
            self._places.release()

    def _take(self) -> Any:  # noqa: ANN401 - a handle
        with self._lock:
            if self._idle:
                return self._idle.pop()
        handle = self.ffi.new("void **")
        self.require(self.lib.SDF_OpenSession(self._device, handle))
        return handle[0]

    def describe(self) -> dict[str, str]:
        """Return what the device says of itself: issuer, name, serial (printable ASCII, nothing else is passed on)."""
        info = self.structure("DeviceInfo")
        with self.session() as session:
            self.require(self.lib.SDF_GetDeviceInfo(session, info))
        return {name: _text(bytes(getattr(info, name))) for name in ("issuer", "name", "serial")}


@lru_cache(maxsize=16)
def _device(library: str, ecc_bits: int) -> SdfDevice:
    return SdfDevice(library, ecc_bits)


def open_device(library: str, ecc_bits: int) -> SdfDevice:
    """Return the device behind a library, opened once in a process.

    Raises:
        TrustError: MODULE_LIBRARY (missing, unsafe, another kind of library), MODULE_TOKEN, MODULE_UNREACHABLE.
    """
    return _device(str(require_safe_library(library, user=os.geteuid())), ecc_bits)


def _text(octets: bytes) -> str:
    text = octets.split(b"\0")[0].decode("ascii", "replace")
    return "".join(character for character in text if character.isprintable() and character.isascii()).strip()
