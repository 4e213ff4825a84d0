from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from esign.licence.types import LicenceType, load_licence_type
from tests.support.databases import database, migrated_url
from trustkit.identity import Organisation

__all__ = ["database", "migrated_url"]

POLICIES = Path(__file__).resolve().parents[3] / "policies" / "licences"


@pytest.fixture(scope="session")
def kind() -> LicenceType:
    return load_licence_type(POLICIES / "business-licence")


@pytest.fixture(scope="session")
def sample() -> bytes:
    return (POLICIES / "business-licence" / "sample.json").read_bytes()


@pytest.fixture(scope="session")
def issuer() -> Organisation:
    return Organisation(uscc="1199010000TRYQK01Q", name="示例市市场监督管理局")


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 11, 24, 8, 30, 15, tzinfo=UTC)
