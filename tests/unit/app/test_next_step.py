"""The line that tells what to run next, in the language of the terminal."""

from __future__ import annotations

import pytest

from trustkit.app.cli.output import Whose, next_step


@pytest.mark.parametrize("whose", [None, *Whose])
def test_what_comes_next_is_told_in_both_languages(monkeypatch: pytest.MonkeyPatch, whose: Whose | None) -> None:
    told = []
    for locale in ("C.UTF-8", "zh_CN.UTF-8"):
        monkeypatch.setenv("LC_ALL", locale)
        told.append(next_step("trustkit doctor", whose))
    assert told[0].startswith("Next")
    assert told[1].startswith("下一步")
    assert all(each.endswith("trustkit doctor") for each in told)
