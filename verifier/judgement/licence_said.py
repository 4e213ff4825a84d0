"""What a licence's signed metadata say that several licences are compared by: its type, its holders, its first and last day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.licence.field_rule import HOLDER_CODE, VALID_FROM, VALID_TO
from trustkit.verdict import LicenceSaid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

_IDENTIFIER, _TYPE, _CREDENTIAL_TYPE = "ZZBS", "ZZLXDM", "vct"
_BETWEEN: Final = "、"  # codes of several holders (`esign.licence.metadata`)


def licence_said(claims: Mapping[str, JsonValue]) -> LicenceSaid:
    """Return what signed claims say; what they do not say, or say as no text, is left out."""
    texts = {name: value for name, value in claims.items() if isinstance(value, str)}
    return LicenceSaid(
        identifier=texts.get(_IDENTIFIER, ""),
        types=frozenset(filter(None, (texts.get(_TYPE), texts.get(_CREDENTIAL_TYPE)))),
        holders=frozenset(filter(None, map(str.strip, texts.get(HOLDER_CODE, "").split(_BETWEEN)))),
        term=tuple((name, texts[name]) for name in (VALID_FROM, VALID_TO) if name in texts),
    )
