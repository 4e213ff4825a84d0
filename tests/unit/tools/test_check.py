"""The checks of the source: each is told of, in their order, and one that takes too long fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tools import check

if TYPE_CHECKING:
    import pytest


def test_each_is_told_of_in_its_order_and_one_failure_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow() -> tuple[bool, str]:
        time.sleep(0.05)
        return True, "looked\nall well"

    def wrong() -> tuple[bool, str]:
        return False, "a.py:1\n1 found"

    monkeypatch.setattr(check, "CHECKS", (slow, wrong))
    assert check.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "ok   slow          all well",
        "FAIL wrong         1 found",
        "a.py:1",
        "1 found",
    ]
    monkeypatch.setattr(check, "CHECKS", (slow,))
    assert check.main() == 0


def test_a_check_that_takes_too_long_fails_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "SECONDS", 0.01)
    assert check.tool("python", "-c", "import time; time.sleep(20)") == (False, "python took longer than 0.01 s")
