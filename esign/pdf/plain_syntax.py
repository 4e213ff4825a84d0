"""Values written so that every program reads the same ones (ISO 32000-1 7.2, 7.3): what is not is refused, nothing is resolved.

Programs differ about a single ``>``, a vertical tab, a number of three hundred digits or an empty name, and each difference hides
a whole value from one of them. Here is the syntax that honest writers use, and no more.

    end = PlainSyntax(data).after_value(at)        # where the value that begins there ends
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TOKENS: Final = 1_000_000  # of one file, some 2 s; a form of thousands of fields filled in has a tenth of it
_MAX_DEPTH: Final = 64
_SPACE: Final = rb"[\t\n\f\r ]"
_DELIMITED: Final = rb"(?=[\t\n\f\r ()<>\[\]/])"
_SPACES: Final = re.compile(_SPACE + rb"*")
_TOKEN: Final = re.compile(
    _SPACE + rb"*(?:"
    rb"(?P<name>/[!-$&'*-.0-;=?-Z\\^-z|~\x81-\xfe]{1,126})" + _DELIMITED + rb"|(?P<reference>[0-9]{1,10}" + _SPACE + rb"{1,8}"
    rb"[0-9]{1,5}" + _SPACE + rb"{1,8}R)" + _DELIMITED + rb"|(?P<number>[+-]?(?:[0-9]{1,10}(?:\.[0-9]{0,20})?|\.[0-9]{1,20}))"
    + _DELIMITED + rb"|(?P<open><<|\[)|(?P<close>>>|\])|(?P<hex><[0-9A-Fa-f\t\n\f\r ]*>)|(?P<text>\()"
    rb"|(?P<word>true|false|null)" + _DELIMITED + rb")"
)  # fmt: skip
_ESCAPE: Final = re.compile(rb"#(?:0[1-9A-Fa-f]|[1-9A-Fa-f][0-9A-Fa-f])")
_PARENTHESIS: Final = re.compile(rb"[()\\]")
_OBJECT: Final = re.compile(rb"([0-9]{1,10}) ([0-9]{1,5}) obj(?=[\t\n\f\r ()<>\[\]/])")
_STREAM: Final = re.compile(_SPACE + rb"*stream\r?\n")
_STREAM_END: Final = re.compile(rb"(?:\r\n|\n|\r)?endstream" + _SPACE + rb"+endobj(?=" + _SPACE + rb")")
_END: Final = re.compile(_SPACE + rb"*endobj(?=" + _SPACE + rb")")


class UnplainError(Exception):
    """What stands at an octet is not written plainly."""

    def __init__(self, at: int) -> None:
        super().__init__(f"octet {at}")
        self.at = at


class PlainSyntax:
    """Reads octets as plain syntax. Its functions raise UnplainError for what is not, and PDF_LIMIT for more than anybody writes."""

    def __init__(self, data: bytes, count: Callable[[int], None] | None = None) -> None:
        self.data = data
        self._tokens = 0
        self._shared = count  # where tokens of a part are counted among those of the whole

    def count(self, tokens: int = 1) -> None:
        """Count tokens, or as much other work. Raise PDF_LIMIT when there were too many."""
        if self._shared is not None:
            self._shared(tokens)
        self._tokens += tokens
        if self._tokens > MAX_TOKENS:
            raise TrustError(ErrorCode.PDF_LIMIT, "tokens of later revisions", limit=MAX_TOKENS)

    def after_spaces(self, at: int) -> int:
        """Return where white space ends."""
        match = _SPACES.match(self.data, at)
        return at if match is None else match.end()

    def object_at(self, at: int) -> tuple[int, int, int] | None:
        """Return number and generation of the object whose header stands there, and where its value begins."""
        match = _OBJECT.match(self.data, at)
        return None if match is None else (int(match[1]), int(match[2]), match.end())

    def after_value(self, at: int) -> int:
        """Return where a value ends."""
        closes: list[bytes] = []
        keys: list[set[bytes] | None] = []  # of each dictionary those so far, None for an array
        expecting: list[bool] = []  # whether a key comes next
        while True:
            match = _TOKEN.match(self.data, at)
            self.count()
            if match is None or len(closes) > _MAX_DEPTH:
                raise UnplainError(at)
            kind, at = match.lastgroup or "", match.end()
            if kind == "close":
                if not closes or closes.pop() != match["close"] or (keys.pop() is not None and not expecting[-1]):
                    raise UnplainError(at)
                expecting.pop()
            else:
                self._take(match, kind, keys, expecting)
                if kind == "open":
                    closes.append(b">>" if match["open"] == b"<<" else b"]")
                    keys.append(set() if match["open"] == b"<<" else None)
                    expecting.append(True)
                    continue
                at = self._after_text(at) if kind == "text" else at
            if not closes:
                return at

    @staticmethod
    def _take(match: re.Match[bytes], kind: str, keys: list[set[bytes] | None], expecting: list[bool]) -> None:
        """Look at a token where it stands: names are plain, and keys of a dictionary differ."""
        name = match["name"] if kind == "name" else None
        if name is not None and name.count(b"#") != len(_ESCAPE.findall(name)):
            raise UnplainError(match.start())
        known = keys[-1] if keys else None
        if known is None:
            return
        if expecting[-1]:
            if name is None or (spelt := _unescaped(name)) in known:
                raise UnplainError(match.start())
            known.add(spelt)
        expecting[-1] = not expecting[-1]

    def _after_text(self, at: int) -> int:
        depth = 1
        while depth:
            found = _PARENTHESIS.search(self.data, at)
            self.count()
            if found is None:
                raise UnplainError(at)
            at = found.end()
            if found[0] == b"\\":
                at += 1
            else:
                depth += 1 if found[0] == b"(" else -1
        return at

    def stream_at(self, at: int) -> int | None:
        """Return where the octets of the stream begin whose dictionary ends there, None when it is no stream."""
        match = _STREAM.match(self.data, at)
        return None if match is None else match.end()

    def after_stream(self, begin: int, length: int) -> int:
        """Return where an object ends that is a stream of so many octets."""
        match = _STREAM_END.match(self.data, begin + length) if length >= 0 else None
        if match is None:
            raise UnplainError(begin)
        return match.end()

    def after_end(self, at: int) -> int:
        """Return where an object ends whose value ended there."""
        match = _END.match(self.data, at)
        if match is None:
            raise UnplainError(at)
        return match.end()


def _unescaped(name: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes((int(found[0][1:], 16),)), name)
