"""Whether the token a webhook was asked for with still stands for something: its client, person and mandate are in the same store.

The time of a token and of its grant is short, and their running out ends no webhook: it has a time of its own. That they were revoked does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.op.clients import live_client
from idp.op.grants import grant_of_token
from idp.subject.mandates import Mandates
from trustkit.app.live_grant import acting_by_token, token_id_of
from trustkit.app.sharing_scopes import WATCH
from trustkit.error_family import PASSING
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import op_grants, op_once, people

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.unit_of_work import ReadUnit
    from trustkit.store.webhooks import WebhookRow


def rests_on(unit: ReadUnit, token: str, organisation: str, *, now: datetime) -> dict[str, str]:
    """Return what a webhook asked for with a verified token of this home's rests on. Raise TOKEN_REFUSED."""
    identifier = token_id_of(token)
    grant, acting = acting_by_token(unit, identifier, now=now)
    if acting is None or grant.mandate is None or acting.organisation.uscc != organisation:
        raise TrustError(ErrorCode.TOKEN_REFUSED, "the grant is not for this organisation")
    return {"token_id": identifier, "client": grant.client, "person": grant.person, "mandate": grant.mandate}


def still_stands(unit: ReadUnit, row: WebhookRow, *, now: datetime) -> bool:
    """Tell whether nothing a webhook rests on has ended; of another home's provider nothing is known but the webhook's own time."""
    if not row.token_id:
        return True
    grant, person = op_grants.find(unit, grant_of_token(row.token_id)), people.find(unit, row.person)
    if op_once.is_revoked(unit, row.token_id) or (grant is not None and grant.revoked_at is not None):
        return False
    client = live_client(unit, row.client)
    if client is None or WATCH not in client.registration.scopes or person is None or person.locked_at is not None:
        return False
    try:
        acting = Mandates().require_live(unit, row.mandate, person=row.person, now=now)
    except TrustError as error:
        if error.code.family in PASSING:
            raise
        return False
    return acting.organisation.uscc == row.organisation
