"""What two verdicts must share to be the same: the substance in full, and the sentences by a digest of the report in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.encoding.canonical_json import canonical_json
from trustkit.texts.catalogue import Language
from verifier.record.objects import sm3_name, whole_text
from verifier.report import verdict_to_json

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.verdict import Verdict

_SENTENCES: Final = frozenset({"message", "remedy", "clause"})  # of a check
_NAME: Final = "file"  # the caller's label: it may be somebody's name, and is nobody's business here


def substance(verdict: Verdict) -> bytes:
    """Return the octets two verdicts share exactly when they say the same."""
    told = verdict_to_json(verdict, file="")
    told.pop(_NAME)
    return canonical_json(whole_text(_without_sentences(told)))


def report_digests(verdict: Verdict) -> dict[str, str]:
    """Return SM3 (hexadecimal) of the report as canonical JSON with an empty file name, by language."""
    return {
        language.value: sm3_name(canonical_json(whole_text(verdict_to_json(verdict, file="", language=language))))
        for language in Language
    }


def _without_sentences(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_without_sentences(each) for each in value]
    if not isinstance(value, dict):
        return value
    is_check = {"id", "status"} <= value.keys()
    return {key: _without_sentences(each) for key, each in value.items() if not (is_check and key in _SENTENCES)}
