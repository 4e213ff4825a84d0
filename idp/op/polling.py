"""Polling: a device asks until the person answered elsewhere (RFC 8628 3.4 and 3.5), no more often than it was told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NoReturn

from idp.group_commit import Written
from idp.handles import is_handle
from idp.op.client_model import GrantType
from idp.op.grants import refused
from idp.op.handles import HandleKind
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_grants, op_polls
from trustkit.store.op_polls import PollState

if TYPE_CHECKING:
    from idp.op.taking import Taken, Taking, TokenRequest
    from trustkit.store.unit_of_work import UnitOfWork

SLOWER_SECONDS: Final = 5  # RFC 8628 3.5: slow_down adds five seconds to the interval
MOST_INTERVAL: Final = 300


def redeem_poll(uow: UnitOfWork, request: TokenRequest, taking: Taking) -> Written[Taken]:
    """Take an approved request, once. Raise OP_REQUEST_FORM, OP_POLL_EXPIRED, OP_REQUEST_DENIED, OP_GRANT_REFUSED; as `Taking.finish`."""
    code, now = request.parameters.need("device_code"), request.now
    poll_sm3 = HandleKind.DEVICE.digest(code)
    row = op_polls.find(uow, poll_sm3) if is_handle(code) else None
    if row is None or row.client != request.proven.client.identifier:
        raise refused("no such device_code of this client")
    if now >= row.expires_at:
        raise TrustError(IdentityCode.OP_POLL_EXPIRED, "the device_code expired")
    if row.state is PollState.REFUSED:
        raise TrustError(IdentityCode.OP_REQUEST_DENIED, "the person said no")
    if row.state is PollState.PENDING:
        # A second off is the network's: who asks every five seconds is not told to ask every ten.
        early = row.polled_at is not None and now - row.polled_at < timedelta(seconds=row.interval_seconds - 1)
        slower = min(row.interval_seconds + SLOWER_SECONDS, MOST_INTERVAL) if early else row.interval_seconds
        op_polls.note_poll(uow, poll_sm3, at=now, interval_seconds=slower)
        if early:
            return Written(None, refused=TrustError(IdentityCode.OP_POLL_SLOWER, "wait five seconds longer"))
        return Written(None, refused=TrustError(IdentityCode.OP_POLL_PENDING, "not answered yet"))
    grant = op_grants.find(uow, row.grant_id) if row.grant_id is not None else None
    if row.state is PollState.USED or grant is None:
        raise refused("the device_code was used")

    def spent() -> NoReturn:
        raise refused("the device_code was used")

    return taking.finish(
        uow, request, grant, means=GrantType.DEVICE, spend=lambda: op_polls.use(uow, poll_sm3), spent=spent
    )
