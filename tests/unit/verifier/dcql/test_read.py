"""Queries as they are written: what is understood, what is left aside, and what is refused with which code."""

from __future__ import annotations

from typing import Any

import pytest

from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError
from verifier.dcql.model import ClaimQuery, CredentialQuery, CredentialSet, DcqlQuery
from verifier.dcql.read import parse_dcql

ALL: dict[str, Any] = {
    "credentials": [
        {
            "id": "a-1",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["t"], "unknown": 1},
            "trusted_authorities": [{"type": "aki", "values": ["AQI"]}],
            "claims": [{"id": "x", "path": ["k", None, 0], "values": ["v", 1, True]}, {"id": "y", "path": ["l"]}],
            "claim_sets": [["x"], ["y", "x"]],
            "multiple": True,
            "require_cryptographic_holder_binding": False,
            "unknown": {},
        },
        {"id": "b_2", "format": "dc+sd-jwt", "meta": {}},
    ],
    "credential_sets": [{"options": [["a-1"], ["b_2", "a-1"]], "required": False}],
    "unknown": [],
}


def test_all_of_it() -> None:
    first = CredentialQuery(
        id="a-1",
        types=("t",),
        authorities=frozenset({b"\x01\x02"}),
        claims=(ClaimQuery(id="x", path=("k", None, 0), values=("v", 1, True)), ClaimQuery(id="y", path=("l",))),
        claim_sets=(("x",), ("y", "x")),
        multiple=True,
        bound=False,
    )
    sets = (CredentialSet(options=(("a-1",), ("b_2", "a-1")), required=False),)
    assert parse_dcql(ALL) == DcqlQuery(credentials=(first, CredentialQuery(id="b_2")), sets=sets)
    assert [[each.id for each in option] for option in first.options] == [["x"], ["y", "x"]]
    assert parse_dcql(ALL).needed == ()
    assert parse_dcql(ALL | {"credential_sets": [{"options": [["b_2"]]}]}).needed[0].options == (("b_2",),)


def _one(**changed: Any) -> Any:
    good = {"id": "a", "format": "dc+sd-jwt", "meta": {}, "claims": [{"id": "x", "path": ["k"]}]}
    return {"credentials": [{name: value for name, value in (good | changed).items() if value is not None}]}


def _claim(**claim: Any) -> Any:
    return _one(claims=[claim])


def _authority(**authority: Any) -> Any:
    return _one(trusted_authorities=[authority])


def _sets(*sets: Any) -> Any:
    return _one() | {"credential_sets": list(sets)}


M, U = CredentialCode.DCQL_MALFORMED, CredentialCode.DCQL_UNSUPPORTED
REFUSED: dict[str, tuple[Any, CredentialCode]] = {
    "no object": ([], M),
    "nothing asked": ({}, M),
    "no credential": ({"credentials": []}, M),
    "a credential that is none": ({"credentials": ["a"]}, M),
    "too many": ({"credentials": _one()["credentials"] * 21}, M),
    "an id twice": ({"credentials": _one()["credentials"] * 2}, M),
    "no id": (_one(id=None), M),
    "an empty id": (_one(id=""), M),
    "an id with a dot": (_one(id="a.b"), M),
    "an id with a line end": (_one(id="a\n"), M),
    "a long id": (_one(id="a" * 65), M),
    "no format": (_one(format=None), M),
    "mdoc": (_one(format="mso_mdoc"), U),
    "an older name of the format": (_one(format="vc+sd-jwt"), U),
    "no meta": (_one(meta=None), M),
    "no types": (_one(meta={"vct_values": []}), M),
    "a type of numbers": (_one(meta={"vct_values": [1]}), M),
    "multiple as text": (_one(multiple="true"), M),
    "binding as a number": (_one(require_cryptographic_holder_binding=0), M),
    "no claims": (_one(claims=[]), M),
    "too many claims": (_one(claims=[{"path": [str(each)]} for each in range(65)]), M),
    "a claim twice": (_one(claims=[{"path": ["k"]}, {"path": ["k"]}]), M),
    "a claim's id twice": (_one(claims=[{"id": "x", "path": ["k"]}, {"id": "x", "path": ["l"]}]), M),
    "no path": (_claim(id="x"), M),
    "an empty path": (_claim(path=[]), M),
    "a long path": (_claim(path=["k"] * 17), M),
    "a place below 0": (_claim(path=[-1]), M),
    "a place that is true": (_claim(path=[True]), M),
    "a path of paths": (_claim(path=[["k"]]), M),
    "no values": (_claim(path=["k"], values=[]), M),
    "a value that is null": (_claim(path=["k"], values=[None]), M),
    "a value that is a list": (_claim(path=["k"], values=[[]]), M),
    "sets without claims": (_one(claims=None, claim_sets=[["x"]]), M),
    "sets of claims without ids": (_one(claims=[{"path": ["k"]}], claim_sets=[["x"]]), M),
    "an empty set": (_one(claim_sets=[[]]), M),
    "a set of another claim": (_one(claim_sets=[["z"]]), M),
    "a claim twice in a set": (_one(claim_sets=[["x", "x"]]), M),
    "no authorities": (_one(trusted_authorities=[]), M),
    "a list of trust lists": (_authority(type="etsi_tl", values=["https://lotl.example"]), U),
    "a federation": (_authority(type="openid_federation", values=["https://anchor.example"]), U),
    "an authority without values": (_authority(type="aki", values=[]), M),
    "an authority's key in hexadecimal": (_authority(type="aki", values=["0f:0e"]), M),
    "no credential sets": (_one() | {"credential_sets": []}, M),
    "a set without options": (_sets({"options": []}), M),
    "an option of nothing": (_sets({"options": [[]]}), M),
    "an option of another credential": (_sets({"options": [["z"]]}), M),
    "required as text": (_sets({"options": [["a"]], "required": "no"}), M),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    value, code = REFUSED[case]
    with pytest.raises(TrustError) as refusal:
        parse_dcql(value)
    assert refusal.value.code is code
