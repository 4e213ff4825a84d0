"""What an official ordered of signatures into an OFD file, before the file or any key is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from esign.ofd.request import OfdForm
from trustkit.app.pdf_order import PdfLevel
from trustkit.app.place_json import place_from_json, place_to_json, riding_from_json, riding_to_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.pdf.places import Place
    from esign.pdf.riding_edge import RidingEdge
    from trustkit.app.pdf_order import WhoSigns


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdSealWish:
    """An electronic seal as it was asked for: a file or a number of the registry, None for the one that fits; where it is shown."""

    seal: str | None = None
    place: Place | None = None
    riding: RidingEdge | None = None

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` reads again."""
        return {"seal": self.seal, "place": place_to_json(self.place), "riding": riding_to_json(self.riding)}

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> OfdSealWish:
        """Return what `to_json` wrote."""
        return cls(
            seal=None if value["seal"] is None else str(value["seal"]),
            place=place_from_json(value["place"]),
            riding=riding_from_json(value["riding"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdOrder:
    """How to sign. `seals` are those of the signers in turn, none for Type="Sign"; `level` None stamps where there is a stamp to be had."""

    form: OfdForm
    level: PdfLevel | None = None
    seals: tuple[OfdSealWish, ...] = ()
    reason: str = ""
    location: str = ""
    contact: str = ""

    def __post_init__(self) -> None:
        """Raise USAGE for words that do not go together, or that OFD has no place for."""
        if self.level is not None and self.level.complete:
            told = "an OFD has no place for all that judging it later takes: b-b or b-t"
            raise TrustError(ErrorCode.USAGE, told, level=self.level.value)
        if self.seals and self.form is OfdForm.SIGN:
            raise TrustError(ErrorCode.USAGE, "a signature of --form ofd-sign shows no seal")
        if any(seal.riding is not None for seal in self.seals[1:]):
            raise TrustError(ErrorCode.USAGE, "slices on the pages' edges are those of the first seal")

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """What the signature says of itself."""
        said = (("Reason", self.reason), ("Location", self.location), ("ContactInfo", self.contact))
        return tuple((name, text) for name, text in said if text)

    def require_fit(self, who: WhoSigns) -> None:
        """Raise USAGE for an order these signers cannot carry out."""
        signers = max(1, len(who.keys))
        if len(self.seals) > signers:
            raise TrustError(ErrorCode.USAGE, "more seals than signers", seals=len(self.seals), signers=signers)
        if self.level is PdfLevel.B_T and who.are_own and who.stamp is None:
            raise TrustError(ErrorCode.USAGE, "--level b-t by other keys than the seal needs --tsa")

    def to_json(self) -> dict[str, object]:
        """Return what a program reads, and what `from_json` reads again."""
        return {
            "form": self.form.value,
            "level": None if self.level is None else self.level.value,
            "seals": [seal.to_json() for seal in self.seals],
            "reason": self.reason,
            "location": self.location,
            "contact": self.contact,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> OfdOrder:
        """Return the order that `to_json` wrote."""
        level, seals = value["level"], value["seals"]
        return cls(
            form=OfdForm(str(value["form"])),
            level=None if level is None else PdfLevel(str(level)),
            seals=tuple(OfdSealWish.from_json(seal) for seal in seals) if isinstance(seals, list) else (),
            reason=str(value["reason"]),
            location=str(value["location"]),
            contact=str(value["contact"]),
        )
