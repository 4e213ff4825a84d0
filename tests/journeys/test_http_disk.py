"""What the HTTP door says when the disk for temporary files fails: larger parts of a body are kept there while they come."""

from __future__ import annotations

import errno
import os
import tempfile
from typing import TYPE_CHECKING

import pytest

from tests.support.web import Visitor
from trustkit.app.wiring import open_authority
from trustkit.errors import ErrorCode

if TYPE_CHECKING:
    from tests.support.authority import Issued
    from trustkit.error_family import Code


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, ErrorCode.DISK_FULL), (errno.EACCES, ErrorCode.DISK_UNWRITABLE)]
)
def test_a_disk_that_fails_is_told(issued: Issued, monkeypatch: pytest.MonkeyPatch, number: int, code: Code) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "write", fail)
    with open_authority(issued.home) as authority:
        answer = Visitor.of(authority).post("/v1/verify", files={"file": ("a.pdf", b"x" * 1000)})
    assert (answer.status_code, answer.json()["code"]) == (507, code.value)
