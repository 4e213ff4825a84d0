"""Pictures of pages, and where words stand on them: pdfium, at arm's length.

    with PageReader() as reader:
        picture = reader.draw(pdf, page=0, dots_per_inch=110)
        hits = reader.find(pdf, "（盖章）")

A renderer reads everything a hostile file holds, so it runs in a process of its own (`trustkit.app.page_child`) with bounded memory
and time. When it crashes or hangs the request ends with PAGE_RENDERER, and the next one gets a new process.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from contextlib import contextmanager, suppress
from math import isfinite
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self

from esign.pdf.placement import KeywordHit
from esign.rendering.page_difference import RgbPicture
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

MAX_PIXELS: Final = 8_000_000  # of a picture: A3 at 150 dots an inch has 4.4 million
REQUEST_SECONDS: Final = 20.0  # a page of a large plan takes two or three
MAX_LINE: Final = 1024 * 1024
MAX_OCTETS: Final = (
    4 * MAX_PIXELS
)  # of an answer behind its line: a picture has three for each pixel, and rounding adds some
MAX_COUNT: Final = 10_000_000  # pages: more than objects fit into a file of the size that is read
COMMAND: Final = ("-P", "-m", "trustkit.app.page_child")
_CHUNK: Final = 1024 * 1024
_CHANNELS: Final = 3
_MAX_TOLD: Final = 200
_NONSENSE: Final = (ArithmeticError, KeyError, RecursionError, TypeError, ValueError)  # of reading what was answered
_POINTS_PER_INCH: Final = 72


class PageReader:
    """One renderer process, started at the first request and again after a crash. Not for several threads at once."""

    def __init__(self, *, seconds: float = REQUEST_SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._opened: bytes | None = None
        self._pages = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process, self._opened = self._process, None, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def count(self, pdf: bytes) -> int:
        """Return the number of pages the renderer sees. Raise PAGE_RENDERER."""
        self._open(pdf)
        return self._pages

    def find(self, pdf: bytes, keyword: str) -> tuple[KeywordHit, ...]:
        """Return where words stand, as `esign.pdf.placement.PageText` asks. Raise PAGE_RENDERER."""
        self._open(pdf)
        told, _ = self._ask({"act": "find", "keyword": keyword})
        with self._understood():
            return tuple(_hit(each) for each in told["hits"])

    def draw(self, pdf: bytes, *, page: int, dots_per_inch: float) -> RgbPicture:
        """Return a page (from 0) drawn, coarser than asked for where it would pass `MAX_PIXELS`. Raise PAGE_RENDERER."""
        self._open(pdf)
        told, _ = self._ask({"act": "sizes", "pages": [page]})
        with self._understood():
            width, height = map(_finite, *told["sizes"])
        scale = dots_per_inch / _POINTS_PER_INCH
        area = max(width, 1.0) * max(height, 1.0) * scale**2
        if area > MAX_PIXELS:
            scale *= (MAX_PIXELS / area) ** 0.5
        if not 0 < max(width, height) * scale < MAX_PIXELS:
            raise TrustError(ErrorCode.PAGE_RENDERER, "the size of the page", page=page + 1)
        told, pixels = self._ask({"act": "draw", "page": page, "scale": float(scale)})
        with self._understood():
            across, down = (_whole(told[side], MAX_OCTETS) for side in ("width", "height"))
            if not across * down or _CHANNELS * across * down != len(pixels):
                raise ValueError("not the pixels of that picture")
        return RgbPicture(across, down, scale * _POINTS_PER_INCH, pixels)

    def _open(self, pdf: bytes) -> None:
        if self._opened is pdf and self._process is not None:
            return
        self._opened = None
        told, _ = self._ask({"act": "open", "octets": len(pdf)}, pdf)
        with self._understood():
            self._pages = _whole(told["pages"], MAX_COUNT)
        self._opened = pdf

    def _ask(self, request: Mapping[str, object], data: bytes = b"") -> tuple[Mapping[str, Any], bytes]:
        """Return the answer to a request. Raise PAGE_RENDERER when there is none in time, or it is a refusal."""
        process = self._running()
        try:
            told, octets = _exchange(process, json.dumps(request).encode("ascii") + b"\n", data, self._seconds)
        except (OSError, EOFError) as error:
            self.close()
            reason = "took too long" if isinstance(error, TimeoutError) else "ended"
            raise TrustError(ErrorCode.PAGE_RENDERER, f"the renderer {reason} over this file") from error
        except _NONSENSE as error:
            self.close()
            raise _misunderstood() from error
        if "error" in told:
            raise TrustError(ErrorCode.PAGE_RENDERER, str(told["error"])[:_MAX_TOLD])
        return told, octets

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """End the process and raise PAGE_RENDERER over an answer of another form: a hostile file may speak through it."""
        try:
            yield
        except _NONSENSE as error:
            self.close()
            raise _misunderstood() from error

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, *COMMAND]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(  # noqa: S603 - our own module, and nothing of the file on its command line
                command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, bufsize=0, close_fds=True
            )
            if self._process.stdin is not None:
                os.set_blocking(self._process.stdin.fileno(), False)
        return self._process


def _misunderstood() -> TrustError:
    return TrustError(ErrorCode.PAGE_RENDERER, "the renderer's answer makes no sense over this file")


def _whole(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError("no number of that kind")
    return value


def _finite(value: object) -> float:
    if not isinstance(value, int | float) or not isfinite(value):
        raise ValueError("no measure")
    return float(value)


def _hit(value: object) -> KeywordHit:
    if not isinstance(value, list):
        raise TypeError
    page, left, bottom, right, top = value
    return KeywordHit(_whole(page, MAX_COUNT), (_finite(left), _finite(bottom), _finite(right), _finite(top)))


def _exchange(
    process: subprocess.Popen[bytes], line: bytes, data: bytes, seconds: float
) -> tuple[Mapping[str, Any], bytes]:
    """Write a request and read its answer, both within so many seconds and octets. Raise OSError, EOFError and `_NONSENSE`."""
    if process.stdin is None or process.stdout is None:
        raise EOFError
    until = monotonic() + seconds
    for part in (line, data):
        _write(process.stdin, part, until)
    head = bytearray()
    while b"\n" not in head:
        head += _read(process.stdout, until)
        if len(head) > MAX_LINE:
            raise ValueError("an answer without an end")
    first, _, rest = bytes(head).partition(b"\n")
    told = json.loads(first)
    if not isinstance(told, dict):
        raise TypeError
    announced, octets = _whole(told["octets"], MAX_OCTETS), bytearray(rest)
    while len(octets) < announced:
        octets += _read(process.stdout, until)
    if len(octets) > announced:
        raise ValueError("more than was announced")
    return told, bytes(octets)


def _write(pipe: IO[bytes], data: bytes, until: float) -> None:
    view = memoryview(data)
    while view:
        _wait(pipe, selectors.EVENT_WRITE, until)
        view = view[pipe.write(view[:_CHUNK]) or 0 :]  # the pipe takes what it has room for, and does not block


def _read(pipe: IO[bytes], until: float) -> bytes:
    _wait(pipe, selectors.EVENT_READ, until)
    data = pipe.read(_CHUNK)
    if not data:
        raise EOFError
    return data


def _wait(pipe: IO[bytes], event: int, until: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, event)
        if not selector.select(max(0.0, until - monotonic())):
            raise TimeoutError
