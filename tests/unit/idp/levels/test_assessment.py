"""What evidence and factors are worth together: two axes that nothing mixes, and nothing for what is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.evidence import AssuranceEvidence, EvidenceKind
from idp.factors.port import FactorClass, FactorKind, ProvedFactor
from idp.levels.assessment import MOST_GROUNDS, Levels, Reason
from idp.levels.explain import explain
from trustkit.app.assurance import load_levels
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode
from trustkit.texts.catalogue import Language

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
KNOWN, HELD, BEING = FactorClass.KNOWLEDGE, FactorClass.POSSESSION, FactorClass.INHERENCE
LEVELS = load_levels(None)


def claim(
    ladder: str,
    word: str,
    kind: EvidenceKind = EvidenceKind.REAL_NAME,
    *,
    at: datetime = NOW,
    ends: datetime | None = None,
) -> AssuranceEvidence:
    return AssuranceEvidence(kind=kind, source="upstream", ladder=ladder, level=word, at=at, expires_at=ends)


def login(ladder: str, word: str, *, at: datetime = NOW, ends: datetime | None = None) -> AssuranceEvidence:
    return claim(ladder, word, EvidenceKind.LOGIN, at=at, ends=ends)


def proved(
    kind: FactorKind, *classes: FactorClass, at: datetime = NOW, strong: bool = False, person: str = "np-a"
) -> ProvedFactor:
    return ProvedFactor(
        person=person,
        kind=kind,
        factor="f",
        at=at,
        classes=frozenset(classes),
        methods={"password": ("pwd",), "totp": ("otp",), "passkey": ("hwk", "user")}.get(kind.value, ()),
        phishing_resistant=strong,
        hardware=strong,
    )


PASSWORD = proved(FactorKind.PASSWORD, KNOWN)
TOTP = proved(FactorKind.TOTP, HELD)
RECOVERY = proved(FactorKind.RECOVERY, HELD)
PASSKEY = proved(FactorKind.PASSKEY, HELD, BEING)
USB_KEY = proved(FactorKind.PASSKEY, HELD, strong=True)


@pytest.mark.parametrize(
    ("evidence", "factors", "level"),
    [
        ((), (), (0, 0)),
        ((), (PASSWORD,), (0, 1)),
        ((), (PASSWORD, PASSWORD), (0, 1)),
        ((), (PASSWORD, TOTP), (0, 2)),
        ((), (TOTP, RECOVERY), (0, 1)),  # both are held
        ((), (PASSKEY,), (0, 2)),
        ((), (PASSKEY, PASSWORD, TOTP), (0, 2)),
        ((), (USB_KEY,), (0, 1)),  # nobody said who holds it
        ((), (USB_KEY, PASSWORD), (0, 3)),
        ((), (USB_KEY, TOTP), (0, 1)),
        ((claim("guangdong", "L4"),), (), (3, 0)),
        ((claim("guangdong", "L4"), claim("guangdong", "L3")), (), (3, 0)),
        ((claim("guangdong", "L4"),), (PASSWORD, TOTP), (3, 2)),
        ((login("keycloak", "1"),), (), (0, 1)),
        ((login("keycloak", "1"),), (TOTP,), (0, 2)),  # a step-up after a brokered login
        ((login("keycloak", "1"),), (PASSWORD,), (0, 1)),  # a password here and one there are one factor
        ((login("keycloak", "2"),), (), (0, 2)),
        ((login("keycloak", "2"),), (USB_KEY,), (0, 3)),
        ((login("keycloak", "0"),), (TOTP,), (0, 1)),
        ((login("eap-acr", "phrh"),), (), (0, 1)),
        ((login("eap-acr", "phrh"),), (PASSWORD,), (0, 3)),
        ((login("amr", "pwd"), login("amr", "otp")), (), (0, 2)),
        ((login("trustkit", "urn:trustkit:ial:3:aal:3"), claim("trustkit", "urn:trustkit:ial:3:aal:3")), (), (3, 3)),
    ],
)  # fmt: skip
def test_a_level_is_what_its_grounds_give(
    evidence: tuple[AssuranceEvidence, ...], factors: tuple[ProvedFactor, ...], level: tuple[int, int]
) -> None:
    found = LEVELS.of(evidence, factors, NOW)
    assert (found.level.identity, found.level.authentication) == level
    assert (found.authenticated_at is None) is (level[1] == 0)


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (claim("guangdong", "L9"), Reason.UNKNOWN_WORD),
        (claim("guangdong", "l4"), Reason.UNKNOWN_WORD),
        (claim("guangdong", "L4 "), Reason.UNKNOWN_WORD),
        (claim("guangdong", ""), Reason.UNKNOWN_WORD),
        (claim("", "L4"), Reason.UNKNOWN_LADDER),
        (claim("atlantis", "L4"), Reason.UNKNOWN_LADDER),
        (login("guangdong", "L4"), Reason.OTHER_AXIS),
        (claim("keycloak", "2"), Reason.OTHER_AXIS),
        (claim("zhejiang", "3"), Reason.UNVERIFIED_LADDER),
        (login("beijing", "Credence_001"), Reason.UNVERIFIED_LADDER),
        (claim("guangdong", "L5", at=NOW + 2 * HOUR), Reason.NOT_YET),
        (claim("guangdong", "L5", at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC)), Reason.NOT_YET),
        (login("keycloak", "2", at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC)), Reason.NOT_YET),
        (claim("guangdong", "L5", ends=NOW), Reason.EXPIRED),
        (claim("guangdong", "L5", ends=NOW - HOUR), Reason.EXPIRED),
        (login("keycloak", "2", at=NOW - 12 * HOUR), Reason.EXPIRED),
        (login("keycloak", "2", at=datetime(1, 1, 1, tzinfo=UTC)), Reason.EXPIRED),
        (login("keycloak", "2", ends=NOW + HOUR, at=NOW - 13 * HOUR), Reason.EXPIRED),
    ],
)  # fmt: skip
def test_what_is_not_known_or_not_now_is_worth_nothing(evidence: AssuranceEvidence, reason: Reason) -> None:
    found = LEVELS.of([evidence], [], NOW)
    assert found.level == AssuranceLevel()
    assert [(each.worth, each.reason) for each in found.grounds] == [(0, reason)]
    assert found.methods == ()
    assert found.authenticated_at is None


def test_a_factor_ends_as_well_and_one_without_a_rule_is_none() -> None:
    assert LEVELS.of([], [proved(FactorKind.PASSWORD, KNOWN, at=NOW - 12 * HOUR)], NOW).level == AssuranceLevel()
    assert LEVELS.of([], [proved(FactorKind.PASSWORD, KNOWN, at=NOW + HOUR)], NOW).level == AssuranceLevel()
    ruleless = Levels(ladders={}, factor_rules={})
    found = ruleless.of([], [PASSWORD, TOTP], NOW)
    assert found.level == AssuranceLevel()
    assert {each.reason for each in found.grounds} == {Reason.UNKNOWN_FACTOR}


def test_what_is_built_on_a_factor_stays_below_its_limit() -> None:
    hardware_recovery = proved(FactorKind.RECOVERY, HELD, KNOWN, strong=True)  # no such thing: the rule stops it
    assert LEVELS.of([], [hardware_recovery], NOW).level.authentication == 2


def test_a_source_gives_no_more_than_the_home_takes_from_it() -> None:
    limited = Levels(
        ladders=LEVELS.ladders,
        factor_rules=LEVELS.factor_rules,
        limits={"upstream": AssuranceLevel(identity=2, authentication=1)},
    )
    found = limited.of([claim("guangdong", "L5"), login("trustkit", "urn:trustkit:aal:3")], [], NOW)
    assert found.level == AssuranceLevel(identity=2, authentication=1)
    assert [each.reason for each in found.grounds] == [Reason.LIMITED, Reason.LIMITED]
    # A limit is one on what is built on it, too; what two local factors give is theirs.
    assert limited.of([login("trustkit", "urn:trustkit:aal:3")], [TOTP], NOW).level.authentication == 1
    assert limited.of([login("trustkit", "urn:trustkit:aal:3")], [TOTP, PASSWORD], NOW).level.authentication == 2
    nothing = Levels(ladders=LEVELS.ladders, factor_rules={}, limits={"upstream": AssuranceLevel()})
    assert nothing.of([claim("guangdong", "L5"), login("keycloak", "2")], [], NOW).level == AssuranceLevel()


def test_methods_are_what_the_home_vouches_for() -> None:
    said = ("pwd", "otp", "hwk", "pop", "mfa", "nonsense", "user")
    found = LEVELS.of([login("keycloak", "1")], [], NOW, methods=said)
    assert found.methods == ("pwd", "user")  # its ladder believes in a password alone
    assert LEVELS.of([login("keycloak", "2")], [], NOW, methods=said).methods == ("mfa", "otp", "pwd", "user")
    assert LEVELS.of([login("keycloak", "9")], [], NOW, methods=said).methods == ()
    assert LEVELS.of([], [PASSKEY], NOW).methods == ("mfa", "user")  # its key was not shown to be in hardware
    assert LEVELS.of([], [USB_KEY, PASSWORD], NOW).methods == ("hwk", "mfa", "pop", "pwd", "user")
    assert LEVELS.of([login("eap-acr", "phr")], [], NOW, methods=("hwk",)).methods == ("pop",)


def test_a_password_said_again_does_not_renew_what_a_stronger_factor_proved() -> None:
    early = proved(FactorKind.TOTP, HELD, at=NOW - 3 * HOUR)
    found = LEVELS.of([], [PASSWORD, early], NOW)
    assert (found.level.authentication, found.authenticated_at) == (2, NOW - 3 * HOUR)
    assert LEVELS.of([], [PASSWORD], NOW).authenticated_at == NOW
    later = proved(FactorKind.TOTP, HELD, at=NOW - HOUR)
    assert LEVELS.of([], [PASSWORD, early, later], NOW).authenticated_at == NOW - HOUR


def test_a_clock_slightly_ahead_makes_nothing_fresher_than_now() -> None:
    found = LEVELS.of([login("keycloak", "1", at=NOW + timedelta(seconds=30))], [], NOW)
    assert (found.level.authentication, found.authenticated_at) == (1, NOW)


def test_it_says_until_when_the_level_holds() -> None:
    found = LEVELS.of(
        [claim("guangdong", "L4", ends=NOW + HOUR), claim("guangdong", "L9", ends=NOW + timedelta(1))], [TOTP], NOW
    )
    assert found.good_until == NOW + HOUR
    assert LEVELS.of([claim("guangdong", "L4")], [], NOW).good_until is None
    assert LEVELS.of([login("keycloak", "1", ends=NOW + 20 * HOUR)], [], NOW).good_until == NOW + 12 * HOUR


def test_more_grounds_than_a_login_has_and_factors_of_two_people_are_refused() -> None:
    for evidence, factors in (
        ([claim("guangdong", "L4")] * (MOST_GROUNDS + 1), []),
        ([], [PASSWORD, proved(FactorKind.TOTP, HELD, person="np-b")]),
    ):
        with pytest.raises(TrustError) as caught:
            LEVELS.of(evidence, factors, NOW)
        assert caught.value.code is IdentityCode.IDP_EVIDENCE


GROUNDS = st.one_of(
    st.builds(
        claim,
        st.sampled_from(["guangdong", "keycloak", "trustkit", "zhejiang", "none"]),
        st.sampled_from(["L1", "L5", "1", "2", "urn:trustkit:ial:3:aal:3", "x"]),
        st.sampled_from(EvidenceKind),
        at=st.sampled_from([NOW, NOW - 5 * HOUR, NOW + 2 * HOUR]),
    ),
    st.builds(
        lambda kind, classes, strong, at: proved(kind, *classes, strong=strong, at=at),
        st.sampled_from(FactorKind),
        st.sets(st.sampled_from(FactorClass), max_size=3),
        st.booleans(),
        st.sampled_from([NOW, NOW - 20 * HOUR]),
    ),
)


@given(before=st.lists(GROUNDS, max_size=5), more=GROUNDS, methods=st.sets(st.sampled_from(["pwd", "hwk", "pop", "x"])))
def test_a_further_ground_never_lowers(
    before: list[AssuranceEvidence | ProvedFactor], more: AssuranceEvidence | ProvedFactor, methods: set[str]
) -> None:
    def of(grounds: list[AssuranceEvidence | ProvedFactor]) -> tuple[AssuranceLevel, set[str]]:
        evidence = [each for each in grounds if isinstance(each, AssuranceEvidence)]
        factors = [each for each in grounds if isinstance(each, ProvedFactor)]
        found = LEVELS.of(evidence, factors, NOW, methods=methods)
        assert all(explain(found, language) for language in Language)
        return found.level, set(found.methods)

    (lower, fewer), (higher, richer) = of(before), of([*before, more])
    assert higher.reaches(lower)
    assert fewer <= richer


@given(grounds=st.lists(GROUNDS, max_size=6))
def test_the_axes_never_mix(grounds: list[AssuranceEvidence | ProvedFactor]) -> None:
    names = [each for each in grounds if isinstance(each, AssuranceEvidence) and each.kind is EvidenceKind.REAL_NAME]
    factors = [each for each in grounds if isinstance(each, ProvedFactor)]
    assert LEVELS.of(names, [], NOW).level.authentication == 0
    assert LEVELS.of([], factors, NOW).level.identity == 0


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_in_both_languages(reason: Reason) -> None:
    samples = {
        Reason.COUNTED: ([claim("guangdong", "L4")], []),
        Reason.LIMITED: ([claim("guangdong", "L4")], []),
        Reason.UNKNOWN_LADDER: ([claim("\u202eno\n", "L4")], []),
        Reason.UNVERIFIED_LADDER: ([claim("zhejiang", "3")], []),
        Reason.OTHER_AXIS: ([login("guangdong", "L4")], []),
        Reason.UNKNOWN_WORD: ([claim("guangdong", "\x1b[31m" + "x" * 500)], []),
        Reason.UNKNOWN_FACTOR: ([], [PASSWORD]),
        Reason.NOT_YET: ([claim("guangdong", "L4", at=NOW + HOUR)], []),
        Reason.EXPIRED: ([claim("guangdong", "L4", ends=NOW)], []),
    }
    rules = {} if reason is Reason.UNKNOWN_FACTOR else LEVELS.factor_rules
    limits = {"upstream": AssuranceLevel(identity=1)} if reason is Reason.LIMITED else {}
    evidence, factors = samples[reason]
    found = Levels(ladders=LEVELS.ladders, factor_rules=rules, limits=limits).of(evidence, factors, NOW)
    assert [each.reason for each in found.grounds] == [reason]
    for language in Language:
        told = explain(found, language)
        assert len(told) == 2
        assert all(sentence.isprintable() and len(sentence) < 300 for sentence in told)
        assert all(sentence.endswith("。" if language is Language.ZH else ".") for sentence in told)


def test_who_signs_with_a_certificate_does_not_know_for_which_page() -> None:
    """A text of ours can be passed on by an imitation of our page (ADR 0034), so no hardware makes it more than two factors."""
    found = LEVELS.of([login("certificate", "certificate-hardware")], [], NOW)
    assert (found.level.authentication, found.methods) == (2, ("mfa",))
