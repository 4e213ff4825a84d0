"""What a holder of more licences than a page shows sees of them: none in force is left out for one that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.copies.holding import HolderDesk, SignedHolder
from esign.licence.lifecycle import ActOrder, LicenceAct, Standing
from tests.support.authority import copy_home
from tests.support.copy_desk import HOLDER, CopyDesk
from trustkit.app.licence_holders import holder_index
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_is_in_force_comes_first_however_old_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esign.copies.holding.MOST_SHOWN", 2)
    with open_authority(copy_home(tmp_path / "home")) as authority:
        desk = CopyDesk(authority)
        oldest, *later = (desk.licence() for _ in range(4))
        for each in later:
            order = ActOrder(act=LicenceAct.REVOKE, reason="unlawful")
            desk.licences.act(each, order, actor=authority.operator)
        index = holder_index(authority.settings.home)
        assert index is not None
        he = SignedHolder(person="np-a", holders=(index(HOLDER),), evidence=b"", facts={})
        holder = HolderDesk(database=authority.database, clock=authority.clock, authorisations=desk.authorisations)
        seen = holder.licences(lambda _: he)
    assert [(each.licence.identifier, each.standing) for each in seen] == [
        (oldest, Standing.EFFECTIVE),
        (later[-1], Standing.REVOKED),
    ]
