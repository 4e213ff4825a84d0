from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ca.client_grant import Action, ClientGrant
from ca.clients import ACTIONS, PERMISSIONS, ClientRegistry, Credential, Permission, Role
from tests.support.databases import NOON, database, database_url, migrated_url
from trustkit.audit import trail
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from trustkit.store.database import Database

__all__ = ["database", "database_url", "migrated_url"]

YEAR = timedelta(days=365)


def _registry(database: Database, *, later: timedelta = timedelta(0)) -> ClientRegistry:
    return ClientRegistry(database=database, clock=FixedClock(NOON + later))


def _credential(text: str) -> Credential:
    identifier, _, secret = text.partition(".")
    return Credential(identifier=identifier, secret=secret, means="bearer")


def _last(database: Database) -> trail.TrailEntry:
    with database.reading() as unit:
        return trail.list_events(unit, limit=1000)[-1]


def test_a_client_is_let_in_by_its_secret_and_the_trail_says_so(database: Database) -> None:
    registry = _registry(database)
    row, credential = registry.add(
        "counter-3", Role.REQUESTER, lifetime=YEAR, actor=SYSTEM, grant=ClientGrant(actions=frozenset({Action.REQUEST}))
    )
    assert credential.partition(".")[2] not in repr(row)
    client = registry.admit(_credential(credential), Permission.REQUEST_SUBMIT, request_id="r1")
    assert (client.name, client.role, client.principal.id) == ("counter-3", Role.REQUESTER, f"client:{row.identifier}")
    entry = _last(database)
    assert (entry.type, entry.actor, entry.outcome) == ("ca:client:called", client.principal.id, "success")
    assert (entry.reason, entry.request_id) == ("ca:request:submit", "r1")
    with database.reading() as unit:
        assert credential.partition(".")[2] not in str(trail.list_events(unit, limit=1000))


@pytest.mark.parametrize("case", ["wrong secret", "unknown", "expired", "revoked"])
def test_refuses_with_one_answer(database: Database, case: str) -> None:
    registry = _registry(database)
    _, credential = registry.add("a", Role.REQUESTER, lifetime=YEAR, actor=SYSTEM)
    shown = _credential(credential)
    if case == "wrong secret":
        shown = Credential(identifier=shown.identifier, secret=shown.secret[:-1] + "\ud800", means="bearer")
    elif case == "unknown":
        shown = Credential(identifier="0" * 32, secret=shown.secret, means="bearer")
    elif case == "expired":
        registry = _registry(database, later=YEAR)
    else:
        registry.revoke("a", actor=SYSTEM)
    with pytest.raises(TrustError) as refusal:
        registry.admit(shown, Permission.REQUEST_SUBMIT, request_id="")
    assert refusal.value.code is ErrorCode.CA_CLIENT_REFUSED
    assert refusal.value.detail == "unknown, wrong, expired or revoked"
    if case != "unknown":
        entry = _last(database)
        assert (entry.outcome, entry.reason) == ("denied", "secret" if case == "wrong secret" else case)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_has_what_it_needs_and_no_more(database: Database, role: Role) -> None:
    registry = _registry(database)
    acts = frozenset(ACTIONS[each] for each in PERMISSIONS[role] if each in ACTIONS)
    _, credential = registry.add("a", role, lifetime=YEAR, actor=SYSTEM, grant=ClientGrant(actions=acts))
    for permission in Permission:
        if permission in PERMISSIONS[role]:
            registry.admit(_credential(credential), permission, request_id="")
            continue
        with pytest.raises(TrustError) as refusal:
            registry.admit(_credential(credential), permission, request_id="")
        assert refusal.value.code is ErrorCode.CA_CLIENT_ROLE


def test_who_only_reads_changes_nothing() -> None:
    changing = {Permission.REQUEST_SUBMIT, Permission.CERTIFICATE_REVOKE}
    assert not changing & PERMISSIONS[Role.AUDITOR]
    assert Permission.CERTIFICATE_REVOKE not in PERMISSIONS[Role.REQUESTER]
    assert Permission.REQUEST_READ_ALL not in PERMISSIONS[Role.REQUESTER]


def test_calls_are_counted_and_wrong_secrets_apart(database: Database) -> None:
    clock = FixedClock(NOON)
    registry = ClientRegistry(database=database, clock=clock, limiter=RateLimiter(10, clock))
    _, credential = registry.add("a", Role.REQUESTER, lifetime=YEAR, actor=SYSTEM)
    wrong = Credential(identifier=_credential(credential).identifier, secret="x", means="bearer")
    codes = []
    for _ in range(2):
        with pytest.raises(TrustError) as refusal:
            registry.admit(wrong, Permission.PROFILE_READ, request_id="")
        codes.append(refusal.value.code)
    assert codes == [ErrorCode.CA_CLIENT_REFUSED, ErrorCode.REQUEST_RATE]
    registry.admit(_credential(credential), Permission.PROFILE_READ, request_id="")
    with pytest.raises(TrustError) as refusal:
        registry.admit(_credential(credential), Permission.PROFILE_READ, request_id="")
    assert refusal.value.code is ErrorCode.REQUEST_RATE


@pytest.mark.parametrize("name", ["", "Ä", "A", "a b", "-a", "a" * 64, "a\n"])
def test_a_name_is_a_code(database: Database, name: str) -> None:
    with pytest.raises(TrustError) as refusal:
        _registry(database).add(name, Role.AUDITOR, lifetime=YEAR, actor=SYSTEM)
    assert refusal.value.code is ErrorCode.USAGE


def test_a_name_is_given_once_and_a_client_revoked_once(database: Database) -> None:
    registry = _registry(database)
    registry.add("a", Role.AUDITOR, lifetime=YEAR, actor=SYSTEM)
    with pytest.raises(TrustError) as taken:
        registry.add("a", Role.AUDITOR, lifetime=YEAR, actor=SYSTEM)
    assert taken.value.code is ErrorCode.CA_CLIENT_EXISTS
    registry.revoke("a", actor=SYSTEM)
    with pytest.raises(TrustError) as twice:
        registry.revoke("a", actor=SYSTEM)
    assert twice.value.code is ErrorCode.CA_CLIENT_MISSING
    with pytest.raises(TrustError) as lifetime:
        registry.add("b", Role.AUDITOR, lifetime=timedelta(days=826), actor=SYSTEM)
    assert lifetime.value.code is ErrorCode.USAGE
    assert [row.name for row in registry.list_clients()] == ["a"]
