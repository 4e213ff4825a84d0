"""Passwords: set, proved, changed; refused alike whatever is wrong."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from nacl import pwhash
from nacl.exceptions import InvalidkeyError
from pyotp import TOTP

from idp.factors import hashing as passwords_hashed
from idp.factors.enroller import Guarded, Login, VerifiedEnroller, level_needed, verify_fresh_login, verify_operator
from idp.factors.hashing import Cost, PasswordHashing
from idp.factors.passwords import Passwords
from idp.factors.port import FactorClass, FactorKind, ProvedFactor
from idp.factors.throttle import Limits
from idp.factors.weak_passwords import WeakPasswords, common_passwords
from idp.op.grants import keep_grant
from tests.support.factors import (
    ACCESS,
    HERE,
    NOON,
    OTHER,
    PASSWORD,
    PERSON,
    SECRETS,
    FactorDesk,
    attempt,
    later,
    prove_password,
    refusal,
)
from tests.support.signing_in import NOW, SESSIONS, make_person, sign_in
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel, Principal, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import administrators, factors, mandates, notices, op_grants, people, person_links
from trustkit.store.mandates import MandateRole, MandateRow
from trustkit.store.op_grants import GrantRow
from trustkit.store.people import PersonRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from idp.session_model import Session
    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork


@pytest.fixture
def enrolled(desk: FactorDesk) -> FactorDesk:
    desk.passwords.put(desk.enroller(), PASSWORD, now=NOON)
    return desk


def test_who_knows_it_proves_knowledge(enrolled: FactorDesk) -> None:
    proved = enrolled.prove_password(attempt(at=later(1)), PASSWORD)
    assert (proved.person, proved.kind, proved.methods) == (PERSON, FactorKind.PASSWORD, ("pwd",))
    assert proved.classes == {FactorClass.KNOWLEDGE}
    assert (proved.phishing_resistant, proved.hardware, proved.at) == (False, False, later(1))


def _step_of_another(_uow: UnitOfWork, _proved: ProvedFactor) -> None:
    raise TrustError(IdentityCode.IDP_LOGIN_STEP, "another step was taken meanwhile")


def test_a_proof_and_what_comes_of_it_are_written_together(enrolled: FactorDesk) -> None:
    seen: list[object] = []

    def then(uow: UnitOfWork, proved: ProvedFactor) -> None:
        seen.extend(row.used_at for row in factors.list_live(uow, proved.person))

    enrolled.prove_password(attempt(at=later(1)), PASSWORD, then=then)
    assert seen == [later(1)]
    refused = partial(enrolled.prove_password, attempt(at=later(2)), PASSWORD, then=_step_of_another)
    for _ in range(Limits().free):
        assert refusal(refused) is IdentityCode.IDP_LOGIN_STEP
    with enrolled.database.reading() as unit:
        assert [row.used_at for row in factors.list_live(unit, PERSON)] == [later(1)]
    assert refusal(refused) is IdentityCode.FACTOR_THROTTLED  # each try was counted and none taken back


def test_the_store_has_neither_the_password_nor_a_hash_of_it_alone(enrolled: FactorDesk) -> None:
    with enrolled.database.reading() as unit:
        (row,) = factors.list_live(unit, PERSON)
    assert row.material is not None
    assert row.material.startswith(b"$argon2id$")
    assert PASSWORD.encode() not in row.material
    with pytest.raises(InvalidkeyError):
        pwhash.argon2id.verify(row.material, PASSWORD.encode())
    assert "material" not in repr(row)
    assert PERSON not in repr(row)


def test_a_hash_in_another_persons_row_proves_nothing(enrolled: FactorDesk) -> None:
    with enrolled.database.reading() as unit:
        (row,) = factors.list_live(unit, PERSON)
    assert row.material is not None
    assert enrolled.hashing.matches(PERSON, PASSWORD, row.material.decode())
    assert not enrolled.hashing.matches(OTHER, PASSWORD, row.material.decode())


REFUSED: list[tuple[str, Callable[[FactorDesk], object]]] = [
    ("another password", lambda d: d.prove_password(attempt(), "wrong horse battery")),
    ("its beginning", lambda d: d.prove_password(attempt(), PASSWORD[:-1])),
    ("with a space behind", lambda d: d.prove_password(attempt(), PASSWORD + " ")),
    ("nothing", lambda d: d.prove_password(attempt(), "")),
    ("endless", lambda d: d.prove_password(attempt(), PASSWORD * 100)),
    ("half a character", lambda d: d.prove_password(attempt(), "\ud800" * 12)),
    ("a person without one", lambda d: d.prove_password(attempt(OTHER), PASSWORD)),
    ("a name nobody has", lambda d: d.prove_password(attempt(None, name="nobody"), PASSWORD)),
]


def test_all_that_is_wrong_is_refused_alike(enrolled: FactorDesk) -> None:
    patient = FactorDesk(enrolled.database, Limits(free=50))
    found = {name: refusal(partial(act, patient)) for name, act in REFUSED}
    assert found == {name: IdentityCode.FACTOR_REFUSED for name, _ in REFUSED}


def test_names_of_nobody_cost_a_hash_too(desk: FactorDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[bytes] = []
    argon2id = passwords_hashed._argon2id

    def watched(keyed: bytes, salt: bytes, passes: int, memory_kib: int) -> bytes:
        hashed.append(salt)
        return argon2id(keyed, salt, passes, memory_kib)

    monkeypatch.setattr(passwords_hashed, "_argon2id", watched)
    refusal(lambda: desk.prove_password(attempt(None, name="nobody"), PASSWORD))
    assert hashed == [desk.hashing._nobody.salt]


NEW: list[tuple[str, Code]] = [
    ("short", IdentityCode.FACTOR_PASSWORD_FORM),
    ("九个汉字还是不够长", IdentityCode.FACTOR_PASSWORD_FORM),
    ("x" * 129, IdentityCode.FACTOR_PASSWORD_FORM),
    ("tab\tin the middle", IdentityCode.FACTOR_PASSWORD_FORM),
    ("nul\0in the middle", IdentityCode.FACTOR_PASSWORD_FORM),
    ("half \ud800 a character", IdentityCode.FACTOR_PASSWORD_FORM),
    ("P@ssw0rd2026", IdentityCode.FACTOR_PASSWORD_WEAK),
    ("woaini1314520", IdentityCode.FACTOR_PASSWORD_WEAK),
    ("the li.hua secret", IdentityCode.FACTOR_PASSWORD_WEAK),
]


def test_a_password_that_protects_nothing_is_not_set(desk: FactorDesk) -> None:
    put = partial(desk.passwords.put, desk.enroller(), own_words=("li.hua",), now=NOON)
    assert [(password, refusal(partial(put, password))) for password, _ in NEW] == NEW
    assert desk.events() == []


def test_keyboards_that_compose_otherwise_agree(desk: FactorDesk) -> None:
    desk.passwords.put(desk.enroller(), "ｆｕｌｌ ｗｉｄｔｈ caf\u00e9", now=NOON)
    assert desk.prove_password(attempt(), "full width cafe\u0301").person == PERSON


def test_a_change_ends_the_old_one_its_waits_and_tells(enrolled: FactorDesk) -> None:
    for second in range(5):
        refusal(partial(enrolled.prove_password, attempt(at=later(second)), "wrong horse battery"))
    assert refusal(partial(enrolled.prove_password, attempt(at=later(6)), PASSWORD)) is IdentityCode.FACTOR_THROTTLED
    enrolled.passwords.put(enrolled.enroller(), "another horse battery", now=later(7))
    assert refusal(partial(enrolled.prove_password, attempt(at=later(8)), PASSWORD)) is IdentityCode.FACTOR_REFUSED
    assert enrolled.prove_password(attempt(at=later(9)), "another horse battery").person == PERSON
    assert [kind for kind, _, _ in enrolled.events()] == [
        "idp:factor:enrolled",
        "idp:factor:locked",
        "idp:factor:removed",
        "idp:factor:enrolled",
    ]
    with enrolled.database.reading() as unit:
        told = {row.about for row in notices.list_of(unit, PERSON)}
    assert told == {"factor-enrolled", "factor-locked", "password-changed"}


def test_a_hash_of_another_cost_is_made_anew_at_the_next_login(enrolled: FactorDesk) -> None:
    dearer = FactorDesk(enrolled.database, cost=Cost(passes=2, memory_kib=64))
    dearer.prove_password(attempt(), PASSWORD)
    with enrolled.database.reading() as unit:
        (row,) = factors.list_live(unit, PERSON)
    assert row.material is not None
    assert b"t=2" in row.material
    assert dearer.prove_password(attempt(at=later(1)), PASSWORD).factor == row.id


def test_two_changes_at_once_leave_one_password(enrolled: FactorDesk) -> None:
    def change(password: str) -> None:
        try:
            enrolled.passwords.put(enrolled.enroller(), password, now=NOON)
        except TrustError as error:
            assert error.code is ErrorCode.STORE_CONFLICT  # noqa: PT017 - either may win

    threads = [Thread(target=change, args=(f"horse battery number {n}x",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with enrolled.database.reading() as unit:
        assert len(factors.list_live(unit, PERSON)) == 1


def test_many_at_once_wait_for_room_and_are_told_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idp.factors.hashing._WAIT_SECONDS", 0.01)
    hashing = PasswordHashing(SECRETS, Cost(passes=1, memory_kib=64, at_once=1))
    with hashing._turn():
        assert refusal(lambda: hashing.hash(PERSON, PASSWORD)) is ErrorCode.REQUEST_BUSY
    assert hashing.hash(PERSON, PASSWORD).startswith("$argon2id$")


# Who may change factors


def login(authentication: int = 1, age: float = 0) -> Login:
    return Login(person=PERSON, assurance=AssuranceLevel(authentication=authentication), authenticated_at=later(-age))


AUTHORITY = "1199010000TRYQK01Q"
STALE: list[tuple[str, Login]] = [
    ("eleven minutes ago", login(age=660)),
    ("in the future", login(age=-1)),
    ("never", Login(person=PERSON, assurance=AssuranceLevel(authentication=2), authenticated_at=None)),
    ("not at all", login(0)),
]


def test_factors_are_changed_by_a_fresh_login_alone(desk: FactorDesk) -> None:
    with desk.database.reading() as unit:
        found = {name: refusal(partial(verify_fresh_login, unit, stale, now=NOON)) for name, stale in STALE}
    assert found == {name: IdentityCode.FACTOR_ENROLMENT_STALE for name, _ in STALE}


def test_who_has_a_second_factor_must_have_used_it(desk: FactorDesk) -> None:
    offer = desk.totp.begin(desk.enroller(), account="li.hua", now=NOON)
    desk.totp.confirm(desk.enroller(), offer.handle, TOTP(offer.typed.replace(" ", "")).at(NOON), now=NOON)
    with desk.database.reading() as unit:
        assert refusal(lambda: verify_fresh_login(unit, login(1), now=NOON)) is IdentityCode.FACTOR_ENROLMENT_WEAK
        assert verify_fresh_login(unit, login(2), now=NOON).person == PERSON


@contextmanager
def _told(desk: FactorDesk) -> Iterator[UnitOfWork]:
    """Give a unit of work whose acts are told to the trail."""
    with desk.database.unit_of_work() as uow:
        yield uow
        actor = Principal(id="operator:0")
        facts = {"office": "audit"}
        kind = EventType.OFFICE_ASSIGNED
        event = AuditEvent(type=kind, at=NOON, actor=actor, object_type="person", object_id=PERSON, facts=facts)
        trail.record(uow, event)


def _codes(desk: FactorDesk) -> None:
    desk.recovery.renew(desk.enroller(), now=NOON)


def _linked(desk: FactorDesk) -> None:
    with _told(desk) as uow:
        person_links.add(uow, "ab" * 32, person=PERSON, provider="province", at=NOON)


def _in_office(desk: FactorDesk) -> None:
    with _told(desk) as uow:
        administrators.assign(uow, person=PERSON, office=administrators.Office.AUDIT, at=NOON, by="operator:0")


def _official(desk: FactorDesk) -> None:
    row = MandateRow(
        id="md-a",
        person=PERSON,
        uscc=AUTHORITY,
        role=MandateRole.HANDLER,
        scope=("*",),
        valid_from=NOON,
        valid_until=None,
        evidence_sm3="ab" * 32,
        added_at=NOON,
        added_by="operator:0",
    )
    with _told(desk) as uow:
        mandates.record_organisation(uow, AUTHORITY, "示范局", at=NOON)
        mandates.add(uow, row)


@pytest.mark.parametrize("give", [_codes, _linked, _in_office, _official])
def test_a_password_alone_makes_nobody_stronger_who_is_strong_elsewhere_or_an_official(
    desk: FactorDesk, give: Callable[[FactorDesk], None]
) -> None:
    guarded = Guarded(providers=frozenset({"province"}), organisation=AUTHORITY)
    with desk.database.reading() as unit:
        assert verify_fresh_login(unit, login(1), now=NOON, guarded=guarded).person == PERSON
    with _told(desk) as uow:
        people.add(uow, PersonRow(id=PERSON, created_at=NOON))
    give(desk)
    with desk.database.reading() as unit:
        weak = partial(verify_fresh_login, unit, login(1), now=NOON, guarded=guarded)
        assert refusal(weak) is IdentityCode.FACTOR_ENROLMENT_WEAK
        assert verify_fresh_login(unit, login(2), now=NOON, guarded=guarded).person == PERSON
        mine = Guarded(providers=frozenset({"city"}), organisation="91990100MA7TRYQ01H")
        elsewhere = give in {_linked, _official}
        assert (level_needed(unit, PERSON, mine).authentication == 1) is elsewhere


def test_an_enroller_does_not_keep(desk: FactorDesk) -> None:
    enroller = desk.enroller()
    set_late = partial(desk.passwords.put, enroller, PASSWORD, now=later(601))
    assert refusal(set_late) is IdentityCode.FACTOR_ENROLMENT_STALE


def test_an_operator_may_and_the_trail_names_him(desk: FactorDesk) -> None:
    operator = Principal(id="operator:0")
    desk.passwords.put(verify_operator(operator, PERSON, now=NOON), PASSWORD, now=NOON)
    assert desk.prove_password(attempt(), PASSWORD).person == PERSON
    assert refusal(lambda: verify_operator(Principal(id=OTHER), PERSON, now=NOON)) is ErrorCode.USAGE


def _granted(database: Database, session: Session) -> str:
    row = GrantRow(
        identifier=fresh_identifier("og"),
        client="app",
        person=session.person,
        session=session.id,
        mandate=None,
        scopes="openid offline_access",
        resources="",
        identity_level=0,
        authentication_level=1,
        authenticated_at=NOW,
        methods="pwd",
        binding="",
        created_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )
    with database.unit_of_work() as uow:
        trail.record(uow, keep_grant(uow, row, means="authorization_code"))
    return row.identifier


def _by_the_owner(desk: FactorDesk, person: str, session: str) -> VerifiedEnroller:
    level = AssuranceLevel(authentication=2)
    with desk.database.reading() as unit:
        return verify_fresh_login(
            unit, Login(person=person, assurance=level, authenticated_at=NOW, session=session), now=NOW
        )


@pytest.mark.parametrize("act", ["change", "remove"])
@pytest.mark.parametrize("by", ["owner", "operator"])
def test_what_a_password_opened_ends_with_it(desk: FactorDesk, act: str, by: str) -> None:
    person = make_person(desk.database)
    operator = verify_operator(Principal(id="operator:0"), person, now=NOW)
    factor = desk.passwords.put(operator, PASSWORD, now=NOW)
    mine, other = (sign_in(desk.database, person).session for _ in range(2))
    grants = {session.id: _granted(desk.database, session) for session in (mine, other)}
    with desk.database.unit_of_work() as uow:
        SESSIONS.end(uow, other.id, reason="logout", now=NOW, actor=Principal(id=person))
    third = sign_in(desk.database, person).session
    enroller = _by_the_owner(desk, person, mine.id) if by == "owner" else operator
    if act == "change":
        desk.passwords.put(enroller, PASSWORD + "!", now=NOW)
    else:
        desk.standing.remove(enroller, factor, elsewhere=lambda _: True, now=NOW)
    reason = {"change": "password-changed", "remove": "factor-removed"}[act]
    left = {mine.id} if by == "owner" else set()
    with desk.database.reading() as unit:
        assert {each.id for each in SESSIONS.list_of(unit, person, now=NOW)} == left
        kept = [op_grants.find(unit, each) for each in (grants[mine.id], grants[other.id])]
    assert [row and row.reason for row in kept] == [None if left else reason, reason]
    assert ("idp:session:ended", third.id, "success") in desk.events()
    assert ("idp:op-grant:revoked", grants[other.id], "success") in desk.events()


def test_an_enroller_is_made_in_its_module_alone() -> None:
    with pytest.raises(TypeError):
        VerifiedEnroller(person=PERSON, actor=Principal(id=PERSON), at=NOON, made_here=object())


def test_services_share_a_store_without_an_address(enrolled: FactorDesk) -> None:
    weak = WeakPasswords(common_passwords())
    other = Passwords(enrolled.database, hashing=enrolled.hashing, throttle=enrolled.throttle, weak=weak, access=ACCESS)
    assert prove_password(other, enrolled.database, attempt(address=""), PASSWORD).at == NOON
    assert HERE not in repr(attempt())
