"""``GET /v1/seals/{digest}``: a platform elsewhere learns what became of a seal it holds, and nobody learns more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from esign.seal.read import parse_seal
from esign.seal.standing import SealAct, info_digest
from tests.support.seal_office import SealOffice, staff_of, staffed_home
from tests.support.web import Visitor

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.authority import Authority


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return staffed_home(tmp_path / "home")


@pytest.fixture
def office(authority: Authority) -> SealOffice:
    return staff_of(authority)


def test_who_holds_a_seal_learns_where_it_stands(office: SealOffice) -> None:
    number, document = office.made()
    visitor, path = Visitor.of(office.authority), f"/v1/seals/{info_digest(parse_seal(document))}"
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["number"], told["standing"], told["changes"]) == (number, "in-force", [])
    office.change(number, SealAct.LOSE, "stolen")
    told = visitor.get(path).json()
    assert told["standing"] == "lost"
    (change,) = told["changes"]
    assert set(change) == {"standing", "since", "recorded_at"}, "who and why is nobody else's"
    office.change(number, SealAct.REVOKE, "lost")
    told = visitor.get(path).json()
    assert [each["standing"] for each in told["changes"]] == ["lost", "revoked"]


def test_what_nobody_made_here_is_not_told_apart(office: SealOffice) -> None:
    number, document = office.made()
    known = info_digest(parse_seal(document))
    visitor = Visitor.of(office.authority)
    for asked in ("0" * 64, known[:-1], known.upper(), number, "%2e%2e", known + "0"):
        answer = visitor.get(f"/v1/seals/{asked}")
        assert (answer.status_code, answer.json()["code"]) == (404, "esign:seal:missing")


def test_a_register_that_was_written_to_answers_nothing(office: SealOffice) -> None:
    _, document = office.made()
    with office.authority.database.unit_of_work() as uow:
        assert uow.write(text("UPDATE seals SET state = 'revoked'"))
    answer = Visitor.of(office.authority).get(f"/v1/seals/{info_digest(parse_seal(document))}")
    assert (answer.status_code, answer.json()["code"]) == (409, "esign:seal:state")
