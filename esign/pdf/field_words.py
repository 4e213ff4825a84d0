"""What the letters of a drawing say, where that can be read: by an encoding that is told, by codes of Unicode, or by /ToUnicode.

What a font draws for a code is never known; what it says it draws is (ISO 32000-1 9.6.6, 9.7.5.2, 9.10).
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from pyhanko.pdf_utils.generic import DictionaryObject, NameObject, NumberObject, StreamObject

from esign.pdf.field_marks import fonts_in
from esign.pdf.names import spelt
from esign.pdf.operators import SHOWING
from esign.pdf.reader import entry, items, name_of
from esign.pdf.to_unicode import read_to_unicode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esign.pdf.operators import Operation

Reading: TypeAlias = "Callable[[bytes], str | None]"
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
_CODECS: Final = {"/WinAnsiEncoding": "cp1252", "/MacRomanEncoding": "mac_roman"}
_HIGH: Final = range(160, 256)  # below 160 readers differ
_UNICODE: Final = re.compile("/Uni(?:GB|CNS|JIS|JIS2004|KS)-(?:UCS2|UTF16)-H")  # of table 118: codes are Unicode
_CHARSETS: Final = dict.fromkeys(("/GBK-EUC-H", "/GBKp-EUC-H", "/GBK2K-H"), "gb18030")  # of the same table
_MOST: Final = 512  # differences; a code and a name for each octet


def words_of(operations: tuple[Operation, ...], drawing: StreamObject) -> str | None:
    """Return what the letters of a drawing say in their order; None where a letter cannot be read."""
    fonts, known = fonts_in(drawing), dict[str, Reading]()
    now: Reading = _unread
    saved: list[Reading] = []
    found: list[str] = []
    for operation in operations:
        if operation.name == b"q":
            saved.append(now)
        elif operation.name == b"Q":
            now = saved.pop() if saved else _unread
        elif operation.name == b"Tf" and operation.names:
            name = spelt(operation.names[0])
            if name not in known:
                known[name] = _reading(entry(fonts, name))
            now = known[name]
        elif operation.name in SHOWING:
            words = [now(text) for text in operation.texts]
            if None in words:
                return None
            found += [each for each in words if each is not None]
    return "".join(found)


def fonts_of(operations: tuple[Operation, ...], drawing: StreamObject) -> tuple[object, ...]:
    """Return the fonts that letters are of, each as the drawing's resources refer to it; None for one they do not name."""
    fonts = fonts_in(drawing)
    names = {spelt(each.names[0]) for each in operations if each.name == b"Tf" and each.names}
    return tuple(fonts.raw_get(name) if name in fonts else None for name in names)


def is_in_character_set(font: DictionaryObject) -> bool:
    """Return whether the codes of a composite font are those of a character set, by the name of its CMap."""
    return _charset(name_of(font, "/Encoding") or "") is not None


def _charset(encoding: str) -> str | None:
    return "utf-16-be" if _UNICODE.fullmatch(encoding) else _CHARSETS.get(encoding)


def _unread(_: bytes) -> str | None:
    return None


def _reading(font: object) -> Reading:
    """Return what reads texts in a font."""
    if not isinstance(font, DictionaryObject):
        return _unread
    if name_of(font, "/Subtype") != "/Type0":
        letters = _encoding(font)
        return lambda text: "".join(letters[code] for code in text) if letters.keys() >= set(text) else None
    encoding, told = name_of(font, "/Encoding") or "", entry(font, "/ToUnicode")
    charset = _charset(encoding)
    if charset is not None:
        return lambda text: _decoded(text, charset)
    if encoding != "/Identity-H" or not isinstance(told, StreamObject):
        return _unread
    meant = read_to_unicode(told) or {}
    return lambda text: _of_pairs(text, meant)


def _decoded(text: bytes, charset: str) -> str | None:
    try:
        return text.decode(charset)
    except UnicodeDecodeError:
        return None


def _of_pairs(text: bytes, meant: Mapping[int, str]) -> str | None:
    codes = [int.from_bytes(text[at : at + 2], "big") for at in range(0, len(text), 2)]
    return "".join(meant[code] for code in codes) if len(text) % 2 == 0 and meant.keys() >= set(codes) else None


def _encoding(font: DictionaryObject) -> dict[int, str]:
    """Return the letters of a simple font's codes that are told."""
    encoding = entry(font, "/Encoding")
    found = {code: chr(code) for code in _ASCII}
    codec = _CODECS.get(name_of(font, "/Encoding") or "")
    if codec is not None:
        found |= {code: bytes((code,)).decode(codec) for code in _HIGH}
    if not isinstance(encoding, DictionaryObject):
        return found if encoding is None or name_of(font, "/Encoding") in _BASES else {}
    differences = items(entry(encoding, "/Differences"))
    if (
        isinstance(encoding, StreamObject)
        or name_of(encoding, "/BaseEncoding") not in _BASES
        or len(differences) > _MOST
    ):
        return {}
    code = 0
    for each in differences:
        if isinstance(each, NumberObject):
            code = int(each)
            continue
        named = _LETTERS.get(str(each)) if isinstance(each, NameObject) else None
        found.pop(code, None)
        found.update({} if named is None else {code: named})
        code += 1
    return found
