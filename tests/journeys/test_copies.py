"""A licence becomes a copy for a purpose, is shown to whom it is for, and falls with its licence, with its time, or alone."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.copies.authorisation import MAX_COPIES, AuthorisationOrder
from esign.copies.issuance import INTENTS, CopyOrder, CopyService
from esign.copies.model import MAX_TERM, CopyDemand
from esign.licence.formats import LicenceFormat
from esign.licence.lifecycle import ActOrder, LicenceAct
from tests.support.authority import copy_home, for_one_person
from tests.support.copy_desk import BANK, HOLDER, OTHER, PURPOSE, CopyDesk
from tests.support.home_seal import seal_of_home
from tests.support.web import Visitor
from trustkit.app.copy_lines import copy_of_number, documents_of_copy
from trustkit.app.home import POLICIES
from trustkit.app.sealed_record import sealed_record
from trustkit.app.trail import TrailWish, read_trail
from trustkit.app.wiring import open_authority
from trustkit.clock import FixedClock, SystemClock
from trustkit.copy_codes import CopyCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode
from trustkit.store import copy_authorisations, licence_copies, status_lists
from trustkit.store.licence_copies import SUITE, CopyState
from trustkit.verdict import CheckId, CheckStatus, Indication

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from esign.copies.issuance import IssuedCopy
    from trustkit.clock import Clock
    from trustkit.error_family import Code

PASSED, HELD, ENDED = "TOTAL-PASSED", "LICENCE_SUSPENDED", "LICENCE_REVOKED"
DAY = timedelta(days=1)


def _opened(home: Path, stack: ExitStack, clock: Clock | None = None) -> CopyDesk:
    return CopyDesk(stack.enter_context(open_authority(home, clock)))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CopyDesk]:
    home = copy_home(tmp_path_factory.mktemp("copies") / "home")
    for_one_person(home, "real-estate-certificate")
    with ExitStack() as stack:
        yield _opened(home, stack)


def _act(desk: CopyDesk, identifier: str, what: LicenceAct, reason: str = "other", **more: object) -> None:
    order = ActOrder(act=what, reason=reason, **more)  # type: ignore[arg-type]
    desk.licences.act(identifier, order, actor=desk.authority.operator)


def _bent(service: CopyService, **other: object) -> CopyService:
    return CopyService(**{name: getattr(service, name) for name in service.__slots__} | other)


def _refused(code: Code, act: object) -> TrustError:
    with pytest.raises(TrustError) as refusal:
        act()  # type: ignore[operator]
    assert refusal.value.code is code, refusal.value
    return refusal.value


def test_a_copy_is_made_told_and_bound_to_whom_it_is_for(desk: CopyDesk) -> None:
    identifier = desk.licence()
    allowed = desk.authorise(identifier)
    made = desk.copy(identifier, allowed.number)
    verdict = desk.judged(made.documents[0].octets)
    assert verdict.conclusion.indication is Indication.TOTAL_PASSED
    told = dict(verdict.subject)
    assert told["licence.identifier"] == identifier
    assert told["licence.copy"] == made.row.number
    assert (told["licence.copy_purpose"], told["licence.copy_authorisation"]) == (PURPOSE, allowed.number)
    assert told["licence.copy_recipient"] == f"{BANK.name} ({BANK.uscc})"
    checks = {check.id: check.status for check in verdict.checks}
    assert (checks[CheckId.COPY_BINDING], checks[CheckId.COPY_TERM]) == (CheckStatus.INFORMATION, CheckStatus.PASSED)
    for demand, becomes in (
        (CopyDemand(recipient=BANK.uscc, purpose=PURPOSE), PASSED),
        (CopyDemand(recipient=BANK.uscc), PASSED),
        (CopyDemand(purpose=PURPOSE), PASSED),
        (CopyDemand(recipient=OTHER.uscc), "COPY_NOT_FOR_ASKER"),
        (CopyDemand(recipient=BANK.uscc, purpose="招标投标"), "COPY_NOT_FOR_ASKER"),
    ):
        assert desk.becomes(made, demand=demand) == [becomes]


def test_the_licence_itself_is_no_copy_for_anybody(desk: CopyDesk) -> None:
    document = desk.authority.register.licence_document(desk.licence()).octets
    assert desk.judged(document).conclusion.indication is Indication.TOTAL_PASSED
    verdict = desk.judged(document, CopyDemand(recipient=BANK.uscc))
    assert verdict.conclusion.indication is Indication.TOTAL_FAILED


def test_nothing_of_the_issuers_own_document_is_in_it(desk: CopyDesk) -> None:
    identifier = desk.licence()
    own = desk.authority.register.licence_document(identifier)
    made = desk.copy(identifier)
    octets = made.documents[0].octets
    assert made.documents[0].sm3 != own.sm3
    assert own.octets[:4096] not in octets
    assert made.row.number.encode("ascii") in octets  # in its title, for whoever looks at the file alone


@pytest.mark.parametrize(
    "kind", ["business-licence", "permit", "food-operation-licence", "construction-permit", "real-estate-certificate"]
)
def test_copies_of_every_shape_of_licence(desk: CopyDesk, kind: str) -> None:
    identifier = desk.licence(kind)
    record = sealed_record(desk.authority, desk.authority.register.licence_status(identifier))
    holder = str(record["CZZTDM"]).partition("、")[0]  # one of several
    allowed = desk.authorise(identifier, holder=holder)
    assert desk.becomes(desk.copy(identifier, allowed.number)) == [PASSED]


def test_both_formats_show_the_same_and_are_sealed(desk: CopyDesk, tmp_path: Path) -> None:
    seal = seal_of_home(desk.authority, tmp_path / "home.esl")
    identifier = desk.licence()
    made = desk.copy(identifier, formats=tuple(LicenceFormat), seal=str(seal))
    assert [each.format for each in made.documents] == list(LicenceFormat)
    verdicts = [desk.judged(each.octets, CopyDemand(recipient=BANK.uscc)) for each in made.documents]
    assert [dict(each.subject)["licence.copy"] for each in verdicts] == [made.row.number] * 2
    for each in verdicts:
        assert {check.id: check.status for check in each.checks}[CheckId.COPY_BINDING] is CheckStatus.PASSED
    alone = desk.copy(identifier, formats=(LicenceFormat.OFD,), seal=str(seal))
    assert [each.format for each in alone.documents] == [LicenceFormat.OFD]


def test_its_slot_tells_what_becomes_of_the_licence_at_once(desk: CopyDesk) -> None:
    identifier = desk.licence()
    made = desk.copy(identifier)
    _act(desk, identifier, LicenceAct.SUSPEND)
    assert desk.becomes(made) == [HELD]
    _refused(ErrorCode.LICENCE_STATE, lambda: desk.authorise(identifier))
    _act(desk, identifier, LicenceAct.RESUME)
    assert desk.becomes(made) == [PASSED]
    _act(desk, identifier, LicenceAct.REVOKE, "unlawful")
    assert desk.becomes(made) == [ENDED]


def test_a_further_version_ends_the_copies_of_the_one_before(desk: CopyDesk) -> None:
    identifier = desk.licence()
    made = desk.copy(identifier)
    data = (desk.authority.settings.home / POLICIES / "licences" / "business-licence" / "sample.json").read_bytes()
    order = ActOrder(act=LicenceAct.CHANGE, reason="changed")
    following = desk.licences.change(identifier, data, order, actor=desk.authority.operator)
    assert desk.becomes(made) == [ENDED]
    _refused(CopyCode.AUTHORISATION_OTHER, lambda: desk.copy(following.identifier, made.authorisation.number))


def test_one_is_revoked_alone_and_once(desk: CopyDesk) -> None:
    identifier = desk.licence()
    allowed = desk.authorise(identifier)
    one, other = (desk.copy(identifier, allowed.number) for _ in range(2))
    by = desk.authority.operator
    desk.copy_changes.revoke(one.row.number, reason="leaked", actor=by)
    assert desk.becomes(one, other) == [ENDED, PASSED]
    _refused(CopyCode.COPY_ENDED, lambda: desk.copy_changes.revoke(one.row.number, reason="leaked", actor=by))
    _refused(CopyCode.COPY_MISSING, lambda: desk.copy_changes.revoke("A" * 16, reason="leaked", actor=by))
    _refused(ErrorCode.USAGE, lambda: desk.copy_changes.revoke(other.row.number, reason="dislike", actor=by))


def test_time_ends_it_and_may_begin_it_later(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = copy_home(tmp_path_factory.mktemp("time") / "home")
    now = SystemClock().now().replace(microsecond=0)
    with ExitStack() as stack:
        desk = _opened(home, stack, FixedClock(now))
        identifier = desk.licence()
        made = desk.copy(identifier, lifetime=DAY)
        later = desk.copy(identifier, lifetime=DAY, valid_from=now + timedelta(hours=1))
        assert desk.becomes(made, later) == [PASSED, "LICENCE_NOT_IN_FORCE"]
    with ExitStack() as stack:
        desk = _opened(home, stack, FixedClock(now + timedelta(hours=1)))
        assert desk.becomes(made, later) == [PASSED, PASSED]
    with ExitStack() as stack:
        desk = _opened(home, stack, FixedClock(now + DAY))
        verdict = desk.judged(made.documents[0].octets)
        assert verdict.conclusion.indication is Indication.TOTAL_FAILED
        assert desk.becomes(made) == ["COPY_EXPIRED"]


def test_without_a_fresh_list_nobody_knows(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = copy_home(tmp_path_factory.mktemp("stale") / "home")
    now = SystemClock().now()
    with ExitStack() as stack:
        desk = _opened(home, stack, FixedClock(now))
        made = desk.copy(desk.licence())
    with ExitStack() as stack:
        desk = _opened(home, stack, FixedClock(now + timedelta(days=20)))
        verdict = desk.judged(made.documents[0].octets)
        assert verdict.conclusion.indication is Indication.INDETERMINATE
        assert dict(verdict.subject)["licence.status"] == "unknown"


def test_it_lasts_no_longer_than_licence_and_authorisation(desk: CopyDesk) -> None:
    allowed = desk.authorise(desk.licence(), days=3)
    assert desk.copy(allowed.identifier, allowed.number).row.valid_until == allowed.valid_until.replace(microsecond=0)
    for order in (
        {"lifetime": timedelta(0)},
        {"lifetime": MAX_TERM + timedelta(seconds=1)},
        {"valid_from": allowed.valid_until},
        {"valid_from": desk.authority.clock.now() - DAY},
    ):
        _refused(CopyCode.COPY_TERM, lambda order=order: desk.copy(allowed.identifier, allowed.number, **order))


def test_without_an_authorisation_there_is_no_copy(desk: CopyDesk) -> None:
    identifier = desk.licence()
    once = desk.authorise(identifier, copies=1)
    desk.copy(identifier, once.number)
    ended = desk.authorise(identifier)
    desk.authorisations.withdraw(ended.number, reason="holder-request", actor=desk.authority.operator)
    for number, code, state in (
        ("A" * 16, CopyCode.AUTHORISATION_MISSING, None),
        (desk.authorise(desk.licence()).number, CopyCode.AUTHORISATION_OTHER, None),
        (once.number, CopyCode.AUTHORISATION_ENDED, "used-up"),
        (ended.number, CopyCode.AUTHORISATION_ENDED, "withdrawn"),
    ):
        error = _refused(code, lambda number=number: desk.copy(identifier, number))
        assert error.facts.get("state") == state
    _refused(ErrorCode.LICENCE_MISSING, lambda: desk.copy("no-such", once.number))
    by = desk.authority.operator
    withdraw = desk.authorisations.withdraw
    _refused(CopyCode.AUTHORISATION_ENDED, lambda: withdraw(ended.number, reason="error", actor=by))
    _refused(CopyCode.AUTHORISATION_MISSING, lambda: withdraw("A" * 16, reason="error", actor=by))
    _refused(ErrorCode.USAGE, lambda: withdraw(once.number, reason="dislike", actor=by))


def test_only_the_holder_authorises_within_bounds(desk: CopyDesk) -> None:
    identifier, now = desk.licence(), desk.authority.clock.now()
    good = AuthorisationOrder(
        holder_code=HOLDER, purpose=PURPOSE, recipient=BANK, valid_until=now + DAY, evidence=b"signed"
    )
    for order, code in (
        (replace(good, holder_code=BANK.uscc), CopyCode.AUTHORISATION_HOLDER),
        (replace(good, valid_until=now - DAY), CopyCode.AUTHORISATION_TERM),
        (replace(good, valid_until=now + MAX_TERM + DAY), CopyCode.AUTHORISATION_TERM),
        (replace(good, most_copies=0), CopyCode.AUTHORISATION_TERM),
        (replace(good, most_copies=MAX_COPIES + 1), CopyCode.AUTHORISATION_TERM),
        (replace(good, evidence=b""), ErrorCode.INPUT_EMPTY),
    ):
        _refused(code, lambda order=order: desk.authorisations.record(identifier, order, actor=desk.authority.operator))
    with desk.authority.database.reading() as unit:
        assert copy_authorisations.list_of_licence(unit, identifier) == ()


def test_the_same_key_is_the_same_copy(desk: CopyDesk) -> None:
    identifier = desk.licence()
    allowed = desk.authorise(identifier, copies=2)
    first = desk.copy(identifier, allowed.number, repeat_key="window-7")
    again = desk.copy(identifier, allowed.number, repeat_key="window-7")
    assert (again.repeated, again.row, again.documents) == (True, first.row, first.documents)
    _refused(
        LicenceCode.REPEATED_OTHERWISE,
        lambda: desk.copy(identifier, allowed.number, repeat_key="window-7", lifetime=DAY),
    )
    with desk.authority.database.reading() as unit:
        assert copy_authorisations.get(unit, allowed.number).copies == 1


def _states(desk: CopyDesk, identifier: str) -> list[CopyState]:
    with desk.authority.database.reading() as unit:
        return [row.state for row in licence_copies.list_of_licence(unit, identifier)]


@pytest.mark.parametrize("what", ["suspended", "withdrawn", "unfit"])
def test_what_ends_meanwhile_leaves_no_copy_and_gives_back_what_was_drawn(desk: CopyDesk, what: str) -> None:
    identifier = desk.licence()
    allowed = desk.authorise(identifier, copies=1)

    def meanwhile(_octets: bytes) -> None:
        if what == "suspended":
            _act(desk, identifier, LicenceAct.SUSPEND)
        elif what == "withdrawn":
            desk.authorisations.withdraw(allowed.number, reason="misuse", actor=desk.authority.operator)
        else:
            raise TrustError(ErrorCode.LICENCE_SELF_CHECK, "made up")

    bent = _bent(desk.copies, self_check=meanwhile)
    order = CopyOrder(authorisation=allowed.number)
    code = {"suspended": ErrorCode.LICENCE_STATE, "withdrawn": CopyCode.AUTHORISATION_ENDED}
    _refused(
        code.get(what, ErrorCode.LICENCE_SELF_CHECK),
        lambda: bent.issue(identifier, order, actor=desk.authority.operator),
    )
    assert _states(desk, identifier) == [CopyState.ABANDONED]
    with desk.authority.database.reading() as unit:
        assert copy_authorisations.get(unit, allowed.number).copies == 0


def test_an_intent_that_a_crash_left_is_closed_and_its_key_free(desk: CopyDesk) -> None:
    identifier = desk.licence()
    allowed = desk.authorise(identifier, copies=1)
    now = desk.authority.clock.now()
    order = CopyOrder(authorisation=allowed.number, repeat_key="crashed")
    licence = desk.authority.register.licence_status(identifier)
    desk.copies._intend(licence, order, (now, now + DAY), desk.authority.operator)

    def again() -> IssuedCopy:
        return desk.copy(identifier, allowed.number, repeat_key="crashed")

    _refused(LicenceCode.REPEATED_UNDECIDED, again)
    later = now + timedelta(minutes=6)
    INTENTS.close_unfinished(desk.authority.database, before=later, now=later, actor=desk.authority.operator)
    assert _states(desk, identifier) == [CopyState.ABANDONED]
    assert desk.becomes(again()) == [PASSED]


def test_a_full_list_is_followed_by_the_next(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = copy_home(tmp_path_factory.mktemp("full") / "home")
    with ExitStack() as stack:
        desk = _opened(home, stack)
        identifier = desk.licence()
        allowed = desk.authorise(identifier)
        small = _bent(desk.copies, list_capacity=1)
        order = CopyOrder(authorisation=allowed.number)
        made = [small.issue(identifier, order, actor=desk.authority.operator) for _ in range(2)]
        with desk.authority.database.reading() as unit:
            lists = status_lists.list_of_suite(unit, SUITE)
            assert [status_lists.count_free(unit, row.uri) for row in lists] == [0, 0]
        _act(desk, identifier, LicenceAct.SUSPEND)
        assert desk.becomes(*made) == [HELD] * 2


def test_the_trail_has_numbers_and_digests_and_no_purpose(desk: CopyDesk) -> None:
    made = desk.copy(desk.licence())
    told = [line.to_json() for line in read_trail(desk.authority, TrailWish(limit=10_000))]
    text = json.dumps(told, ensure_ascii=False)
    assert "云杉" not in text
    assert PURPOSE not in text
    assert BANK.uscc not in text
    kinds = sorted(str(line["type"]) for line in told if line["object_id"] == made.row.number)
    assert kinds == ["esign:copy:intended", "esign:copy:issued"]
    kinds = [str(line["type"]) for line in told if line["object_id"] == made.authorisation.number]
    assert kinds == ["esign:copy-authorisation:recorded"]


def test_whoever_has_its_number_is_told_how_it_stands_and_nothing_more(desk: CopyDesk) -> None:
    identifier = desk.licence()
    made = desk.copy(identifier)
    visitor = Visitor.of(desk.authority)
    path = f"/v1/licence-copies/{made.row.number}/status"
    answer = visitor.get(path)
    assert (answer.status_code, answer.json()["standing"]) == (200, "in-force")
    assert PURPOSE not in answer.text
    assert identifier not in answer.text
    page = visitor.get(path, headers={"accept": "text/html", "accept-language": "zh"})
    assert "加注件状态" in page.text
    _act(desk, identifier, LicenceAct.SUSPEND)
    assert visitor.get(path).json()["standing"] == "licence-suspended"
    _act(desk, identifier, LicenceAct.RESUME)
    desk.copy_changes.revoke(made.row.number, reason="leaked", actor=desk.authority.operator)
    assert visitor.get(path).json()["standing"] == "revoked"
    page = visitor.get(path, headers={"accept": "text/html", "accept-language": "en"})
    assert "this copy was revoked" in page.text
    for wrong, status in (("A" * 16, 404), ("a" * 16, 400)):
        assert visitor.get(f"/v1/licence-copies/{wrong}/status").status_code == status
    missing = visitor.get(f"/v1/licence-copies/{'A' * 16}/status", headers={"accept": "text/html"})
    assert missing.status_code == 404
    uri = made.row.status_list.removeprefix(desk.authority.settings.server.base_url)
    assert visitor.get(uri).headers["content-type"] == "application/statuslist+jwt"
    assert visitor.get("/v1/copy-status-lists/99").status_code == 404
    republished = {line.name for line in desk.authority.publish_status_lists(desk.keys)}
    assert made.row.status_list in republished
    assert "copy-status-1.jwt" in {name for name, _ in desk.authority.publications().files()}


def test_the_api_takes_a_demand_and_refuses_what_is_none(desk: CopyDesk) -> None:
    made = desk.copy(desk.licence())
    octets, visitor = made.documents[0].octets, Visitor.of(desk.authority)
    told = visitor.verify(octets, recipient=BANK.uscc, purpose=PURPOSE)
    assert (told["indication"], told["licence"]["copy_purpose"]) == ("TOTAL-PASSED", PURPOSE)
    told = visitor.verify(octets, recipient=OTHER.uscc)
    assert (told["indication"], told["sub_indication"]) == ("TOTAL-FAILED", "COPY_NOT_FOR_ASKER")
    files = {"file": ("licence.pdf", octets)}
    for fields in ({"recipient": "911"}, {"purpose": "x"}, {"recipient": [BANK.uscc, BANK.uscc]}):
        answer = visitor.post("/v1/verify", files=files, data=fields)
        assert answer.status_code in {400, 422}


def test_a_copy_is_found_by_its_number_with_its_documents(desk: CopyDesk) -> None:
    made = desk.copy(desk.licence())
    database, now = desk.authority.database, desk.authority.clock.now()
    assert copy_of_number(database, made.row.number, now).standing == "in-force"
    assert documents_of_copy(database, made.row.number).documents == made.documents
    assert copy_of_number(database, made.row.number, made.row.valid_until).standing == "expired"
    for look in (lambda: copy_of_number(database, "A" * 16, now), lambda: documents_of_copy(database, "A" * 16)):
        _refused(CopyCode.COPY_MISSING, look)
