"""Names an order may have (RFC 8555 7.1.3, 7.1.4): DNS names in one form, a wildcard as the whole first label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.general_name_build import dns_name

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

MAX_NAMES: Final = 100
_WILDCARD: Final = "*."


def read_identifiers(value: JsonValue, *, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of an order, sorted, each once.

    `allowed` are the domains this authority serves, each with everything below it; empty for any.

    Raises:
        TrustError: ACME_MALFORMED; ACME_IDENTIFIER_TYPE for another type than dns; ACME_IDENTIFIER for a name that is none,
            has one label, or is not served.
    """
    if not isinstance(value, list) or not 0 < len(value) <= MAX_NAMES:
        raise TrustError(ErrorCode.ACME_MALFORMED, f"identifiers is an array of 1 to {MAX_NAMES}")
    return tuple(sorted({_name(each, allowed) for each in value}))


def _name(value: JsonValue, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise TrustError(ErrorCode.ACME_MALFORMED, "an identifier has type and value")
    if value["type"] != "dns":
        raise TrustError(ErrorCode.ACME_IDENTIFIER_TYPE, "dns alone")
    text = value.get("value")
    if not isinstance(text, str):
        raise TrustError(ErrorCode.ACME_MALFORMED, "an identifier has type and value")
    try:
        name = dns_name(text).text
    except TrustError as error:
        raise TrustError(ErrorCode.ACME_IDENTIFIER, error.detail) from error
    bare = without_wildcard(name)
    if "." not in bare or bare.rpartition(".")[2].isdigit():
        raise TrustError(ErrorCode.ACME_IDENTIFIER, "a name has at least two labels, and the last is no number")
    if allowed and not any(bare == domain or bare.endswith(f".{domain}") for domain in allowed):
        raise TrustError(ErrorCode.ACME_IDENTIFIER, "not under a domain this authority serves")
    return name


def is_wildcard(name: str) -> bool:
    """Whether a name is a wildcard."""
    return name.startswith(_WILDCARD)


def without_wildcard(name: str) -> str:
    """Return the name a wildcard stands under, or the name itself."""
    return name.removeprefix(_WILDCARD)


def names_to_text(names: tuple[str, ...]) -> str:
    """Return names as they are stored."""
    return canonical_json(list(names)).decode("ascii")


def names_from_text(text: str) -> tuple[str, ...]:
    """Return stored names; the inverse of `names_to_text`."""
    value = parse_json(text.encode("ascii"))
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
