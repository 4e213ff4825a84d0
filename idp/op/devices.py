"""Devices that have no browser (RFC 8628): they show a short code, the person types it in at his own browser and says yes or no there.

The code is short, so guessing is held back three ways: it lives for minutes, only who is signed in may try, and each person's tries are
counted. The store has a keyed digest of it. What is approved becomes a grant of the person, as with any other client.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.group_commit import Written
from idp.handles import fresh_handle
from idp.levels.acr import MAX_ACR_VALUES, parse_acr_values
from idp.op.asked_scopes import asked_resources, asked_scopes
from idp.op.authorization_request import asked_age
from idp.op.client_model import GrantType
from idp.op.clients import live_client
from idp.op.handles import HandleKind
from idp.op.once import use_once
from idp.op.poll_answers import poll_event, poll_need, poll_wanted
from trustkit.audit.events import EventType
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_polls
from trustkit.store.op_polls import PollKind, PollRow, PollState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from idp.group_commit import GroupWriter
    from idp.op.client_authentication import Proven
    from idp.op.client_model import Client
    from idp.op.parameters import Parameters
    from idp.op.poll_answers import PollAnswers, PollNeed
    from idp.op.proof import ProvenKey
    from idp.op.rules import ProviderRules
    from idp.sealing import Sealing
    from idp.session_model import Session
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.web.rates import RateLimiter

PAGE: Final = "/device"
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 6.1: no vowels, so no words
_LENGTH: Final = 8
_PURPOSE: Final = "op-user-code"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceQuestion:
    """What the page asks: which client, by what people call it, wants what."""

    client: str
    title: Mapping[str, str]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDesk:
    """Begins and answers requests of devices. `tries` counts what each person types in, `begun` what each client that proved itself begins.

    Requests in a public client's name are counted by their address, as all of them are (`idp.op.client_limits`).
    """

    rules: ProviderRules
    writer: GroupWriter
    sealing: Sealing
    answers: PollAnswers
    tries: RateLimiter
    begun: RateLimiter
    handle: Callable[[], str] = field(default=fresh_handle, repr=False)
    choose: Callable[[Sequence[str]], str] = field(default=secrets.choice, repr=False)

    async def begin(
        self, proven: Proven, parameters: Parameters, proof: ProvenKey | None, *, now: datetime
    ) -> Mapping[str, JsonValue]:
        """Return the members of the answer (RFC 8628 3.2). `acr_values` and `max_age` are heeded as in an authorization request.

        Raises:
            TrustError: OP_CLIENT_MAY_NOT, OP_SCOPE, OP_TARGET, OP_PROOF, OP_REQUEST_FORM, IDP_ACR_VALUES, REQUEST_RATE, REQUEST_BUSY.
        """
        client = proven.client
        if GrantType.DEVICE not in client.registration.grants:
            raise TrustError(IdentityCode.OP_CLIENT_MAY_NOT, "not registered for the device grant")
        if client.registration.confidential:
            self.begun.spend(client.identifier)
        age, levels = asked_age(parameters), parameters.bounded("acr_values", MAX_ACR_VALUES)
        parse_acr_values(levels)
        wanted: dict[str, JsonValue] = {
            "scopes": [*asked_scopes(client, parameters)],
            "resources": [*asked_resources(client, parameters)],
            "max_age": None if age is None else int(age.total_seconds()),
            "acr_values": levels,
        }
        device, code = self.handle(), "".join(self.choose(_LETTERS) for _ in range(_LENGTH))
        row = PollRow(
            poll_sm3=HandleKind.DEVICE.digest(device),
            kind=PollKind.DEVICE,
            client=client.identifier,
            user_code_sm3=self._digest(code),
            parameters=canonical_json(wanted).decode(),
            interval_seconds=int(self.rules.interval.total_seconds()),
            created_at=now,
            expires_at=now + self.rules.device,
        )
        things = proven.once + (() if proof is None else proof.once)

        def keep(uow: UnitOfWork) -> Written[None]:
            if refusal := use_once(uow, things):
                return Written(None, refused=refusal)
            if not op_polls.add(uow, row):  # one of some ten thousand million codes is taken just now
                return Written(None, refused=TrustError(ErrorCode.REQUEST_BUSY, "ask again", retry_after=1))
            return Written(None, (poll_event(EventType.OP_POLL_BEGUN, row, now, Principal(id=f"client:{row.client}")),))

        await self.writer.write(keep)
        shown = f"{code[:4]}-{code[4:]}"
        page = self.rules.url(PAGE)
        return {
            "device_code": device,
            "user_code": shown,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={shown}",
            "expires_in": int(self.rules.device.total_seconds()),
            "interval": row.interval_seconds,
        }

    def question(self, unit: ReadUnit, session: Session, user_code: str, *, now: datetime) -> DeviceQuestion:
        """Return what is asked by a code that a signed-in person typed in. Raise REQUEST_RATE, OP_USER_CODE."""
        self.tries.spend(session.person)
        row, client = self._find(unit, user_code, now)
        scopes, _ = poll_wanted(row)
        return DeviceQuestion(client=client.identifier, title=dict(client.registration.title), scopes=scopes)

    def need(self, unit: ReadUnit, session: Session, user_code: str, *, now: datetime) -> PollNeed | None:
        """Return what the client needs of the sign-in when the session is not enough, None when it is. Raise as `question`."""
        self.tries.spend(session.person)
        needed = poll_need(*self._find(unit, user_code, now))
        return None if needed.is_enough(session, now) else needed

    def answer(self, uow: UnitOfWork, session: Session, user_code: str, *, allowed: bool, now: datetime) -> None:
        """Note what the person said; a yes makes the grant. Tells the trail in the unit.

        Raises:
            TrustError: REQUEST_RATE, OP_USER_CODE, OP_LEVEL_UNMET, OP_REQUEST_OVER (answered before); IDP_PERSON_LOCKED, IDP_MANDATE_*.
        """
        self.tries.spend(session.person)
        row, client = self._find(uow, user_code, now)
        if allowed:
            self.answers.allow(uow, session, row, client, means=GrantType.DEVICE, now=now)
        else:
            self.answers.refuse(uow, session.person, row, now=now)

    def _find(self, unit: ReadUnit, user_code: str, now: datetime) -> tuple[PollRow, Client]:
        code = "".join(letter for letter in user_code.upper()[:32] if letter in _LETTERS)
        row = op_polls.find_by_user_code(unit, self._digest(code)) if len(code) == _LENGTH else None
        if row is None or row.state is not PollState.PENDING or now >= row.expires_at:
            raise TrustError(IdentityCode.OP_USER_CODE, "no such code")
        client = live_client(unit, row.client)
        if client is None:
            raise TrustError(IdentityCode.OP_USER_CODE, "no such code")
        return row, client

    def _digest(self, code: str) -> str:
        return self.sealing.mac(_PURPOSE, code.encode()).hex()
