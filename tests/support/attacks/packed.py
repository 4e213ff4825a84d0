"""Pages whose contents are packed or spelt in every way there is, and an opaque drawing over their line or beside it.

The drawing of a countersignature is judged by where the page shows letters, so those must be read; and where readers do not agree on
what is packed, nothing passes.
"""

from __future__ import annotations

import base64
import io
import re
import zlib
from typing import TYPE_CHECKING, Final

from PIL import Image

from tests.support.attacks.additions import OVER_TEXT
from tests.support.attacks.covers import over
from tests.support.attacks.documents import CONTENT, NOTE, form_x_object, stream, text
from tests.support.attacks.model import CHANGED, PASSED, Row
from tests.support.attacks.shadow import fill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_BLANK: Final = b"[60 300 540 350]"
_LINE: Final = text("Contract No. 2026-001: the price is 1000 yuan.")
_LITERALS: Final = 128  # octets at most
_STRIP_OFFSETS, _STRIP_SIZES = 273, 279  # tags of TIFF


def lzw(octets: bytes) -> bytes:
    """Return octets as libtiff packs them, whose LZW is that of PDF."""
    file = io.BytesIO()
    Image.frombytes("L", (len(octets), 1), octets).save(file, "TIFF", compression="tiff_lzw")
    with Image.open(file) as picture:
        at, size = (int(picture.getexif()[tag]) for tag in (_STRIP_OFFSETS, _STRIP_SIZES))
    return file.getvalue()[at : at + size]


def runs(octets: bytes) -> bytes:
    """Return octets by run lengths: each stretch of one octet three times or more as one, the rest as it is."""
    found = bytearray()
    for run in re.finditer(rb"(.)\1{2,127}|(?:(?!(.)\2\2).){1,%d}" % _LITERALS, octets, re.DOTALL):
        found += bytes((len(run[0]) - 1,)) + run[0] if run[1] is None else bytes((257 - len(run[0]),)) + run[1]
    return bytes(found) + b"\x80"


def base_85(octets: bytes) -> bytes:
    """Return octets in ASCII 85, in lines."""
    return base64.a85encode(octets, wrapcol=72) + b"~>"


def hexadecimal(octets: bytes) -> bytes:
    """Return octets in hexadecimal digits, with blanks between."""
    return octets.hex(" ", 32).encode("ascii") + b">"


def _page(filters: bytes, octets: bytes, box: bytes) -> Callable[[Library], bytes]:
    return over(b"", {CONTENT: stream(octets, b"/Filter " + filters)}, box=box)


_PACKED: Final = {
    "lzw": (b"/LZWDecode", lzw(_LINE)),
    "run-lengths": (b"[/RunLengthDecode]", runs(b"q Q       " + _LINE)),
    "base-85": (b"/ASCII85Decode", base_85(_LINE)),
    "hexadecimal": (b"/ASCIIHexDecode", hexadecimal(_LINE)),
    "base-85-of-lzw": (b"[/ASCII85Decode /LZWDecode]", base_85(lzw(_LINE))),
    "hexadecimal-of-a-deflation": (b"[/ASCIIHexDecode /FlateDecode]", hexadecimal(zlib.compress(_LINE))),
}
_DEFLATED: Final = base_85(zlib.compress(_LINE))
_TAKEN_IN_TWO_WAYS: Final = {
    "base-85-with-a-form-feed": (b"[/ASCII85Decode /FlateDecode]", _DEFLATED[:20] + b"\f" + _DEFLATED[20:]),
    "base-85-that-goes-on": (b"/ASCII85Decode", base_85(b"q Q") + base_85(_LINE)),
    "lzw-without-an-end": (b"/LZWDecode", lzw(_LINE)[:-2]),
    "lzw-that-grows-late": (b"/LZWDecode /DecodeParms << /EarlyChange 0 >>", lzw(_LINE)),
    "run-lengths-that-go-on": (b"/RunLengthDecode", runs(b"q Q") + runs(_LINE)),
    "one-upon-another": (b"[/LZWDecode /ASCIIHexDecode]", lzw(hexadecimal(_LINE))),
}
_SHOWN: Final = base_85(zlib.compress(b"BT /F1 12 Tf 0 g 2 8 Td (1000) Tj ET"))
_FILLED: Final = {
    "whole": (_SHOWN, PASSED),
    "until-a-form-feed": (_SHOWN.replace(b"~>", b"\f~>"), CHANGED),  # pdfium reads no further
}


def _filled(octets: bytes) -> Callable[[Library], bytes]:
    drawing = form_x_object(octets, more=b"/Filter [/ASCII85Decode /FlateDecode]")
    return lambda library: fill(library.approved_form, NOTE, "1000", appearance=drawing)


ROWS: Final = (
    *(Row(f"signed-beside-{how}", "contract", _page(*each, _BLANK), PASSED) for how, each in _PACKED.items()),
    *(Row(f"signed-over-{how}", "contract", _page(*each, OVER_TEXT), CHANGED) for how, each in _PACKED.items()),
    *(
        Row(f"signed-beside-{how}", "contract", _page(*each, _BLANK), CHANGED)
        for how, each in _TAKEN_IN_TWO_WAYS.items()
    ),
    *(Row(f"filled-in-base-85-{how}", "form", _filled(octets), told) for how, (octets, told) in _FILLED.items()),
)
