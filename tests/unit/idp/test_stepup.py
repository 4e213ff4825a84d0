"""Whether it is enough, and what would do: decided in one place, the same for whoever asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.evidence import AssuranceEvidence, EvidenceKind
from idp.factors.port import FactorClass, FactorKind, ProvedFactor
from idp.levels.acr import parse_acr_values
from idp.levels.prospects import prospect_of
from idp.stepup import (
    ConnectorProspect,
    Decision,
    Impossible,
    Means,
    Need,
    Obstacle,
    Reached,
    Satisfied,
    Shortfall,
    Step,
    any_shortfall,
    decide,
    first_demand,
    shortfall,
)
from trustkit.app.assurance import load_levels
from trustkit.identity import AssuranceLevel

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEVELS = load_levels(None)
PASSWORD, TOTP, PASSKEY, RECOVERY, CERTIFICATE = (
    FactorKind.PASSWORD,
    FactorKind.TOTP,
    FactorKind.PASSKEY,
    FactorKind.RECOVERY,
    FactorKind.CERTIFICATE,
)


def level(identity: int, authentication: int) -> AssuranceLevel:
    return AssuranceLevel(identity=identity, authentication=authentication)


def need(identity: int = 0, authentication: int = 1, **more: object) -> Need:
    return replace(Need(level=level(identity, authentication)), **more)  # type: ignore[arg-type]  # fields of Need


def proved(kind: FactorKind, at: datetime = NOW - MINUTE, *, hardware: bool = False) -> ProvedFactor:
    prospect = prospect_of(kind, LEVELS.factor_rules, hardware=hardware)
    return ProvedFactor(
        person="np-a",
        kind=kind,
        factor="f",
        at=at,
        classes=prospect.classes,
        methods=(),
        phishing_resistant=prospect.phishing_resistant,
        hardware=prospect.hardware,
    )


def brokered(word: str = "1", *, identity: str = "", at: datetime = NOW - MINUTE) -> list[AssuranceEvidence]:
    login = AssuranceEvidence(kind=EvidenceKind.LOGIN, source="kc", ladder="keycloak", level=word, at=at)
    name = AssuranceEvidence(kind=EvidenceKind.REAL_NAME, source="kc", ladder="guangdong", level=identity, at=at)
    return [login, name] if identity else [login]


def reached(evidence: Iterable[AssuranceEvidence] = (), factors: Iterable[ProvedFactor] = ()) -> Reached:
    return Reached.by(LEVELS.of(evidence, factors, NOW))


def means(*kinds: FactorKind, hardware: bool = False, connectors: tuple[ConnectorProspect, ...] = ()) -> Means:
    return Means(
        factors=tuple(prospect_of(kind, LEVELS.factor_rules, hardware=hardware) for kind in kinds),
        connectors=connectors,
    )


GUANGDONG = ConnectorProspect(name="guangdong", most=level(4, 1))
WEAK = ConnectorProspect(name="weak", most=level(1, 1))
ALL = means(*FactorKind)


def step(
    missing: Shortfall, *kinds: FactorKind, connectors: tuple[str, ...] = (), aim: AssuranceLevel, bound: bool = False
) -> Step:
    return Step(missing=missing, kinds=kinds, connectors=connectors, aim=aim, bound=bound)


@pytest.mark.parametrize(
    ("asked", "have", "can", "decision"),
    [
        # nobody yet: whatever the page offers
        (need(0, 1), None, means(PASSWORD, TOTP), step(Shortfall.SIGN_IN, TOTP, PASSWORD, aim=level(0, 1))),
        (need(3, 1), None, means(connectors=(GUANGDONG,)), step(Shortfall.SIGN_IN, connectors=("guangdong",), aim=level(3, 1))),
        (need(0, 1), None, means(), Impossible(missing=Shortfall.SIGN_IN, reason=Obstacle.FACTOR)),
        # enough
        (need(0, 1), reached(factors=[proved(PASSWORD)]), means(), Satisfied()),
        (need(0, 2), reached(factors=[proved(PASSWORD), proved(TOTP)]), means(), Satisfied()),
        (need(3, 2), reached(brokered(identity="L4"), [proved(TOTP)]), means(), Satisfied()),
        # the step after a brokered login
        (need(3, 2), reached(brokered(identity="L4")), means(PASSWORD, TOTP), step(Shortfall.AUTHENTICATION, TOTP, aim=level(3, 2))),
        (need(0, 2), reached(brokered()), means(PASSWORD), Impossible(missing=Shortfall.AUTHENTICATION, reason=Obstacle.FACTOR)),
        # of one's own account
        (need(0, 2), reached(factors=[proved(PASSWORD)]), ALL, step(
            Shortfall.AUTHENTICATION, PASSKEY, CERTIFICATE, FactorKind.CONFIRMATION, TOTP, RECOVERY, aim=level(0, 2))),
        (need(0, 2), reached(factors=[proved(TOTP)]), means(TOTP, RECOVERY),
            Impossible(missing=Shortfall.AUTHENTICATION, reason=Obstacle.FACTOR)),
        (need(0, 3), reached(factors=[proved(PASSWORD)]), means(PASSKEY, TOTP),
            Impossible(missing=Shortfall.AUTHENTICATION, reason=Obstacle.FACTOR)),
        (need(0, 3), reached(factors=[proved(PASSWORD)]), means(PASSKEY, TOTP, hardware=True),
            step(Shortfall.AUTHENTICATION, PASSKEY, aim=level(0, 3))),
        # a connector may be stronger
        (need(0, 2), reached(factors=[proved(PASSWORD)]), means(connectors=(ConnectorProspect(name="usb", most=level(0, 3)), WEAK)),
            step(Shortfall.AUTHENTICATION, connectors=("usb",), aim=level(0, 2))),
        # who it is, no factor tells
        (need(3, 1), reached(factors=[proved(PASSKEY)]), replace(ALL, connectors=(GUANGDONG, WEAK)),
            step(Shortfall.IDENTITY, connectors=("guangdong",), aim=level(3, 2))),
        (need(3, 1), reached(factors=[proved(PASSKEY)]), replace(ALL, connectors=(WEAK,)),
            Impossible(missing=Shortfall.IDENTITY, reason=Obstacle.IDENTITY)),
        # nobody may be asked
        (need(0, 1, silent=True), None, ALL, Impossible(missing=Shortfall.SIGN_IN, reason=Obstacle.SILENT)),
        (need(0, 2, silent=True), reached(factors=[proved(PASSWORD)]), ALL,
            Impossible(missing=Shortfall.AUTHENTICATION, reason=Obstacle.SILENT)),
        (need(0, 1, silent=True), reached(factors=[proved(PASSWORD)]), ALL, Satisfied()),
        # phishing-resistant, in hardware
        (need(0, 1, phishing_resistant=True), reached(factors=[proved(PASSWORD), proved(TOTP)]), ALL,
            step(Shortfall.PHISHING, PASSKEY, aim=level(0, 2), bound=True)),
        (need(0, 1, phishing_resistant=True), None, means(PASSWORD, PASSKEY),
            step(Shortfall.SIGN_IN, PASSKEY, PASSWORD, aim=level(0, 1), bound=True)),
        (need(0, 1, phishing_resistant=True, max_age=MINUTE), reached(factors=[proved(PASSKEY, NOW - 60 * MINUTE)]), means(PASSKEY, TOTP),
            step(Shortfall.AGE, PASSKEY, TOTP, aim=level(0, 2))),  # promised already
        (need(0, 1, phishing_resistant=True, hardware=True), reached(factors=[proved(PASSKEY)]), ALL,
            Impossible(missing=Shortfall.PHISHING, reason=Obstacle.FACTOR)),
        (need(0, 1, phishing_resistant=True), reached(factors=[proved(PASSKEY)]), ALL, Satisfied()),
    ],
)  # fmt: skip
def test_what_is_decided(asked: Need, have: Reached | None, can: Means, decision: Decision) -> None:
    assert decide(asked, have, can, NOW) == decision


def test_two_factors_may_be_needed_at_once() -> None:
    stale = reached(factors=[proved(PASSWORD, NOW - 60 * MINUTE)])
    found = decide(need(0, 2, max_age=MINUTE), stale, means(PASSWORD, TOTP), NOW)
    assert found == step(
        Shortfall.AUTHENTICATION, TOTP, aim=level(0, 2)
    )  # the password still counts; the code is what is fresh
    only_evidence = Reached(level=level(0, 1), methods=(), authenticated_at=NOW)  # nothing to build on
    assert decide(need(0, 2), only_evidence, means(PASSWORD, TOTP), NOW) == step(
        Shortfall.AUTHENTICATION, TOTP, PASSWORD, aim=level(0, 2)
    )


@pytest.mark.parametrize(
    ("at", "asked", "fresh"),
    [
        (NOW - 5 * MINUTE, need(max_age=5 * MINUTE), True),
        (NOW - 5 * MINUTE - timedelta(seconds=1), need(max_age=5 * MINUTE), False),
        (NOW - 5 * MINUTE, need(), True),
        (NOW, need(max_age=timedelta(0)), True),
        (NOW - timedelta(seconds=1), need(max_age=timedelta(0)), False),
        (NOW - timedelta(seconds=1), need(max_age=timedelta(0), asked_at=NOW - MINUTE), True),  # it was done as asked
        (NOW - 2 * MINUTE, need(max_age=timedelta(0), asked_at=NOW - MINUTE), False),
        (NOW - 2 * MINUTE, need(reauthenticate=True, asked_at=NOW - MINUTE), False),
        (NOW - MINUTE, need(reauthenticate=True, asked_at=NOW - MINUTE), True),
        (NOW, need(reauthenticate=True), False),  # since when nobody said
        (NOW - 2 * MINUTE, need(reauthenticate=True, max_age=60 * MINUTE, asked_at=NOW - MINUTE), False),
        (NOW + timedelta(seconds=1), need(), False),
        (NOW + timedelta(seconds=1), need(asked_at=NOW - MINUTE), False),
    ],
)
def test_freshness(at: datetime, asked: Need, *, fresh: bool) -> None:
    have = Reached(level=level(0, 1), methods=(), authenticated_at=at)
    assert shortfall(asked, have, NOW) is (None if fresh else Shortfall.AGE)


def test_a_strong_login_is_made_fresh_by_something_held_alone() -> None:
    stale = reached(factors=[proved(PASSWORD, NOW - 60 * MINUTE), proved(TOTP, NOW - 60 * MINUTE)])
    assert decide(need(0, 2, max_age=5 * MINUTE), stale, means(PASSWORD, TOTP), NOW) == step(
        Shortfall.AGE, TOTP, aim=level(0, 2)
    )
    weak = reached(factors=[proved(PASSWORD, NOW - 60 * MINUTE)])
    assert decide(need(0, 1, max_age=5 * MINUTE), weak, means(PASSWORD, TOTP), NOW) == step(
        Shortfall.AGE, TOTP, PASSWORD, aim=level(0, 1)
    )
    # A weak need does not make the aim lower than what was reached.
    assert decide(need(0, 1, max_age=5 * MINUTE), stale, means(PASSWORD, TOTP), NOW) == step(
        Shortfall.AGE, TOTP, aim=level(0, 2)
    )


def test_of_several_names_the_one_that_asks_least_is_taken() -> None:
    have = reached(factors=[proved(PASSWORD)])
    for names, chosen in (
        ("phr urn:trustkit:aal:1", "urn:trustkit:aal:1"),  # reached already
        ("phrh urn:trustkit:aal:2", "urn:trustkit:aal:2"),  # the first cannot be, the second can
        ("phr urn:trustkit:aal:2", "phr"),  # both can: the client's order
        ("phrh urn:trustkit:aal:3", "phrh"),  # neither can
    ):
        demands = parse_acr_values(names)
        wanted = next(need().with_demand(demand) for demand in demands if demand.name == chosen)
        assert first_demand(need(), demands, have, means(PASSKEY, TOTP), NOW) == wanted, names
    assert first_demand(need(2, 1), (), have, ALL, NOW) == need(2, 1)


@pytest.mark.parametrize(
    ("names", "have", "missing"),
    [
        ("phr urn:trustkit:aal:1", reached(factors=[proved(PASSWORD)]), None),
        ("urn:trustkit:aal:1 phr", reached(factors=[proved(PASSWORD)]), None),
        ("urn:trustkit:ial:3 urn:trustkit:aal:2", reached(factors=[proved(PASSWORD)]), Shortfall.AUTHENTICATION),
        ("urn:trustkit:aal:2 urn:trustkit:ial:3", reached(factors=[proved(PASSWORD)]), Shortfall.AUTHENTICATION),
        ("phrh urn:trustkit:aal:3", reached(factors=[proved(PASSKEY)]), Shortfall.PHISHING),
        ("phrh urn:trustkit:aal:1", reached(factors=[proved(PASSWORD, NOW - 60 * MINUTE)]), Shortfall.AGE),
        ("phr urn:trustkit:aal:2", None, Shortfall.SIGN_IN),
    ],
)
def test_of_several_names_what_the_nearest_lacks_is_told(
    names: str, have: Reached | None, missing: Shortfall | None
) -> None:
    asked = need(max_age=5 * MINUTE).with_any(parse_acr_values(names))
    assert any_shortfall(asked, have, NOW) is missing


def test_a_connector_is_offered_where_its_ladder_promises_what_is_needed() -> None:
    usb = ConnectorProspect(name="usb", most=level(0, 3), phishing_resistant=True, hardware=True)
    phone = ConnectorProspect(name="phone", most=level(0, 2), phishing_resistant=True)
    password = ConnectorProspect(name="password", most=level(4, 3))
    can = means(connectors=(usb, phone, password))
    have = reached(factors=[proved(PASSWORD)])
    for asked, offered in (
        (need(0, 1, phishing_resistant=True), ("usb", "phone")),
        (need(0, 1, phishing_resistant=True, hardware=True), ("usb",)),
        (need(0, 3, phishing_resistant=True), ("usb",)),
        (need(0, 2), ("usb", "phone", "password")),
    ):
        decision = decide(asked, have, can, NOW)
        assert isinstance(decision, Step)
        assert decision.connectors == offered
    bound = reached(
        factors=[proved(PASSKEY, NOW - 60 * MINUTE)]
    )  # promised already: any that is strong enough makes it fresh
    decision = decide(need(0, 1, phishing_resistant=True, max_age=MINUTE), bound, can, NOW)
    assert isinstance(decision, Step)
    assert decision.connectors == ("usb", "phone", "password")


def test_a_need_has_a_name_that_asks_for_all_of_it() -> None:
    for names in ("urn:trustkit:ial:3:aal:2", "urn:trustkit:ial:3:aal:2:phr", "urn:trustkit:ial:0:aal:1:phrh"):
        (demand,) = parse_acr_values(names)
        assert need(0, 0).with_demand(demand).name == names


def test_a_name_never_asks_for_less_than_the_act() -> None:
    (weak,) = parse_acr_values("urn:trustkit:aal:1")
    assert need(3, 2, silent=True).with_demand(weak) == need(3, 2, silent=True)


KINDS = st.sampled_from(FactorKind)


@given(
    have=st.lists(KINDS, max_size=3),
    can=st.lists(KINDS, max_size=6),
    level_needed=st.builds(level, st.integers(0, 2), st.integers(0, 3)),
    age=st.sampled_from([None, timedelta(0), 5 * MINUTE]),
    hardware=st.booleans(),
    word=st.sampled_from(["", "L1", "L3"]),
)
def test_a_step_that_is_offered_leads_there(
    have: list[FactorKind],
    can: list[FactorKind],
    level_needed: AssuranceLevel,
    age: timedelta | None,
    word: str,
    *,
    hardware: bool,
) -> None:
    """Whatever is offered first and then again, after two proofs it is enough; and what is refused, no factor the person has would do."""
    evidence = brokered(identity=word)
    factors = [proved(kind, NOW - 30 * MINUTE) for kind in have]
    asked = Need(level=level_needed, max_age=age, asked_at=NOW - MINUTE)
    can_do = means(*can, hardware=hardware)
    for _ in range(3):
        found = Reached.by(LEVELS.of(evidence, factors, NOW))
        decision = decide(asked, found, can_do, NOW)
        if not isinstance(decision, Step):
            break
        assert decision.aim.reaches(found.level)
        assert decision.aim.reaches(asked.level)
        assert set(decision.kinds) <= set(can)
        factors.append(proved(decision.kinds[0], NOW, hardware=hardware))
    assert not isinstance(decision, Step)
    if isinstance(decision, Impossible):
        whole = LEVELS.of(evidence, [*factors, *(proved(kind, NOW, hardware=hardware) for kind in can)], NOW)
        assert shortfall(asked, Reached.by(whole), NOW) is not None


def test_classes_are_what_counts() -> None:
    assert prospect_of(PASSKEY, LEVELS.factor_rules).classes >= {FactorClass.POSSESSION}
    assert prospect_of(PASSWORD, {}).most == 0
    assert decide(need(), None, Means(factors=(prospect_of(PASSWORD, {}),)), NOW) == Impossible(
        missing=Shortfall.SIGN_IN, reason=Obstacle.FACTOR
    )
