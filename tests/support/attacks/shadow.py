"""Shadow attacks: an attacker prepares a file, a signer signs what is shown, and the attacker then shows what was hidden.

Mainka, Mladenov, Rohlmann, "Shadow Attacks: Hiding and Replacing Content in Signed PDFs", NDSS 2021: hide (something covers
the shadow content until it is taken away), replace (fonts, and what form fields show), hide-and-replace (a whole second
document lies in the file until references lead to it). The first step is what `prepared_contract` makes and a signer signs;
no digest can tell it. The second step is a later revision, and that is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import (
    AGREED,
    AMOUNT,
    BLANK,
    CATALOGUE,
    CONTENT,
    COVER,
    COVERING,
    FONT,
    FORM,
    FREE,
    HIDDEN_CONTENT,
    IMAGE,
    LAYER,
    MISSING,
    NOTE,
    PAGE,
    RESOURCES,
    SHOWN,
    SQUARE,
    TICK,
    TREE,
    append,
    body_of,
    contract,
    field_text,
    form_x_object,
    last_table,
    offset_of,
    stream,
    text,
)
from tests.support.attacks.model import CHANGED, PASSED, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.attacks.library import Library

_SHADOW: Final = text("The price is 9999999 yuan.", at=(72, 700))


def cover_emptied(library: Library) -> bytes:
    """Hide, by the object: the drawing that covers the shadow is replaced by an empty one."""
    return append(library.prepared, {IMAGE: form_x_object(b"", size=(480, 40))})


def cover_freed(library: Library) -> bytes:
    """Hide, by the cross-reference: the drawing is marked as free."""
    return append(library.prepared, {}, more={IMAGE: None})


def cover_left_out(library: Library) -> bytes:
    """Hide, by the page: its resources no longer name the drawing."""
    page = body_of(library.prepared, PAGE).replace(b"/Cover", b"/Gone", 1)
    return append(library.prepared, {PAGE: page})


def layer_off(library: Library) -> bytes:
    """Hide, by optional content: the covering layer is switched off in the catalogue."""
    return append(library.prepared, {CATALOGUE: body_of(library.prepared, CATALOGUE).replace(b"/ON [", b"/OFF [", 1)})


def layer_replaced(library: Library) -> bytes:
    """Hide, by optional content: the group itself is made visible nowhere."""
    usage = b"<< /Type /OCG /Name (Cover) /Usage << /View << /ViewState /OFF >> >> >>"
    return append(library.prepared, {LAYER: usage})


def annotation_hidden(library: Library) -> bytes:
    """Hide, by a flag of the covering annotation."""
    return append(library.prepared, {COVERING: SQUARE % 2})


def annotation_taken_off(library: Library) -> bytes:
    page = re.sub(rb"/Annots\s*\[\s*24 0 R\s*", b"/Annots [", body_of(library.prepared, PAGE))
    return append(library.prepared, {PAGE: page})


def hidden_page_shown(library: Library) -> bytes:
    """Hide-and-replace: the page tree leads to the hidden page."""
    return append(library.prepared, {TREE: b"<< /Type /Pages /Kids [21 0 R] /Count 1 >>"})


def hidden_tree_shown(library: Library) -> bytes:
    """Hide-and-replace: the catalogue leads to the hidden page tree."""
    catalogue = body_of(library.prepared, CATALOGUE).replace(b"/Pages 2 0 R", b"/Pages 20 0 R")
    return append(library.prepared, {CATALOGUE: catalogue})


def reference_bent(library: Library) -> bytes:
    """Hide-and-replace, by the cross-reference alone: a page's number now stands for the octets of the hidden page."""
    octets = library.prepared
    return append(octets, {}, more={CONTENT: offset_of(octets, HIDDEN_CONTENT)})


def reference_bent_to_a_twin(library: Library) -> bytes:
    """The signed octets hold two objects of the same number; only the table says which of them counts."""
    octets = library.approve(with_twin())
    forged = octets.index(b"\n5 0 obj") + 1
    return append(octets, {}, more={CONTENT: forged})


def with_twin() -> bytes:
    """Return a contract with a second object 5 that no table lists, before the one it lists."""
    octets = contract()
    twin = b"5 0 obj\n%s\nendobj\n" % stream(_SHADOW)
    # behind the header, the table's offsets bent: written anew with a longer comment in the header's place
    head, rest = octets[:15], octets[15:]
    moved = re.sub(rb"(\d{10}) 00000 n", lambda match: b"%010d 00000 n" % (int(match[1]) + len(twin)), rest)
    table = last_table(octets)
    return head + twin + moved.replace(b"startxref\n%d" % table, b"startxref\n%d" % (table + len(twin)))


def missing_object_supplied(library: Library) -> bytes:
    """The signed page names an object that is not there; a later revision brings it, and the page shows it."""
    resources = RESOURCES.replace(b"/Font", b"/XObject << /Late 25 0 R >> /Font")
    shown = stream(text("Contract No. 2026-001: the price is 1000 yuan.") + b"/Late Do")
    octets = library.approve(contract({CONTENT: shown}, page=resources))
    return append(octets, {MISSING: form_x_object(b"1 1 1 rg 0 0 595 842 re f", size=(595, 842))})


def orphan_then_used(library: Library) -> bytes:
    """An object nobody refers to in one revision, shown by the next."""
    orphaned = append(library.prepared, {FREE: stream(_SHADOW)})
    page = re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % FREE, body_of(orphaned, PAGE))
    return append(orphaned, {PAGE: page})


def orphan(library: Library) -> bytes:
    """An object nobody refers to: nothing is shown yet."""
    return append(library.contract, {FREE: stream(_SHADOW)})


# --- replace: forms ---


def fill(
    octets: bytes,
    number: int,
    value: str,
    *,
    appearance: bytes | None = None,
    more: Mapping[int, bytes] | None = None,
) -> bytes:
    """Return the file with a text field filled in later, as readers do: a value and a new appearance."""
    body = re.sub(rb"/V\s*\([^)]*\)", b"", body_of(octets, number))
    body = re.sub(rb"/AP\s*<<\s*/N\s*\d+ 0 R\s*>>", b"/AP << /N %d 0 R >>" % FREE, body)
    body = body[:-2] + b"/V (%s) >>" % value.encode()
    return append(octets, {number: body, FREE: appearance or field_text(value), **(more or {})})


def tick(octets: bytes) -> bytes:
    """Return the file with the box ticked later."""
    body = re.sub(rb"/V\s*/Off\s*/AS\s*/Off", b"/V /Yes /AS /Yes", body_of(octets, AGREED))
    return append(octets, {AGREED: body})


def _form(bend: Callable[[bytes], bytes], which: str) -> Callable[[Library], bytes]:
    def build(library: Library) -> bytes:
        return bend(getattr(library, which))

    return build


def other_appearance(octets: bytes) -> bytes:
    """Replace: the field's value stays, what is shown of it changes."""
    body = re.sub(rb"/AP\s*<<\s*/N\s*\d+ 0 R\s*>>", b"/AP << /N %d 0 R >>" % FREE, body_of(octets, AMOUNT))
    return append(octets, {AMOUNT: body, FREE: field_text("9999999")})


def appearance_in_place(octets: bytes) -> bytes:
    """Replace: the appearance stream itself is written anew, field and value stay."""
    return append(octets, {SHOWN: field_text("9999999")})


def value_alone(octets: bytes) -> bytes:
    """Replace: the value changes, what is shown stays until somebody touches the field."""
    return append(octets, {AMOUNT: re.sub(rb"/V\s*\([^)]*\)", b"/V (9999999)", body_of(octets, AMOUNT))})


def wrong_appearance(octets: bytes) -> bytes:
    """Filled in, but what is shown is not the value."""
    return fill(octets, NOTE, "as agreed", appearance=field_text("price 1"))


def covering_appearance(octets: bytes) -> bytes:
    """Replace, by overlay: an empty field over the text is filled with an opaque drawing."""
    drawing = form_x_object(
        b"/Tx BMC q 1 1 1 rg 0 0 480 50 re f BT /F1 14 Tf 0 g 12 20 Td (9999999 yuan) Tj ET Q EMC", size=(480, 50)
    )
    return fill(octets, COVER, "9999999 yuan", appearance=drawing)


def image_as_appearance(octets: bytes) -> bytes:
    """Replace, by overlay: the field shows another form XObject."""
    drawing = stream(
        b"/Tx BMC q /Cover Do Q EMC",
        b"/Type /XObject /Subtype /Form /BBox [0 0 480 50] /Resources << /XObject << /Cover 401 0 R >> >>",
    )
    cover = form_x_object(b"1 1 1 rg 0 0 480 50 re f", size=(480, 50))
    return fill(octets, COVER, "see above", appearance=drawing, more={FREE + 1: cover})


def field_hidden(octets: bytes) -> bytes:
    """A field's flags make it invisible."""
    return append(octets, {AMOUNT: body_of(octets, AMOUNT).replace(b"/F 4", b"/F 2")})


def field_moved(octets: bytes) -> bytes:
    return append(octets, {AMOUNT: body_of(octets, AMOUNT).replace(b"[72 600 272 630]", b"[72 740 540 790]")})


def tick_redrawn(octets: bytes) -> bytes:
    """The box is ticked by another drawing than the one that was signed."""
    body = re.sub(rb"/V\s*/Off\s*/AS\s*/Off", b"/V /Yes /AS /Yes", body_of(octets, AGREED))
    body = re.sub(rb"/Yes\s+\d+ 0 R", b"/Yes %d 0 R" % FREE, body)
    return append(octets, {AGREED: body, FREE: form_x_object(b"1 1 1 rg 0 0 20 20 re f", size=(20, 20))})


def tick_in_place(octets: bytes) -> bytes:
    return append(octets, {TICK: form_x_object(b"1 1 1 rg 0 0 20 20 re f", size=(20, 20))})


def font_of_fields(octets: bytes) -> bytes:
    """Replace, by font: the font that page and form share is written anew, as the form's own default."""
    number = FORM
    return append(
        octets,
        {
            number: body_of(octets, number),
            FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>",
        },
    )


def default_resources(octets: bytes) -> bytes:
    """Replace, by font: the form's default resources name another font."""
    body = body_of(octets, FORM).replace(b"/F1 7 0 R", b"/F1 400 0 R")
    return append(octets, {FORM: body, FREE: b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"})


def need_appearances(octets: bytes) -> bytes:
    """Readers are told to draw all fields anew."""
    return append(octets, {FORM: body_of(octets, FORM)[:-2] + b"/NeedAppearances true >>"})


def blank_in_place(octets: bytes) -> bytes:
    """The drawing two empty fields share is written anew."""
    return append(octets, {BLANK: form_x_object(b"1 1 1 rg 0 0 480 50 re f", size=(480, 50))})


_BOTH: Final = ("form", "approved_form")
_FORMS: Final = (
    other_appearance,
    appearance_in_place,
    value_alone,
    wrong_appearance,
    covering_appearance,
    image_as_appearance,
    field_hidden,
    field_moved,
    tick_redrawn,
    tick_in_place,
    font_of_fields,
    default_resources,
    need_appearances,
    blank_in_place,
)

ROWS: Final = (
    Row("shadow-hide-cover-emptied", "prepared", cover_emptied, CHANGED),
    Row("shadow-hide-cover-freed", "prepared", cover_freed, CHANGED),
    Row("shadow-hide-cover-left-out", "prepared", cover_left_out, CHANGED),
    Row("shadow-hide-layer-off", "prepared", layer_off, CHANGED),
    Row("shadow-hide-layer-replaced", "prepared", layer_replaced, CHANGED),
    Row("shadow-hide-annotation-hidden", "prepared", annotation_hidden, CHANGED),
    Row("shadow-hide-annotation-taken-off", "prepared", annotation_taken_off, CHANGED),
    Row("shadow-both-page-shown", "prepared", hidden_page_shown, CHANGED),
    Row("shadow-both-tree-shown", "prepared", hidden_tree_shown, CHANGED),
    Row("shadow-both-reference-bent", "prepared", reference_bent, CHANGED),
    Row("shadow-both-reference-to-twin", "contract", reference_bent_to_a_twin, CHANGED),
    Row("shadow-both-missing-object", "contract", missing_object_supplied, CHANGED),
    Row("shadow-both-orphan-then-used", "prepared", orphan_then_used, CHANGED),
    Row("shadow-both-orphan", "contract", orphan, PASSED),
    *(
        Row(
            f"shadow-replace-{bend.__name__.replace('_', '-')}-{which.replace('_', '-')}",
            which,
            _form(bend, which),
            CHANGED,
        )
        for bend in _FORMS
        for which in _BOTH
    ),
    Row("shadow-replace-value-approved", "approved_form", lambda lib: fill(lib.approved_form, AMOUNT, "9"), CHANGED),
    Row("shadow-replace-tick-approved", "approved_form", lambda lib: tick(lib.approved_form), CHANGED),
    Row("form-filled", "form", lambda lib: fill(lib.form, NOTE, "as agreed"), PASSED),
    Row("form-filled-again", "form", lambda lib: fill(lib.form, AMOUNT, "900"), PASSED),
    Row("form-ticked", "form", lambda lib: tick(lib.form), PASSED),
    Row("form-blank-filled-after-approval", "approved_form", lambda lib: fill(lib.approved_form, NOTE, "seen"), PASSED),
)
