"""Settings of access tokens: whose are taken at the doors of ``trustkit serve``, and what needs one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import acr_demand


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """``[tokens]``: without an issuer no token is asked for, and anybody may verify.

    `issuer` is the identity provider whose access tokens are taken (this home's, or another), `resource` what they must be for, by
    default the service's base URL. With `verify` the verification API takes no call without one that has the door's scope (`trustkit.app.verify_scopes`).
    With `anonymous` besides, a call without a token is let in as anybody's, but for those that ask wallets; one that has a token must have a good one.
    `verify_level` and `verify_minutes` ask, besides, for a person who is known and signed in so surely, and so lately: names of levels
    with blanks between, any of which will do, ``phr`` and ``phrh`` among them for what cannot be phished. The public page asks for no token:
    where the API asks for one there is no page, unless `page` says so.
    """

    issuer: str = ""
    resource: str = ""
    authorities: str = ""  # file of CA certificates the issuer's TLS is trusted under; empty, the machine's
    verify: bool = False
    page: bool = False  # with `verify`, the public page takes files from anybody all the same
    verify_level: str = ""  # such as urn:trustkit:ial:2:aal:2, or urn:trustkit:ial:2:aal:1:phr
    per_minute: int = 30_000  # requests with a token, where one is asked for, from one address; all others have `[server] anonymous_per_minute`
    anonymous: bool = False  # with `verify`, whoever brings no token may ask all the same, at the smaller rate and without a quota of his own
    verify_minutes: int = 0  # a login longer ago does not count; 0 for any time

    @property
    def max_age(self) -> timedelta | None:
        """What `verify_minutes` asks for."""
        return timedelta(minutes=self.verify_minutes) if self.verify_minutes else None

    def require_fit(self) -> None:
        """Raise SETTINGS_MALFORMED for settings that do not go together."""
        if self != TokenSettings() and not (self.verify and self.issuer):
            told = "[tokens] needs an issuer, and verify = true: nothing else asks for tokens"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="tokens.verify")
        if self.anonymous and (self.verify_level or self.verify_minutes):
            told = "[tokens] anonymous and a login that is asked for exclude each other"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="tokens.anonymous")
        names = self.verify_level.split()
        if self.verify_level and not (names and all(map(acr_demand, names))):
            told = "[tokens] verify_level is such as urn:trustkit:ial:2:aal:2, or several with blanks between"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="tokens.verify_level")
