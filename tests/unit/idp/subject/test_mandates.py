"""Mandates: added once, live for their time, ended with all that rests on them, and never wider than who gave them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from idp.evidence import BrokeredIdentity, OrganisationClaim
from idp.subject.claims import GOOD_FOR, MandateClaims
from idp.subject.mandates import MOST_OPEN, Mandates, NewMandate
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store.mandates import MandateRole, list_mandates

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.subject.mandates import ActingFor
    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.store.mandates import MandateRow

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
DAY = timedelta(days=1)
OPERATOR = Principal(id="operator:0")
COMPANY, AUTHORITY = "1199010000TRYQK01Q", "91990100MA7TRYQ01H"
MANDATES = Mandates()
REPRESENTATIVE, HANDLER, ADMINISTRATOR = (
    MandateRole.LEGAL_REPRESENTATIVE,
    MandateRole.HANDLER,
    MandateRole.ADMINISTRATOR,
)
NEW = NewMandate(
    person="np-aaa",
    uscc=COMPANY,
    name="示例公司",
    role=HANDLER,
    scope=("licence:business", "tax"),
    valid_from=NOW,
    valid_until=NOW + 10 * DAY,
    evidence_sm3="ab" * 32,
)


def add(database: Database, new: NewMandate = NEW, *, now: datetime = NOW, actor: Principal = OPERATOR) -> MandateRow:
    with database.unit_of_work() as uow:
        return MANDATES.add(uow, new, now=now, actor=actor)


def live(database: Database, mandate: str, *, person: str = "np-aaa", now: datetime = NOW) -> ActingFor:
    with database.reading() as unit:
        return MANDATES.require_live(unit, mandate, person=person, now=now)


def end(database: Database, mandate: str, *, now: datetime = NOW, reason: str = "left") -> tuple[str, ...]:
    with database.unit_of_work() as uow:
        return MANDATES.end(uow, mandate, reason=reason, now=now, actor=OPERATOR)


def refused(code: Code, act: Callable[[], object]) -> TrustError:
    with pytest.raises(TrustError) as caught:
        act()
    assert caught.value.code is code
    return caught.value


def events(database: Database, *kinds: EventType) -> list[str]:
    with database.reading() as unit:
        found = trail.list_events(unit, limit=1000)
    return [each.object_id for each in found if each.type in {kind.value for kind in kinds}]


def test_a_mandate_is_live_for_its_time_and_for_its_matters(populated: Database) -> None:
    row = add(populated, replace(NEW, valid_from=NOW + DAY))
    refused(IdentityCode.IDP_MANDATE_OVER, lambda: live(populated, row.id))
    acting = live(populated, row.id, now=NOW + DAY)
    assert (acting.organisation.uscc, acting.organisation.name, acting.role) == (COMPANY, "示例公司", HANDLER)
    assert (acting.covers("tax"), acting.covers("customs"), acting.covers("*")) == (True, False, False)
    assert live(populated, row.id, now=NOW + 10 * DAY - timedelta(seconds=1)) == acting
    refused(IdentityCode.IDP_MANDATE_OVER, lambda: live(populated, row.id, now=NOW + 10 * DAY))
    assert events(populated, EventType.MANDATE_ADDED) == [row.id]


def test_a_mandate_that_is_ended_is_not_live_from_then_on(populated: Database) -> None:
    row = add(populated, replace(NEW, valid_until=None, scope=("*",)))
    assert live(populated, row.id, now=NOW + 9999 * DAY).covers("anything")
    assert end(populated, row.id) == (row.id,)
    refused(IdentityCode.IDP_MANDATE_OVER, lambda: live(populated, row.id))
    refused(IdentityCode.IDP_MANDATE_OVER, lambda: end(populated, row.id))
    assert events(populated, EventType.MANDATE_ENDED) == [row.id]


def test_anothers_mandate_does_not_exist(populated: Database) -> None:
    row = add(populated)
    theirs = refused(IdentityCode.IDP_MANDATE_MISSING, lambda: live(populated, row.id, person="np-bbb"))
    nobodys = refused(IdentityCode.IDP_MANDATE_MISSING, lambda: live(populated, "md-none"))
    assert str(theirs) == str(nobodys)
    refused(IdentityCode.IDP_MANDATE_MISSING, lambda: end(populated, "md-none"))
    refused(ErrorCode.USAGE, lambda: end(populated, row.id, reason="He left"))


@pytest.mark.parametrize(
    ("new", "code", "key"),
    [
        (replace(NEW, person="np-nobody"), IdentityCode.IDP_PERSON_MISSING, ""),
        (replace(NEW, person="np-locked"), IdentityCode.IDP_PERSON_LOCKED, ""),
        (replace(NEW, uscc="91370100MA3EXAMP0Y"), ErrorCode.HOLDER_CODE, ""),
        (replace(NEW, uscc=""), ErrorCode.HOLDER_CODE, ""),
        (replace(NEW, name=""), IdentityCode.IDP_MANDATE, "name"),
        (replace(NEW, name=" x"), IdentityCode.IDP_MANDATE, "name"),
        (replace(NEW, name="a\nb"), IdentityCode.IDP_MANDATE, "name"),
        (replace(NEW, name="x" * 201), IdentityCode.IDP_MANDATE, "name"),
        (replace(NEW, scope=()), IdentityCode.IDP_MANDATE, "scope"),
        (replace(NEW, scope=("a b",)), IdentityCode.IDP_MANDATE, "scope"),
        (replace(NEW, scope=("",)), IdentityCode.IDP_MANDATE, "scope"),
        (replace(NEW, scope=("税",)), IdentityCode.IDP_MANDATE, "scope"),
        (replace(NEW, scope=("*", "tax")), IdentityCode.IDP_MANDATE, "scope"),
        (replace(NEW, scope=tuple(f"m{number}" for number in range(65))), IdentityCode.IDP_MANDATE, "scope"),
        (replace(NEW, valid_until=NOW), IdentityCode.IDP_MANDATE, "until"),
        (replace(NEW, valid_from=NOW + DAY, valid_until=NOW + DAY), IdentityCode.IDP_MANDATE, "until"),
        (replace(NEW, valid_from=NOW - 9 * DAY, valid_until=NOW - DAY), IdentityCode.IDP_MANDATE, "until"),
        (replace(NEW, evidence_sm3=""), IdentityCode.IDP_MANDATE, "evidence"),
        (replace(NEW, evidence_sm3="AB" * 32), IdentityCode.IDP_MANDATE, "evidence"),
        (replace(NEW, under="md-none"), IdentityCode.IDP_MANDATE_MISSING, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_added(populated: Database, new: NewMandate, code: Code, key: str) -> None:
    error = refused(code, lambda: add(populated, new))
    assert error.facts.get("key", "") == key
    assert events(populated, EventType.MANDATE_ADDED) == []


def test_an_organisation_has_one_legal_representative_at_a_time(populated: Database) -> None:
    first = add(populated, replace(NEW, role=REPRESENTATIVE))
    second = replace(NEW, person="np-bbb", role=REPRESENTATIVE)
    refused(IdentityCode.IDP_MANDATE_IN_OFFICE, lambda: add(populated, second))
    add(populated, replace(second, role=HANDLER))
    # When the first one's time is over the next takes office, and the trail says that the first one's ended.
    add(populated, replace(second, valid_from=NOW + 10 * DAY, valid_until=None), now=NOW + 10 * DAY)
    assert events(populated, EventType.MANDATE_ENDED) == [first.id]


def test_who_appoints_gives_less_than_he_has_to_another(populated: Database) -> None:
    boss = add(populated, replace(NEW, role=REPRESENTATIVE))
    under = replace(NEW, person="np-bbb", under=boss.id)
    clerk = add(populated, replace(under, role=ADMINISTRATOR), actor=Principal(id="np-aaa"))
    helper = add(populated, replace(NEW, person="np-ccc", under=clerk.id, scope=("tax",)))
    for wrong in (
        replace(under, scope=("customs",)),
        replace(under, scope=("*",)),
        replace(under, valid_until=None),
        replace(under, valid_until=NOW + 11 * DAY),
        replace(under, role=REPRESENTATIVE),
        replace(under, person="np-aaa"),  # nobody appoints himself
        replace(NEW, person="np-aaa", under=clerk.id, role=ADMINISTRATOR),  # an administrator makes no administrators
        replace(NEW, person="np-aaa", under=helper.id),  # a handler appoints nobody
    ):
        refused(IdentityCode.IDP_MANDATE_POWER, partial(add, populated, wrong))
    refused(IdentityCode.IDP_MANDATE_POWER, lambda: add(populated, under, actor=Principal(id="np-ccc")))
    assert live(populated, helper.id, person="np-ccc").covers("tax")
    # What rests on a mandate ends with it, down to the last, at once.
    assert set(end(populated, boss.id)) == {boss.id, clerk.id, helper.id}
    refused(IdentityCode.IDP_MANDATE_OVER, lambda: live(populated, helper.id, person="np-ccc"))
    refused(IdentityCode.IDP_MANDATE_OVER, lambda: add(populated, under))


def test_a_mandate_is_not_live_when_its_givers_time_is_over(populated: Database) -> None:
    boss = add(populated, replace(NEW, role=REPRESENTATIVE, valid_until=NOW + 2 * DAY))
    helper = add(populated, replace(NEW, person="np-bbb", under=boss.id, valid_until=NOW + 2 * DAY))
    with populated.reading() as unit:
        assert [each.mandate for each in MANDATES.choices(unit, "np-bbb", now=NOW)] == [helper.id]
        assert MANDATES.choices(unit, "np-bbb", now=NOW + 2 * DAY) == ()
        assert MANDATES.choices(unit, "np-ccc", now=NOW) == ()


def test_nobody_has_mandates_without_end(populated: Database) -> None:
    for _ in range(MOST_OPEN):
        add(populated)
    assert refused(IdentityCode.IDP_MANDATE, lambda: add(populated)).facts["key"] == "person"


CLAIMS = MandateClaims(mandates=MANDATES, sources=frozenset({"guangdong"}), own=AUTHORITY)
CLAIM = OrganisationClaim(uscc=COMPANY, name="示例公司", role="handler")


def take(
    database: Database, *claims: OrganisationClaim, provider: str = "guangdong", now: datetime = NOW
) -> tuple[str, ...]:
    identity = BrokeredIdentity(provider=provider, subject="s", evidence=(), authenticated_at=now, organisations=claims)
    with database.unit_of_work() as uow:
        return CLAIMS.take(uow, "np-aaa", identity, now=now)


def test_a_trusted_sources_claim_is_a_mandate_for_a_day(populated: Database) -> None:
    (mandate,) = take(populated, CLAIM)
    assert live(populated, mandate).valid_until == NOW + GOOD_FOR
    assert take(populated, CLAIM, now=NOW + timedelta(hours=1)) == (mandate,)
    assert events(populated, EventType.MANDATE_PROLONGED) == []
    assert take(populated, CLAIM, now=NOW + timedelta(hours=20)) == (mandate,)
    assert live(populated, mandate, now=NOW + timedelta(hours=43)).mandate == mandate
    (again,) = take(populated, CLAIM, now=NOW + 5 * DAY)  # it was over: a new one
    assert again != mandate
    assert take(populated, now=NOW + 5 * DAY) == ()
    refused(IdentityCode.IDP_MANDATE_OVER, lambda: live(populated, again, now=NOW + 5 * DAY))


def test_a_mandate_names_the_sources_it_rests_on_and_those_above_it(populated: Database) -> None:
    own = add(populated, replace(NEW, person="np-bbb"))
    assert live(populated, own.id, person="np-bbb").sources == frozenset()
    (above,) = take(populated, replace(CLAIM, role="administrator"))
    assert live(populated, above).sources == {"guangdong"}
    below = add(populated, replace(NEW, person="np-ccc", under=above, valid_until=NOW + GOOD_FOR))
    assert below.source == ""
    with populated.reading() as unit:
        assert [each.sources for each in MANDATES.choices(unit, "np-ccc", now=NOW)] == [{"guangdong"}]


def test_claims_that_cannot_be_give_nothing_and_stop_nobody(populated: Database) -> None:
    assert take(populated, CLAIM, provider="elsewhere") == ()
    assert take(populated, replace(CLAIM, uscc="91370100MA3EXAMP0Y")) == ()
    assert take(populated, replace(CLAIM, uscc=AUTHORITY)) == ()  # the home's own officers say who acts for it
    assert take(populated, replace(CLAIM, role="owner")) == ()
    assert take(populated, replace(CLAIM, name="a\nb")) == ()
    add(populated, replace(NEW, person="np-bbb", role=REPRESENTATIVE))
    assert take(populated, replace(CLAIM, role="legal-representative")) == ()
    refused(IdentityCode.IDP_EVIDENCE, lambda: take(populated, *[CLAIM] * 33))
    own = add(populated)  # what an officer added is no source's to end
    take(populated)
    assert live(populated, own.id).mandate == own.id
    with populated.reading() as unit:
        assert len(list_mandates(unit, uscc=COMPANY, ended=True)) == 2
