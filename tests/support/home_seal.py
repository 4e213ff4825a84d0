"""An electronic seal by a home's own maker, which its registry does not know."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from esign.seal.model import SealPicture
from esign.seal.order import SealOrder
from esign.seal.sign import make_seal
from tests.support.authority import passphrase
from tests.support.electronic_seals import seal_png
from trustkit.app.certificate_renewal import CertificateRenewal
from trustkit.app.keys import KeyName

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.authority import Authority


def seal_of_home(authority: Authority, path: Path) -> Path:
    """Write a seal that lists the authority's seal certificate, and return where."""
    keys = authority.unlock(passphrase())
    renewal = CertificateRenewal(home=authority)
    renewal.renew(renewal.plan(KeyName.SEAL_MAKER), keys)
    certificate, maker = authority.certificate(KeyName.SEAL), authority.certificate(KeyName.SEAL_MAKER)
    now = authority.clock.now().replace(microsecond=0)
    order = SealOrder(
        identifier="11010000000001",
        name=authority.settings.authority.name,
        users=(certificate,),
        created_at=now,
        valid_from=now,
        valid_until=now + timedelta(days=30),
        picture=SealPicture(type="PNG", data=seal_png(), width=42, height=42),
    )
    path.write_bytes(make_seal(order, signer=keys.signer(KeyName.SEAL_MAKER, maker), certificate=maker))
    return path
