"""What came back from a browser or a provider, read under bounds: short texts and JSON objects, and nothing else."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

MAX_TEXT: Final = 2048  # characters of one member: codes and states of providers have some hundred
_DEPTH: Final = 12
_MAX_TOLD: Final = 120  # characters of a provider's own words in a line of ours


def refusal(detail: str, rule: str) -> TrustError:
    """Return the refusal of what came back; `rule` says which rule it broke, for the operator and the trail."""
    return TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, detail, rule=rule)


def text_of(answer: Mapping[str, str], name: str, *, limit: int = MAX_TEXT) -> str:
    """Return a member that must be there. Raise IDP_UPSTREAM_ANSWER (``missing``, ``size``)."""
    value = answer.get(name, "")
    if not value:
        raise refusal(f"{name} is missing", "missing")
    if len(value) > limit:
        raise refusal(f"{name} is too long", "size")
    return value


def require_state(kept: Mapping[str, str], answer: Mapping[str, str], name: str = "state") -> None:
    """Return when the answer shows the state this login was begun with. Raise IDP_UPSTREAM_ANSWER (``state``)."""
    given = answer.get(name, "")
    expected = kept.get("state", "")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise refusal("not the state of this login", "state")


def json_object(octets: bytes, *, limit: int) -> dict[str, JsonValue]:
    """Return a JSON object; fractions in it are texts of no use (`NumberText`). Raise IDP_UPSTREAM_ANSWER (``json``)."""
    try:
        value = parse_json(octets, max_size=limit, max_depth=_DEPTH, any_number=True)
    except TrustError as error:
        raise refusal(f"no JSON that is accepted here: {error.code.value}", "json") from error
    if not isinstance(value, dict):
        raise refusal("not a JSON object", "json")
    return value


def told(words: object) -> str:
    """Return a stranger's words as they may stand in a line of ours: short, printable, ASCII (RFC 6749 5.2 allows no more)."""
    text = words if isinstance(words, str) else ""
    return "".join(each if each.isascii() and each.isprintable() else "?" for each in text[:_MAX_TOLD])
