"""What is known of a drawing's marks: whether every program draws them alike, and whether black can be told from them."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import pytest

from esign.pdf.pages import page_tree
from esign.pdf.plain_drawing import Look, look_at
from esign.pdf.reader import open_reader
from tests.support.attacks.documents import RESOURCES, contract, form_x_object, stream

_RESOURCES = (
    b"/XObject << /Fm 32 0 R /Im 33 0 R /Jx 34 0 R >>"
    b" /ExtGState << /Ink << /BM /Multiply >> /Odd << /TR /Identity >> /Thin << /ca .1 >> >> /Font"
)
_IMAGE = b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "


def look(operators: bytes, entries: bytes = b"/F 4 /AP << /N 31 0 R >>") -> Look:
    objects = {
        30: b"<< /Type /Annot /Subtype /Stamp /Rect [0 0 200 30] %s >>" % entries,
        31: form_x_object(operators).replace(b"/Font", _RESOURCES),
        32: form_x_object(b"1 0 0 rg 0 0 9 9 re f"),
        33: stream(b"\0", _IMAGE),
        34: stream(b"\0", _IMAGE + b"/Filter /JPXDecode"),
    }
    reader = open_reader(contract(objects, page=RESOURCES + b" /Annots [30 0 R]"))
    first = next(node for node in page_tree(reader.root) if node.is_page)
    return look_at(first.dictionary["/Annots"][0])


@pytest.mark.parametrize(
    ("operators", "alike", "light"),
    [
        (b"/Ink gs 1 0 0 RG 2 w 0 0 m 9 9 l S", True, True),
        (b"1 0 0 rg 0 0 9 9 re f", True, True),
        (b"/Fm Do", True, True),
        (b"0 0 m 9 9 l S", True, False),
        (b"q 1 0 0 rg Q 0 0 9 9 re f", True, False),
        (b"1 0 0 rg BT /F1 9 Tf (A) Tj ET", True, True),
        (b"/Tx BMC EMC", True, True),
        (b"/DeviceRGB cs 1 0 0 sc 0 0 9 9 re f", True, True),
        (b"/Thin gs 1 0 0 rg 0 0 9 9 re f", True, False),
        (b"/Im Do", True, False),
        (b"/Jx Do", False, False),
        (b"/Odd gs", False, True),
        (b"/No gs", False, False),
        (b"/OC /L BDC EMC", False, False),
        (b"BI /W 1 /H 1 /CS /G /BPC 8 ID a EI", False, False),
        (b"/Own cs 1 scn", False, False),
        (b"/P sh", False, False),
    ],
)
def test_what_is_known_of_a_drawing(operators: bytes, *, alike: bool, light: bool) -> None:
    assert look(operators) == Look(is_alike=alike, is_light=light)


@pytest.mark.parametrize(
    "entries",
    [
        b"",
        b"/F 36 /AP << /N 31 0 R >>",
        b"/F 4 /OC 9 0 R /AP << /N 31 0 R >>",
        b"/F 4 /AP << /N 31 0 R /D 31 0 R >>",
        b"/F 4 /AP << /N << /A 31 0 R >> >> /AS /A",
    ],
)
def test_what_is_not_shown_to_everybody_is_not_alike(entries: bytes) -> None:
    assert look(b"1 0 0 rg 0 0 9 9 re f", entries) == Look(is_alike=False, is_light=False)
