"""Pictures of where an electronic seal will be in an OFD: its pages as they are drawn, the seal's own picture in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.pdf.placement import SealOrder
from esign.rendering.drawing import UNITS, PlacedPicture, drawn
from esign.rendering.handwriting import read_handwriting
from esign.seal.read import parse_seal
from trustkit.app.certificate_files import read_certificates
from trustkit.app.electronic_seal import electronic_seal
from trustkit.app.keys import KeyName
from trustkit.app.ofd_drawer import OfdDrawer
from trustkit.app.page_reader import PageReader
from trustkit.app.seal_preview import seal_pictures
from trustkit.app.wiring import open_if_home
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from esign.rendering.drawing import SealDrawing
    from trustkit.app.authority import Authority
    from trustkit.app.ofd_order import OfdOrder
    from trustkit.x509.certificate import Certificate

_PNG: Final = b"\x89PNG"


def ofd_seal_pictures(
    ofd: bytes, order: OfdOrder, home: Path, keys: tuple[Path, ...], certificates: tuple[Path | None, ...]
) -> tuple[tuple[int, bytes], ...]:
    """Return each page (from 1) that a seal falls on, as a PNG.

    Raises:
        TrustError: what finding a seal and its place raises; USAGE when the certificate is in a key file that a passphrase guards,
            or the seal's picture is no PNG; PAGE_RENDERER.
    """
    orders = []
    with open_if_home(home, required=not keys) as opened:
        for number, wish in enumerate(order.seals):
            certificate = _certificate(opened, keys, certificates, number)
            seal = electronic_seal(opened, wish.seal, certificate, SystemClock().now())
            orders.append(SealOrder(drawing=_drawing(seal), place=wish.place, riding=wish.riding))
    with OfdDrawer() as drawer, PageReader() as reader:
        return tuple(seal_pictures(drawer.draw(ofd).pdf, orders, reader))


def _certificate(
    home: Authority | None, keys: tuple[Path, ...], certificates: tuple[Path | None, ...], number: int
) -> Certificate:
    if not keys:
        if home is None:
            raise TrustError(ErrorCode.USAGE, "nobody signs")
        return home.certificate(KeyName.SEAL)
    path = certificates[number] if number < len(certificates) else None
    if path is None:
        raise TrustError(ErrorCode.USAGE, "without a passphrase the certificate is not known: --cert")
    return read_certificates(path)[0]


def _drawing(seal: bytes) -> SealDrawing:
    picture = parse_seal(seal).picture
    width, height = float(picture.width), float(picture.height)
    if not picture.data.startswith(_PNG):
        raise TrustError(
            ErrorCode.USAGE, "only a seal whose picture is PNG is shown beforehand", type=picture.type[:16]
        )
    half, tall = UNITS / 2, UNITS * height / width / 2
    shown = PlacedPicture(handwriting=read_handwriting(picture.data), box=(-half, -tall, half, tall))
    return drawn((), title="", width_mm=width, height_mm=height, picture=shown)
