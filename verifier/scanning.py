"""A picture of a code is judged as the code: what it says is read, and that text takes the picture's place.

    submission = scanned(submission, reader)

A picture proves nothing and adds nothing. Where it shows no code that can be judged, or more than one, it stays a picture, and is told as such.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from verifier.format import Format
from verifier.submission import identify

if TYPE_CHECKING:
    from verifier.submission import Submission

_JUDGED: Final = frozenset({Format.CAPSULE, Format.SD_JWT})


class ReadsCodes(Protocol):
    """Reads the codes in a picture."""

    def texts(self, picture: bytes) -> tuple[str, ...]:
        """Return what the codes say; nothing where there is none, and of what cannot be read."""
        ...


def scanned(submission: Submission, reader: ReadsCodes | None) -> Submission:
    """Return the submission with the code's text in the place of its picture; any other as it is. Never raises for what it holds."""
    if reader is None or identify(submission.data) is not Format.PICTURE:
        return submission
    texts = [text.encode("utf-8", "surrogatepass") for text in reader.texts(submission.data)]
    codes = [text for text in texts if identify(text) in _JUDGED]
    return replace(submission, data=codes[0]) if len(codes) == 1 else submission
