"""Fixtures of the verifier's tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest


@pytest.fixture
def judged_at() -> datetime:
    return datetime(2026, 12, 1, tzinfo=UTC)
