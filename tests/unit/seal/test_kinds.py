"""Kinds of seals are read strictly; those that are shipped can be made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from esign.seal.kinds import load_seal_kinds
from esign.seal.order import PERSON, UNIT
from tests.support.registration import POLICIES, refusal
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = POLICIES / "seals.toml"


def test_the_shipped_kinds_are_of_units_and_of_persons() -> None:
    kinds = load_seal_kinds(SHIPPED)
    assert kinds.get("statutory-name").title_zh == "法定名称章"
    assert {kind.type for kind in kinds.by_code.values()} == {UNIT, PERSON}
    assert [code for code, kind in kinds.by_code.items() if kind.type == PERSON] == ["legal-representative", "personal"]
    with pytest.raises(TrustError) as error:
        kinds.get("nobody's")
    assert error.value.code is ErrorCode.SEAL_KIND
    assert "statutory-name" in error.value.detail


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type = 1", "type = 0"),
        ("type = 1", "type = 3"),
        ("type = 1", "type = true"),
        ("type = 1", 'type = "1"'),
        ("type = 1", ""),
        ("days = 1825", "days = 0"),
        ("days = 1825", "days = 99999"),
        ("days = 1825", "days = 1825\ncolour = 1"),
        ('title_zh = "法定名称章"', 'title_zh = ""'),
        ('title_zh = "法定名称章"', 'title_zh = "a\\nb"'),
        ('title_zh = "法定名称章"', "title_zh = 7"),
        ("[kinds.statutory-name]", "[kinds.Statutory]"),
        ("[kinds.statutory-name]", "[other.statutory-name]"),
        ("[kinds.statutory-name]", "[kinds]\nodd = 1\n[kinds.statutory-name]"),
        ("[kinds.statutory-name]", "[kinds.contract]"),
        ("[kinds.statutory-name]", "[" * 5000),
        ("[kinds.statutory-name]", "#" * 70_000 + "\n[kinds.statutory-name]"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "seals.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    refusal(ErrorCode.SEAL_POLICY, partial(load_seal_kinds, path))


def test_no_file_is_refused(tmp_path: Path) -> None:
    refusal(ErrorCode.SEAL_POLICY, partial(load_seal_kinds, tmp_path / "none.toml"))
    (tmp_path / "empty.toml").touch()
    refusal(ErrorCode.SEAL_POLICY, partial(load_seal_kinds, tmp_path / "empty.toml"))
