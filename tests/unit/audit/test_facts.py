from __future__ import annotations

import pytest

from trustkit.audit.events import EventType
from trustkit.audit.fact_kinds import COUNT_LIMIT, FactKind
from trustkit.audit.facts import FACTS, require_allowed
from trustkit.errors import ErrorCode, TrustError

SM3 = "0123456789abcdef" * 4

ACCEPTED = (
    (FactKind.CODE, "business-licence"),
    (FactKind.CODE, "1.2.156.10197.1.501"),
    (FactKind.CODE, "TOTAL-PASSED"),
    (FactKind.COUNT, 0),
    (FactKind.COUNT, COUNT_LIMIT - 1),
    (FactKind.DIGEST, SM3),
    (FactKind.HEX, "1f2e"),
    (FactKind.ROUTE, "/v1/licences/{identifier}"),
    (FactKind.TIME, "2026-12-01T00:00:00Z"),
    (FactKind.TIME, "2026-12-01T00:00:00.123456Z"),
    (FactKind.URI, "https://trust.example:8443/status/1"),
    (FactKind.URI, "http://[::1]/"),
)
REFUSED = (
    (FactKind.CODE, ""),
    (FactKind.CODE, "张三"),
    (FactKind.CODE, "two words"),
    (FactKind.CODE, "a@b.example"),
    (FactKind.CODE, "x" * 129),
    (FactKind.CODE, "code\n"),
    (FactKind.CODE, 7),
    (FactKind.CODE, None),
    (FactKind.CODE, ["list"]),
    (FactKind.COUNT, -1),
    (FactKind.COUNT, COUNT_LIMIT),
    (FactKind.COUNT, 13812345678),
    (FactKind.COUNT, True),
    (FactKind.COUNT, 1.5),
    (FactKind.COUNT, "1"),
    (FactKind.DIGEST, SM3[:-1]),
    (FactKind.DIGEST, SM3.upper()),
    (FactKind.DIGEST, SM3 + "\n"),
    (FactKind.HEX, ""),
    (FactKind.HEX, "1F2E"),
    (FactKind.HEX, "0" * 65),
    (FactKind.ROUTE, "v1"),
    (FactKind.ROUTE, "/v1?name=x"),
    (FactKind.TIME, "2026-12-01"),
    (FactKind.TIME, "2026-12-01T00:00:00+08:00"),
    (FactKind.URI, "ftp://trust.example/"),
    (FactKind.URI, "https://user:secret@trust.example/"),
    (FactKind.URI, "https://trust.example/status?holder=x"),
)


def _place(kind: FactKind) -> tuple[EventType, str]:
    return next((event, name) for event, table in FACTS.items() for name, found in table.items() if found is kind)


@pytest.mark.parametrize(("kind", "value"), ACCEPTED)
def test_accepts_a_fact_of_its_form(kind: FactKind, value: str | int) -> None:
    event, name = _place(kind)
    require_allowed(event, {name: value})


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_refuses_a_fact_of_another_form(kind: FactKind, value: object) -> None:
    event, name = _place(kind)
    with pytest.raises(TrustError) as caught:
        require_allowed(event, {name: value})  # type: ignore[dict-item]
    assert caught.value.code is ErrorCode.AUDIT_PERSONAL_DATA
    assert caught.value.facts == {"type": event.value, "fact": name}


def test_refuses_a_fact_the_type_does_not_have_and_does_not_repeat_it() -> None:
    with pytest.raises(TrustError) as caught:
        require_allowed(EventType.LICENCE_ISSUED, {"张三": 1})
    assert caught.value.code is ErrorCode.AUDIT_PERSONAL_DATA
    assert "张三" not in str(caught.value)


def test_no_fact_is_named_after_a_person() -> None:
    words = {"name", "holder", "person", "address", "phone", "mail", "subject", "birth", "file"}
    for event, table in FACTS.items():
        assert not [fact for fact in table if words & set(fact.split("_"))], event
