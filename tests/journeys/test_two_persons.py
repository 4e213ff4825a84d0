"""What takes two persons in a real home: proposed, looked at anew, approved, issued once, whatever changes or dies in between."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import update

from esign.licence.bulk_rows import BulkRow, parse_bulk_rows
from esign.licence.filing import require_callers_key
from esign.licence.formats import LicenceFormat
from esign.licence.issued import IssuedLicence
from esign.licence.lifecycle import ActOrder, LicenceAct
from esign.licence.proposal_order import parse_proposed_order
from tests.support.authority import SAMPLE, passphrase
from tests.support.home_seal import seal_of_home
from tests.support.terminal import environment
from trustkit.app.licence_batch import open_licence_batch
from trustkit.app.licence_file_proposing import approve_file, propose_file
from trustkit.app.licence_proposing import approvals_of, proposals_of
from trustkit.app.licence_rows import RowsOrder
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.licence_codes import LicenceCode
from trustkit.store import licence_proposals
from trustkit.store.licence_proposals import ProposalState
from trustkit.store.licence_schema import licence_proposals as table
from trustkit.store.licence_search import LicenceSearch, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from esign.licence.approvals import LicenceApprovals
    from esign.licence.proposals import LicenceProposals
    from trustkit.app.authority import Authority
    from trustkit.error_family import Code
    from trustkit.store.licence_proposals import ProposalRow

KIND: Final = "real-estate-certificate"
DATA: Final = (SAMPLE.parents[1] / KIND / "sample.json").read_bytes()
MAKER, CHECKER, THIRD = (Principal(id=f"np-{name}") for name in ("maker", "checker", "third"))
# A process that approves, and is killed by itself the moment the document is to be made.
DIES: Final = """
import os, signal, sys
from pathlib import Path
from esign.licence.making import LicenceMaker
from trustkit.app.licence_proposing import approvals_of
from trustkit.app.wiring import open_authority
from trustkit.custody.passphrase import Passphrase
from trustkit.identity import Principal
LicenceMaker.make = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
with open_authority(Path(sys.argv[1]), operator=Principal(id="np-checker")) as authority:
    authority.asked = True
    keys = authority.unlock(Passphrase(sys.argv[3].encode()))
    approvals_of(authority, keys).approve(sys.argv[2], actor=authority.operator)
"""


class Two:
    """A home whose officials sign in, and what they do there."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.keys = authority.unlock(passphrase())

    @property
    def proposals(self) -> LicenceProposals:
        return proposals_of(self.authority)

    @property
    def approvals(self) -> LicenceApprovals:
        return approvals_of(self.authority, self.keys)

    def propose(self, **more: object) -> ProposalRow:
        return self.proposals.issue(KIND, DATA, actor=MAKER, **more)  # type: ignore[arg-type]  # as they are given

    def issued(self, kind: EventType = EventType.LICENCE_ISSUED) -> list[trail.TrailEntry]:
        with self.authority.database.reading() as unit:
            return [each for each in trail.list_events(unit, limit=1000) if each.type == kind]

    def row(self, number: str) -> ProposalRow:
        with self.authority.database.reading() as unit:
            return licence_proposals.get(unit, number)


def sign_in_settings(home: Path, more: str = "") -> None:
    settings = home / "settings.toml"
    settings.write_text(settings.read_text("utf-8") + f"\n[idp]\nofficials_sign_in = true\n{more}", "utf-8")


@pytest.fixture
def two(home: Path) -> Iterator[Two]:
    sign_in_settings(home)
    with open_authority(home, operator=CHECKER) as authority:
        authority.asked = True
        yield Two(authority)


def refused(code: Code, act: Callable[[], object]) -> None:
    with pytest.raises(TrustError) as caught:
        act()
    assert caught.value.code is code, caught.value


def test_a_licence_is_issued_as_it_was_proposed(two: Two) -> None:
    service = two.authority.licences(two.keys)
    refused(LicenceCode.PROPOSAL_NEEDED, lambda: service.issue(KIND, DATA, actor=MAKER))
    assert two.issued(EventType.LICENCE_INTENDED) == []
    row = two.propose(repeat_key="counter-1")
    assert two.propose(repeat_key="counter-1").number == row.number
    refused(LicenceCode.PROPOSAL_STATE, lambda: service.issue(KIND, DATA, actor=MAKER, proposal=row.number))
    refused(LicenceCode.PROPOSAL_SAME_PERSON, lambda: two.approvals.approve(row.number, actor=MAKER))
    done = two.approvals.approve(row.number, actor=CHECKER, seen=row.order_sm3)
    assert isinstance(done, IssuedLicence)
    assert not done.repeated
    (issued,) = two.issued()
    assert (issued.actor, issued.facts["proposal"], issued.object_id) == (CHECKER.id, row.number, done.identifier)
    ended = two.row(row.number)
    assert (ended.state, ended.result, ended.wanted) == (ProposalState.DONE, done.identifier, None)
    assert two.propose(repeat_key="counter-1").result == done.identifier
    for who in (CHECKER, THIRD):
        refused(LicenceCode.PROPOSAL_STATE, lambda actor=who: two.approvals.approve(row.number, actor=actor))  # type: ignore[misc]
    # What was approved once issues no second licence, whoever asks the service.
    again = service.issue(KIND, DATA, actor=MAKER, proposal=row.number)
    assert (again.identifier, again.repeated) == (done.identifier, True)
    other = json.dumps({**json.loads(DATA), "note": "more"}).encode()
    refused(LicenceCode.REPEATED_OTHERWISE, lambda: service.issue(KIND, other, actor=MAKER, proposal=row.number))
    told = json.dumps([dict(each.facts) for each in two.issued(EventType.LICENCE_PROPOSED)])
    assert json.loads(DATA)["number"] not in told


def test_the_next_version_and_its_end_take_two(two: Two) -> None:
    first = two.approvals.approve(two.propose().number, actor=CHECKER)
    changed = json.dumps({**json.loads(DATA), "note": "more"}, ensure_ascii=False).encode()
    wanted = ActOrder(act=LicenceAct.CHANGE, reason="changed")
    service = two.authority.licences(two.keys)
    needed = LicenceCode.PROPOSAL_NEEDED
    refused(needed, lambda: service.change(first.identifier, changed, wanted, actor=MAKER))
    row = two.proposals.change(first.identifier, changed, wanted, actor=MAKER)
    second = two.approvals.approve(row.number, actor=CHECKER)
    assert isinstance(second, IssuedLicence)
    assert (second.supersedes, two.row(row.number).result) == (first.identifier, second.identifier)
    (superseded,) = two.issued(EventType.LICENCE_SUPERSEDED)
    assert superseded.facts["proposal"] == row.number
    revoke = ActOrder(act=LicenceAct.REVOKE, reason="error")
    refused(needed, lambda: service.act(second.identifier, revoke, actor=MAKER))
    refused(needed, lambda: service.revoke(second.identifier, reason="error", actor=MAKER))
    two.approvals.approve(two.proposals.act(second.identifier, revoke, actor=MAKER).number, actor=CHECKER)
    (revoked,) = two.issued(EventType.LICENCE_REVOKED)
    assert revoked.object_id == second.identifier


def _other_type(two: Two, _: ProposalRow) -> None:
    path = two.authority.settings.home / "policies" / "licences" / KIND / "type.toml"
    path.write_text(path.read_text("utf-8").replace("diameter_mm = 42", "diameter_mm = 40"), "utf-8")


def _one_person_type(two: Two, _: ProposalRow) -> None:
    path = two.authority.settings.home / "policies" / "licences" / KIND / "type.toml"
    path.write_text(path.read_text("utf-8").replace("persons = 2", "persons = 1"), "utf-8")


def _other_template(two: Two, _: ProposalRow) -> None:
    path = two.authority.settings.home / "policies" / "licences" / "shared" / "sheet.typ"
    path.write_text(path.read_text("utf-8") + "// more\n", "utf-8")


def _in_a_folder(two: Two, _: ProposalRow) -> None:
    path = two.authority.settings.home / "policies" / "licences" / KIND / "parts" / "words.typ"
    path.parent.mkdir()
    path.write_text("#let words = [B]\n", "utf-8")


def _hidden(two: Two, _: ProposalRow) -> None:
    path = two.authority.settings.home / "policies" / "licences" / "shared" / ".words.typ"
    path.write_text("#let words = [B]\n", "utf-8")


def _no_type(two: Two, _: ProposalRow) -> None:
    (two.authority.settings.home / "policies" / "licences" / KIND / "type.toml").unlink()


def _other_data(two: Two, row: ProposalRow) -> None:
    assert row.wanted is not None
    assert row.salt is not None
    kept = parse_proposed_order(row.wanted)
    other = replace(kept, data=kept.data.replace("70", "71"))
    with two.authority.database.unit_of_work() as uow:
        values = {"wanted": other.octets, "order_sm3": other.digest(row.salt)}
        uow.write(update(table).where(table.c.number == row.number).values(**values))


@pytest.mark.parametrize(
    ("before", "code"),
    [
        (_other_type, LicenceCode.PROPOSAL_OVERTAKEN),
        (_one_person_type, LicenceCode.PROPOSAL_OVERTAKEN),
        (_other_template, LicenceCode.PROPOSAL_OVERTAKEN),
        (_in_a_folder, LicenceCode.PROPOSAL_OVERTAKEN),
        (_hidden, LicenceCode.PROPOSAL_OVERTAKEN),
        (_no_type, ErrorCode.LICENCE_TYPE),
        (_other_data, LicenceCode.PROPOSAL_OTHERWISE),
    ],
)
def test_what_changed_meanwhile_is_not_issued(two: Two, before: Callable[[Two, ProposalRow], None], code: Code) -> None:
    row = two.propose()
    before(two, row)
    refused(code, lambda: two.approvals.approve(row.number, actor=CHECKER))
    assert two.row(row.number).state is ProposalState.PROPOSED
    assert two.issued(EventType.LICENCE_INTENDED) == []
    assert two.issued(EventType.LICENCE_PROPOSAL_APPROVED) == []


def test_a_seal_that_is_gone_or_another(two: Two, tmp_path: Path) -> None:
    seal = seal_of_home(two.authority, tmp_path / "own.esl")
    row = two.propose(formats=(LicenceFormat.OFD,), seal=str(seal))
    whole = seal.read_bytes()
    seal.unlink()
    refused(ErrorCode.INPUT_UNREADABLE, lambda: two.approvals.approve(row.number, actor=CHECKER))
    seal_of_home(two.authority, seal)
    assert seal.read_bytes() != whole
    refused(LicenceCode.PROPOSAL_OVERTAKEN, lambda: two.approvals.approve(row.number, actor=CHECKER))
    seal.write_bytes(whole)
    assert two.approvals.approve(row.number, actor=CHECKER).identifier


@pytest.mark.parametrize("persons", [1, 2])
def test_a_home_where_nobody_signs_in_says_so(home: Path, persons: int) -> None:
    settings = home / "settings.toml"
    settings.write_text(settings.read_text("utf-8") + f"\n[licences]\npersons = {persons}\n", "utf-8")
    with open_authority(home) as authority:
        desk = proposals_of(authority)
        assert desk.takes_two_to_issue(KIND)
        assert desk.takes_two_to_issue("business-licence") is (persons == 2)
        refused(LicenceCode.PROPOSAL_PERSONS, lambda: desk.issue(KIND, DATA, actor=authority.operator))
        service = authority.licences(authority.unlock(passphrase()))

        def issue() -> IssuedLicence:
            return service.issue("business-licence", SAMPLE.read_bytes(), actor=authority.operator)

        if persons == 2:
            refused(LicenceCode.PROPOSAL_NEEDED, issue)
        else:
            assert issue().identifier


@pytest.mark.slow
def test_one_approved_by_who_was_killed_is_issued_once(two: Two) -> None:
    row = two.propose()
    words = [sys.executable, "-c", DIES, str(two.authority.settings.home), row.number, passphrase().reveal().decode()]
    died = subprocess.run(words, capture_output=True, check=False, env=environment(), timeout=120)
    assert died.returncode == -9, died.stderr
    assert two.row(row.number).state is ProposalState.APPROVED
    refused(LicenceCode.REPEATED_UNDECIDED, lambda: two.approvals.approve(row.number, actor=THIRD))
    two.authority.recover(older_than=timedelta(0))
    refused(LicenceCode.PROPOSAL_SAME_PERSON, lambda: two.approvals.approve(row.number, actor=MAKER))
    done = two.approvals.approve(row.number, actor=THIRD)
    (issued,) = two.issued()
    assert (issued.object_id, issued.actor) == (done.identifier, THIRD.id)
    (approved,) = two.issued(EventType.LICENCE_PROPOSAL_APPROVED)
    assert approved.actor == CHECKER.id
    refused(LicenceCode.PROPOSAL_STATE, lambda: two.approvals.approve(row.number, actor=THIRD))


def test_nobody_takes_the_key_of_a_proposal(two: Two) -> None:
    row = two.propose()
    service = two.authority.licences(two.keys)
    refused(
        ErrorCode.USAGE,
        lambda: service.issue(
            "business-licence", SAMPLE.read_bytes(), actor=MAKER, repeat_key=f"proposal:{row.number}"
        ),
    )
    for key in (f"proposal:{row.number}", "rows:" + "0" * 64):
        refused(ErrorCode.USAGE, lambda said=key: require_callers_key(said))  # type: ignore[misc]
    assert two.approvals.approve(row.number, actor=CHECKER).identifier


def test_without_its_type_one_person_ends_nothing_that_took_two(two: Two) -> None:
    done = two.approvals.approve(two.propose().number, actor=CHECKER)
    service = two.authority.licences(two.keys)
    alone = service.issue("business-licence", SAMPLE.read_bytes(), actor=MAKER)
    types = two.authority.settings.home / "policies" / "licences"
    for kind in (KIND, "business-licence"):
        (types / kind).rename(types / f".replaced-{kind}")
    strike_off, revoke = (ActOrder(act=each, reason="other") for each in (LicenceAct.CANCEL, LicenceAct.REVOKE))
    for identifier, order in ((done.identifier, strike_off), (done.identifier, revoke), (alone.identifier, strike_off)):
        assert two.proposals.takes_two(identifier, order.act)
        refused(LicenceCode.PROPOSAL_NEEDED, lambda of=identifier, act=order: service.act(of, act, actor=MAKER))  # type: ignore[misc]
    assert not two.proposals.takes_two(alone.identifier, LicenceAct.REVOKE)
    assert service.act(alone.identifier, revoke, actor=MAKER).identifier
    row = two.proposals.act(done.identifier, strike_off, actor=MAKER)
    assert two.approvals.approve(row.number, actor=CHECKER).identifier == done.identifier


def _rows(count: int) -> tuple[BulkRow, ...]:
    fields = json.loads(DATA)
    lines = [json.dumps({**fields, "number": f"{fields['number']}{number}"}) for number in range(count)]
    return parse_bulk_rows("\n".join(lines).encode())


def test_a_file_is_approved_as_one(two: Two, tmp_path: Path) -> None:
    order, rows = RowsOrder(kind=KIND, formats=(LicenceFormat.PDF,)), _rows(2)
    two.authority.operator = MAKER
    row = propose_file(two.authority, order, rows, "june")
    assert (row.act, row.licences, row.identifier) == ("issue-many", 2, None)
    own = {"order": order, "rows": rows, "name": "june", "seen": row.order_sm3}

    def approve(who: Principal, **other: object) -> None:
        two.authority.operator = who
        approve_file(two.authority, row.number, **{**own, **other})  # type: ignore[arg-type]  # as they are given

    refused(LicenceCode.PROPOSAL_SAME_PERSON, lambda: approve(MAKER))
    refused(LicenceCode.PROPOSAL_OTHERWISE, lambda: approve(CHECKER, seen="0" * 64))
    refused(LicenceCode.PROPOSAL_OTHERWISE, lambda: approve(CHECKER, rows=_rows(3)))
    refused(LicenceCode.PROPOSAL_OTHERWISE, lambda: approve(CHECKER, rows=rows[:1]))
    refused(LicenceCode.PROPOSAL_OTHERWISE, lambda: approve(CHECKER, name="july"))
    refused(LicenceCode.PROPOSAL_STATE, lambda: two.approvals.approve(row.number, actor=CHECKER))

    approved = replace(order, proposal=row.number)

    def issue(some: tuple[BulkRow, ...], under: RowsOrder = approved, name: str = "june") -> list[str]:
        with open_licence_batch(two.authority, under, some, tmp_path / "out", passphrase(), name=name) as batch:
            return [each.code or each.status for each in batch.results()]

    assert issue(rows) == ["esign:licence-proposal:state"] * 2  # nobody has approved it
    approve(CHECKER)
    assert issue(rows, order) == ["esign:licence-proposal:needed"] * 2
    assert issue(_rows(3)[2:]) == ["esign:licence-proposal:otherwise"]
    assert issue(rows[:1], name="july") == ["esign:licence-proposal:otherwise"]
    assert issue(rows[:1]) == ["issued"]
    assert two.row(row.number).state is ProposalState.APPROVED
    assert issue(rows) == ["already-issued", "issued"]  # gone on with
    assert two.row(row.number).state is ProposalState.DONE
    approve(THIRD)  # as the same command does when it is given again
    assert issue(rows) == ["already-issued"] * 2
    assert issue(_rows(3)[2:]) == ["esign:licence-proposal:state"]
    assert {each.facts["proposal"] for each in two.issued()} == {row.number}
    assert len(two.issued()) == 2


def test_rows_that_were_issued_before_are_not_waited_for(two: Two, tmp_path: Path) -> None:
    order = RowsOrder(kind=KIND, formats=(LicenceFormat.PDF,))

    def propose(rows: tuple[BulkRow, ...]) -> ProposalRow:
        two.authority.operator = MAKER
        return propose_file(two.authority, order, rows, "june")

    def carry_out(row: ProposalRow, rows: tuple[BulkRow, ...], some: slice = slice(None)) -> ProposalState:
        two.authority.operator = CHECKER
        approve_file(two.authority, row.number, order, rows, "june", seen=row.order_sm3)
        under, out = replace(order, proposal=row.number), tmp_path / "out"
        with open_licence_batch(two.authority, under, rows[some], out, passphrase(), name="june") as batch:
            assert not [each.code for each in batch.results() if each.code]
        return two.row(row.number).state

    two_rows, three = _rows(2), _rows(3)
    first, more, late = propose(two_rows), propose(three), propose(three)
    assert carry_out(first, two_rows) is ProposalState.DONE
    assert carry_out(late, three, slice(2)) is ProposalState.APPROVED  # the third is left
    assert carry_out(more, three) is ProposalState.DONE
    assert carry_out(late, three) is ProposalState.DONE  # and was issued meanwhile
    assert len(two.issued()) == 3
    refused(LicenceCode.PROPOSAL_STATE, lambda: propose(three))


def test_what_is_approved_for_a_file_is_no_single_licence(two: Two) -> None:
    order, rows = RowsOrder(kind=KIND, formats=(LicenceFormat.PDF,)), _rows(1)
    two.authority.operator = MAKER
    row = propose_file(two.authority, order, rows, "")
    two.authority.operator = CHECKER
    approve_file(two.authority, row.number, order, rows, "", seen=row.order_sm3)
    service = two.authority.licences(two.keys)
    for key in (None, "mine"):
        refused(
            LicenceCode.PROPOSAL_OTHERWISE,
            lambda under=key: service.issue(KIND, rows[0].data, actor=CHECKER, proposal=row.number, repeat_key=under),  # type: ignore[misc]
        )
    with two.authority.database.reading() as unit:
        assert search(unit, LicenceSearch()) == ()
