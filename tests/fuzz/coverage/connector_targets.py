"""Targets: what providers say of themselves, descriptions of exchanges, settings of connectors, and answers of a login's calls."""

from __future__ import annotations

from tests.fuzz import test_connectors as connectors
from tests.fuzz.coverage.target import Target


def _metadata(data: bytes) -> None:
    assert connectors.metadata(data) == connectors.metadata(data)


def _exchange(data: bytes) -> None:
    assert connectors.exchange(data) == connectors.exchange(data)


def _national(data: bytes) -> None:
    assert connectors.national(data) == connectors.national(data)


def _settings(data: bytes) -> None:
    assert connectors.settings(data) == connectors.settings(data)


TARGETS = (
    Target(name="openid-metadata", act=_metadata, seeds=lambda: (connectors.METADATA,), binary=False),
    Target(name="exchange-description", act=_exchange, seeds=lambda: (connectors.DESCRIPTION,), binary=False),
    Target(name="national-contract", act=_national, seeds=lambda: (connectors.NATIONAL,), binary=False),
    Target(name="connector-settings", act=_settings, seeds=lambda: (connectors.SETTINGS,), binary=False),
)
