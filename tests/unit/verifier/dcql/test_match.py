"""Credentials held against queries: what is missing is named, and nothing is handed on that was not asked for."""

from __future__ import annotations

import pytest

from tests.unit.verifier.dcql.saying import said
from verifier.dcql.match import Asked, fit_of, selected
from verifier.dcql.model import ClaimQuery, CredentialQuery, QueryPath

CLAIMS = {"vct": "t", "name": "甲", "age": 18, "adult": True, "kinds": ["a", "b"], "at": {"city": "乙", "street": "丙"}}
NOWHERE: tuple[QueryPath, ...] = (
    ("missing",),
    ("name", "x"),
    ("name", None),
    ("kinds", 2),
    ("kinds", "a"),
    ("at", 0),
    ("at", None),
    (0,),
    (None,),
)


@pytest.mark.parametrize("path", NOWHERE, ids=str)
def test_paths_that_lead_nowhere(path: QueryPath) -> None:
    assert selected(path, CLAIMS) == ()


def test_one_of_many_that_has_no_such_part_ends_the_path() -> None:
    claims = {"each": [{"k": 1}, {"l": 2}], "mixed": [{"k": 1}, 2]}
    assert selected(("each", None, "k"), claims) == (1,)
    assert selected(("mixed", None, "k"), claims) == ()


def _query(*claims: ClaimQuery, **more: object) -> CredentialQuery:
    return CredentialQuery(id="a", claims=claims, **more)  # type: ignore[arg-type]


def _claim(*path: str | int | None, id: str = "", values: tuple[str | int | bool, ...] = ()) -> ClaimQuery:  # noqa: A002 - as the model names it
    return ClaimQuery(id=id, path=path, values=values)


LACKING: dict[str, tuple[CredentialQuery, tuple[str, ...]]] = {
    "nothing asked": (_query(), ()),
    "its type": (_query(types=("s", "t")), ()),
    "another type": (_query(types=("s",)), ("vct",)),
    "a type that begins so": (_query(types=("tt",)), ("vct",)),
    "its authority": (_query(authorities=frozenset({b"1", b"2"})), ()),
    "another authority": (_query(authorities=frozenset({b"2"})), ("trusted_authorities",)),
    "a claim": (_query(_claim("name")), ()),
    "claims that are missing": (_query(_claim("name"), _claim("at", "zip"), _claim("x")), ('["at", "zip"]', '["x"]')),
    "a value": (_query(_claim("name", values=("乙", "甲"))), ()),
    "another value": (_query(_claim("name", values=("乙",))), ('["name"]',)),
    "a number for a text": (_query(_claim("age", values=("18",))), ('["age"]',)),
    "true is not 1": (_query(_claim("adult", values=(1,))), ('["adult"]',)),
    "an object has no value": (_query(_claim("at", values=("乙",))), ('["at"]',)),
    "one of several": (_query(_claim("kinds", None, values=("b",))), ()),
    "a set that is whole": (
        _query(_claim("x", id="x"), _claim("name", id="n"), claim_sets=(("x", "n"), ("n",))),
        (),
    ),
    "no set that is whole": (_query(_claim("x", id="x"), _claim("y", id="y"), claim_sets=(("x",), ("y",))), ('["x"]',)),
}


@pytest.mark.parametrize("case", LACKING)
def test_what_is_lacking(case: str) -> None:
    query, lacking = LACKING[case]
    assert fit_of(query, said(CLAIMS, authorities=frozenset({b"1"}))).lacking == lacking


def test_a_holder_who_proves_nothing() -> None:
    assert fit_of(_query(), said(CLAIMS, holder="")).lacking == ("holder binding",)
    assert fit_of(_query(bound=False), said(CLAIMS, holder="")).lacking == ()


def test_nothing_is_handed_on_that_was_not_asked_for() -> None:
    query = _query(_claim("at", "city"), _claim("kinds", None, values=("b",)))
    fit = fit_of(query, said(CLAIMS, ("at",), ("at", "city"), ("at", "street"), ("kinds", 0), ("name",)))
    assert fit.claims == (
        Asked(path=("at", "city"), values=("乙",)),
        Asked(path=("kinds", None), values=("b",)),
    )
    assert fit.beyond == ('["at", "street"]', '["name"]')
    assert fit_of(_query(_claim("x")), said(CLAIMS)).claims == ()
