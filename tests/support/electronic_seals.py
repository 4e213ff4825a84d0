"""Electronic seals with a picture that can be drawn, for those who sign in tests."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from esign.seal.model import SealPicture, SealVersion
from esign.seal.order import SealOrder
from esign.seal.read import parse_seal_signature
from esign.seal.sign import make_seal, seal_message
from esign.seal.verify import require_stamp, verify_seal_signature
from trustkit.cms.content import ContentDigests
from trustkit.crypto.digest import DigestAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.pki import PkiWorld
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

SIDE_MM = 30
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


def seal_png() -> bytes:
    """Return a red ring on nothing."""
    picture = Image.new("RGBA", (420, 420), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((10, 10, 410, 410), outline=(214, 10, 18, 255), width=12)
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def drawn_seal(world: PkiWorld, *users: Certificate, version: SealVersion = SealVersion.V4) -> bytes:
    """Return a seal for these users, valid around the real clock as around the tests' own."""
    maker = world.issue("制章人", purposes=("sealMaking",), not_before=FROM, not_after=UNTIL)
    order = SealOrder(
        identifier="11010000000001",
        name="示例市政务服务管理局",
        users=users,
        created_at=FROM,
        valid_from=FROM,
        valid_until=UNTIL,
        picture=SealPicture(type="PNG", data=seal_png(), width=SIDE_MM, height=SIDE_MM),
        version=version,
    )
    return make_seal(order, signer=maker.signer, certificate=maker.certificate)


def seal_over(
    seal: bytes,
    *,
    protected: bytes | ContentDigests,
    property_info: str,
    signer: Signer,
    certificate: Certificate,
    at: datetime,
    stamp: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """Return the seal signature over `protected`, verified as those who put one into a document verify it."""
    content = protected if isinstance(protected, ContentDigests) else ContentDigests(protected)
    octets = seal_message(
        seal,
        data_hash=content.digest(DigestAlgorithm.SM3),
        property_info=property_info,
        signer=signer,
        certificate=certificate,
        at=at,
        stamp=stamp,
    )
    found = parse_seal_signature(octets)
    if found.timestamp is not None:
        require_stamp(found.timestamp, found.signature)
    made = verify_seal_signature(found, content=content)
    assert (made.certificate, made.seal.seal.raw) == (certificate, seal)
    return octets
