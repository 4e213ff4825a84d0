"""What is told of copies and given out of them later: as they stood then, and as they stand now; and that authorisations stay few."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.copies.authorisation import AuthorisationOrder
from esign.copies.issuance import CopyOrder, CopyService
from esign.copies.notices import begin_after, notices_for
from esign.licence.lifecycle import ActOrder, LicenceAct
from tests.support.authority import copy_home
from tests.support.copy_desk import BANK, HOLDER, CopyDesk
from trustkit.app.wiring import open_authority
from trustkit.clock import FixedClock
from trustkit.copy_codes import CopyCode
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trustkit.error_family import Code

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CopyDesk]:
    home = copy_home(tmp_path_factory.mktemp("copies") / "home")
    with ExitStack() as stack:
        yield CopyDesk(stack.enter_context(open_authority(home)))


def _act(desk: CopyDesk, identifier: str, what: LicenceAct, reason: str) -> None:
    desk.licences.act(identifier, ActOrder(act=what, reason=reason), actor=desk.authority.operator)


def _refused(code: Code, act: Callable[[], object]) -> None:
    with pytest.raises(TrustError) as refusal:
        act()
    assert refusal.value.code is code, refusal.value


@pytest.mark.parametrize("bound", ["MOST_FOR_ONE", "MOST_IN_FORCE"])
def test_authorisations_in_force_are_few(desk: CopyDesk, bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"esign.copies.authorisation.{bound}", 2)
    identifier = desk.licence()
    first, _ = (desk.authorise(identifier, copies=1).number for _ in range(2))
    _refused(CopyCode.AUTHORISATION_MANY, lambda: desk.authorise(identifier))
    desk.copy(identifier, first)  # which uses it up
    last = desk.authorise(identifier).number
    _refused(CopyCode.AUTHORISATION_MANY, lambda: desk.authorise(identifier))
    desk.authorisations.withdraw(last, reason="other", actor=desk.authority.operator)
    assert desk.authorise(identifier).number


def test_a_purpose_that_cannot_stand_on_a_copy_is_not_recorded(desk: CopyDesk) -> None:
    identifier = desk.licence()
    order = AuthorisationOrder(
        holder_code=HOLDER,
        purpose="一",
        recipient=BANK,
        valid_until=desk.authority.clock.now() + DAY,
        evidence=b"a scan",
    )
    by = desk.authority.operator
    _refused(CopyCode.COPY_PURPOSE, lambda: desk.authorisations.record(identifier, order, actor=by))


def test_a_change_is_told_of_the_copies_there_were_then(desk: CopyDesk) -> None:
    by = desk.authority.operator
    with desk.authority.database.reading() as unit:
        begun = begin_after(unit, None)
    identifier = desk.licence()
    allowed = desk.authorise(identifier)
    _act(desk, identifier, LicenceAct.SUSPEND, "penalty")
    _act(desk, identifier, LicenceAct.RESUME, "cleared")
    one, other = (desk.copy(identifier, allowed.number).row.number for _ in range(2))
    _act(desk, identifier, LicenceAct.SUSPEND, "penalty")
    desk.copy_changes.revoke(one, reason="leaked", actor=by)
    _act(desk, identifier, LicenceAct.RESUME, "cleared")
    with desk.authority.database.reading() as unit:
        _, told = notices_for(unit, BANK.uscc, after=begun, limit=200)
    assert [(each.change, each.copies) for each in told] == [
        ("authorised", ()),
        ("copy-made", (one,)),
        ("copy-made", (other,)),
        ("licence-suspended", tuple(sorted((one, other)))),
        ("copy-revoked", (one,)),
        ("licence-resumed", (other,)),
    ]


def test_a_copy_whose_time_is_over_is_not_given_out_again(desk: CopyDesk) -> None:
    identifier = desk.licence()
    made = desk.copy(identifier, desk.authorise(identifier).number, repeat_key="over", lifetime=DAY)
    order = {"repeat_key": "over", "lifetime": DAY}
    assert desk.copy(identifier, made.row.authorisation, **order).repeated
    own = {name: getattr(desk.copies, name) for name in desk.copies.__slots__}
    late = CopyService(**own | {"clock": FixedClock(made.row.valid_until)})
    wanted = CopyOrder(authorisation=made.row.authorisation, **order)  # type: ignore[arg-type]
    _refused(CopyCode.COPY_ENDED, lambda: late.issue(identifier, wanted, actor=desk.authority.operator))
