"""What is shown of strings that others chose."""

from __future__ import annotations

import json

import pytest

from trustkit.app.cli.output import emit, say, table
from trustkit.texts.printable import printable

GONE = "\N{REPLACEMENT CHARACTER}"
SHOWN = [
    ("采购合同 𠮷\N{IDEOGRAPHIC SPACE}甲方", "采购合同 𠮷\N{IDEOGRAPHIC SPACE}甲方"),
    ("a\x1b[31mb\rc\nd", f"a{GONE}[31mb{GONE}c{GONE}d"),
    ("fdp.\N{RIGHT-TO-LEFT OVERRIDE}exe", f"fdp.{GONE}exe"),
    ("caf\udce9.pdf", r"caf\udce9.pdf"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_what_people_are_shown(text: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert printable(text) == shown
    say("first", text)
    assert capsys.readouterr().out == f"first\n{shown}\n"


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_machines_get_all_of_it(text: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    emit({"file": text})
    out = capsys.readouterr().out
    assert printable(out.removesuffix("\n")) == out.removesuffix("\n")
    assert json.loads(out) == {"file": shown if "\\" in shown else text}


@pytest.mark.parametrize(
    "name", ["x[/y].pdf", "a[red]b[/red].pdf", "[link=file:///etc]c[/link]", r"a\[b]", ":smile:.pdf"]
)
def test_a_table_shows_names_as_they_are(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    table(["file", name], [(name, "1")])
    told = capsys.readouterr().out.splitlines()
    assert [line.split() for line in told] == [["file", name], [name, "1"]]
