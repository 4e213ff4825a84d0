"""PDF signed with electronic seals (form C): every edition there and back, what the page shows, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from esign.pdf.placement import SealOrder
from esign.pdf.places import PagePlace
from esign.pdf.read import read_pdf
from esign.pdf.request import PdfForm
from esign.pdf.sealing import with_seal
from esign.pdf.sign import sign_pdf
from esign.pdf.verify import verify_pdf_signature
from esign.seal.model import SealVersion
from esign.seal.picture import seal_drawing
from esign.seal.read import parse_seal
from tests.support import ses
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import request, sample_page, sign_sample
from trustkit.crypto.public_key import KeyKind
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from trustkit.error_family import Code

VERSIONS = list(SealVersion)


class NoWords:
    def find(self, pdf: bytes, keyword: str) -> tuple[()]:
        raise AssertionError(pdf, keyword)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sample_page(tmp_path_factory.mktemp("page"))


def red() -> bytes:
    file = BytesIO()
    Image.new("RGBA", (80, 60), (255, 0, 0, 200)).save(file, format="PNG")
    return file.getvalue()


def a_seal(world: PkiWorld, version: SealVersion = SealVersion.V4, **changes: object) -> bytes:
    return ses.make_seal(world, version=version, picture=red(), sides=(40, 30), **changes)  # type: ignore[arg-type]


def sealed(world: PkiWorld, page: bytes, seal: bytes, **changes: object) -> bytes:
    asked = request(world, page, form=PdfForm.SEAL, seal=seal, box=None, appearance=None, **changes)
    order = SealOrder(drawing=seal_drawing(parse_seal(seal)), place=PagePlace(page=1, x_mm=20, y_mm=30))
    return sign_pdf(with_seal(asked, order, NoWords()))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_signature_with_a_seal_of_each_edition(world: PkiWorld, page: bytes, version: SealVersion) -> None:
    seal = a_seal(world, version)
    pdf = read_pdf(sealed(world, page, seal, timestamp=None))
    (signature,) = pdf.signatures
    assert (signature.filter, signature.sub_filter) == ("Gomain.GMPkiLite", "GM.sm2seal")
    octets = verify_pdf_signature(pdf, signature).octets
    assert (octets.form, octets.certificate) == (f"ses-v{int(version)}", world.signer.certificate)
    assert octets.seal_signature is not None
    assert octets.seal_signature.signature.seal.raw == seal
    assert octets.seal_signature.signature.property_info == "ByteRange"
    assert octets.claimed_time == world.clock.now()


@pytest.mark.parametrize("version", [SealVersion.V4, SealVersion.V5])
def test_it_is_stamped_inside_the_seal_signature(world: PkiWorld, page: bytes, version: SealVersion) -> None:
    pdf = read_pdf(sealed(world, page, a_seal(world, version)))
    octets = verify_pdf_signature(pdf, pdf.signatures[0]).octets
    (token,) = octets.timestamp_tokens
    assert verify_token(parse_token(token), data=octets.signature_value).certificate == world.tsa.certificate


def test_the_page_shows_the_seals_own_picture_in_its_size(world: PkiWorld, page: bytes) -> None:
    import pypdfium2  # noqa: PLC0415 - beside its use

    document = pypdfium2.PdfDocument(sealed(world, page, a_seal(world), timestamp=None))
    document.init_forms()
    shown = document[0].render(scale=2).to_pil().convert("RGB")
    document.close()
    red_part, green_part, _ = shown.split()
    ink = ImageChops.darker(
        red_part.point(lambda value: 255 if value > 200 else 0),
        green_part.point(lambda value: 255 if value < 120 else 0),
    )
    left, top, right, bottom = ink.getbbox() or (0, 0, 0, 0)
    millimetre = 72 / 25.4 * 2
    assert abs((right - left) / millimetre - 40) < 1
    assert abs((bottom - top) / millimetre - 30) < 1


def test_several_seals_and_signatures_keep_each_other(world: PkiWorld, page: bytes) -> None:
    first = sealed(world, page, a_seal(world), timestamp=None, certification=None)
    second = sign_sample(world, first, certification=None, box=None, appearance=None)
    order = SealOrder(drawing=seal_drawing(parse_seal(a_seal(world))), place=PagePlace(page=1, x_mm=100, y_mm=30))
    asked = request(world, second, form=PdfForm.SEAL, seal=a_seal(world), box=None, appearance=None, certification=None)
    third = read_pdf(sign_pdf(with_seal(asked, order, NoWords())))
    forms = [verify_pdf_signature(third, each).octets.form for each in third.signatures]
    assert forms == ["ses-v4", "pades", "ses-v4"]


def _refusal(world: PkiWorld, page: bytes, **changes: object) -> Code:
    fields: dict[str, object] = {"form": PdfForm.SEAL, "box": None, "appearance": None, "timestamp": None, **changes}
    with pytest.raises(TrustError) as caught:
        sign_sample(world, page, **fields)
    return caught.value.code


def test_what_is_not_signed(world: PkiWorld, page: bytes) -> None:
    now = world.clock.now()
    assert _refusal(world, page) is ErrorCode.USAGE
    assert _refusal(world, page, form=PdfForm.PADES, seal=a_seal(world)) is ErrorCode.USAGE
    assert _refusal(world, page, seal=a_seal(world, users=(world.tsa.der,))) is ErrorCode.SEAL_SIGNER
    assert _refusal(world, page, seal=a_seal(world, valid_until=now - timedelta(days=1))) is ErrorCode.SEAL_VALIDITY
    assert _refusal(world, page, seal=a_seal(world, signed_octets=b"x")) is ErrorCode.SEAL_SIGNATURE
    assert _refusal(world, page, seal=b"\x30\x00") is ErrorCode.SEAL_MALFORMED
    other = PkiWorld(kind=KeyKind.EC_P256)
    assert _refusal(other, page, seal=a_seal(world)) is ErrorCode.ALGORITHM_MISMATCH


def test_a_v1_signature_has_no_place_for_a_stamp(world: PkiWorld, page: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        sealed(world, page, a_seal(world, SealVersion.V1))
    assert caught.value.code is ErrorCode.USAGE
