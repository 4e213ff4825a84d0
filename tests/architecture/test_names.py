"""Flat import names are safe as long as they are ours (docs/adr/0001-flat-import-names.md)."""

from __future__ import annotations

import importlib.util
from importlib.metadata import packages_distributions

import pytest

from tests.support.source import PACKAGES, ROOT


@pytest.mark.parametrize("name", PACKAGES)
def test_a_room_comes_from_this_distribution(name: str) -> None:
    owners = packages_distributions().get(name, [])
    assert set(owners) <= {"trustkit"}  # an editable installation names only what its .pth file cannot carry


@pytest.mark.parametrize("name", PACKAGES)
def test_a_room_is_imported_from_this_checkout(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin == str(ROOT / name / "__init__.py")


def test_policies_are_data() -> None:
    assert not list((ROOT / "policies").rglob("*.py"))
