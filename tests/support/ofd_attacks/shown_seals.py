"""Seals of a second signer over what the first one signed: what they hide there, and what can still be seen beneath them."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from esign.seal.model import SealVersion
from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.signing import Order, signature_list
from tests.support.ofd_attacks.verdicts import COVERED, PASSED, SPREAD
from tests.support.ses import PICTURE, make_seal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

_SIDE: Final = 80  # pixels of a seal of 40 mm
WHITE, CLEAR, RED, BLACK = (255, 255, 255, 255), (255, 255, 255, 0), (200, 0, 0, 255), (0, 0, 0, 255)
AMOUNT: Final = 'ID="1" PageRef="11" Boundary="50 45 40 40"'  # over 注册资本：壹佰万元
BLANK: Final = 'ID="1" PageRef="11" Boundary="50 240 40 40"'
_FURTHER: Final = 'ID="1" PageRef="11" Boundary="80 55 40 40"'
_EDGE: Final = (
    'ID="1" PageRef="11" Boundary="190 120 40 40" Clip="0 0 20 40"/>'
    '<ofd:StampAnnot ID="2" PageRef="12" Boundary="170 120 40 40" Clip="20 0 20 40"'
)


@cache
def png(ground: tuple[int, ...], *, ink: tuple[int, ...] = RED, box: tuple[int, int, int, int] | None = None) -> bytes:
    """Return a ring on a ground, or a solid block."""
    image = Image.new("RGBA", (_SIDE, _SIDE), ground)
    pen = ImageDraw.Draw(image)
    if box is None:
        pen.ellipse((1, 1, _SIDE - 2, _SIDE - 2), outline=ink, width=2)
    else:
        pen.rectangle(box, fill=ink)
    return saved(image, "PNG")


def saved(image: Image.Image, form: str) -> bytes:
    file = BytesIO()
    image.save(file, form)
    return file.getvalue()


@cache
def _jpeg() -> bytes:
    """Return a ring on white, as seals were once scanned."""
    with Image.open(BytesIO(png(WHITE))) as image:
        return saved(image.convert("RGB"), "JPEG")


@cache
def _striped() -> bytes:
    """Return stripes 2 mm wide beside each other, each no broader than the lines of a seal, in a ring."""
    image = Image.new("RGBA", (_SIDE, _SIDE), CLEAR)
    pen = ImageDraw.Draw(image)
    for left in range(5, 70, 5):
        pen.rectangle((left, 25, left + 3, 60), fill=RED)
    return saved(image, "PNG")


@cache
def _nested(*, colour: str, fill: bool = True) -> bytes:
    """Return a seal's picture that is a document: a square, filled or as a line."""
    ink = d.element("FillColor", "", f'Value="{colour}"') + d.element("StrokeColor", "", f'Value="{colour}"')
    path = d.element("AbbreviatedData", "M 1 1 L 39 1 L 39 39 L 1 39 C")
    words = f'ID="7" Boundary="0 0 40 40" Fill="{str(fill).lower()}" Stroke="true" LineWidth="0.8"'
    square = d.element("PathObject", ink + path, words)
    area = d.element("CommonData", d.element("MaxUnitID", "9") + _area("0 0 40 40"))
    pages = d.element("Pages", d.element("Page", "", 'ID="11" BaseLoc="Pages/Page_0/Content.xml"'))
    return zips.pack(
        {
            d.ENTRY: d.entry(d.body(signed=False)),
            d.DOCUMENT: d.root("Document", area + pages),
            d.PAGE: d.page(square, template=False),
        }
    )


def _area(box: str) -> str:
    return d.element("PageArea", d.element("PhysicalBox", box))


def over(
    picture: Callable[[], bytes],
    place: str = AMOUNT,
    *,
    kind: bytes = b"PNG",
    version: SealVersion = SealVersion.V4,
    first: SealVersion = SealVersion.V4,
    first_place: str = BLANK,
    page: str = "",
) -> Callable[[Library], bytes]:
    """Return a licence under one seal, and a second signer's seal of this picture at a place."""

    def build(library: Library) -> bytes:
        files = d.licence()
        if page:
            files[d.PAGE] = d.page(page)
        signed = library.sign(files, Order(version=first, annotation=first_place))
        return zips.pack(library.sign(signed, later_seal(library, picture(), place, kind=kind, version=version)))

    return build


def later_seal(
    library: Library,
    picture: bytes,
    place: str,
    *,
    number: int = 1,
    kind: bytes = b"PNG",
    version: SealVersion = SealVersion.V4,
) -> Order:
    """Return the order of a second signer's signature, with a seal of this picture at a place."""
    member = library.second
    seal = make_seal(library.world, version=version, users=(member.der,), picture=picture, picture_type=kind)
    return Order(number=number, signer=member, seal=seal, version=version, annotation=place)


def _two_later(*pictures: Callable[[], bytes], further: str = AMOUNT) -> Callable[[Library], bytes]:
    """Return a licence under a first seal and two of a second signer, over the amount and at a place further on."""

    def build(library: Library) -> bytes:
        place = AMOUNT
        files = library.sign(d.licence(), Order(annotation=BLANK))
        for number, picture in enumerate(pictures, 1):
            files = library.sign(files, later_seal(library, picture(), place, number=number))
            place = further
        return zips.pack(files)

    return build


def _left_beside(library: Library) -> bytes:
    """Return a licence whose second signer's files the first saw but for the value, where the picture lies."""
    order = later_seal(library, png(WHITE), AMOUNT)
    files = library.sign(d.licence(), order)
    known = tuple(name for name in files if not name.endswith((".dat", ".esl")))
    return zips.pack(library.sign(files, Order(number=0, annotation=BLANK, covered=known)))


def _before(
    picture: Callable[[], bytes], *, listed: bool = True, listing: bool = False, place: str = BLANK
) -> Callable[[Library], bytes]:
    """Return a licence whose signer covers another's seal, which the list named already or names only since; `listing`: and that list."""

    def build(library: Library) -> bytes:
        files = library.sign(d.licence(), later_seal(library, picture(), AMOUNT))
        shown = files[d.SIGNATURES]
        order = Order(number=0, annotation=place, listing=listing)
        if listing:
            files[d.SIGNATURES] = signature_list(files, order)
        if not listed:
            files[d.SIGNATURES] = d.root("Signatures", d.element("MaxSignId", "9"))
        signed = library.sign(files, order)
        return zips.pack(signed if listed else signed | {d.SIGNATURES: signature_list({d.SIGNATURES: shown}, order)})

    return build


def _own_over(library: Library) -> bytes:
    """Return a licence that its own signer stamps again over the amount."""
    files = library.sign(d.licence(), Order(annotation=BLANK))
    seal = make_seal(library.world, picture=png(WHITE))
    return zips.pack(library.sign(files, Order(number=1, seal=seal, annotation=AMOUNT)))


_BAR: Final = d.element(
    "PathObject",
    d.element("FillColor", "", 'Value="0 0 120"') + d.element("AbbreviatedData", "M 0 0 L 170 0 L 170 12 L 0 12 C"),
    'ID="23" Boundary="20 58 170 12" Fill="true" Stroke="false"',
) + d.text(22, "注册资本：壹佰万元", at="20 60 170 10", inside=d.element("FillColor", "", 'Value="255 255 255"'))
_HEAD: Final = d.text(22, "登记机关（盖章）二〇二六年十二月一日", at="20 60 170 10", inside="").replace(
    'Size="8"', 'Size="4"'
)


ROWS: Final = (
    Row("shown-white-seal-over-the-amount", "twice", over(lambda: png(WHITE)), COVERED),
    Row("shown-white-seal-over-blank-paper", "twice", over(lambda: png(WHITE), BLANK.replace("50", "110")), PASSED),
    Row("shown-clear-seal-over-the-amount", "twice", over(lambda: PICTURE), PASSED),
    Row("shown-jpeg-seal-over-the-amount", "twice", over(_jpeg, kind=b"JPG"), COVERED),
    Row("shown-jpeg-seal-over-blank-paper", "twice", over(_jpeg, BLANK.replace("50", "110"), kind=b"JPG"), PASSED),
    Row("shown-red-block-over-the-amount", "twice", over(lambda: png(RED)), COVERED),
    Row("shown-black-block-over-the-amount", "twice", over(lambda: png(BLACK)), COVERED),
    Row(
        "shown-bar-over-the-amount",
        "twice",
        over(lambda: png(CLEAR, box=(0, 30, 80, 55))),
        COVERED,
    ),
    Row(
        "shown-white-words-over-the-amount",
        "twice",
        over(lambda: png(CLEAR, ink=WHITE, box=(0, 25, 80, 60))),
        COVERED,
    ),
    Row(
        "shown-black-strokes-beside-the-amount",
        "twice",
        over(lambda: png(CLEAR, ink=BLACK, box=(0, 42, 80, 46)), 'ID="1" PageRef="11" Boundary="50 43.8 40 40"'),
        COVERED,
    ),
    Row(
        "shown-dark-red-strokes-beside-the-amount",
        "twice",
        over(
            lambda: png(CLEAR, ink=(60, 0, 0, 255), box=(0, 42, 80, 46)), 'ID="1" PageRef="11" Boundary="50 43.8 40 40"'
        ),
        COVERED,
    ),
    Row("shown-stripes-over-the-amount", "twice", over(_striped), COVERED),
    Row(
        "shown-white-strokes-on-the-bar",
        "twice",
        over(
            lambda: png(CLEAR, ink=WHITE, box=(0, 42, 80, 46)),
            'ID="1" PageRef="11" Boundary="50 43.8 40 40"',
            page=_BAR,
        ),
        COVERED,
    ),
    Row("shown-white-on-white-over-the-bar", "twice", over(lambda: png(WHITE), page=_BAR), COVERED),
    Row("shown-blue-on-blue-over-the-bar", "twice", over(lambda: png((0, 0, 120, 255)), page=_BAR), COVERED),
    Row(
        "shown-white-seal-below-the-bar",
        "twice",
        over(lambda: png(WHITE), BLANK, first_place=_FURTHER, page=_BAR),
        PASSED,
    ),
    Row("shown-clear-seal-over-the-signature-line", "twice", over(lambda: PICTURE, page=_HEAD), PASSED),
    Row("shown-clear-seal-over-the-first-seal", "twice", over(lambda: PICTURE, BLANK.replace("50", "65")), COVERED),
    Row(
        "shown-white-seal-over-the-first-seal",
        "twice",
        over(lambda: png(WHITE), BLANK.replace("50", "65")),
        COVERED,
    ),
    Row(
        "shown-white-seal-over-an-annotation",
        "twice",
        over(lambda: png(WHITE), 'ID="1" PageRef="11" Boundary="145 5 40 40"'),
        COVERED,
    ),
    Row(
        "shown-riding-edge-of-two",
        "twice",
        over(lambda: PICTURE, _EDGE, first_place=_EDGE.replace("120", "60")),
        PASSED,
    ),
    Row(
        "shown-nested-white-over-the-amount",
        "twice",
        over(lambda: _nested(colour="255 255 255"), kind=b"ofd"),
        COVERED,
    ),
    Row(
        "shown-nested-line-over-the-amount",
        "twice",
        over(lambda: _nested(colour="200 0 0", fill=False), kind=b"ofd"),
        COVERED,
    ),
    Row(
        "shown-nested-white-over-blank-paper",
        "twice",
        over(lambda: _nested(colour="255 255 255"), BLANK.replace("50", "110"), kind=b"ofd"),
        COVERED,
    ),
    Row("shown-seal-without-a-picture-that-is-read", "twice", over(lambda: b"\x89PNG of a seal"), COVERED),
    Row("shown-nested-that-is-not-read", "twice", over(lambda: b"PK of a seal", kind=b"ofd"), SPREAD),
    Row(
        "shown-two-later-seals-hide-together",
        "twice",
        _two_later(
            lambda: png(CLEAR, ink=WHITE, box=(0, 20, 40, 60)),
            lambda: png(CLEAR, ink=WHITE, box=(40, 20, 80, 60)),
        ),
        COVERED,
    ),
    Row("shown-two-later-clear-seals", "twice", _two_later(lambda: PICTURE, lambda: PICTURE, further=_FURTHER), PASSED),
    *(
        Row(
            f"shown-white-seal-v{int(version)}-over-the-amount",
            "twice",
            over(lambda: png(WHITE), version=version, first=version),
            COVERED,
        )
        for version in (SealVersion.V1, SealVersion.V5)
    ),
    *(
        Row(
            f"shown-clear-seal-v{int(version)}-over-the-amount",
            "twice",
            over(lambda: PICTURE, version=version, first=version),
            PASSED,
        )
        for version in (SealVersion.V1, SealVersion.V5)
    ),
    Row("shown-white-seal-that-was-there-before", "twice", _before(lambda: png(WHITE)), COVERED),
    Row("shown-white-seal-listed-afterwards", "twice", _before(lambda: png(WHITE), listed=False), COVERED),
    Row("shown-clear-seal-that-was-there-before", "twice", _before(lambda: PICTURE), PASSED),
    Row("shown-clear-seal-there-before-below-his-own", "twice", _before(lambda: PICTURE, place=_FURTHER), COVERED),
    Row("shown-white-seal-in-a-list-that-is-covered", "twice", _before(lambda: png(WHITE), listing=True), PASSED),
    Row("shown-white-seal-whose-picture-came-later", "twice", _left_beside, COVERED),
    Row("shown-own-white-seal-over-the-amount", "twice", _own_over, PASSED),
)
