"""The desk a batch signs at: that of PDF or that of OFD, by what was ordered.

with open_batch_desk(who, order, passphrase) as desk:
    desk.sign_all(files)
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from trustkit.app.ofd_desk import OfdDesk, open_ofd_desk
from trustkit.app.ofd_made_before import is_ofd_made_by
from trustkit.app.ofd_order import OfdOrder
from trustkit.app.pdf_desk import PdfDesk, open_desk
from trustkit.app.pdf_made_before import is_pdf_made_by
from trustkit.app.pdf_order import PdfOrder
from verifier.format import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trustkit.app.pdf_order import WhoSigns
    from trustkit.custody.passphrase import Passphrase

BatchDesk = PdfDesk | OfdDesk
FileOrder = PdfOrder | OfdOrder


def kind_of(order: FileOrder) -> Format:
    """Return what kind of file an order is about."""
    return Format.OFD if isinstance(order, OfdOrder) else Format.PDF


def order_from_json(kind: Format, value: Mapping[str, object]) -> FileOrder:
    """Return the order about files of a kind that its `to_json` wrote."""
    return OfdOrder.from_json(value) if kind is Format.OFD else PdfOrder.from_json(value)


@contextmanager
def open_batch_desk(
    who: WhoSigns, order: FileOrder, passphrase: Callable[[], Passphrase]
) -> Iterator[PdfDesk | OfdDesk]:
    """Give the desk for as long as the block lasts. Raise as `open_desk` and `open_ofd_desk`."""
    if isinstance(order, OfdOrder):
        with open_ofd_desk(who, order, passphrase) as desk:
            yield desk
    else:
        with open_desk(who, order, passphrase) as pdf_desk:
            yield pdf_desk


def is_made_by(desk: BatchDesk, octets: bytes, original: bytes) -> bool:
    """Return whether octets are what this desk makes of a file: it as it was, then a signature by each party as ordered."""
    if isinstance(desk, OfdDesk):
        return is_ofd_made_by(desk, octets, original)
    return is_pdf_made_by(desk, octets, original)
