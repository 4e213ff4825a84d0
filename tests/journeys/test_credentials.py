"""A licence becomes a credential in two suites, is shown, and falls with its licence or alone."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from esign.credential.changes import CredentialAct
from esign.credential.issuance import INTENTS, MAX_LIFETIME, CredentialService
from esign.credential.licence_claims import IN_THE_CLEAR
from esign.credential.model import SEPARATOR
from esign.credential.read import parse_sd_jwt
from esign.credential.suites import CredentialSuite
from esign.licence.lifecycle import ActOrder, LicenceAct, Standing
from tests.support.authority import copy_home
from tests.support.credential_desk import BOTH, DEMAND, CredentialDesk, issuing_home, opened_desk, wallet_key
from tests.support.databases import tell
from tests.support.web import Visitor
from trustkit.app.capsule_desk import make_code
from trustkit.app.home import POLICIES
from trustkit.app.trail import TrailWish, read_trail
from trustkit.clock import FixedClock, SystemClock
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import jwk_of
from trustkit.store import credentials, licences, status_lists
from trustkit.store.credentials import CredentialState
from trustkit.store.schema import licences as licences_table
from trustkit.verdict import CheckId, CheckStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.licence.status_publication import StatusPublisher
    from trustkit.error_family import Code

PASSED, HELD, ENDED = "TOTAL-PASSED", "LICENCE_SUSPENDED", "LICENCE_REVOKED"
SM2, ES256 = CredentialSuite


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CredentialDesk]:
    home = issuing_home(tmp_path_factory.mktemp("credentials") / "home", suites=(SM2, ES256))
    with ExitStack() as stack:
        yield opened_desk(home, stack)


def act(desk: CredentialDesk, identifier: str, what: LicenceAct, reason: str = "other", **more: object) -> None:
    order = ActOrder(act=what, reason=reason, **more)  # type: ignore[arg-type]
    desk.licences.act(identifier, order, actor=desk.authority.operator)


def test_a_licence_in_both_suites_shown_and_verified(desk: CredentialDesk) -> None:
    identifier = desk.licence()
    issued = desk.issue(identifier)
    assert [each.suite for each in issued] == [SM2, ES256]
    assert desk.told(*issued) == [PASSED, PASSED]
    for each in issued:
        shown = desk.present(each, ("CZZT",))
        verdict = desk.verdict(shown, DEMAND)
        checks = {check.id: check.status for check in (*verdict.checks, *verdict.signatures[0].checks)}
        assert checks[CheckId.HOLDER] is CheckStatus.PASSED
        assert checks[CheckId.CREDENTIAL_TYPE] is CheckStatus.PASSED
        assert checks[CheckId.LICENCE_STATUS] is CheckStatus.PASSED
        claims = json.loads(dict(verdict.subject)["claims"])
        assert (claims["ZZBS"], claims["CZZT"]) == (identifier, "示例市云杉信息技术有限公司")
        assert "CZZTDM" not in claims


def test_nothing_is_signed_of_a_document_that_is_not_the_one_issued(desk: CredentialDesk) -> None:
    """Another licence's document in its place, and then its digest too: neither makes a code or a credential."""
    identifier, other = desk.licence(), desk.licence("permit")
    database = desk.authority.database
    with database.reading() as unit:
        theirs = licences.get_document(unit, other)
    sm3 = desk.authority.register.licence_status(other).document_sm3
    for changed in ({"document": theirs}, {"document_sm3": sm3}):
        with database.unit_of_work() as uow:
            uow.write(update(licences_table).where(licences_table.c.identifier == identifier).values(**changed))
            tell(uow)
        for sign in (
            lambda: make_code(desk.authority, desk.keys, identifier),
            lambda: desk.issue(identifier),
        ):
            with pytest.raises(TrustError) as refusal:
                sign()
            assert refusal.value.code is ErrorCode.LICENCE_SELF_CHECK


def test_nothing_of_a_person_stands_in_the_clear(desk: CredentialDesk) -> None:
    for each in desk.issue(desk.licence("physician-qualification")):
        payload = parse_json(parse_sd_jwt(each.text).jws.payload)
        assert isinstance(payload, dict)
        clear = set(payload) - {"_sd", "_sd_alg"}
        assert clear == {*IN_THE_CLEAR, "iss", "iat", "exp", "vct", "vct#integrity", "cnf", "status"}
        assert json.dumps(payload, ensure_ascii=False).count("示例") == str(payload["ZZBFJG"]).count("示例")


def test_its_slots_tell_what_becomes_of_the_licence_at_once(desk: CredentialDesk) -> None:
    identifier = desk.licence()
    issued = desk.issue(identifier)
    act(desk, identifier, LicenceAct.SUSPEND)
    assert desk.told(*issued) == [HELD, HELD]
    with pytest.raises(TrustError) as refusal:
        desk.issue(identifier)
    assert refusal.value.code is ErrorCode.LICENCE_STATE
    act(desk, identifier, LicenceAct.RESUME)
    assert desk.told(*issued) == [PASSED, PASSED]
    act(desk, identifier, LicenceAct.CANCEL, "holder-request")
    assert desk.told(*issued) == [ENDED, ENDED]


def test_a_further_version_ends_the_credentials_of_the_one_before(desk: CredentialDesk) -> None:
    identifier = desk.licence()
    issued = desk.issue(identifier)
    types = desk.authority.settings.home / POLICIES / "licences"
    data = (types / "business-licence" / "sample.json").read_bytes()
    order = ActOrder(act=LicenceAct.CHANGE, reason="changed")
    following = desk.licences.change(identifier, data, order, actor=desk.authority.operator)
    assert desk.told(*issued) == [ENDED, ENDED]
    assert desk.told(*desk.issue(following.identifier)) == [PASSED, PASSED]


def test_an_act_that_takes_force_later_is_in_the_list_of_that_time(desk: CredentialDesk) -> None:
    identifier = desk.licence()
    (issued,) = desk.issue(identifier, wallet_key(ES256))
    later = desk.authority.clock.now() + timedelta(hours=2)
    act(desk, identifier, LicenceAct.SUSPEND, effective_at=later)
    assert desk.told(issued) == [PASSED]
    with desk.authority.database.reading() as unit:
        (line,) = [uri for suite, uri in credentials.lists_of_licence(unit, identifier, after=later)]
        assert status_lists.find_next_change(unit, line, after=desk.authority.clock.now()) == later
        latest = status_lists.find_latest_token(unit, line)
    assert latest is not None
    assert latest.expires_at <= later


def test_one_is_suspended_resumed_and_revoked_alone(desk: CredentialDesk) -> None:
    one, other = desk.issue(desk.licence())
    by = desk.authority.operator
    for what, reason, told in (
        (CredentialAct.SUSPEND, "device-lost", HELD),
        (CredentialAct.RESUME, "cleared", PASSED),
        (CredentialAct.REVOKE, "key-compromise", ENDED),
    ):
        desk.changes.act(one.number, what, reason=reason, actor=by)
        assert desk.told(one, other) == [told, PASSED]
    for what in CredentialAct:
        with pytest.raises(TrustError) as refusal:
            desk.changes.act(one.number, what, reason="other", actor=by)
        assert refusal.value.code is CredentialCode.CREDENTIAL_ENDED
    act(desk, other.identifier, LicenceAct.SUSPEND)
    act(desk, other.identifier, LicenceAct.RESUME)
    assert desk.told(one, other) == [ENDED, PASSED]  # what ended alone does not come back with its licence


def test_it_ends_with_its_licence_at_the_latest(desk: CredentialDesk) -> None:
    today = desk.authority.clock.now().date()
    short = desk.licence("permit", valid_to=(today + timedelta(days=40)).isoformat())
    (one,) = desk.issue(short, wallet_key(SM2))
    with desk.authority.database.reading() as unit:
        row = desk.authority.register.licence_status(short)
        assert row.expires_at is not None
        assert one.expires_at == row.expires_at.replace(microsecond=0)
        assert credentials.get(unit, one.number).expires_at == one.expires_at
    (two,) = desk.issue(short, wallet_key(SM2), lifetime=timedelta(days=1))
    assert two.expires_at < one.expires_at


def test_the_trail_has_numbers_and_nothing_of_a_holder(desk: CredentialDesk) -> None:
    issued = desk.issue(desk.licence())
    lines = read_trail(desk.authority, TrailWish(limit=10_000))
    told = [line.to_json() for line in lines]
    text = json.dumps(told, ensure_ascii=False)
    assert "云杉" not in text
    assert wallet_key(SM2).thumbprint not in text
    for each in issued:
        assert each.text[:200] not in text
        kinds = [str(line["type"]) for line in told if line["object_id"] == each.number]
        assert sorted(kinds) == ["esign:credential:intended", "esign:credential:issued"]


def test_lists_are_published_in_the_suite_of_what_they_are_about(desk: CredentialDesk) -> None:
    desk.issue(desk.licence())
    visitor = Visitor.of(desk.authority)
    for suite, algorithm in ((SM2, "SGD_SM3_SM2"), (ES256, "ES256")):
        answer = visitor.get(f"/v1/credential-status/{suite.value}/1")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/statuslist+jwt")
        assert parse_sd_jwt(answer.text + SEPARATOR).jws.algorithm.value == algorithm
        octets = visitor.get(f"/v1/credential-status/{suite.value}/1", headers={"accept": "application/statuslist+cwt"})
        assert octets.headers["content-type"] == "application/statuslist+cwt"
    for path, status in (("sm2/99", 404), ("rsa/1", 404), ("SM2/1", 400), ("sm2/0", 400)):
        assert visitor.get(f"/v1/credential-status/{path}").status_code == status
    names = {name for name, _ in desk.authority.publications().files()}
    assert {"credential-status-sm2-1.jwt", "credential-status-es256-1.jwt", "status-list-1.jwt"} <= names
    republished = {line.name for line in desk.authority.publish_status_lists(desk.keys)}
    assert {each.rsplit("/", 2)[-2] for each in republished} == {"status-lists", "sm2", "es256"}


def test_what_is_refused(desk: CredentialDesk) -> None:
    identifier, by = desk.licence(), desk.authority.operator
    rsa = jwk_of(generate_key(KeyKind.RSA).signer().public_key)
    long, never = MAX_LIFETIME + timedelta(seconds=1), timedelta(0)
    for name, holders, lifetime, code in (
        (identifier, (), timedelta(days=1), CredentialCode.CREDENTIAL_HOLDER_KEY),
        (identifier, (rsa,), timedelta(days=1), CredentialCode.CREDENTIAL_HOLDER_KEY),
        (identifier, (*BOTH, BOTH[0]), timedelta(days=1), CredentialCode.CREDENTIAL_HOLDER_KEY),
        (identifier, BOTH, long, ErrorCode.USAGE),
        (identifier, BOTH, never, ErrorCode.USAGE),
        ("no-such", BOTH, timedelta(days=1), ErrorCode.LICENCE_MISSING),
    ):
        with pytest.raises(TrustError) as refusal:
            desk.service.issue(name, holders, lifetime=lifetime, actor=by)
        assert refusal.value.code is code
    cases: tuple[tuple[str, CredentialAct, str, Code], ...] = (
        ("0" * 32, CredentialAct.REVOKE, "other", CredentialCode.CREDENTIAL_MISSING),
        ("0" * 32, CredentialAct.REVOKE, "dislike", ErrorCode.USAGE),
        ("0" * 32, CredentialAct.RESUME, "device-lost", ErrorCode.USAGE),
    )
    for number, what, reason, refused in cases:
        with pytest.raises(TrustError) as refusal:
            desk.changes.act(number, what, reason=reason, actor=by)
        assert refusal.value.code is refused
    with desk.authority.database.reading() as unit:
        assert credentials.list_of_licence(unit, identifier) == ()


def _numbers(desk: CredentialDesk, identifier: str) -> list[CredentialState]:
    with desk.authority.database.reading() as unit:
        return [row.state for row in credentials.list_of_licence(unit, identifier)]


def test_what_does_not_pass_the_verifier_leaves_the_house_in_no_suite(desk: CredentialDesk) -> None:
    identifier = desk.licence()
    service = desk.service
    checked: list[bytes] = []

    def refuse_the_second(text: bytes) -> None:
        checked.append(text)
        if len(checked) > 1:
            raise TrustError(ErrorCode.LICENCE_SELF_CHECK, "made up")

    bent = CredentialService(
        **{name: getattr(service, name) for name in service.__slots__} | {"self_check": refuse_the_second}
    )
    with pytest.raises(TrustError) as refusal:
        bent.issue(identifier, BOTH, actor=desk.authority.operator)
    assert refusal.value.code is ErrorCode.LICENCE_SELF_CHECK
    assert _numbers(desk, identifier) == [CredentialState.ABANDONED] * 2


def test_a_licence_that_is_suspended_meanwhile_gets_no_credential(desk: CredentialDesk) -> None:
    identifier = desk.licence()
    service = desk.service

    def suspend(_text: bytes) -> None:
        act(desk, identifier, LicenceAct.SUSPEND)

    bent = CredentialService(**{name: getattr(service, name) for name in service.__slots__} | {"self_check": suspend})
    with pytest.raises(TrustError) as refusal:
        bent.issue(identifier, BOTH[:1], actor=desk.authority.operator)
    assert refusal.value.code is ErrorCode.LICENCE_STATE
    assert _numbers(desk, identifier) == [CredentialState.ABANDONED]


def test_intents_that_a_crash_left_are_closed(desk: CredentialDesk) -> None:
    identifier = desk.licence()
    service, now = desk.service, desk.authority.clock.now()
    licence = desk.authority.register.licence_status(identifier)
    issuers = {SM2: service.issuers(SM2)}
    service._intend(licence, {SM2: wallet_key(SM2)}, issuers, now + timedelta(days=1), desk.authority.operator)
    assert _numbers(desk, identifier) == [CredentialState.INTENT]
    later = now + timedelta(minutes=6)
    INTENTS.close_unfinished(desk.authority.database, before=later, now=later, actor=desk.authority.operator)
    assert _numbers(desk, identifier) == [CredentialState.ABANDONED]


def test_a_home_that_was_not_set_up_says_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = copy_home(tmp_path_factory.mktemp("older") / "home")
    with ExitStack() as stack:
        desk = opened_desk(home, stack)
        identifier = desk.licence()
        with pytest.raises(TrustError) as refusal:
            desk.issue(identifier)
    assert refusal.value.code is CredentialCode.CREDENTIAL_KEYS
    assert "trustkit licence credential-setup --suite sm2" in refusal.value.detail


def test_a_full_list_is_followed_by_the_next(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = issuing_home(tmp_path_factory.mktemp("full") / "home", suites=(SM2,))
    with ExitStack() as stack:
        desk = opened_desk(home, stack)
        service = desk.service
        small = CredentialService(**{name: getattr(service, name) for name in service.__slots__} | {"list_capacity": 1})
        identifier = desk.licence()
        numbers = [small.issue(identifier, BOTH[:1], actor=desk.authority.operator)[0] for _ in range(3)]
        assert desk.told(*numbers) == [PASSED] * 3
        with desk.authority.database.reading() as unit:
            lists = status_lists.list_of_suite(unit, SM2.value)
            assert [row.uri.rsplit("/", 1)[1] for row in lists] == ["1", "2", "3"]
            assert [status_lists.count_free(unit, row.uri) for row in lists] == [0, 0, 0]
        act(desk, identifier, LicenceAct.SUSPEND)
        assert desk.told(*numbers) == [HELD] * 3


def test_certificates_that_ended_are_told_and_made_anew(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = issuing_home(tmp_path_factory.mktemp("ended") / "home", suites=(SM2,))
    late = FixedClock(SystemClock().now() + timedelta(days=1826))
    with ExitStack() as stack:
        desk = opened_desk(home, stack, late)
        for ask in (lambda: desk.service.issuers(SM2), lambda: desk.service.publishers(SM2.value)):
            with pytest.raises(TrustError) as refusal:
                ask()
            assert (refusal.value.code, refusal.value.facts["state"]) == (CredentialCode.CREDENTIAL_KEYS, "expired")


def test_credentials_that_expired_hold_up_no_act_on_their_licence(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = issuing_home(tmp_path_factory.mktemp("over") / "home", suites=(SM2,))
    with ExitStack() as stack:
        desk = opened_desk(home, stack)
        identifier = desk.licence()
        (issued,) = desk.issue(identifier, wallet_key(SM2), lifetime=timedelta(days=1))

        def keys_are_over(_suite: str) -> StatusPublisher:
            raise TrustError(CredentialCode.CREDENTIAL_KEYS, "they have expired")

        publisher, by = replace(desk.licences.publisher, of_suite=keys_are_over), desk.authority.operator
        hold = ActOrder(act=LicenceAct.SUSPEND, reason="other")
        soon, late = (FixedClock(issued.expires_at + timedelta(minutes=minutes)) for minutes in (4, 5))
        with pytest.raises(TrustError) as refusal:  # somebody's clock may be slow
            replace(desk.licences, clock=soon, publisher=publisher).act(identifier, hold, actor=by)
        assert refusal.value.code is CredentialCode.CREDENTIAL_KEYS
        done = replace(desk.licences, clock=late, publisher=publisher).act(identifier, hold, actor=by)
        assert done.standing is Standing.SUSPENDED
