"""The examples of OpenID4VP 1.0: paths, and queries held against credentials that have, or lack, what they ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.verifier.dcql.saying import said
from verifier.dcql.match import fit_of, selected
from verifier.dcql.read import parse_dcql

VERSION = "OpenID4VP 1.0 of 9 July 2025"
VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("dcql_examples.json").read_text("utf-8"))
PERSON = {
    "last_name": "Doe",
    "first_name": "Ann",
    "given_name": "Ann",
    "family_name": "Doe",
    "address": {"street_address": "42 Market Street"},
    "postal_code": "90210",
    "locality": "Milliways",
    "region": "South",
    "date_of_birth": "1990-01-01",
}


@pytest.mark.parametrize("row", VECTORS["paths"], ids=lambda row: str(row["path"]))
def test_paths(row: dict[str, Any]) -> None:
    assert list(selected(tuple(row["path"]), VECTORS["credential"])) == row["selects"]


@pytest.mark.parametrize("name", VECTORS["queries"])
def test_queries_are_read(name: str) -> None:
    written = VECTORS["queries"][name]
    query = parse_dcql(written)
    assert [each.id for each in query.credentials] == [each["id"] for each in written["credentials"]]
    assert len(query.sets) == len(written.get("credential_sets", []))
    for read, each in zip(query.credentials, written["credentials"], strict=True):
        assert [list(claim.path) for claim in read.claims] == [claim["path"] for claim in each["claims"]]
        assert list(read.types) == each["meta"]["vct_values"]


@pytest.mark.parametrize("row", VECTORS["answers"], ids=lambda row: f"{row['query']}-{row['lacks']}-{row['fits']}")
def test_answers(row: dict[str, Any]) -> None:
    query = parse_dcql(VECTORS["queries"][row["query"]]).by_id[row["credential"]]
    claims = PERSON | {"vct": query.types[0]} | row.get("changed", {})
    shown = {name: value for name, value in claims.items() if name not in row["lacks"]}
    assert (not fit_of(query, said(shown)).lacking) is row["fits"]
