"""What the letters of a drawing say, where that can be read: ASCII, in fonts of one octet a letter whose encoding is told.

What a font draws for a code is never known; what it says it draws is (ISO 32000-1 9.6.6).
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject, NameObject, NumberObject, StreamObject

from esign.pdf.field_marks import fonts_in
from esign.pdf.names import spelt
from esign.pdf.operators import SHOWING
from esign.pdf.reader import entry, items, name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.generic import Reference

    from esign.pdf.operators import Operation

_ASCII: Final = range(32, 127)
_BASES: Final = frozenset({None, "/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding", "/PDFDocEncoding"})
_NAMED: Final = (  # from the space on (annex D.2), apart by blanks
    "space exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright asterisk plus comma hyphen"
    " period slash zero one two three four five six seven eight nine colon semicolon less equal greater question at"
    " A B C D E F G H I J K L M N O P Q R S T U V W X Y Z bracketleft backslash bracketright asciicircum underscore grave"
    " a b c d e f g h i j k l m n o p q r s t u v w x y z braceleft bar braceright asciitilde"
)
_LETTERS: Final = {f"/{name}": chr(code) for name, code in zip(_NAMED.split(), _ASCII, strict=True)} | {
    "/quoteright": "'",
    "/quoteleft": "`",
    "/minus": "-",
}
_MOST: Final = 512  # differences; a code and a name for each octet


def words_of(operations: tuple[Operation, ...], drawing: StreamObject) -> str | None:
    """Return what the letters of a drawing say in their order; None where a letter cannot be read."""
    fonts, known = fonts_in(drawing), dict[str, dict[int, str] | None]()
    now: dict[int, str] | None = None
    saved: list[dict[int, str] | None] = []
    found: list[str] = []
    for operation in operations:
        if operation.name == b"q":
            saved.append(now)
        elif operation.name == b"Q":
            now = saved.pop() if saved else None
        elif operation.name == b"Tf" and operation.names:
            name = spelt(operation.names[0])
            if name not in known:
                known[name] = _encoding(entry(fonts, name))
            now = known[name]
        elif operation.name in SHOWING:
            codes = b"".join(operation.texts)
            if now is None or not now.keys() >= set(codes):
                return None
            found += [now[code] for code in codes]
    return "".join(found)


def brings_fonts(operations: tuple[Operation, ...], drawing: StreamObject, known: Callable[[Reference], bool]) -> bool:
    """Return whether letters are of a font that is not among the `known` objects."""
    fonts = fonts_in(drawing)
    names = {spelt(each.names[0]) for each in operations if each.name == b"Tf" and each.names}
    raw = [fonts.raw_get(name) for name in names if name in fonts]
    return len(raw) < len(names) or not all(isinstance(each, IndirectObject) and known(each.reference) for each in raw)


def _encoding(font: object) -> dict[int, str] | None:
    """Return the letters of a font's codes that are told; None for a font whose codes are not."""
    if not isinstance(font, DictionaryObject) or name_of(font, "/Subtype") == "/Type0":
        return None
    encoding = entry(font, "/Encoding")
    found = {code: chr(code) for code in _ASCII}
    if not isinstance(encoding, DictionaryObject):
        return found
    differences = items(entry(encoding, "/Differences"))
    if (
        isinstance(encoding, StreamObject)
        or name_of(encoding, "/BaseEncoding") not in _BASES
        or len(differences) > _MOST
    ):
        return None
    code = 0
    for each in differences:
        if isinstance(each, NumberObject):
            code = int(each)
            continue
        letter = _LETTERS.get(str(each)) if isinstance(each, NameObject) else None
        found.pop(code, None)
        found.update({} if letter is None else {code: letter})
        code += 1
    return found
