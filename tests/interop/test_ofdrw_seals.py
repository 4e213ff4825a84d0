"""ofdrw's opinion of seals we make and of what we sign with them; it knows the editions of 2014 and 2020, and takes v5 for the latter."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.pdf.read import read_pdf
from esign.pdf.request import PdfForm
from esign.pdf.verify import covered_octets
from esign.rendering.seal_drawing import SealDesign, draw_seal
from esign.seal.model import SealVersion
from esign.seal.order import SealOrder
from esign.seal.picture import picture_of
from esign.seal.sign import make_seal
from tests.support.electronic_seals import seal_over
from tests.support.ofdrw import ofdrw_program
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sample_page, sign_sample, stamper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bouncycastle import Peer

pytestmark = pytest.mark.interop
VERSIONS = list(SealVersion)
CONTENT = b"<ofd:Signature/>"
NAME = "示例市市场监督管理局"


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with ofdrw_program("Seals", tmp_path_factory.mktemp("ofdrw")) as program:
        yield program


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def seal_of(world: PkiWorld, version: SealVersion, *, by_digest: bool = False) -> bytes:
    now = world.clock.now()
    order = SealOrder(
        version=version,
        identifier="11010000000001",
        name=NAME,
        users=(world.signer.certificate,),
        created_at=now,
        valid_from=now,
        valid_until=now + timedelta(days=30),
        picture=picture_of(draw_seal(SealDesign(name=NAME))),
        by_digest=by_digest,
    )
    maker = world.seal_maker
    return make_seal(order, signer=maker.signer, certificate=maker.certificate)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_reads_our_seals(peer: Peer, world: PkiWorld, version: SealVersion) -> None:
    told = "v1" if version is SealVersion.V1 else "v4"
    assert peer.ask("seal", peer.file(seal_of(world, version))) == f"OK {told} 11010000000001 {NAME} 1 42"


def test_it_reads_seals_that_list_digests(peer: Peer, world: PkiWorld) -> None:
    answer = peer.ask("seal", peer.file(seal_of(world, SealVersion.V4, by_digest=True)))
    assert answer == f"OK v4 11010000000001 {NAME} 2 42"


def test_it_refuses_a_changed_seal(peer: Peer, world: PkiWorld) -> None:
    changed = seal_of(world, SealVersion.V4).replace(b"11010000000001", b"11010000000002")
    assert peer.ask("seal", peer.file(changed)).startswith("REFUSED SecurityException")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("stamped", [False, True])
def test_it_accepts_what_we_sign_and_refuses_other_content(
    peer: Peer,
    world: PkiWorld,
    version: SealVersion,
    stamped: bool,  # noqa: FBT001 - a parameter
) -> None:
    if stamped and version is SealVersion.V1:
        return  # it has no place for one
    octets = seal_over(
        seal_of(world, version),
        protected=CONTENT,
        property_info="/Doc_0/Signs/Sign_0/Signature.xml",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        at=world.clock.now(),
        stamp=stamper(world) if stamped else None,
    )
    told = "v1" if version is SealVersion.V1 else "v4"
    assert peer.ask("signature", peer.file(octets), peer.file(CONTENT)) == f"OK {told}"
    assert peer.ask("signature", peer.file(octets), peer.file(CONTENT + b" ")).startswith("REFUSED")


def test_it_accepts_the_seal_signature_inside_our_pdf(peer: Peer, world: PkiWorld, tmp_path: Path) -> None:
    signed = sign_sample(
        world, sample_page(tmp_path), form=PdfForm.SEAL, seal=seal_of(world, SealVersion.V4), box=None, appearance=None
    )
    pdf = read_pdf(signed)
    (signature,) = pdf.signatures
    covered = covered_octets(pdf, signature).octets()
    assert peer.ask("signature", peer.file(signature.contents), peer.file(covered)) == "OK v4"
