"""Orders: a licence that is asked for, its fields checked by its type, before anything is written or signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime  # noqa: TC003 - named in signatures of public methods
from typing import TYPE_CHECKING

from esign.licence.data import LicenceData, read_licence_data
from esign.licence.face import require_drawable
from esign.licence.formats import LicenceFormat
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import issue_date
from esign.licence.types import LicenceType, find_licence_type, load_licence_type
from esign.rendering.fonts import find_fonts
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.identity import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceOrder:
    """A licence that was asked for and whose fields fit its type; nothing is written yet."""

    kind: LicenceType
    data: LicenceData
    issuer_uscc: str
    formats: tuple[LicenceFormat, ...]
    seal: bytes | None = field(default=None, repr=False)  # the electronic seal, where one is needed

    @property
    def type_code(self) -> str:
        """The code of the licence type (GB/T 36904)."""
        return self.kind.code

    def local_date(self, moment: datetime) -> date:
        """Return the day in China at a moment."""
        return issue_date(moment)

    def identifier(self, serial: str, version: int) -> str:
        """Return the identifier with its check character."""
        return compose_identifier(
            type_code=self.type_code, issuer=self.issuer_uscc, serial=serial, version=version
        ).text


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceOrders:
    """Reads and checks orders for one issuer; it needs no key.

    `types` is the home's policies/licences; `electronic_seal` gives the seal (SESeal, DER) of a name that OFDs are sealed with, or finds one.
    """

    types: Path
    issuer: Organisation
    today: Callable[[], datetime]
    electronic_seal: Callable[[str | None], bytes]

    def order(
        self, kind: str, octets: bytes, formats: tuple[LicenceFormat, ...], seal: str | None = None
    ) -> LicenceOrder:
        """Return the order of a licence after every check that needs no number; `seal` names the electronic seal of an OFD.

        Raises:
            TrustError: LICENCE_TYPE, LICENCE_POLICY, LICENCE_DATA, HOLDER_CODE, JSON_*, GLYPH_MISSING, FONT_MISSING; what
                `electronic_seal` raises where an OFD is wanted.
        """
        return self._order(load_licence_type(self.types / kind), octets, formats, seal)

    def order_of_code(
        self, code: str, octets: bytes, formats: tuple[LicenceFormat, ...], seal: str | None = None
    ) -> LicenceOrder:
        """Return the order of a licence of the type with this code. Raise as `order`."""
        kind = find_licence_type(self.types, code)
        if kind is None:
            raise TrustError(ErrorCode.LICENCE_TYPE, "the type of the licence is not among the policies any more")
        return self._order(kind, octets, formats, seal)

    def _order(
        self, licence_type: LicenceType, octets: bytes, formats: tuple[LicenceFormat, ...], seal: str | None
    ) -> LicenceOrder:
        data = read_licence_data(licence_type, octets, today=issue_date(self.today()))
        require_drawable(licence_type, data, self.issuer, find_fonts())
        found = self.electronic_seal(seal) if LicenceFormat.OFD in formats else None
        return LicenceOrder(
            kind=licence_type,
            data=data,
            issuer_uscc=self.issuer.uscc,
            formats=tuple(dict.fromkeys(formats)),
            seal=found,
        )
