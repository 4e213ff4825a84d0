"""For how long an access token keeps a stream open: to its own end, and of this home's own provider no longer than what it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.webhook_standing import rests_on
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import read_claims
from trustkit.jose.jwt import parse_token

if TYPE_CHECKING:
    from trustkit.app.sharing_stream import Standing
    from trustkit.clock import Clock
    from trustkit.store.unit_of_work import ReadUnit


def standing_of(token: str, organisation: str, *, own: bool, clock: Clock) -> Standing:
    """Return what is asked again at each look, of a token that was verified; `own` says that this home's provider made it.

    What is returned raises TOKEN_REFUSED once the token ran out or was taken back, or its grant, client, person or mandate for the organisation ended.
    """
    ends = read_claims(parse_token(token).payload).expires_at

    def stands(unit: ReadUnit) -> None:
        now = clock.now()
        if ends is None or now >= ends:
            raise TrustError(ErrorCode.TOKEN_REFUSED, "the token ran out")
        if own:
            rests_on(unit, token, organisation, now=now)

    return stands
