"""What signed metadata say of a copy for a purpose; nothing for those of a licence itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esign.copies.model import MEMBER, NUMBER_LENGTH, VERSION, CopyTerms, purpose_of, recipient_of
from trustkit.clock import format_rfc3339, parse_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.encoding.canonical_json import JsonValue

_NUMBER: Final = re.compile(f"[A-Z2-7]{{{NUMBER_LENGTH}}}", re.ASCII)
_SM3: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEYS: Final = frozenset(
    {"authorisation", "licence_sm3", "number", "purpose", "recipient", "valid_from", "valid_until", "version"}
)
_RECIPIENT_KEYS: Final = frozenset({"name", "uscc"})


def read_copy_terms(metadata: Mapping[str, JsonValue]) -> CopyTerms | None:
    """Return what a copy is bound to, None where the metadata are a licence's own.

    Raises:
        TrustError: COPY_MALFORMED: whatever calls itself a copy and does not say all of it is none, and no licence either.
    """
    if MEMBER not in metadata:
        return None
    said = metadata[MEMBER]
    if not isinstance(said, dict) or said.keys() != _KEYS or said["version"] != VERSION:
        raise _malformed("members")
    recipient = said["recipient"]
    if not isinstance(recipient, dict) or recipient.keys() != _RECIPIENT_KEYS:
        raise _malformed("recipient")
    try:
        terms = CopyTerms(
            number=_matching(said["number"], _NUMBER, "number"),
            purpose=purpose_of(_text(said["purpose"], "purpose")),
            recipient=recipient_of(_text(recipient["uscc"], "uscc"), _text(recipient["name"], "name")),
            valid_from=_moment(said["valid_from"], "valid_from"),
            valid_until=_moment(said["valid_until"], "valid_until"),
            authorisation=_matching(said["authorisation"], _NUMBER, "authorisation"),
            licence_sm3=_matching(said["licence_sm3"], _SM3, "licence_sm3"),
        )
    except TrustError as error:
        if error.code is CopyCode.COPY_MALFORMED:
            raise
        raise _malformed(error.code.value) from error
    if terms.valid_from >= terms.valid_until:
        raise _malformed("it ends before it begins")
    return terms


def _text(value: JsonValue, key: str) -> str:
    if not isinstance(value, str):
        raise _malformed(key)
    return value


def _matching(value: JsonValue, form: re.Pattern[str], key: str) -> str:
    text = _text(value, key)
    if not form.fullmatch(text):
        raise _malformed(key)
    return text


def _moment(value: JsonValue, key: str) -> datetime:
    text = _text(value, key)
    try:
        moment = parse_rfc3339(text)
    except ValueError as error:
        raise _malformed(key) from error
    if format_rfc3339(moment) != text:
        raise _malformed(key)
    return moment


def _malformed(what: str) -> TrustError:
    return TrustError(CopyCode.COPY_MALFORMED, what)
