"""A query from JSON, strictly: what is asked has to be what will be judged (OpenID4VP 1.0 clause 6).

query = parse_dcql(parse_json(octets, max_size=MAX_QUERY))

Members nobody knows are left aside, as clause 6 demands. What is known and cannot be judged here is refused: a wallet would follow it, and nobody
would hold the answer against it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from trustkit.credential_codes import CredentialCode
from trustkit.encoding.canonical_json import JsonValue, NumberText
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import TrustError
from verifier.dcql.model import (
    FORMAT,
    MAX_CLAIMS,
    MAX_CREDENTIALS,
    MAX_ID,
    MAX_PATH,
    MAX_SETS,
    MAX_TEXT,
    MAX_VALUES,
    ClaimQuery,
    CredentialQuery,
    CredentialSet,
    DcqlQuery,
    QueryPath,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_AKI: Final = "aki"  # etsi_tl and openid_federation cannot be looked up here


def parse_dcql(value: JsonValue) -> DcqlQuery:
    """Return the query.

    Raises:
        TrustError: DCQL_MALFORMED, naming the place; DCQL_UNSUPPORTED for a format or an authority that is not judged here.
    """
    query = _object(value, "dcql_query")
    credentials = tuple(
        _credential(each, f"credentials[{place}]")
        for place, each in enumerate(_list(query, "credentials", MAX_CREDENTIALS, "dcql_query"))
    )
    known = [each.id for each in credentials]
    _require_distinct(known, "credentials")
    sets: tuple[CredentialSet, ...] = ()
    if "credential_sets" in query:
        sets = tuple(
            _set(each, f"credential_sets[{place}]", known)
            for place, each in enumerate(_list(query, "credential_sets", MAX_SETS, "dcql_query"))
        )
    return DcqlQuery(credentials=credentials, sets=sets)


def _credential(value: JsonValue, place: str) -> CredentialQuery:
    query = _object(value, place)
    if _text(query.get("format"), f"{place}.format") != FORMAT:
        raise TrustError(CredentialCode.DCQL_UNSUPPORTED, f"{place}.format is {FORMAT}")
    claims: tuple[ClaimQuery, ...] = ()
    if "claims" in query:
        claims = tuple(
            _claim(each, f"{place}.claims[{number}]")
            for number, each in enumerate(_list(query, "claims", MAX_CLAIMS, place))
        )
        _require_distinct([each.path for each in claims], f"{place}.claims")
        _require_distinct([each.id for each in claims if each.id], f"{place}.claims")
    return CredentialQuery(
        id=_id(query.get("id"), f"{place}.id"),
        types=_types(_object(query.get("meta"), f"{place}.meta"), f"{place}.meta"),
        authorities=_authorities(query, place),
        claims=claims,
        claim_sets=_claim_sets(query, place, claims),
        multiple=_flag(query, "multiple", place, default=False),
        bound=_flag(query, "require_cryptographic_holder_binding", place, default=True),
    )


def _types(meta: dict[str, JsonValue], place: str) -> tuple[str, ...]:
    """Appendix B.3.5. An empty `meta` constrains nothing (clause 6.1)."""
    if "vct_values" not in meta:
        return ()
    return tuple(_text(each, f"{place}.vct_values") for each in _list(meta, "vct_values", MAX_VALUES, place))


def _authorities(query: dict[str, JsonValue], place: str) -> frozenset[bytes]:
    if "trusted_authorities" not in query:
        return frozenset()
    found: set[bytes] = set()
    for number, value in enumerate(_list(query, "trusted_authorities", MAX_SETS, place)):
        here = f"{place}.trusted_authorities[{number}]"
        authority = _object(value, here)
        if _text(authority.get("type"), f"{here}.type") != _AKI:
            raise TrustError(CredentialCode.DCQL_UNSUPPORTED, f"{here}.type is {_AKI}")
        for each in _list(authority, "values", MAX_VALUES, here):
            try:
                found.add(decode_base64url(_text(each, f"{here}.values")))
            except TrustError as error:
                raise _malformed(f"{here}.values: a key identifier in base64url") from error
    return frozenset(found)


def _claim(value: JsonValue, place: str) -> ClaimQuery:
    query = _object(value, place)
    path = tuple(_component(each, f"{place}.path") for each in _list(query, "path", MAX_PATH, place))
    values: tuple[str | int | bool, ...] = ()
    if "values" in query:
        values = tuple(_value(each, f"{place}.values") for each in _list(query, "values", MAX_VALUES, place))
    return ClaimQuery(id=_id(query["id"], f"{place}.id") if "id" in query else "", path=path, values=values)


def _component(value: JsonValue, place: str) -> str | int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and not isinstance(value, NumberText) and len(value) <= MAX_TEXT:
        return value
    raise _malformed(f"{place}: keys, places from 0, null for all places")


def _value(value: JsonValue, place: str) -> str | int | bool:
    if isinstance(value, str | int) and not isinstance(value, NumberText) and len(str(value)) <= MAX_TEXT:
        return value
    raise _malformed(f"{place}: texts, whole numbers, true and false")


def _claim_sets(query: dict[str, JsonValue], place: str, claims: tuple[ClaimQuery, ...]) -> tuple[tuple[str, ...], ...]:
    if "claim_sets" not in query:
        return ()
    if not claims or not all(each.id for each in claims):
        raise _malformed(f"{place}.claim_sets needs claims, each with an id")
    here = f"{place}.claim_sets"
    return tuple(
        _ids(each, here, [claim.id for claim in claims]) for each in _list(query, "claim_sets", MAX_SETS, place)
    )


def _set(value: JsonValue, place: str, known: Collection[str]) -> CredentialSet:
    query = _object(value, place)
    options = tuple(_ids(each, f"{place}.options", known) for each in _list(query, "options", MAX_SETS, place))
    return CredentialSet(options=options, required=_flag(query, "required", place, default=True))


def _ids(value: JsonValue, place: str, known: Collection[str]) -> tuple[str, ...]:
    """Return ids of what there is, one at the least and none twice."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_CLAIMS:
        raise _malformed(f"{place}: lists of ids", limit=MAX_CLAIMS)
    names = tuple(_id(each, place) for each in value)
    _require_distinct(names, place)
    if not set(names) <= set(known):
        raise _malformed(f"{place} names an id that is not there")
    return names


def _object(value: JsonValue, place: str) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise _malformed(f"{place} is an object")
    return value


def _list(value: dict[str, JsonValue], name: str, most: int, place: str) -> list[JsonValue]:
    found = value.get(name)
    if not isinstance(found, list) or not 0 < len(found) <= most:
        raise _malformed(f"{place}.{name}: a list of one at the least", limit=most)
    return found


def _text(value: JsonValue, place: str) -> str:
    if not isinstance(value, str) or isinstance(value, NumberText) or not 0 < len(value) <= MAX_TEXT:
        raise _malformed(f"{place} is a text", limit=MAX_TEXT)
    return value


def _id(value: JsonValue, place: str) -> str:
    name = _text(value, place)
    if len(name) > MAX_ID or not _ID.fullmatch(name):
        raise _malformed(f"{place}: letters, digits, _ and -", limit=MAX_ID)
    return name


def _flag(query: dict[str, JsonValue], name: str, place: str, *, default: bool) -> bool:
    value = query.get(name, default)
    if not isinstance(value, bool):
        raise _malformed(f"{place}.{name} is true or false")
    return value


def _require_distinct(found: Iterable[str | QueryPath], place: str) -> None:
    each = list(found)
    if len(set(each)) != len(each):
        raise _malformed(f"{place}: the same stands there twice")


def _malformed(detail: str, **facts: int) -> TrustError:
    return TrustError(CredentialCode.DCQL_MALFORMED, detail, **facts)
