from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca.client_grant import MAX_RULES, NOTHING, Action, ClientGrant, names_of
from ca.clients import ClientRegistry, Credential, Permission, Role
from ca.subject_form import SubjectAttribute
from tests.support.databases import NOON, database, database_url, migrated_url, tell
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store import ca_clients
from trustkit.x509.general_name import DIRECTORY_NAME, GeneralName
from trustkit.x509.general_name_build import dns_name, email_address, ip_address, uri
from trustkit.x509.name_build import build_name

if TYPE_CHECKING:
    from trustkit.store.database import Database

__all__ = ["database", "database_url", "migrated_url"]

NAMES = [
    ("O=示例单位", "O", "示例单位", "示例单位 二"),
    ("CN=sensor-*", "CN", "sensor-", "xsensor-1"),
    ("CN=*-a*-b", "CN", "x-aa-b", "x-a-c"),
    ("CN=a*a", "CN", "aa", "a"),
    ("DNS=www.example.cn", "DNS", "www.example.cn", "a.www.example.cn"),
    ("DNS=*.example.cn", "DNS", "a.b.example.cn", "example.cn"),
    ("DNS=*.example.cn", "DNS", "*.example.cn", "evilexample.cn"),
    ("DNS=*", "DNS", "x.cn", ""),
    ("IP=10.0.0.0/8", "IP", "10.1.2.3", "11.0.0.1"),
    ("IP=192.0.2.1", "IP", "192.0.2.1", "192.0.2.2"),
    ("IP=2001:db8::/32", "IP", "2001:db8::1", "10.0.0.1"),
    ("email=*@example.cn", "email", "a@EXAMPLE.cn", "a@b.example.cn"),
    ("email=a@example.cn", "email", "a@example.cn", "b@example.cn"),
    ("URI=urn:device:*", "URI", "urn:device:7", "urn:other:7"),
    ("*", "other", "anything", ""),
]


@pytest.mark.parametrize(("rule", "kind", "allowed", "refused"), NAMES)
def test_a_rule_allows_what_it_says(rule: str, kind: str, allowed: str, refused: str) -> None:
    grant = ClientGrant(names=(rule,))
    grant.require_names([(kind, allowed)])
    for name in [(kind, refused)] if refused else [] if rule == "*" else [("O", allowed)]:
        with pytest.raises(TrustError) as caught:
            grant.require_names([(kind, allowed), name])
        assert caught.value.code is ErrorCode.CA_CLIENT_GRANT
        assert caught.value.facts == {"part": "names", "kind": name[0]}


UNCLEAR = [
    "",
    "CN",
    "CN=",
    "=x",
    "cn=x",
    "DNS=*example.cn",
    "DNS=a.*.cn",
    "DNS=WWW.example.cn",
    "DNS=*.*.cn",
    "DNS=a b",
    "IP=10.0.0.1/8",
    "IP=10.*",
    "IP=300.1.1.1",
    "email=example.cn",
    "email=*@*.cn",
    "email=*@",
    "email=@example.cn",
    "email=a@b@example.cn",
    "email=*@Example.cn",
    "email=*@exa mple.cn",
    "CN=a\nb",
    "CN=" + "x" * 300,
]


@pytest.mark.parametrize("rule", UNCLEAR)
def test_refuses_a_rule_that_says_nothing_clear(rule: str) -> None:
    with pytest.raises(TrustError) as caught:
        ClientGrant(names=(rule,))
    assert caught.value.code is ErrorCode.USAGE


def test_refuses_too_many_rules_and_one_twice() -> None:
    for profiles in (tuple(f"p{number}" for number in range(MAX_RULES + 1)), ("a", "a"), ("",)):
        with pytest.raises(TrustError) as caught:
            ClientGrant(profiles=profiles)
        assert caught.value.code is ErrorCode.USAGE


def test_a_grant_of_before_credentials_is_read_as_it_was() -> None:
    text = '{"actions":["request"],"authorities":[],"names":[],"profiles":["device"]}'
    grant = ClientGrant.from_text(text)
    assert (grant.credentials, grant.to_text()) == ((), text)


def test_a_new_grant_allows_nothing() -> None:
    with pytest.raises(TrustError) as place:
        NOTHING.require_place("issuing", "device")
    with pytest.raises(TrustError) as name:
        NOTHING.require_names([("CN", "a")])
    assert place.value.code is name.value.code is ErrorCode.CA_CLIENT_GRANT
    NOTHING.require_names([])


def test_every_name_of_a_certificate_is_looked_at_but_those_the_profile_fixes() -> None:
    subject = build_name((("C", "CN"), ("O", "示例单位"), ("CN", "WWW.example.cn")))
    form = (
        SubjectAttribute(label="C", fixed="CN"),
        SubjectAttribute(label="O"),
        SubjectAttribute(label="CN", form="dns"),
    )
    names = (
        dns_name("a.cn"),
        ip_address("192.0.2.1"),
        email_address("a@b.cn"),
        uri("urn:x:1"),
        GeneralName(DIRECTORY_NAME, subject),
    )
    found = names_of(subject, names, form)
    assert found[:-1] == (
        ("O", "示例单位"),
        ("DNS", "www.example.cn"),
        ("DNS", "a.cn"),
        ("IP", "192.0.2.1"),
        ("email", "a@b.cn"),
        ("URI", "urn:x:1"),
    )
    assert found[-1][0] == "other"
    other = names_of(build_name((("C", "FR"),)), (), form)
    assert other == (("C", "FR"),)


TEXT = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)
GRANTS = st.builds(
    ClientGrant,
    actions=st.frozensets(st.sampled_from(Action)),
    profiles=st.lists(TEXT, unique=True, max_size=3).map(lambda found: tuple(sorted(found))),
    authorities=st.lists(TEXT, unique=True, max_size=3).map(lambda found: tuple(sorted(found))),
    names=st.lists(TEXT.map("CN={}".format), unique=True, max_size=3).map(lambda found: tuple(sorted(found))),
    credentials=st.lists(TEXT, unique=True, max_size=3).map(lambda found: tuple(sorted(found))),
)


@given(GRANTS)
def test_a_grant_is_read_as_it_was_written(grant: ClientGrant) -> None:
    assert ClientGrant.from_text(grant.to_text()) == grant


@given(st.text(max_size=200))
def test_any_other_text_grants_nothing(text: str) -> None:
    if not text:
        return
    with pytest.raises(TrustError) as caught:
        ClientGrant.from_text(text)
    assert caught.value.code is ErrorCode.CA_CLIENT_GRANT


@given(st.text("a*", max_size=12), st.text("ab", max_size=12))
def test_stars_match_as_a_regular_expression_would(pattern: str, value: str) -> None:
    if not pattern:
        return
    expected = re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), value) is not None
    grant = ClientGrant(names=(f"CN={pattern}",))
    try:
        grant.require_names([("CN", value)])
    except TrustError:
        assert not expected
    else:
        assert expected


def test_a_client_of_before_and_one_whose_grant_is_broken_may_do_nothing(database: Database) -> None:
    registry = ClientRegistry(database=database, clock=FixedClock(NOON))
    row, credential = registry.add("a", Role.REQUESTER, lifetime=timedelta(days=1), actor=SYSTEM)
    identifier, _, secret = credential.partition(".")
    shown = Credential(identifier=identifier, secret=secret, means="bearer")
    for granted in ("", "{}", "[]", "x", '{"actions":["all"],"authorities":[],"names":[],"profiles":[]}'):
        with database.unit_of_work() as uow:
            ca_clients.grant(uow, row.identifier, granted)
            tell(uow)
        code = ErrorCode.CA_CLIENT_ALTERED if granted else ErrorCode.CA_CLIENT_GRANT  # nobody recorded another grant
        with pytest.raises(TrustError) as caught:
            registry.admit(shown, Permission.REQUEST_SUBMIT, request_id="")
        assert caught.value.code is code


def test_an_act_beyond_the_role_is_not_granted(database: Database) -> None:
    registry = ClientRegistry(database=database, clock=FixedClock(NOON))
    revoking = ClientGrant(actions=frozenset({Action.REVOKE}))
    for role in (Role.REQUESTER, Role.AUDITOR):
        with pytest.raises(TrustError) as caught:
            registry.add("a", role, lifetime=timedelta(days=1), actor=SYSTEM, grant=revoking)
        assert caught.value.code is ErrorCode.USAGE
    signing = ClientGrant(actions=frozenset({Action.SIGN}), credentials=("seal",))
    for role in (Role.REQUESTER, Role.REGISTRAR, Role.AUDITOR):
        with pytest.raises(TrustError) as caught:
            registry.add("a", role, lifetime=timedelta(days=1), actor=SYSTEM, grant=signing)
        assert caught.value.code is ErrorCode.USAGE
    with pytest.raises(TrustError) as caught:
        registry.add("a", Role.SIGNER, lifetime=timedelta(days=1), actor=SYSTEM, grant=revoking)
    assert caught.value.code is ErrorCode.USAGE
    registry.add("a", Role.REQUESTER, lifetime=timedelta(days=1), actor=SYSTEM)
    with pytest.raises(TrustError) as caught:
        registry.grant("a", revoking, actor=SYSTEM)
    assert caught.value.code is ErrorCode.USAGE
    with pytest.raises(TrustError) as missing:
        registry.grant("b", NOTHING, actor=SYSTEM)
    assert missing.value.code is ErrorCode.CA_CLIENT_MISSING
