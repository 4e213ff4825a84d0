"""What the QR codes in a picture say, read at arm's length. It never raises for a picture.

PictureCodes().texts(png)      # ("TKL1:…",)
"""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Final

from trustkit.app.child_process import ChildProcess
from trustkit.app.code_child import MAX_CODES
from trustkit.app.forked_process import ForkServer
from trustkit.errors import TrustError

MAX_OCTETS: Final = 20 * 1024 * 1024  # of a picture
MAX_TEXT: Final = 8192  # characters: a QR code holds 4,296 at most
READERS: Final = ForkServer("trustkit.app.code_child")
_SECONDS: Final = 10.0
_BOUNDS: Final = (640 * 1024 * 1024, 5)  # octets of memory, libraries included, and seconds of the processor
_AT_ONCE: Final = BoundedSemaphore(2)


class PictureCodes:
    """Reads codes, for several threads at once: `verifier.scanning.ReadsCodes`."""

    def texts(self, picture: bytes) -> tuple[str, ...]:
        """Return what codes say; nothing where there is none, and of what cannot be read."""
        if len(picture) > MAX_OCTETS:
            return ()
        child = ChildProcess(lambda: READERS.start([str(each) for each in _BOUNDS]), seconds=_SECONDS, most_octets=0)
        try:
            with _AT_ONCE:
                told, _ = child.ask({"octets": len(picture)}, picture)
                with child.understood():
                    return tuple(_text(each) for each in list(told["texts"])[:MAX_CODES])
        except TrustError:
            return ()
        finally:
            child.close()


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise TypeError
    return value
