"""Cookies bound to this host, forms bound to their browser, and grounds that come back as they were kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.cookies import MAX_COOKIES, CookieRules
from idp.csrf import csrf_token, require_csrf
from idp.evidence import AssuranceEvidence, EvidenceKind
from idp.factors.port import FactorKind
from idp.grounds import MOST_GROUNDS, Grounds, encode_grounds, parse_grounds
from idp.handles import fresh_handle, is_handle
from tests.support.signing_in import NOW, SECRETS, proof
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

RULES = CookieRules(secure=True)
HANDLE = fresh_handle()
OTHER = fresh_handle()


def test_a_cookie_is_this_hosts_and_no_scripts() -> None:
    assert RULES.set(RULES.session, HANDLE) == (
        f"__Host-trustkit-session={HANDLE}; Path=/; HttpOnly; SameSite=Lax; Secure"
    )
    assert RULES.clear(RULES.browser) == ("__Host-trustkit-browser=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure")
    assert "Secure" not in CookieRules(secure=False).set("trustkit-session", HANDLE)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f"__Host-trustkit-session={HANDLE}", HANDLE),
        (f"a=b; __Host-trustkit-session={HANDLE};c=d", HANDLE),
        (f"trustkit-session={HANDLE}", None),
        (f"__Host-trustkit-session={HANDLE}; __Host-trustkit-session={OTHER}", None),
        (f"__Host-trustkit-session={HANDLE}; __Host-trustkit-session=", None),
        ("__Host-trustkit-session=short", None),
        (f'__Host-trustkit-session="{HANDLE}"', None),
        ("", None),
        (f"{'x' * MAX_COOKIES}; __Host-trustkit-session={HANDLE}", None),
    ],
    ids=["alone", "among", "without prefix", "twice", "emptied", "short", "quoted", "none", "huge"],
)
def test_a_cookie_is_read_or_is_none(header: str, found: str | None) -> None:
    assert RULES.read(header, RULES.session) == found


@given(st.text(max_size=300))
def test_no_header_breaks_the_reading(header: str) -> None:
    found = RULES.read(header, RULES.session)
    assert found is None or is_handle(found)


def test_a_form_of_this_browser_is_taken() -> None:
    require_csrf(SECRETS, HANDLE, csrf_token(SECRETS, HANDLE, "login", "i"), "login", "i")


@pytest.mark.parametrize(
    ("secret", "token"),
    [
        (HANDLE, ""),
        (HANDLE, "0" * 64),
        (HANDLE, "é" * 64),
        (HANDLE, csrf_token(SECRETS, OTHER, "login", "i")),
        (HANDLE, csrf_token(SECRETS, HANDLE, "login", "j")),
        (HANDLE, csrf_token(SECRETS, HANDLE, "logini")),
        (HANDLE, csrf_token(SECRETS, HANDLE, "login", "i") + "0"),
        (None, csrf_token(SECRETS, HANDLE, "login", "i")),
    ],
    ids=["none", "made up", "no ASCII", "another browser", "another login", "another cut", "longer", "no cookie"],
)
def test_any_other_form_is_forged(secret: str | None, token: str) -> None:
    with pytest.raises(TrustError) as caught:
        require_csrf(SECRETS, secret, token, "login", "i")
    assert caught.value.code is IdentityCode.IDP_FORGED


EVIDENCE = AssuranceEvidence(
    kind=EvidenceKind.REAL_NAME, source="up", ladder="test", level="L3", at=NOW, expires_at=NOW + timedelta(hours=1)
)


def test_grounds_come_back_as_they_were_kept() -> None:
    grounds = Grounds(
        evidence=(EVIDENCE,), factors=(proof("np-a"), proof("np-a", FactorKind.PASSKEY)), methods=("pwd",)
    )
    assert parse_grounds(encode_grounds(grounds)) == grounds


def test_of_one_factor_the_newest_proof_counts() -> None:
    later = proof("np-a", at=NOW + timedelta(minutes=5))
    assert Grounds(factors=(proof("np-a"),)).and_(Grounds(factors=(later,))).factors == (later,)


def test_of_one_source_a_lower_claim_takes_no_higher_one_away() -> None:
    strong, weak = (replace(EVIDENCE, kind=EvidenceKind.LOGIN, level=level) for level in ("2", "1"))
    again = replace(strong, at=NOW + timedelta(minutes=5))
    both = Grounds(evidence=(strong,)).and_(Grounds(evidence=(weak,)))
    assert set(both.evidence) == {strong, weak}
    assert set(both.and_(Grounds(evidence=(again,))).evidence) == {again, weak}
    assert set(Grounds().and_(Grounds(evidence=(strong, weak))).evidence) == {strong, weak}  # within one answer


def test_one_source_does_not_fill_the_grounds_with_words() -> None:
    words = tuple(replace(EVIDENCE, level=str(number)) for number in range(MOST_GROUNDS + 1))
    assert Grounds().and_(Grounds(evidence=words)).evidence == words[-8:]


def test_nobody_has_grounds_without_end() -> None:
    many = tuple(
        AssuranceEvidence(kind=EvidenceKind.LOGIN, source=f"up-{number}", ladder="", level="", at=NOW)
        for number in range(MOST_GROUNDS + 1)
    )
    with pytest.raises(TrustError) as caught:
        Grounds().and_(Grounds(evidence=many))
    assert caught.value.code is IdentityCode.IDP_LOGIN_STEP


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"evidence":[],"factors":[1],"methods":[]}', '{"evidence":[{}],"factors":[],"methods":[]}'],
)
def test_grounds_changed_by_hand_are_told(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_grounds(text)
    assert caught.value.code is ErrorCode.BUG
