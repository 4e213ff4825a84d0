"""Targets: SD-JWT, and claims put together from digests and disclosures."""

from __future__ import annotations

from esign.credential.disclosing import disclose
from esign.credential.key_proof import VerifiedKeyProof
from esign.credential.model import RESERVED
from esign.credential.read import parse_disclosure
from esign.credential.type_metadata import parse_type_metadata
from esign.credential.verify import VerifiedSdJwt
from tests.fuzz import test_credentials as credentials
from tests.fuzz import test_presentations as presentations
from tests.fuzz import test_wallet as wallet
from tests.fuzz.coverage.target import Target
from tests.support.credentials import disclosure
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json


def _presentation(data: bytes) -> None:
    found = credentials.verify(data)
    assert not isinstance(found, VerifiedSdJwt) or data == credentials.presentation()


def _disclosing(data: bytes) -> None:
    """Put together a payload and disclosures that stand in one array, the payload first."""
    value = parse_json(data, max_size=len(data), max_depth=24, any_number=True)
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return
    disclosures = tuple(parse_disclosure(text) for text in value[1:] if isinstance(text, str))
    found = disclose(value[0], disclosures)
    assert len(found.names) == len(found.behind) == len(disclosures)
    _require_clear(dict(found.claims))


def _require_clear(value: JsonValue) -> None:
    if isinstance(value, dict):
        assert not RESERVED & set(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_clear(item)


def _proof(data: bytes) -> None:
    found = credentials.prove(data)
    assert not isinstance(found, VerifiedKeyProof) or data == credentials.proof()


def _query(data: bytes) -> None:
    assert presentations.read(data) == presentations.read(data)


def _answer(data: bytes) -> None:
    assert data == presentations.sealed() or presentations.open_answer(data) is None


def _type_metadata(data: bytes) -> None:
    found = parse_type_metadata(data)
    assert found.is_meant_by(found.integrity)


def _type_seeds() -> tuple[bytes, ...]:
    claims: list[JsonValue] = [{"path": ["a", None, 0], "sd": "always", "mandatory": True}]
    return (canonical_json({"vct": "t", "claims": claims}),)


def _disclosing_seeds() -> tuple[bytes, ...]:
    digest = credentials.parties().digest
    inner = disclosure("a", "b", 1)
    outer = disclosure("c", "d", {"_sd": [digest(inner)], "e": [{"...": digest(element := disclosure("f", [2]))}]})
    payload: dict[str, JsonValue] = {"_sd_alg": "sha-256", "_sd": [digest(outer)], "g": [1, {"h": None}]}
    return (canonical_json([payload, outer, inner, element]), canonical_json([payload, outer]))


TARGETS = (
    Target(name="sd-jwt", act=_presentation, seeds=lambda: (credentials.presentation(),), binary=False),
    Target(name="sd-jwt-disclosing", act=_disclosing, seeds=_disclosing_seeds, binary=False),
    Target(name="dcql", act=_query, seeds=presentations.seeds, binary=False),
    Target(name="wallet-answer", act=_answer, seeds=lambda: (presentations.sealed(),), binary=False),
    Target(name="key-proof", act=_proof, seeds=lambda: (credentials.proof(),), binary=False),
    Target(
        name="wallet-requests", act=wallet.read, seeds=lambda: tuple(each[2] for each in wallet.PARSERS), binary=False
    ),
    Target(name="type-metadata", act=_type_metadata, seeds=_type_seeds, binary=False),
)
