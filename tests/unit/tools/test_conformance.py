from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tools import conformance

if TYPE_CHECKING:
    from pathlib import Path


def test_suites_are_named_by_their_docstring(tmp_path: Path) -> None:
    told = tmp_path / "test_a.py"
    told.write_text('"""Wycheproof: SM2 signatures. And more.\n\nMore.\n"""\n', encoding="utf-8")
    untold = tmp_path / "test_sm2_outside.py"
    untold.touch()
    assert conformance._title(told) == "Wycheproof: SM2 signatures. And more"
    assert conformance._title(untold) == "sm2 outside"


def test_a_row_gives_reasons_for_what_was_skipped() -> None:
    suite = conformance.Suite("SM2", version="1.0", passed=3, skipped=1, reasons={"outside test data absent"})
    assert suite.row() == "| SM2 | 1.0 | 3 of 3 | 0 | 0 | 1: outside test data absent |"
    assert suite.differences() == ""


def test_listed_cases_are_not_passed_ones_and_give_their_reason() -> None:
    suite = conformance.Suite("PKITS", version="1.0.1", passed=245, failed=1, listed=["4.1.4: no DSA"])
    assert suite.row() == "| PKITS | 1.0.1 | 245 of 247 | 1 | 1 | 0 |"
    assert suite.differences() == "\n## PKITS\n\n- 4.1.4: no DSA\n"


def test_the_version_is_the_suites_own() -> None:
    assert conformance._version("tests/vectors/gone.py") == "not said"
    assert conformance._version("tests/vectors/test_pkits.py").startswith("1.0.1")


def _report(
    outcome: Literal["passed", "failed", "skipped"],
    when: Literal["setup", "call", "teardown"] = "call",
    longrepr: tuple[str, int, str] | None = None,
    vectors: int | None = None,
    listed: str = "",
) -> pytest.TestReport:
    properties: list[tuple[str, object]] = [] if vectors is None else [("vectors", vectors)]
    properties += [("listed", listed)] if listed else []
    return pytest.TestReport(
        nodeid="tests/vectors/gone.py::test",
        location=("", None, ""),
        keywords={},
        outcome=outcome,
        longrepr=longrepr,
        when=when,
        user_properties=properties,
    )


def test_outcomes_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "_title", lambda path: path.stem)
    counter = conformance.Counter()
    for report in (
        _report("passed", "setup"),
        _report("passed", vectors=120),
        _report("passed", "teardown"),
        _report("passed"),
        _report("passed", vectors=0),
        _report("passed", listed="4: why"),
        _report("failed"),
        _report("skipped", "setup", ("x.py", 1, "Skipped: absent: cms/x.der (set a variable)")),
    ):
        counter.pytest_runtest_logreport(report)
    assert counter.suites["tests/vectors/gone.py"].row() == "| gone | not said | 121 of 123 | 1 | 1 | 1: absent |"
