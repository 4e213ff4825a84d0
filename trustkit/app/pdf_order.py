"""What an official ordered of signatures into PDF files: the same for one file and for ten thousand."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING

from esign.pdf.model import CertificationLevel, FieldLock, LockAction
from esign.pdf.request import PdfForm
from trustkit.app.remote_key import RemoteOrder
from trustkit.app.seal_order import SealWish
from trustkit.app.stamp_order import StampOrder, paths_from_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal

if TYPE_CHECKING:
    from collections.abc import Mapping


@unique
class PdfLevel(StrEnum):
    """How long a signature can be judged (EN 319 142-1 6).

    As such, by its time stamp, with all it takes inside the file, with an archive time stamp over that.
    """

    B_B = "b-b"
    B_T = "b-t"
    B_LT = "b-lt"
    B_LTA = "b-lta"

    @property
    def complete(self) -> bool:
        """Whether the file carries all that judging it later takes."""
        return self in {PdfLevel.B_LT, PdfLevel.B_LTA}


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfOrder:
    """How to sign. `fields` names the empty field of each signer in turn; none leaves the choice of it to the file.

    `seals` are those of the signers in turn; who comes after the last of them signs invisibly, or in the field there is.
    """

    form: PdfForm = PdfForm.PADES
    level: PdfLevel
    certification: CertificationLevel | None = None
    lock: FieldLock | None = None
    fields: tuple[str, ...] = ()
    reason: str = ""
    location: str = ""
    contact: str = ""
    seals: tuple[SealWish, ...] = ()

    def __post_init__(self) -> None:
        """Raise USAGE for seals that would lie one upon another, or ride on pages that are signed by then."""
        places = [seal.place for seal in self.seals if seal.place is not None]
        if len(set(places)) < len(places):
            told = "two seals in one place: say of each where it goes (--at, --page, --beside, --hit or --field)"
            raise TrustError(ErrorCode.USAGE, told)
        if any(seal.riding is not None for seal in self.seals[1:]):
            raise TrustError(ErrorCode.USAGE, "slices on the pages' edges are those of the first seal")
        sealed = self.form is PdfForm.SEAL
        if (sealed and not self.seals) or any((seal.shape is None) is not sealed for seal in self.seals):
            told = "--form seal-pdf signs with electronic seals (--esl), and no other form does"
            raise TrustError(ErrorCode.USAGE, told)

    def require_signers(self, count: int) -> None:
        """Raise USAGE for fields and seals that are not of so many signers."""
        if self.fields and len(self.fields) != count:
            raise TrustError(ErrorCode.USAGE, "as many --field as signers", fields=len(self.fields), signers=count)
        if self.form is PdfForm.SEAL and len(self.seals) != count:
            raise TrustError(ErrorCode.USAGE, "as many --esl as signers", seals=len(self.seals), signers=count)
        if len(self.seals) > count:
            raise TrustError(ErrorCode.USAGE, "more --seal than signers", seals=len(self.seals), signers=count)

    def to_json(self) -> dict[str, object]:
        """Return what a program reads, and what `from_json` reads again."""
        lock = self.lock
        return {
            "form": self.form.value,
            "level": self.level.value,
            "certification": None if self.certification is None else int(self.certification),
            "lock": None
            if lock is None
            else {
                "action": lock.action.value,
                "fields": list(lock.fields),
                "level": None if lock.level is None else int(lock.level),
            },
            "fields": list(self.fields),
            "reason": self.reason,
            "location": self.location,
            "contact": self.contact,
            "seals": [seal.to_json() for seal in self.seals],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> PdfOrder:
        """Return the order that `to_json` wrote."""
        lock, seals = value["lock"], value["seals"]
        return cls(
            form=PdfForm(str(value["form"])),
            level=PdfLevel(str(value["level"])),
            certification=_level(value["certification"]),
            lock=_lock(lock) if isinstance(lock, dict) else None,
            fields=_texts(value["fields"]),
            reason=str(value["reason"]),
            location=str(value["location"]),
            contact=str(value["contact"]),
            seals=tuple(SealWish.from_json(seal) for seal in seals) if isinstance(seals, list) else (),
        )


def _lock(value: dict[str, object]) -> FieldLock:
    return FieldLock(
        action=LockAction(str(value["action"])), fields=_texts(value["fields"]), level=_level(value["level"])
    )


def _level(value: object) -> CertificationLevel | None:
    return CertificationLevel(value) if isinstance(value, int) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoSigns:
    """Who signs: the seal of the home, a key of a remote service, or the keys in files, each with its certificate's file or None, stamped by `stamp`.

    `trust` and `evidence` are files and folders; of them B-LT takes what it puts into the file.
    """

    home: Path
    keys: tuple[Path, ...] = ()
    remote: RemoteOrder | None = None
    certificates: tuple[Path | None, ...] = ()
    stamp: StampOrder | None = None
    trust: tuple[Path, ...] = field(default=())
    evidence: tuple[Path, ...] = field(default=())
    acting: Principal | None = None  # in whose name the seal signs, when it is another than sits at the terminal

    @property
    def are_own(self) -> bool:
        """Whether others than the home's seal sign."""
        return bool(self.keys) or self.remote is not None

    def require_fit(self, order: PdfOrder) -> None:
        """Raise USAGE for an order these signers cannot carry out."""
        order.require_signers(max(1, len(self.keys)))
        if self.are_own and self.stamp is None and order.level is not PdfLevel.B_B:
            raise TrustError(ErrorCode.USAGE, f"--level {order.level.value} by other keys than the seal needs --tsa")
        if self.are_own and order.level.complete and not self.trust:
            told = (
                f"--level {order.level.value} by other keys than the seal needs --trust, and --evidence with the lists"
            )
            raise TrustError(ErrorCode.USAGE, told)

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` reads again; no secret is in it."""
        return {
            "home": str(self.home),
            "remote": None if self.remote is None else self.remote.to_json(),
            "keys": [str(path) for path in self.keys],
            "certificates": [None if path is None else str(path) for path in self.certificates],
            "trust": [str(path) for path in self.trust],
            "evidence": [str(path) for path in self.evidence],
            "stamp": None if self.stamp is None else self.stamp.to_json(),
            "acting": None if self.acting is None else {"id": self.acting.id, "roles": sorted(self.acting.roles)},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> WhoSigns:
        """Return what `to_json` wrote."""
        stamp, certificates = value["stamp"], value["certificates"]
        found = certificates if isinstance(certificates, list) else []
        remote, acting = value["remote"], value["acting"]
        return cls(
            home=Path(str(value["home"])),
            keys=paths_from_json(value["keys"]),
            remote=RemoteOrder.from_json(remote) if isinstance(remote, dict) else None,
            certificates=tuple(None if path is None else Path(path) for path in found),
            trust=paths_from_json(value["trust"]),
            evidence=paths_from_json(value["evidence"]),
            stamp=StampOrder.from_json(stamp) if isinstance(stamp, dict) else None,
            acting=Principal(id=acting["id"], roles=frozenset(acting["roles"])) if isinstance(acting, dict) else None,
        )
