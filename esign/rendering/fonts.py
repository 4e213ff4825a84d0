"""The fonts of pages and seals: where they are looked for, in which order, and what they cannot draw.

A character that no font of the chain can draw is an error before anything is drawn: a page never shows a box. The chain
is Noto Serif, Noto Sans, then, where Debian's packages are installed, LXGW WenKai and BabelStone Han for rare
characters of names (and WenKai for names as by hand). All of them are free to embed (SIL OFL 1.1; BabelStone Han: Arphic
Public Licence). Before each Noto font stands the page font that tools/page_fonts.py made of it, which has the characters of nearly every licence.

    chain = find_fonts()
    chain.require_glyphs(text, where="name")
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unicodedata import category

from fontTools.ttLib import TTCollection, TTFont, TTLibError

from esign.rendering.character_map import CharacterMap
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from typing import BinaryIO

REMEDY: Final = "install the Debian package fonts-noto-cjk, or in a checkout run: python tools/fonts.py"
MAX_REPORTED: Final = 8  # a text in a foreign script would list every character it has
_INVISIBLE: Final = frozenset("\n\r\t")  # they move the pen and draw nothing
_CONTROL: Final = "Cc"  # some fonts have a blank glyph for U+0000


class FontRole(StrEnum):
    """What a font is for; a text of one role may borrow single characters from the others."""

    SERIF = "serif"
    SANS = "sans"
    SCRIPT = "script"
    RARE = "rare"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFont:
    """A font we look for: its family name and the names its file may have."""

    family: str
    role: FontRole
    files: tuple[str, ...]


# The order of fall-back, and within one font the order of its files.
KNOWN_FONTS: Final = (
    KnownFont(family="Trustkit Song", role=FontRole.SERIF, files=("TrustkitSong-Regular.ttf",)),
    KnownFont(
        family="Noto Serif CJK SC",
        role=FontRole.SERIF,
        files=("NotoSerifCJKsc-Regular.otf", "NotoSerifCJK-Regular.ttc"),
    ),
    KnownFont(family="Trustkit Hei", role=FontRole.SANS, files=("TrustkitHei-Regular.ttf",)),
    KnownFont(
        family="Noto Sans CJK SC",
        role=FontRole.SANS,
        files=("NotoSansCJKsc-Regular.otf", "NotoSansCJK-Regular.ttc"),
    ),
    KnownFont(family="LXGW WenKai", role=FontRole.SCRIPT, files=("LXGWWenKai-Regular.ttf",)),
    KnownFont(family="BabelStone Han", role=FontRole.RARE, files=("BabelStoneHan.ttf",)),
)
# The order of places: what our set-up brought, then Debian's packages.
FONT_FOLDERS: Final = (
    Path(sys.prefix, "share", "trustkit", "fonts"),
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/truetype/lxgw-wenkai"),
    Path("/usr/share/fonts/truetype/babelstone"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFace:
    """One font that was found: `number` is its place inside a collection file, 0 otherwise."""

    family: str
    role: FontRole
    path: Path
    number: int
    characters: CharacterMap = field(repr=False, compare=False)  # the file tells them, and hashing them is slow

    @property
    def source(self) -> str:
        """Where it was found, for reports."""
        return str(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class FontChain:
    """The fonts in their order of fall-back, never empty; built by `find_fonts`."""

    faces: tuple[FontFace, ...]
    _drawable: set[str] = field(default_factory=set, init=False, repr=False, compare=False)  # characters found already

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that hold the chain's fonts, each once."""
        return tuple(dict.fromkeys(face.path.parent for face in self.faces))

    def families(self, role: FontRole) -> tuple[str, ...]:
        """Return the family names for a text of this role: its own fonts first, then the rest in order."""
        return tuple(face.family for face in sorted(self.faces, key=lambda face: face.role is not role))

    def face_for(self, character: str, first: FontRole | None = None) -> FontFace:
        """Return the first font that can draw a character, those of role `first` before others; raise GLYPH_MISSING."""
        order = self.faces if first is None else sorted(self.faces, key=lambda face: face.role is not first)
        for face in order:
            if face.characters.covers(character):
                return face
        raise TrustError(ErrorCode.GLYPH_MISSING, f"no font has the character {code_point(character)}")

    def glyphs_missing(self, text: str) -> tuple[str, ...]:
        """Return the distinct characters of a text that no font can draw, in order of appearance."""
        unknown = [each for each in dict.fromkeys(text) if each not in self._drawable and each not in _INVISIBLE]
        missing = tuple(each for each in unknown if not self._draws(each))
        self._drawable.update(set(unknown).difference(missing))
        return missing

    def _draws(self, character: str) -> bool:
        return category(character) != _CONTROL and any(face.characters.covers(character) for face in self.faces)

    def require_glyphs(self, text: str, *, where: str) -> None:
        """Raise GLYPH_MISSING, naming the characters alone and the field, when a text cannot be drawn in full."""
        missing = self.glyphs_missing(text)
        if missing:
            points = " ".join(code_point(character) for character in missing[:MAX_REPORTED])
            raise TrustError(ErrorCode.GLYPH_MISSING, f"no font has {points}", field=where, characters=len(missing))


def find_fonts(folders: tuple[Path, ...] = FONT_FOLDERS) -> FontChain:
    """Return the fonts found in these folders, the first file of each; read once per process and set of folders.

    Raises:
        TrustError: FONT_MISSING, with the places looked at and the remedy, when there is no font at all or one found
            cannot be read.
    """
    return _find_fonts(folders)


def code_point(character: str) -> str:
    """Return the name ``U+6587`` of a character: it can be told without telling the text it stood in."""
    return f"U+{ord(character):04X}"


@lru_cache(maxsize=8)
def _find_fonts(folders: tuple[Path, ...]) -> FontChain:
    faces = tuple(face for known in KNOWN_FONTS if (face := _first_face(known, folders)) is not None)
    if not faces:
        places = ", ".join(str(folder) for folder in folders)
        raise TrustError(ErrorCode.FONT_MISSING, f"no Chinese font in {places}; {REMEDY}")
    return FontChain(faces=faces)


def _first_face(known: KnownFont, folders: tuple[Path, ...]) -> FontFace | None:
    for folder in folders:
        for file in known.files:
            path = folder / file
            if path.is_file():
                return _read_face(known, path)
    return None


def _read_face(known: KnownFont, path: Path) -> FontFace:
    try:
        with path.open("rb") as stream:
            number = _number_in_collection(known.family, stream) if path.suffix == ".ttc" else 0
            table: bytes = TTFont(stream, fontNumber=number, lazy=True).reader["cmap"]
    except (OSError, TTLibError, KeyError, AssertionError) as error:
        raise TrustError(ErrorCode.FONT_MISSING, f"{path.name} cannot be read as a font; {REMEDY}") from error
    characters = CharacterMap.read(table)
    return FontFace(family=known.family, role=known.role, path=path, number=number, characters=characters)


def _number_in_collection(family: str, stream: BinaryIO) -> int:
    families = [font["name"].getDebugName(1) for font in TTCollection(stream, lazy=True)]
    if family not in families:
        raise TrustError(ErrorCode.FONT_MISSING, f"the collection holds no {family}")
    return families.index(family)
