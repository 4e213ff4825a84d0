from __future__ import annotations

import pytest

from trustkit.app.exit_status import of_error, of_verdicts
from trustkit.code_families import EVERY_CODE
from trustkit.errors import ErrorCode
from trustkit.verdict import Indication

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@pytest.mark.parametrize(
    ("indications", "status"),
    [
        ((PASSED,), 0),
        ((PASSED, PASSED), 0),
        ((FAILED,), 1),
        ((PASSED, OPEN, FAILED), 1),
        ((OPEN,), 2),
        ((PASSED, OPEN), 2),
    ],
)
def test_verdicts(indications: tuple[Indication, ...], status: int) -> None:
    assert of_verdicts(indications) == status


def test_every_refusal_has_a_status_that_no_verdict_has() -> None:
    statuses = {code: of_error(code) for code in EVERY_CODE}
    assert all(64 <= status <= 78 for status in statuses.values())
    assert statuses[ErrorCode.USAGE] == 64
    assert statuses[ErrorCode.INPUT_UNREADABLE] == 66
    assert statuses[ErrorCode.BUG] == 70
    assert [code for code, status in statuses.items() if status == 70 and code.family.value != "bug"] == []
