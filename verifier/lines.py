r"""Lines of a body that comes in pieces, and the portions they are judged in; bounded in number and length.

    reader = LineReader(StreamLimits())
    reader.feed(b'{"data": "YQ=="}\n{"da')      # [b'{"data": "YQ=="}']
    reader.end()                                # [b'{"da'], the line without an end

Nothing is waited for and nothing is kept but the line that is not whole yet. Lines of blanks are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trustkit.errors import ErrorCode, TrustError

PORTION_LINES: Final = (
    64  # judged one after the other by one worker, in one sitting: more would make the first of them wait
)
PORTION_OCTETS: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """What one call may bring: lines, octets of one line, seconds from its first octet to its last."""

    lines: int = 10_000
    line_octets: int = 20 * 1024 * 1024
    seconds: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Lines that are judged together, and the number of the first of them, from 1."""

    first: int
    lines: tuple[bytes, ...]

    @property
    def octets(self) -> int:
        """How much it holds."""
        return sum(map(len, self.lines))

    def begun(self, count: int) -> Portion:
        """Return its first lines, at most so many."""
        return self if count >= len(self.lines) else Portion(first=self.first, lines=self.lines[:count])


class LineReader:
    """Cuts pieces into lines."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._parts: list[bytes] = []
        self._begun = 0
        self.count = 0

    @property
    def held(self) -> int:
        """Octets of the line that is not whole yet."""
        return self._begun

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the lines that end in this piece. Raise INPUT_TOO_LARGE for a line, REQUEST_MALFORMED for one line too many."""
        if b"\n" not in piece:
            self._keep(piece)
            return []
        head, *whole, rest = piece.split(b"\n")
        self._keep(head)
        lines = [self._taken(), *whole]
        self._keep(rest)
        return self._counted(lines)

    def end(self) -> list[bytes]:
        """Return the last line where nothing ends it. Raise as `feed`."""
        return self._counted([self._taken()])

    def _keep(self, part: bytes) -> None:
        self._begun += len(part)
        if self._begun > self._limits.line_octets:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "a line", limit=self._limits.line_octets)
        self._parts.append(part)

    def _taken(self) -> bytes:
        line = b"".join(self._parts)
        self._parts, self._begun = [], 0
        return line

    def _counted(self, lines: list[bytes]) -> list[bytes]:
        found = [line for line in lines if line.strip()]
        if self.count + len(found) > self._limits.lines:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "too many lines in one request", limit=self._limits.lines)
        self.count += len(found)
        return found


class Portions:
    """Lines collected until a portion is due."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._octets = 0
        self._next = 1

    @property
    def octets(self) -> int:
        """What waits."""
        return self._octets

    @property
    def next_line(self) -> int:
        """The number of the line that comes next, those that wait counted."""
        return self._next + len(self._lines)

    def add(self, line: bytes) -> Portion | None:
        """Take a line; return a portion when it is full with it."""
        self._lines.append(line)
        self._octets += len(line)
        full = len(self._lines) >= PORTION_LINES or self._octets >= PORTION_OCTETS
        return self.take() if full else None

    def take(self) -> Portion | None:
        """Return what waits, None when nothing does."""
        if not self._lines:
            return None
        portion = Portion(first=self._next, lines=tuple(self._lines))
        self._next += len(self._lines)
        self._lines, self._octets = [], 0
        return portion
