"""Looking at OFD: nothing a file holds makes it raise, and where a seal is shown is told as far as it can be."""

from __future__ import annotations

import pytest

from esign.ofd.coverage import Extent
from esign.ofd.inspection import inspect_ofd
from tests.support.ofd_attacks.corpus import rows
from tests.support.ofd_attacks.library import Library
from tests.support.ofd_forge import changed, pack, sample_files, sealed, signed
from tests.support.pki import PkiWorld
from trustkit.app.ofd_inspection_report import footing, inspection_to_json
from trustkit.texts.catalogue import Language

WHERE = 'Boundary="90 8 30 20"'


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def test_a_seal_and_a_message(world: PkiWorld) -> None:
    found = inspect_ofd(pack(signed(world, sealed(world, sample_files()), number=1)))
    seal, message = found.signatures
    assert (seal.form, message.form) == ("ofd-seal-v4", "ofd-sign-gbt35275")
    assert (seal.extent, seal.changed) == (Extent.EVERYTHING, ())
    assert seal.seal is not None
    assert message.seal is None
    assert seal.signer == message.signer == world.signer.certificate.subject
    assert [(each.page, each.box) for each in seal.stamps] == [(1, (90, 8, 30, 20))]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('Boundary="90 8 30 20" Clip="5 5 10 10"', (1, (95, 13, 10, 10))),
        ('Boundary="90 8 30"', (1, None)),
        ('Boundary="NaN 8 30 20"', (1, None)),
        ('Boundary="90 8 30 20" Clip="x"', (1, None)),
    ],
)
def test_where_a_seal_is_shown(world: PkiWorld, written: str, told: tuple[int, tuple[float, ...] | None]) -> None:
    files = sealed(world, sample_files())
    found = inspect_ofd(pack(changed(files, "Doc_0/Signs/Sign_0/Signature.xml", WHERE, written)))
    assert [(each.page, each.box) for each in found.signatures[0].stamps] == [told]


def test_pages_are_numbered_within_the_bound_of_reading(world: PkiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack(sealed(world, sample_files()))
    assert inspect_ofd(packed).pages == 1
    monkeypatch.setattr("esign.ofd.inspection.MAX_READ_XML_MARKS", 5)
    found = inspect_ofd(packed)
    assert found.pages is None
    assert found.trouble is not None


def test_earlier_versions_are_told(world: PkiWorld) -> None:
    listed = '<ofd:Versions><ofd:Version ID="1" Index="0" BaseLoc="Doc_0/V.xml"/></ofd:Versions></ofd:DocBody>'
    files = changed(sample_files(), "OFD.xml", "</ofd:DocBody>", listed) | {"Doc_0/V.xml": b"<x/>"}
    found = inspect_ofd(pack(sealed(world, files)))
    assert found.versions == ("Doc_0/V.xml",)
    assert inspection_to_json(found, "a.ofd", None)["versions"] == ["Doc_0/V.xml"]
    for language in Language:
        assert any(line.endswith("Doc_0/V.xml") for line in footing(found, language))


def test_a_value_that_is_none(world: PkiWorld) -> None:
    files = {**sealed(world, sample_files()), "Doc_0/Signs/Sign_0/SignedValue.dat": b"\x30\x00"}
    (signature,) = inspect_ofd(pack(files)).signatures
    assert signature.trouble is not None
    assert signature.form == ""
    assert signature.extent is Extent.EVERYTHING


def test_every_package_of_the_corpus_gets_an_answer() -> None:
    library = Library()
    found = [inspect_ofd(row.build(library)) for row in rows()]
    assert len(found) == len(rows())
    assert sum(each.trouble is not None for each in found) < len(found) / 2
