"""Grants: what a person allowed a client, made once, read at every token, ended as a whole.

A grant holds what the person had reached when he agreed. Whether it is still good is asked anew each time (`require_live`): it was not
revoked, its person may sign in, its mandate is live, and, unless the client may act in his absence, his session goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from idp.op.client_model import OFFLINE
from idp.op.tokens import Bearer
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.error_family import PASSING
from trustkit.errors import TrustError
from trustkit.identity import NOT_SIGNED_IN, AssuranceLevel, Principal, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_grants
from trustkit.store.op_grants import GrantRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from idp.op.client_model import Client
    from idp.op.people import LiveSessions, PeopleView
    from idp.op.rules import ProviderRules
    from idp.session_model import Session
    from idp.subject.mandates import ActingFor
    from trustkit.audit.events import FactValue
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

PREFIX: Final = "og"
KEY_BOUND: Final = "jkt:"
TLS_BOUND: Final = "x5t:"
_TOKEN_TEXT: Final = 22  # characters of base64url


def new_grant(
    client: Client,
    session: Session,
    *,
    scopes: Iterable[str],
    resources: Iterable[str],
    binding: str,
    rules: ProviderRules,
    now: datetime,
) -> GrantRow:
    """Return the grant of a person who is signed in."""
    asked = tuple(scopes)
    lifetime = rules.offline if OFFLINE in asked else rules.grant
    return GrantRow(
        identifier=fresh_identifier(PREFIX),
        client=client.identifier,
        person=session.person,
        session=session.id,
        mandate=session.mandate,
        scopes=" ".join(asked),
        resources=" ".join(resources),
        identity_level=session.assurance.identity,
        authentication_level=session.assurance.authentication,
        authenticated_at=session.authenticated_at,
        methods=" ".join(session.methods),
        binding=binding,
        created_at=now,
        expires_at=now + lifetime,
    )


def keep_grant(uow: UnitOfWork, row: GrantRow, *, means: str) -> AuditEvent:
    """Keep a grant, and return the event that tells of it; `means` is how the client asked."""
    op_grants.add(uow, row)
    facts: dict[str, FactValue] = {
        "client": row.client,
        "means": means,
        "scopes_sm3": scopes_digest(row.scopes),
        "session": row.session,
    }
    if row.mandate:
        facts["mandate"] = row.mandate
    return _about(EventType.OP_GRANT_MADE, row, at=row.created_at, actor=Principal(id=row.person), facts=facts)


def revoke_grant(
    uow: UnitOfWork, row: GrantRow, *, reason: str, actor: Principal, now: datetime, reused: bool = False
) -> tuple[AuditEvent, ...]:
    """End a grant and all that came of it; return the event, none when it had ended before and nothing was used twice."""
    ended = op_grants.revoke(uow, row.identifier, at=now, reason=reason)
    facts: dict[str, FactValue] = {"client": row.client}
    events: list[AuditEvent] = []
    if reused:
        outcome = Outcome.DENIED
        events.append(_about(EventType.OP_GRANT_REUSED, row, at=now, actor=actor, facts=facts, outcome=outcome))
    if ended:
        events.append(_about(EventType.OP_GRANT_REVOKED, row, at=now, actor=actor, facts=facts, reason=reason))
    return tuple(events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a grant is good for now: for whom its person acts, the most that is still known of him, and by which methods (`amr`).

    What a session stood on expires, while it goes on and after it: no token says more than is left of that.
    """

    acting_for: ActingFor | None
    most: AssuranceLevel
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """Tells whether grants are still good."""

    people: PeopleView
    sessions: LiveSessions

    def require_live(self, unit: ReadUnit, row: GrantRow, *, now: datetime) -> Standing:
        """Return what a grant is good for now.

        Raises:
            TrustError: OP_GRANT_REFUSED; what the store raises.
        """
        if row.revoked_at is not None or now >= row.expires_at:
            raise refused("the grant ended")
        session = self.sessions.find(unit, row.session, now=now)
        if session is None:
            if OFFLINE not in row.scopes.split():
                raise refused("the session ended")
            session = self.sessions.find(unit, row.session, now=now, over=True)
        try:
            self.people.require_active(unit, row.person)
            acting = None
            if row.mandate is not None:
                acting = self.people.acting_for(unit, person=row.person, mandate=row.mandate, now=now)
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            raise refused("the person or the mandate is not good any more") from error
        return Standing(acting_for=acting, most=_most(row, session), methods=_methods(row, session))


def _most(row: GrantRow, session: Session | None) -> AssuranceLevel:
    """Return what was reached when the grant was made, as far as it still counts."""
    left = NOT_SIGNED_IN if session is None else session.assurance
    return AssuranceLevel(
        identity=min(row.identity_level, left.identity),
        authentication=min(row.authentication_level, left.authentication),
    )


def _methods(row: GrantRow, session: Session | None) -> tuple[str, ...]:
    left = () if session is None else session.methods
    return tuple(each for each in row.methods.split() if each in left)


def bearer_of(
    client: Client,
    row: GrantRow,
    *,
    token_id: str,
    scopes: tuple[str, ...],
    resources: tuple[str, ...],
    binding: str,
    standing: Standing,
) -> Bearer:
    """Return for whom a token of a grant is."""
    return Bearer(
        client=client,
        person=row.person,
        scopes=scopes,
        resources=resources,
        binding=binding,
        token_id=token_id,
        session=row.session,
        assurance=standing.most,
        methods=standing.methods,
        authenticated_at=row.authenticated_at,
        acting_for=standing.acting_for,
    )


def new_token_id(grant: str, handle: Callable[[], str]) -> str:
    """Return the `jti` of a token: the grant it came of, and 132 random bits."""
    return f"{grant}.{handle()[:_TOKEN_TEXT]}"


def grant_of_token(token_id: str) -> str:
    """Return the grant a token came of, empty for a client's own. `new_token_id` is the inverse."""
    return token_id.partition(".")[0]


def token_in_trail(token_id: str) -> str:
    """Return what the trail calls an access token, by its `jti`: issue and end of one token have one name."""
    return digest(DigestAlgorithm.SM3, token_id.encode()).hex()


def issued(bearer: Bearer, *, means: str, rules: ProviderRules, now: datetime) -> AuditEvent:
    """Return the event that tells of a token."""
    facts: dict[str, FactValue] = {
        "client": bearer.client.identifier,
        "expires_at": format_rfc3339((now + rules.access).replace(microsecond=0)),
        "means": means,
        "scopes_sm3": scopes_digest(" ".join(bearer.scopes)),
    }
    if grant := grant_of_token(bearer.token_id):
        facts["grant"] = grant
    if bearer.binding:
        facts["bound"] = bearer.binding.partition(":")[0]
    return AuditEvent(
        type=EventType.OP_TOKEN_ISSUED,
        at=now,
        actor=Principal(id=bearer.person or f"client:{bearer.client.identifier}"),
        object_type="access-token",
        object_id=token_in_trail(bearer.token_id),
        facts=facts,
    )


def scopes_digest(scopes: str) -> str:
    """Return what stands for scopes in the trail: they are the client's words, and not for it."""
    return digest(DigestAlgorithm.SM3, scopes.encode()).hex()


def refused(told: str) -> TrustError:
    """Return the refusal of what was handed in for tokens."""
    return TrustError(IdentityCode.OP_GRANT_REFUSED, told)


def _about(
    kind: EventType,
    row: GrantRow,
    *,
    at: datetime,
    actor: Principal,
    facts: dict[str, FactValue],
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
) -> AuditEvent:
    return AuditEvent(
        type=kind,
        at=at,
        actor=actor,
        object_type="grant",
        object_id=row.identifier,
        outcome=outcome,
        reason=reason,
        facts=facts,
    )
