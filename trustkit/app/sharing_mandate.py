"""Whether whoever lets his organisation's licences be used may: by a mandate for that, which still stands where this home can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.live_grant import acting_by_token, token_id_of
from trustkit.copy_codes import CopyCode
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import timedelta

    from trustkit.app.opened import OpenedHome
    from trustkit.identity import AuthContext

MATTER: Final = "licence-use"  # what a mandate must be for
_ALL: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderMandates:
    """Who may authorise, and withdraw, over the interface: how surely and lately he signed in, and for which matter he is mandated.

    With `own` the tokens are of this home's provider: grant, person and mandate are looked up. Another provider says in the token
    (``org.matters``) what a mandate is for, and is believed for the token's life.
    """

    home: OpenedHome
    level: str
    max_age: timedelta
    own: bool

    def require(self, token: str, caller: AuthContext) -> None:
        """Return when who shows a verified token may. Raise SHARING_MATTER; TOKEN_REFUSED for a grant or mandate that ended."""
        covered = self._live(token, caller) if self.own else bool(caller.matters & {MATTER, _ALL})
        if not covered:
            raise TrustError(CopyCode.SHARING_MATTER, f"the mandate is not for {MATTER}")

    def _live(self, token: str, caller: AuthContext) -> bool:
        with self.home.database.reading() as unit:
            _, acting = acting_by_token(unit, token_id_of(token), now=self.home.clock.now())
        if acting is None or caller.acting_for is None or acting.organisation.uscc != caller.acting_for.uscc:
            raise TrustError(ErrorCode.TOKEN_REFUSED, "the grant is not for this organisation")
        return acting.covers(MATTER)
