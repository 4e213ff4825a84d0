"""The lists a home publishes, on both databases: later editions alone take an earlier one's place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import published_trust_lists
from trustkit.store.published_trust_lists import DOCUMENT_LIMIT, PublishedListRow

if TYPE_CHECKING:
    from trustkit.store.database import Database

ROW = PublishedListRow(
    name="province", number=2, document=b"a.b.c", expires_at=NOON + timedelta(days=1), published_at=NOON
)


def test_later_editions_take_the_place_and_no_others(database: Database) -> None:
    for row, error in (
        (ROW, None),
        (replace(ROW, number=3, document=b"d.e.f"), None),
        (replace(ROW, number=3), ErrorCode.STORE_CONFLICT),
        (replace(ROW, number=1), ErrorCode.STORE_CONFLICT),
        (replace(ROW, number=4, document=b"x" * (DOCUMENT_LIMIT + 1)), ErrorCode.INPUT_TOO_LARGE),
        (replace(ROW, name="x" * 65), ErrorCode.INPUT_TOO_LARGE),
    ):
        if error is None:
            with database.unit_of_work() as uow:
                published_trust_lists.publish(uow, row)
                tell(uow)
            continue
        with pytest.raises(TrustError) as refusal, database.unit_of_work() as uow:
            published_trust_lists.publish(uow, row)
        assert refusal.value.code is error
    with database.unit_of_work() as uow:
        assert published_trust_lists.find(uow, "province") == replace(ROW, number=3, document=b"d.e.f")
        assert published_trust_lists.withdraw(uow, "province")
        tell(uow)
        assert not published_trust_lists.withdraw(uow, "province")
        assert published_trust_lists.find(uow, "province") is None
