"""What a drawing may hide: ink is told apart from what only looks like ink, and bounds from none."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import pytest
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject

from esign.pdf.drawings import is_bounded, is_opaque

EDGES = [NumberObject(0), NumberObject(0), NumberObject(9), NumberObject(9)]
BOX = ArrayObject(EDGES)


def _names(**values: object) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in values.items()})


INK = _names(BM=NameObject("/Multiply"))
LAID: dict[str, tuple[DictionaryObject, bool]] = {
    "as it is": (_names(BM=NameObject("/Normal")), False),
    "as ink": (INK, False),
    "half seen through": (_names(ca=NumberObject(0)), True),
    "under a mask": (_names(SMask=_names(S=NameObject("/Luminosity"))), True),
    "as its light": (_names(BM=NameObject("/Luminosity")), True),
    "as a word": (_names(BM=NumberObject(1)), True),
}


def _form(content: bytes, *, box: object = BOX, **resources: object) -> StreamObject:
    form = StreamObject(stream_data=content)
    form.update(_names(Subtype=NameObject("/Form"), BBox=box, Resources=_names(**resources)))
    return form


def _annotation(drawing: StreamObject) -> DictionaryObject:
    return _names(AP=_names(N=drawing))


@pytest.mark.parametrize(("state", "opaque"), LAID.values(), ids=LAID.keys())
def test_ink_inside_a_form_is_ink_where_the_form_is_not_painted_apart(
    monkeypatch: pytest.MonkeyPatch, state: DictionaryObject, *, opaque: bool
) -> None:
    monkeypatch.setattr(
        "esign.pdf.drawings.charge", lambda *_: None
    )  # these objects are of no file that could be charged
    inner = _form(b"/Ink gs 0 0 9 9 re f", ExtGState=_names(Ink=INK))
    drawing = _form(b"/A gs /Fm Do", ExtGState=_names(A=state), XObject=_names(Fm=inner))
    assert is_opaque(_annotation(drawing)) is opaque


@pytest.mark.parametrize(
    "box", [NumberObject(7), ArrayObject(), ArrayObject(EDGES[:3]), ArrayObject([*EDGES[:3], INK])]
)
def test_bounds_are_four_numbers(box: object) -> None:
    assert is_bounded(_annotation(_form(b"0 0 9 9 re f")))
    assert not is_bounded(_annotation(_form(b"0 0 9 9 re f", box=box)))
