"""A subject name as a person types it, ``C=CN, O=某某市某某局, CN=某某``: the inverse of `trustkit.x509.name.display_name`.

Escapes are those of RFC 4514 2.4. Attributes are those `Name.build` writes, each once; their order is the standard's, whatever
order they were typed in.
"""

from __future__ import annotations

import re
from typing import Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.name import Name

MAX_SUBJECT: Final = 2048  # characters
_ATTRIBUTES: Final = {
    "C": "country",
    "ST": "state",
    "L": "locality",
    "O": "organisation",
    "OU": "unit",
    "CN": "common_name",
}
_PART: Final = re.compile(r"(?:[^,\\]|\\.)+", re.DOTALL)
_OCTETS: Final = re.compile(r"(?:\\[0-9A-Fa-f]{2})+")


def parse_subject(text: str) -> bytes:
    """Return the DER name. Raise USAGE (form, unknown or repeated attribute, no CN), NAME_MALFORMED (a value)."""
    if len(text) > MAX_SUBJECT:
        raise TrustError(ErrorCode.USAGE, "the subject is too long", limit=MAX_SUBJECT)
    found: dict[str, str] = {}
    parts = _PART.findall(text)
    if ",".join(parts) != text:
        raise TrustError(ErrorCode.USAGE, "a subject reads like C=CN, O=…, CN=…")
    for part in parts:
        label, equals, value = part.strip().partition("=")
        name = _ATTRIBUTES.get(label.strip().upper())
        if not equals or name is None:
            raise TrustError(ErrorCode.USAGE, f"a subject is made of {', '.join(_ATTRIBUTES)}", attribute=label[:32])
        if name in found:
            raise TrustError(ErrorCode.USAGE, "an attribute stands twice in the subject", attribute=label)
        found[name] = _unescaped(value.strip())
    if "common_name" not in found:
        raise TrustError(ErrorCode.USAGE, "a subject has a CN")
    return Name.build(
        common_name=found["common_name"],
        country=found.get("country"),
        state=found.get("state"),
        locality=found.get("locality"),
        organisation=found.get("organisation"),
        unit=found.get("unit"),
    )


def _unescaped(value: str) -> str:
    try:
        text = _OCTETS.sub(lambda match: bytes.fromhex(match.group().replace("\\", "")).decode("utf-8"), value)
    except UnicodeDecodeError as error:
        raise TrustError(ErrorCode.USAGE, "escaped octets in a subject are UTF-8") from error
    return re.sub(r"\\(.)", r"\1", text)
