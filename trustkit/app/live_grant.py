"""What an access token of this home's own provider still stands for: the grant it came of, its client, person and mandate are in the same store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.op.clients import live_client
from idp.op.grants import grant_of_token
from idp.subject.mandates import Mandates
from trustkit.error_family import PASSING
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import read_claims
from trustkit.jose.jwt import parse_token
from trustkit.store import op_grants, op_once, people

if TYPE_CHECKING:
    from datetime import datetime

    from idp.subject.mandates import ActingFor
    from trustkit.store.op_grants import GrantRow
    from trustkit.store.unit_of_work import ReadUnit


def token_id_of(token: str) -> str:
    """Return the identifier of an access token that was verified."""
    return read_claims(parse_token(token).payload).token_id


def acting_by_token(unit: ReadUnit, token_id: str, *, now: datetime) -> tuple[GrantRow, ActingFor | None]:
    """Return the grant a token came of, and for whom its person acts, None for nobody.

    Raises:
        TrustError: TOKEN_REFUSED for a token that was taken back, and a grant, client, person or mandate that is not good any more.
    """
    if op_once.is_revoked(unit, token_id):
        raise TrustError(ErrorCode.TOKEN_REFUSED, "the token was taken back")
    return acting_by_grant(unit, grant_of_token(token_id), now=now)


def acting_by_grant(unit: ReadUnit, identifier: str, *, now: datetime) -> tuple[GrantRow, ActingFor | None]:
    """Return a grant that is good, and for whom its person acts, None for nobody. Raise TOKEN_REFUSED as `acting_by_token`."""
    grant = op_grants.find(unit, identifier)
    person = None if grant is None else people.find(unit, grant.person)
    if grant is None or grant.revoked_at is not None or now >= grant.expires_at:
        raise TrustError(ErrorCode.TOKEN_REFUSED, "the grant is not good any more")
    if live_client(unit, grant.client) is None:
        raise TrustError(ErrorCode.TOKEN_REFUSED, "the client is not registered any more")
    if person is None or person.locked_at is not None:
        raise TrustError(ErrorCode.TOKEN_REFUSED, "the person may not sign in")
    if grant.mandate is None:
        return grant, None
    try:
        return grant, Mandates().require_live(unit, grant.mandate, person=grant.person, now=now)
    except TrustError as error:
        if error.code.family in PASSING:
            raise
        raise TrustError(ErrorCode.TOKEN_REFUSED, error.code.value) from error
