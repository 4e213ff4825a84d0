from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tools import programs, setup
from tools.programs import StepError, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a checkout whose environment is told to be complete."""
    locked = tmp_path / "requirements.txt"
    locked.write_text("a==1\n", encoding="ascii")
    python = tmp_path / "python"
    python.touch()
    monkeypatch.setattr(setup, "INPUTS", (locked,))
    monkeypatch.setattr(setup, "REQUIREMENTS", locked)
    monkeypatch.setattr(setup, "PYTHON", python)
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp")
    for step in ("make_environment", "install_packages", "compile_bytecode", "bring_fonts", "require_libcrypto"):
        monkeypatch.setattr(setup, step, lambda: None)
    return tmp_path


def test_a_second_run_finds_everything_done(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not setup.is_ready()
    assert setup.main() == 0
    assert setup.is_ready()
    capsys.readouterr()
    assert setup.main() == 0
    assert capsys.readouterr().out == ""
    assert sorted(path.name for path in checkout.iterdir()) == ["python", "requirements.txt", "stamp"]


def test_a_changed_lock_file_asks_for_a_new_run(checkout: Path) -> None:
    setup.main()
    (checkout / "requirements.txt").write_text("a==2\n", encoding="ascii")
    assert not setup.is_ready()


@pytest.mark.parametrize("content", ["", "another"])
def test_a_damaged_stamp_asks_for_a_new_run(checkout: Path, content: str) -> None:
    setup.main()
    (checkout / "stamp").write_text(content, encoding="ascii")
    assert not setup.is_ready()


def test_a_lost_interpreter_asks_for_a_new_run(checkout: Path) -> None:
    setup.main()
    (checkout / "python").unlink()
    assert not setup.is_ready()


def test_a_failed_step_leaves_no_stamp(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setup.main()
    (checkout / "requirements.txt").write_text("a==2\n", encoding="ascii")

    def fail() -> None:
        raise StepError("no font could be had")

    monkeypatch.setattr(setup, "bring_fonts", fail)
    assert setup.main() == 1
    assert "no font could be had" in capsys.readouterr().err
    assert not (checkout / "stamp").exists()


def test_what_a_service_loads_is_compiled_though_python_may_not_keep_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    (room / "module.py").write_text("ANSWER = 42\n", encoding="ascii")
    (room / "template.py").write_text("no Python\n", encoding="ascii")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "ROOMS", ("room",))
    monkeypatch.setattr(setup, "PYTHON", tmp_path / "python")
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.setattr(setup, "LIBRARY", "print('')")
    setup.compile_bytecode()
    assert [path.name.partition(".")[0] for path in room.glob("__pycache__/*.pyc")] == ["module"]


def test_an_old_python_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(setup, "OLDEST", (99, 0))
    assert setup.main() == 1
    assert "Python 3.11 or newer is needed" in capsys.readouterr().err


def test_a_failing_program_tells_its_last_lines() -> None:
    with pytest.raises(StepError, match=r"ended with status 3\n    why"):
        run(["sh", "-c", "echo why; exit 3"])


def test_an_absent_program_is_named() -> None:
    with pytest.raises(StepError, match="no-such-program is not installed"):
        run(["no-such-program"])


def test_a_program_that_hangs_is_given_up() -> None:
    with pytest.raises(StepError, match="did not end within 1 s"):
        run(["sleep", "5"], seconds=1)


def test_packages_are_not_installed_by_others_than_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "may_install", lambda: False)
    with pytest.raises(StepError, match="Install them as root: apt-get install qpdf"):
        programs.install(["qpdf"])


def test_debians_missing_part_of_python_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[list[str]] = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    monkeypatch.setattr(setup, "install", wanted.append)
    setup.require_venv_module()
    assert [package.endswith("-venv") for (package,) in wanted] == [True]


def test_without_it_and_without_rights_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr(programs, "may_install", lambda: False)
    with pytest.raises(StepError, match=r"apt-get install python3\.\d+-venv"):
        setup.require_venv_module()
