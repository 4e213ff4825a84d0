"""Polling: a client asks until the person answered elsewhere (RFC 8628 3.4 and 3.5, CIBA 10.1 and 11), no more often than it was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NoReturn

from idp.group_commit import Written
from idp.handles import is_handle
from idp.op.client_model import GrantType
from idp.op.grants import refused
from idp.op.handles import HandleKind
from idp.op.poll_answers import poll_demands
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_grants, op_polls
from trustkit.store.op_polls import PollKind, PollState

if TYPE_CHECKING:
    from idp.op.taking import Taken, Taking, TokenRequest
    from trustkit.store.unit_of_work import UnitOfWork

SLOWER_SECONDS: Final = 5  # RFC 8628 3.5: slow_down adds five seconds to the interval
MOST_INTERVAL: Final = 300


@dataclass(frozen=True, slots=True)
class _Polled:
    """One kind of request that is polled for: what the parameter is called, and by which grant."""

    kind: PollKind
    parameter: str
    handle: HandleKind
    means: GrantType


_DEVICE: Final = _Polled(PollKind.DEVICE, "device_code", HandleKind.DEVICE, GrantType.DEVICE)
_BACKCHANNEL: Final = _Polled(PollKind.BACKCHANNEL, "auth_req_id", HandleKind.BACKCHANNEL, GrantType.BACKCHANNEL)


def redeem_device(uow: UnitOfWork, request: TokenRequest, taking: Taking) -> Written[Taken]:
    """Take a device's approved request, once. Raise OP_REQUEST_FORM, OP_POLL_*, OP_REQUEST_DENIED, OP_GRANT_REFUSED; as `Taking.finish`."""
    return _redeem(uow, request, taking, _DEVICE)


def redeem_backchannel(uow: UnitOfWork, request: TokenRequest, taking: Taking) -> Written[Taken]:
    """Take an approved request of the back channel, once. Raise as `redeem_device`."""
    return _redeem(uow, request, taking, _BACKCHANNEL)


def _redeem(uow: UnitOfWork, request: TokenRequest, taking: Taking, polled: _Polled) -> Written[Taken]:
    code, now = request.parameters.need(polled.parameter), request.now
    poll_sm3 = polled.handle.digest(code)
    row = op_polls.find(uow, poll_sm3) if is_handle(code) else None
    if row is None or row.kind is not polled.kind or row.client != request.proven.client.identifier:
        raise refused(f"no such {polled.parameter} of this client")
    if now >= row.expires_at:
        raise TrustError(IdentityCode.OP_POLL_EXPIRED, f"the {polled.parameter} expired")
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
        raise refused(f"the {polled.parameter} was used")

    def spent() -> NoReturn:
        raise refused(f"the {polled.parameter} was used")

    return taking.finish(
        uow,
        request,
        grant,
        means=polled.means,
        spend=lambda: op_polls.use(uow, poll_sm3),
        spent=spent,
        demands=poll_demands(row),
    )
