"""The demonstration ends with a sentence, never with a traceback, where a step does not end or answers otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.app.demo.stage import Stage, UnexpectedAnswerError

if TYPE_CHECKING:
    from pathlib import Path


def stage(tmp_path: Path, patience: float = 600.0) -> Stage:
    return Stage(home=tmp_path / "home", passphrase_file=tmp_path / "passphrase", port=8440, patience=patience)


def test_a_command_that_does_not_end_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnexpectedAnswerError, match="trustkit --version: no end after 0 seconds"):
        stage(tmp_path, patience=0.001).run("--version")


def test_a_service_that_dies_is_not_waited_for(tmp_path: Path) -> None:
    with (
        pytest.raises(UnexpectedAnswerError, match=r"did not come up[^.]*serve.log[^\n]*\n.*trustkit: "),
        stage(tmp_path).service(),
    ):
        pass  # there is no home
    assert (tmp_path / "serve.log").read_bytes()
