"""What pyproject.toml asks for is locked, by version and digest, in the file that is installed."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.support.source import ROOT

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==\S+", flags=re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def _pinned(name: str) -> set[str]:
    return set(PINNED.findall((ROOT / "requirements" / name).read_text(encoding="utf-8")))


def _asked(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return {found[0].lower().replace("_", "-") for line in wanted for found in [NAME.match(line)] if found}


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("run.txt", ("accel", "bulk", "gmssl", "mcp", "postgres")),
        ("dev.txt", ("accel", "bulk", "gmssl", "mcp", "postgres", "dev")),
    ],
)
def test_everything_asked_for_is_locked(name: str, extras: tuple[str, ...]) -> None:
    assert _asked(*extras) - _pinned(name) == set()


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_every_locked_package_has_digests_and_no_index(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert [block.partition(" ")[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text


def test_what_runs_is_the_same_in_both() -> None:
    versions = re.compile(r"^[a-z0-9][^\s\\;]*==[^\s\\;]+", flags=re.MULTILINE)
    run, dev = (
        set(versions.findall((ROOT / "requirements" / name).read_text("utf-8"))) for name in ("run.txt", "dev.txt")
    )
    assert run <= dev
