"""People are found again by keyed digests, and nobody is two people; neither leaves a number or an identifier in the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from idp.evidence import BrokeredIdentity
from idp.home_secrets import HomeSecrets
from idp.subject.documents import Documents, parse_document, require_identified
from idp.subject.links import MAX_LINKS, Links
from trustkit.app.assurance import load_levels
from trustkit.audit import trail
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel, Principal
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.store.database import Database

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
OPERATOR = Principal(id="operator:0")
SECRETS = HomeSecrets(bytes(32))
LINKS, DOCUMENTS = Links(sealing=SECRETS), Documents(sealing=SECRETS)
NUMBER = "11010519491231002X"  # the example of GB 11643
IDENTITY = BrokeredIdentity(provider="guangdong", subject="u-4711", evidence=(), authenticated_at=NOW)


def refused(code: Code, act: Callable[[], object]) -> TrustError:
    with pytest.raises(TrustError) as caught:
        act()
    assert caught.value.code is code
    return caught.value


def link(database: Database, person: str, identity: BrokeredIdentity = IDENTITY) -> None:
    with database.unit_of_work() as uow:
        LINKS.link(uow, person, identity, now=NOW)


def found(database: Database, identity: BrokeredIdentity = IDENTITY, links: Links = LINKS) -> str | None:
    with database.reading() as unit:
        return links.find(unit, identity)


def test_an_identity_is_one_persons_at_one_provider(populated: Database) -> None:
    assert found(populated) is None
    link(populated, "np-aaa")
    assert found(populated) == "np-aaa"
    assert found(populated, replace(IDENTITY, provider="beijing")) is None
    assert found(populated, replace(IDENTITY, subject="U-4711")) is None
    assert found(populated, links=Links(sealing=HomeSecrets(b"1" * 32))) is None
    refused(IdentityCode.IDP_LINK_TAKEN, lambda: link(populated, "np-bbb"))
    refused(IdentityCode.IDP_LINK_TAKEN, lambda: link(populated, "np-aaa"))
    refused(IdentityCode.IDP_LINK_SUBJECT, lambda: found(populated, replace(IDENTITY, subject="")))
    refused(IdentityCode.IDP_LINK_SUBJECT, lambda: found(populated, replace(IDENTITY, subject="x" * 513)))


def test_a_link_is_taken_away_by_its_owner_alone(populated: Database) -> None:
    link(populated, "np-aaa")
    with populated.reading() as unit:
        (row,) = LINKS.listed(unit, "np-aaa")
    for person, mac in (("np-bbb", row.link_mac), ("np-aaa", "0" * 64)):
        with populated.unit_of_work() as uow:
            refused(IdentityCode.IDP_LINK_MISSING, lambda: LINKS.remove(uow, person, mac, now=NOW, actor=OPERATOR))  # noqa: B023 - called at once
    with populated.unit_of_work() as uow:
        LINKS.remove(uow, "np-aaa", row.link_mac, now=NOW, actor=OPERATOR)
    assert found(populated) is None
    link(populated, "np-bbb")
    assert found(populated) == "np-bbb"


def test_a_person_has_so_many_links(populated: Database) -> None:
    for number in range(MAX_LINKS):
        link(populated, "np-aaa", replace(IDENTITY, subject=f"u{number}"))
    refused(IdentityCode.IDP_LINK_LIMIT, lambda: link(populated, "np-aaa"))


def seen(database: Database, person: str, number: str = NUMBER) -> None:
    with database.unit_of_work() as uow:
        DOCUMENTS.record(uow, person, parse_document("citizen-id", number, today=NOW.date()), now=NOW, actor=OPERATOR)


def test_a_document_is_one_persons(populated: Database) -> None:
    with populated.reading() as unit:
        refused(IdentityCode.IDP_PERSON_UNIDENTIFIED, lambda: require_identified(unit, "np-aaa"))
    seen(populated, "np-aaa")
    refused(IdentityCode.IDP_DOCUMENT_KNOWN, lambda: seen(populated, "np-bbb", NUMBER.lower()))
    refused(IdentityCode.IDP_PERSON_MISSING, lambda: seen(populated, "np-nobody", "110105194912310038"))
    with populated.reading() as unit:
        assert require_identified(unit, "np-aaa") == ("citizen-id",)
        assert DOCUMENTS.find(unit, parse_document("citizen-id", NUMBER, today=NOW.date())) == "np-aaa"
        assert DOCUMENTS.find(unit, parse_document("passport", NUMBER, today=NOW.date())) is None
        (evidence,) = DOCUMENTS.evidence(unit, "np-aaa")
        assert load_levels(None).of([evidence], [], NOW).level == AssuranceLevel(identity=4)
        assert DOCUMENTS.evidence(unit, "np-bbb") == ()
        told = trail.list_events(unit, limit=100)
    assert all(NUMBER[:17] not in str(each) and "u-4711" not in str(each) for each in told)


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("citizen-id", "110105194912310020", ErrorCode.HOLDER_CODE),  # the check character
        ("citizen-id", "110105194902310020", ErrorCode.HOLDER_CODE),  # a day that never was
        ("citizen-id", "11010520991231002X", ErrorCode.HOLDER_CODE),  # not born yet
        ("citizen-id", "110105491231002", ErrorCode.HOLDER_CODE),  # fifteen digits of old
        ("citizen-id", "", ErrorCode.HOLDER_CODE),
        ("citizen-id", "x" * 65, IdentityCode.IDP_DOCUMENT),
        ("library-card", NUMBER, IdentityCode.IDP_DOCUMENT),
        ("", "", IdentityCode.IDP_DOCUMENT),
        ("passport", "E1", IdentityCode.IDP_DOCUMENT),
        ("passport", "E12345678901234567890", IdentityCode.IDP_DOCUMENT),
        ("passport", "E1234-567", IdentityCode.IDP_DOCUMENT),
    ],
)
def test_a_document_that_cannot_be(kind: str, number: str, code: Code) -> None:
    error = refused(code, lambda: parse_document(kind, number, today=NOW.date()))
    assert not number or number not in str(error)
