from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.testdata import folder, outside

if TYPE_CHECKING:
    from pathlib import Path


def test_the_folder_can_be_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRUSTKIT_TESTDATA", str(tmp_path))
    (tmp_path / "x.der").write_bytes(b"0")
    assert folder() == tmp_path
    assert outside("x.der") == tmp_path / "x.der"


def test_an_absent_file_skips_with_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRUSTKIT_TESTDATA", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=r"cms/none\.der"):
        outside("cms/none.der")
