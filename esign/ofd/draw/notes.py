"""What could not be drawn, or was drawn otherwise than the file says: a picture that leaves something out says so.

notes = Notes()
notes.add(Lack.FONT, "楷体 → Noto Serif CJK SC")
notes.told()
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from esign.ofd.draw.limits import MAX_NOTES, MAX_TOLD


@unique
class Lack(StrEnum):
    """What is wanting in a picture; the words for it stand in `trustkit.app.drawing_report`."""

    # not seen at all
    PAGE = "page"
    PICTURE = "picture"  # of the page: the drawing is there, and its renderer failed over it
    LIMIT = "limit"
    MALFORMED = "malformed"
    RESOURCE = "resource"
    GLYPH = "glyph"
    IMAGE = "image"
    MEDIA = "media"
    UNKNOWN = "unknown-element"
    FOREIGN = "foreign-element"
    AMBIGUOUS = "ambiguous"
    COVERED = "covered-by-seal"
    RECURSION = "recursion"
    SEAL = "seal"
    ANNOTATION = "annotation"
    NUMBER = "number"
    ENCRYPTED = "encrypted"
    # seen, but not quite so
    PATH_CUT = "path-cut"
    FONT = "font-substituted"
    FONT_DAMAGED = "font-damaged"
    BORROWED = "glyph-borrowed"
    GRADIENT = "gradient-simplified"
    PATTERN = "pattern-simplified"
    STYLE = "style"
    COLOUR = "colour"
    CLIP = "clip"
    BORDER = "border"
    OPAQUE = "opaque-seal"
    # not to be seen, by the file's own word
    HIDDEN = "hidden"


_MISSING: Final = frozenset(
    {
        Lack.PAGE,
        Lack.PICTURE,
        Lack.LIMIT,
        Lack.MALFORMED,
        Lack.RESOURCE,
        Lack.GLYPH,
        Lack.IMAGE,
        Lack.MEDIA,
        Lack.UNKNOWN,
        Lack.FOREIGN,
        Lack.AMBIGUOUS,
        Lack.COVERED,
        Lack.RECURSION,
        Lack.SEAL,
        Lack.ANNOTATION,
        Lack.NUMBER,
        Lack.ENCRYPTED,
        Lack.PATH_CUT,
    }
)


class Undrawable(Exception):  # noqa: N818 - no error: the rest of the page is drawn, and this is told
    """One object, or one property of it, cannot be drawn; caught where the next one begins."""

    def __init__(self, lack: Lack, detail: str = "") -> None:
        super().__init__(detail)
        self.lack = lack
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing told: on which page (from 1; 0 for the document), of which object (its ID, the first of `count`)."""

    lack: Lack
    page: int
    detail: str
    object_id: str
    count: int

    @property
    def is_missing(self) -> bool:
        """Whether something of the page is not in the picture at all."""
        return self.lack in _MISSING


@dataclass(slots=True)
class Notes:
    """Collects notes; the same thing on the same page is one note and a count. `page` and `object_id` are set as drawing goes on."""

    page: int = 0
    object_id: str = ""
    _found: dict[tuple[Lack, int, str], tuple[str, int]] = field(default_factory=dict)
    _more: int = 0

    def add(self, lack: Lack, detail: str = "") -> None:
        """Tell something about the object that is being drawn."""
        key = (lack, self.page, detail[:MAX_TOLD])
        if key in self._found:
            first, count = self._found[key]
            self._found[key] = (first, count + 1)
        elif len(self._found) < MAX_NOTES:
            self._found[key] = (self.object_id[:MAX_TOLD], 1)
        else:
            self._more += 1

    def told(self) -> tuple[Note, ...]:
        """Return all notes in the order they were first met; past `MAX_NOTES` one that counts the rest."""
        notes = [
            Note(lack=lack, page=page, detail=detail, object_id=first, count=count)
            for (lack, page, detail), (first, count) in self._found.items()
        ]
        if self._more:
            notes.append(Note(lack=Lack.LIMIT, page=0, detail="notes", object_id="", count=self._more))
        return tuple(notes)
