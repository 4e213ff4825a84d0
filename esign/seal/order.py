"""What an electronic seal shall be: the order that `esign.seal.sign.make_seal` carries out.

    SealOrder(
        identifier="11010000000001", name="示例市市场监督管理局", users=(certificate,), created_at=now, valid_from=now,
        valid_until=in_a_year, picture=SealPicture(type="PNG", data=png, width=42, height=42),
    )

Bounds are those of `esign.seal.read`, so that whatever is ordered can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.seal.fields import MAX_EXTENSIONS, MAX_LISTED_CERTIFICATES
from esign.seal.model import SealVersion
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from esign.seal.model import SealExtension, SealPicture
    from trustkit.x509.certificate import Certificate

UNIT, PERSON = 1, 2  # SES_ESPropertyInfo.type, GM/T 0031-2014 6.1.1.1; larger ones are the issuer's own
MAX_IDENTIFIER: Final = 64  # characters; the national platform's codes have 14
MAX_NAME: Final = 200
MAX_SIDE_MM: Final = 200  # a page is 210 mm across
MAX_PICTURE_OCTETS: Final = 4 * 1024 * 1024  # half of what a seal may take in all
MAX_KIND: Final = 255
_UTC_TIME_YEARS: Final = range(1950, 2050)  # RFC 5280 4.1.2.5.1; v1 knows no other time


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOrder:
    """A seal to be made. Times are aware and written in whole seconds; `kind` is `UNIT`, `PERSON` or the issuer's own.

    `users` are the certificates of those who may use it, listed whole or, with `by_digest`, by their SM3 (from v4 on).
    `identifier` and `vendor` are ASCII.
    """

    identifier: str
    name: str
    users: tuple[Certificate, ...]
    created_at: datetime
    valid_from: datetime
    valid_until: datetime
    picture: SealPicture
    version: SealVersion = SealVersion.V4
    kind: int = UNIT
    vendor: str = "trustkit"
    by_digest: bool = False
    extensions: tuple[SealExtension, ...] = ()

    def __post_init__(self) -> None:
        """Raise SEAL_ORDER, naming the field, for what no reader would take or the edition cannot say."""
        for field, text, most in (
            ("identifier", self.identifier, MAX_IDENTIFIER),
            ("vendor", self.vendor, MAX_IDENTIFIER),
            ("picture.type", self.picture.type, MAX_IDENTIFIER),
        ):
            _require(field, "printable ASCII", holds=text.isascii() and text.isprintable() and 0 < len(text) <= most)
        _require(
            "name", f"1 to {MAX_NAME} characters", holds=self.name.isprintable() and 0 < len(self.name) <= MAX_NAME
        )
        _require("kind", f"1 to {MAX_KIND}", holds=0 < self.kind <= MAX_KIND)
        self._require_users()
        self._require_times()
        sides = (self.picture.width, self.picture.height)
        _require("picture", f"1 to {MAX_SIDE_MM} mm", holds=all(0 < side <= MAX_SIDE_MM for side in sides))
        _require("picture", "a picture of at most 4 MiB", holds=0 < len(self.picture.data) <= MAX_PICTURE_OCTETS)
        _require("extensions", f"at most {MAX_EXTENSIONS}", holds=len(self.extensions) <= MAX_EXTENSIONS)

    def _require_users(self) -> None:
        several = len({user.der for user in self.users}) == len(self.users)
        demand = f"1 to {MAX_LISTED_CERTIFICATES} certificates, each once"
        _require("users", demand, holds=several and 0 < len(self.users) <= MAX_LISTED_CERTIFICATES)
        if self.by_digest and self.version is SealVersion.V1:
            raise TrustError(ErrorCode.SEAL_ORDER, "GM/T 0031-2014 lists certificates whole", field="by_digest")

    def _require_times(self) -> None:
        times = (self.created_at, self.valid_from, self.valid_until)
        _require("times", "a time zone", holds=all(time.tzinfo is not None for time in times))
        _require("valid_until", "an end after the beginning", holds=self.valid_from < self.valid_until)
        if self.version is SealVersion.V1:
            within = all(time.year in _UTC_TIME_YEARS for time in times)
            _require("times", "GM/T 0031-2014 writes UTCTime: 1950 to 2049", holds=within)


def _require(field: str, demand: str, *, holds: bool) -> None:
    if not holds:
        raise TrustError(ErrorCode.SEAL_ORDER, demand, field=field)
