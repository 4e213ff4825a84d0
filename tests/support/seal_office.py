"""People around the seal registry of a real home: one who applies, two who approve, and the maker."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from ca.operators import ActingOperator, Enrolment, Operators
from esign.seal.application import PictureNamed, SealApplication
from esign.seal.model import SealPicture, SealVersion
from tests.support.authority import USCC, copy_home, passphrase
from tests.support.registration import TERMINAL
from trustkit.app.certificate_renewal import CertificateRenewal
from trustkit.app.keys import KeyName
from trustkit.app.seal_desk import SealDesk
from trustkit.app.wiring import open_authority
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.store.operators import Role
from trustkit.store.registrations import Decision

if TYPE_CHECKING:
    from esign.seal.standing import SealAct
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.store.registrations import RegistrationRow


def picture() -> SealPicture:
    """Return a small red ring on nothing."""
    image = Image.new("RGBA", (64, 64))
    ImageDraw.Draw(image).ellipse((2, 2, 61, 61), outline=(200, 10, 20, 255), width=4)
    file = BytesIO()
    image.save(file, format="PNG")
    return SealPicture(type="PNG", data=file.getvalue(), width=42, height=42)


PICTURE = picture()


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOffice:
    """An authority that makes seals, and its people."""

    authority: Authority
    keys: Keys
    requester: ActingOperator
    registrars: tuple[ActingOperator, ...]

    @property
    def desk(self) -> SealDesk:
        return SealDesk(home=self.authority)

    def apply(
        self, *, version: SealVersion = SealVersion.V4, users: tuple[bytes, ...] = (), kind: str = "statutory-name"
    ) -> str:
        application = SealApplication(
            kind=kind,
            name="示范市市场监督管理局",
            holder=USCC,
            users=users or (self.authority.certificate(KeyName.SEAL).der,),
            days=365,
            version=version,
            picture=PictureNamed.of(PICTURE),
        )
        return self.desk.apply(self.requester, application, PICTURE.data).id

    def approve(self, number: str, by: int = 0) -> RegistrationRow:
        return self.desk.decide(self.registrars[by], number, Decision.APPROVE)

    def approved(self) -> str:
        number = self.apply()
        self.approve(number)
        return number

    def made(self, *, version: SealVersion = SealVersion.V4, kind: str = "statutory-name") -> tuple[str, bytes]:
        number = self.apply(version=version, kind=kind)
        self.approve(number)
        row, document = self.desk.make(number, self.keys)
        return row.number, document

    def change(self, seal: str, act: SealAct, reason: str) -> RegistrationRow:
        """Ask for something to be done about a seal, and approve it where that is needed."""
        row = self.desk.ask_change(self.requester, seal, act, reason=reason)
        return row if row.closed_at is not None else self.approve(row.id)


def staffed_home(place: Path) -> Path:
    """Make a home as `open_office` leaves it, for `staff_of`."""
    shutil.copytree(Path(_staffed().folder.name) / "home", place)
    return place


def staff_of(authority: Authority) -> SealOffice:
    """Return the office of a `staffed_home`."""
    made = _staffed()
    keys = authority.unlock(passphrase())
    return SealOffice(authority=authority, keys=keys, requester=made.requester, registrars=made.registrars)


@dataclass(frozen=True, slots=True)
class _Staffed:
    folder: TemporaryDirectory[str]
    requester: ActingOperator
    registrars: tuple[ActingOperator, ...]


@cache
def _staffed() -> _Staffed:
    folder = TemporaryDirectory(prefix="trustkit-office-")
    with open_authority(copy_home(Path(folder.name) / "home")) as authority:
        office = open_office(authority)
    return _Staffed(folder, office.requester, office.registrars)


def open_office(authority: Authority) -> SealOffice:
    """Enrol people at a home, and make its seal maker."""
    operators = Operators(database=authority.database, clock=authority.clock)
    keys = authority.unlock(passphrase())

    def enrol(role: Role, sponsor: ActingOperator | None = None) -> ActingOperator:
        key = generate_key(KeyKind.SM2)
        enrolment = Enrolment(label=role.value, role=role, key=key.public_key)
        row = operators.enrol(enrolment, actor=TERMINAL, sponsor=sponsor)
        return ActingOperator(row=row, signer=key.signer())

    first = enrol(Role.REGISTRAR)
    second, requester = enrol(Role.REGISTRAR, first), enrol(Role.REQUESTER, first)
    renewal = CertificateRenewal(home=authority)
    renewal.renew(renewal.plan(KeyName.SEAL_MAKER), keys)
    return SealOffice(authority=authority, keys=keys, requester=requester, registrars=(first, second))
