"""Names and strings as octets: pyHanko takes a name for text, UTF-8 or else Latin-1, so that two names may be one to it.

Names are octets (ISO 32000-1 7.3.5), in Chinese files often GBK. Two that differ have to differ, and what was read has to be
written again as it was: a page whose fonts have such names would lose its text when it is written anew to be signed.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import re
from typing import IO, Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import NameObject, TextStringObject
from pyhanko.pdf_utils.misc import PdfWriteError

_OWN: Final = 0xF700  # in a private area of Unicode; with an octet that is no UTF-8 added
_OWN_LETTERS: Final = re.compile("[\uf780-\uf7ff]")
_WRITTEN: Final = re.compile(
    rb"(?:[!\"$&'*-.0-;=?-Z\\^-z|~\x80-\xff]|#[0-9A-Fa-f]{2})*"
)  # old Chinese writers escape nothing
_ESCAPE: Final = re.compile(rb"#(..)", re.DOTALL)
_ESCAPED: Final = re.compile(rb"[^!\"$&'*-.0-;=?-Z\\^-z|~]", re.DOTALL)
_decode_name: Final = generic._decode_name  # type: ignore[attr-defined,unused-ignore] # noqa: SLF001 - a library's, see `install`
_write_text: Final = TextStringObject.write_to_stream


def spelt(octets: bytes) -> str:
    """Return the text that stands for a name of these octets: its UTF-8, or letters of a private area. No two share one."""
    try:
        found = octets.decode()
    except UnicodeDecodeError:
        found = ""
    if (found or not octets) and not _OWN_LETTERS.search(found):
        return found
    return "".join(chr(octet if octet < 0x80 else _OWN + octet) for octet in octets)  # noqa: PLR2004 - ASCII


def octets_of(name: str) -> bytes:
    """Return the octets of a name that `spelt` made, or that somebody wrote as text."""
    if _OWN_LETTERS.search(name):
        return bytes(ord(letter) & 0xFF for letter in name)
    return name.encode()


def _read_name(octets: bytes) -> NameObject:
    if not _WRITTEN.fullmatch(octets):
        found: NameObject = _decode_name(octets)  # it says what is wrong
        return found
    if b"#" not in octets and octets.isascii():
        return NameObject("/" + octets.decode("ascii"))
    return NameObject("/" + spelt(_ESCAPE.sub(lambda each: bytes.fromhex(each[1].decode("ascii")), octets)))


def _write_name(self: NameObject, stream: IO[bytes], handler: Any = None, container_ref: Any = None) -> None:  # noqa: ANN401, ARG001
    if not self.startswith("/"):
        raise PdfWriteError(repr(self))
    stream.write(b"/" + _ESCAPED.sub(lambda each: b"#%02X" % each[0][0], octets_of(self[1:])))


def _write_as_read(self: TextStringObject, stream: IO[bytes], handler: Any = None, container_ref: Any = None) -> None:  # noqa: ANN401
    if self.force_output_encoding is None:
        self.force_output_encoding = self.autodetected_encoding
    _write_text(self, stream, handler, container_ref)


def install() -> None:
    """Have every reader and writer in the process treat names and strings so: pyHanko offers no argument for it."""
    generic._decode_name = _read_name  # type: ignore[assignment,attr-defined,unused-ignore] # noqa: SLF001
    NameObject.write_to_stream = _write_name  # type: ignore[method-assign,unused-ignore]
    TextStringObject.write_to_stream = _write_as_read  # type: ignore[method-assign,unused-ignore]
