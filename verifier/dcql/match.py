"""What a credential has of what was asked for (OpenID4VP 1.0 clauses 6.4 and 7.1). Pure; says nothing of whether it is to be believed.

    fit = fit_of(query.by_id["pid"], shown)
    fit.lacking, fit.claims

A wallet may have left `values` and `trusted_authorities` aside, so all of it is held against what came back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustkit.verdict import CredentialSaid
    from verifier.dcql.model import ClaimQuery, CredentialQuery, QueryPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A claim that was asked for, and what of the credential it selects."""

    path: QueryPath
    values: tuple[object, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a credential answers a query.

    Attributes:
        lacking: what is missing, by name; nothing where it answers all that was asked.
        claims: those of the first set that is whole, where nothing is lacking; nothing of what was not asked for.
        beyond: paths the holder disclosed and nobody asked for.
    """

    lacking: tuple[str, ...]
    claims: tuple[Asked, ...] = ()
    beyond: tuple[str, ...] = ()


def fit_of(query: CredentialQuery, said: CredentialSaid) -> Fit:
    """Return what a credential has of what was asked for."""
    lacking: list[str] = []
    if query.types and said.claims.get("vct") not in query.types:
        lacking.append("vct")
    if query.authorities and not query.authorities & said.authorities:
        lacking.append("trusted_authorities")
    if query.bound and not said.holder:
        lacking.append("holder binding")
    asked, missing = _first_whole(query, said)
    beyond = tuple(path_text(path) for path in said.disclosed if not any(_meets(path, each) for each in query.claims))
    lacking += missing
    return Fit(lacking=tuple(lacking), claims=() if lacking else asked, beyond=beyond)


def selected(path: QueryPath, claims: object) -> tuple[object, ...]:
    """Return the elements a path selects (clause 7.1.1); none where it leads nowhere or through what has no such parts."""
    found: list[object] = [claims]
    for step in path:
        following: list[object] = []
        for each in found:
            if isinstance(step, str):
                if not isinstance(each, dict):
                    return ()
                following += [each[step]] if step in each else []
            elif not isinstance(each, list):
                return ()
            else:
                following += each if step is None else each[step : step + 1]
        found = following
    return tuple(found)


def path_text(path: QueryPath) -> str:
    """Return a path as JSON writes it."""
    return json.dumps(list(path), ensure_ascii=False)


def _first_whole(query: CredentialQuery, said: CredentialSaid) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    """Return the claims of the first set that is whole; where none is, what the first one lacks."""
    told: tuple[str, ...] | None = None
    for option in query.options:
        found = [(each, _matching(each, said)) for each in option]
        missing = tuple(path_text(each.path) for each, values in found if not values)
        if not missing:
            return tuple(Asked(path=each.path, values=values) for each, values in found), ()
        told = told or missing
    return (), told or ()


def _matching(query: ClaimQuery, said: CredentialSaid) -> tuple[object, ...]:
    """Return what is selected and has one of the values asked for: type and value both match (clause 6.3), so that true is not 1."""
    found = selected(query.path, said.claims)
    if not query.values:
        return found
    wanted = {(type(each), each) for each in query.values}
    return tuple(each for each in found if isinstance(each, str | int) and (type(each), each) in wanted)


def _meets(disclosed: QueryPath, query: ClaimQuery) -> bool:
    """Tell whether what was disclosed lies on the way to a claim that was asked for, or within one."""
    pairs = zip(disclosed, query.path, strict=False)
    return all(step == asked or (asked is None and isinstance(step, int)) for step, asked in pairs)
