"""ofdrw's opinion of the OFD we write: signatures accepted, tampered copies refused, the text read, the page drawn as our PDF is."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from esign.ofd.request import OfdSigningRequest, StampPlace
from esign.ofd.sign import sign_ofd
from esign.ofd.typeset import read_typeset
from esign.ofd.write import OfdDocument, write_ofd
from esign.seal.model import SealPicture, SealVersion
from esign.seal.order import SealOrder
from esign.seal.sign import make_seal
from tests.support.ofd_pages import NAME, NOW, laid_pdf, sample_ofd
from tests.support.ofdrw import ofdrw_program
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import stamper
from tests.support.zip_forge import archive, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bouncycastle import Peer

pytestmark = pytest.mark.interop

DOTS_PER_MM = 8
# A page with nothing in it that ofdrw's pictures leave out: the outline of letters, and the even-odd rule.
PAGE = """
  text(font: page.fonts.sans, size: 14pt, page.title.zh)
  parbreak()
  text(size: 11pt, page.fields.name.value)
  rect(width: 60mm, height: 8mm, fill: rgb("#336699"), stroke: 0.6mm + red)
  place(dx: 50mm, dy: -20mm, rotate(30deg, text(size: 16pt)[斜体字]))
  image(bytes(page.qr), format: "svg", width: 16mm, alt: "QR")
"""


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with ofdrw_program("Ofd", tmp_path_factory.mktemp("ofdrw")) as found:
        yield found


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (42, 42), (214, 10, 18, 255)).save(file, "PNG")
    return file.getvalue()


def _seal(world: PkiWorld, version: SealVersion, *, stamped: bool = False) -> bytes:
    order = SealOrder(
        identifier="11010000000001",
        name="示例市政务服务管理局",
        users=(world.signer.certificate,),
        created_at=world.START,
        valid_from=world.START,
        valid_until=world.START.replace(year=2027),
        picture=SealPicture(type="PNG", data=_picture(), width=42, height=42),
        version=version,
    )
    stamp = stamper(world) if stamped else None
    return make_seal(order, signer=world.seal_maker.signer, certificate=world.seal_maker.certificate, stamp=stamp)


def _order(world: PkiWorld, ofd: bytes, **changes: object) -> OfdSigningRequest:
    order = OfdSigningRequest(
        ofd=ofd,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=world.pool,
        signing_time=world.START,
    )
    return replace(order, **changes)  # type: ignore[arg-type] # whatever a test gives it


def _tampered(ofd: bytes, name: str) -> bytes:
    files = unpacked(ofd)
    return archive(files | {name: files[name] + b" "})


def test_messages_are_accepted_and_tampered_copies_refused(peer: Peer, world: PkiWorld) -> None:
    once = sign_ofd(_order(world, sample_ofd(), parameters=(("Reason", "同意"),)))
    twice = sign_ofd(_order(world, once))
    assert peer.ask("verify", peer.file(once), "-") == "OK Sign"
    assert peer.ask("verify", peer.file(twice), "-") == "OK Sign Sign"
    for name in ("OFD.xml", "Doc_0/Document.xml", "Doc_0/Pages/Page_1/Content.xml", "Doc_0/Attachs/licence.json"):
        assert peer.ask("verify", peer.file(_tampered(twice, name)), "-").startswith("REFUSED FileIntegrityException")
    for name in ("Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/Sign_1/Signature.xml"):
        assert peer.ask("verify", peer.file(_tampered(twice, name)), "-").startswith("REFUSED ")


@pytest.mark.parametrize("version", list(SealVersion))  # it takes v5 for v4
def test_seals_are_accepted_and_tampered_copies_refused(peer: Peer, world: PkiWorld, version: SealVersion) -> None:
    place = StampPlace(page="8", left=20, top=10, width=42, height=42)
    sealed = sign_ofd(_order(world, sample_ofd(), seal=_seal(world, version), stamps=(place,)))
    edition = "1" if version is SealVersion.V1 else "4"
    assert peer.ask("verify", peer.file(sealed), edition) == "OK Seal"
    for name in ("Doc_0/Pages/Page_0/Content.xml", "Doc_0/Signs/Sign_0/Seal.esl", "Doc_0/Signs/Sign_0/Signature.xml"):
        assert peer.ask("verify", peer.file(_tampered(sealed, name)), edition).startswith("REFUSED ")


def test_a_time_stamp_over_a_v5_seal_is_lost_on_it(peer: Peer, world: PkiWorld) -> None:
    """It reads the seal as v4, drops the stamp, and then finds another seal than that in Seal.esl (docs/DIVERGENCES.md)."""
    sealed = sign_ofd(_order(world, sample_ofd(), seal=_seal(world, SealVersion.V5, stamped=True)))
    assert peer.ask("verify", peer.file(sealed), "4").startswith("REFUSED GeneralSecurityException")


def test_the_text_is_read(peer: Peer) -> None:
    answer = peer.ask("text", peer.file(sample_ofd()))
    assert answer.startswith("OK ")
    assert NAME in answer
    assert "第二页" in answer


def test_the_page_is_drawn_as_our_pdf_is(peer: Peer, tmp_path: Path) -> None:
    pdf = laid_pdf(PAGE, "")
    ofd = write_ofd(OfdDocument(laid=read_typeset(pdf), title="x", author="x", created=NOW)).octets
    picture = tmp_path / "page.png"
    assert peer.ask("draw", peer.file(ofd), str(picture)) == "OK 1"
    theirs = Image.open(picture).convert("L")
    ours = pypdfium2.PdfDocument(pdf)[0].render(scale=DOTS_PER_MM * 25.4 / 72).to_pil().convert("L")
    assert abs(ours.width - theirs.width) <= 1
    assert abs(ours.height - theirs.height) <= 1
    size = (min(ours.width, theirs.width), min(ours.height, theirs.height))
    # two renderers round edges differently: a blur of a tenth of a millimetre takes that away and leaves what is misplaced
    soft = [each.crop((0, 0, *size)).filter(ImageFilter.GaussianBlur(2)) for each in (ours, theirs)]
    difference = ImageChops.difference(*soft)
    assert ImageStat.Stat(difference).mean[0] < 1.0
    assert difference.point(lambda value: 255 * (value > 96)).getbbox() is None
