"""What a licence's signed metadata say that several licences are compared by: its type, its holders, its first and last day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.licence.field_rule import HOLDER_CODE, VALID_FROM, VALID_TO
from esign.licence.identifier import parse_identifier
from trustkit.errors import TrustError
from trustkit.verdict import LicenceSaid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

_IDENTIFIER: Final = "ZZBS"
_BETWEEN: Final = "、"  # codes of several holders (`esign.licence.metadata`)


def licence_said(claims: Mapping[str, JsonValue]) -> LicenceSaid:
    """Return what signed claims say; what they do not say, or say as no text, is left out.

    The type is the identifier's, by which its issuer's right to it is judged: what a licence calls itself besides is anybody's word.
    """
    texts = {name: value for name, value in claims.items() if isinstance(value, str)}
    return LicenceSaid(
        identifier=texts.get(_IDENTIFIER, ""),
        types=_types(texts.get(_IDENTIFIER, "")),
        holders=frozenset(filter(None, map(str.strip, texts.get(HOLDER_CODE, "").split(_BETWEEN)))),
        term=tuple((name, texts[name]) for name in (VALID_FROM, VALID_TO) if name in texts),
    )


def _types(identifier: str) -> frozenset[str]:
    try:
        return frozenset({parse_identifier(identifier).type_code})
    except TrustError:
        return frozenset()
