"""What the command line prints: tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.cli.output import table

if TYPE_CHECKING:
    import pytest


def test_one_long_cell_fills_no_other_line_with_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    table(("name", "value"), [("scope", "一般项目：" * 100), ("title", "营业执照")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "title  营业执照"
    assert lines[1] == f"scope  {'一般项目：' * 100}"
    assert all(line == line.rstrip() for line in lines)
