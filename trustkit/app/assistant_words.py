"""What a word of a verdict or a refusal means, in both languages: ids of checks, codes of errors, indications.

explain("certificate:revocation:good")["outcomes"]["FAILED"]["zh"]["remedy"]
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from trustkit.api_codes import ApiCode
from trustkit.code_families import CODES
from trustkit.errors import TrustError
from trustkit.texts.catalogue import Language, check_text, error_text
from trustkit.verdict import CheckId, CheckStatus, Indication
from trustkit.web.problem import status_of
from verifier.report_words import headline

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.error_family import Code

MAX_WORD: Final = 128
_CHECKS: Final = {each.value: each for each in CheckId}
_INDICATIONS: Final = {each.value: each for each in Indication}
_LIKE: Final = 5  # names that come closest, of a name that is none


def explain(name: str) -> dict[str, JsonValue]:
    """Return what a name means: `kind`, `clause`, and the sentences and remedies of each outcome, under ``en`` and ``zh``.

    Raises:
        TrustError: WORD for a name nobody knows, `like` telling those that come closest.
    """
    word = name.strip()[: MAX_WORD + 1]
    if word in _CHECKS:
        return _check(_CHECKS[word])
    if word in CODES:
        return _error(CODES[word])
    if word in _INDICATIONS:
        told: dict[str, JsonValue] = {each.value: {"sentence": headline(_INDICATIONS[word], each)} for each in Language}
        return {"name": word, "kind": "indication", "clause": "ETSI EN 319 102-1 5.1.3", **told}
    like = get_close_matches(word[:MAX_WORD], (*_CHECKS, *CODES, *_INDICATIONS), _LIKE, 0.5)
    raise TrustError(ApiCode.ASSISTANT_WORD, f"like it: {', '.join(like)}" if like else "nothing is like it")


def _check(check: CheckId) -> dict[str, JsonValue]:
    outcomes: dict[str, JsonValue] = {}
    for status in CheckStatus:
        texts = {each: check_text(check, status, each) for each in Language}
        outcomes[status.value] = {
            each.value: {"sentence": text.sentence, "remedy": text.remedy} for each, text in texts.items()
        }
    clause = check_text(check, CheckStatus.PASSED, Language.EN).clause
    return {"name": check.value, "kind": "check", "clause": clause, "outcomes": outcomes}


def _error(code: Code) -> dict[str, JsonValue]:
    texts = {each: error_text(code, each) for each in Language}
    told: dict[str, JsonValue] = {
        each.value: {"sentence": text.sentence, "remedy": text.remedy} for each, text in texts.items()
    }
    return {
        "name": code.value,
        "kind": "error",
        "clause": texts[Language.EN].clause,
        "http_status": int(status_of(code)),
        **told,
    }
