"""Identifiers of requests stand in the trail, which refuses what has the form of a telephone number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.frame import new_request_id
from trustkit.audit.personal_data import require_impersonal

if TYPE_CHECKING:
    import pytest


def test_no_request_fails_for_an_identifier_that_looks_like_a_telephone_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda octets: f"a13912345678{'b' * 64}"[: 2 * octets])
    found = new_request_id()
    assert "13912345678" in found
    require_impersonal("request_id", found)
    assert len(found) <= 64  # what the trail takes
