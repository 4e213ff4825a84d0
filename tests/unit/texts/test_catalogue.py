from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from esign.ofd.reach import Role
from trustkit.code_families import EVERY_CODE
from trustkit.error_family import Code
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts import catalogue
from trustkit.texts.catalogue import Language, check_text, coverage_text, error_text
from trustkit.verdict import CheckId, CheckStatus

HANZI = re.compile(r"[\u4e00-\u9fff]")
SENTENCE_END = {Language.EN: (".",), Language.ZH: ("。",)}
DECISIVE = (CheckStatus.FAILED, CheckStatus.UNKNOWN)
ERROR_KEYS = {"clause", "en", "en_remedy", "zh", "zh_remedy"}
CHECK_KEYS = {"clause", "passed", "failed", "unknown", "note"}
WORDS = {"passed": {"en", "zh"}, "note": {"en", "zh"}}


def _well_written(text: str, language: Language) -> bool:
    in_chinese = bool(HANZI.search(text))
    half_width = re.search(r"[\u4e00-\u9fff][,;:!?]", text)
    return (
        text == text.strip()
        and text.endswith(SENTENCE_END[language])
        and "  " not in text
        and (language is Language.EN or (in_chinese and not half_width))
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", Code)
def test_every_error_has_a_sentence_and_a_remedy(code: Code, language: Language) -> None:
    text = error_text(code, language)
    assert _well_written(text.sentence, language), text.sentence
    assert _well_written(text.remedy, language), text.remedy


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("status", CheckStatus)
@pytest.mark.parametrize("check", CheckId)
def test_every_outcome_of_every_check_is_told(check: CheckId, status: CheckStatus, language: Language) -> None:
    text = check_text(check, status, language)
    assert _well_written(text.sentence, language), text.sentence
    assert text.clause
    assert bool(text.remedy) == (status in DECISIVE)
    assert not text.remedy or _well_written(text.remedy, language), text.remedy


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("role", Role)
def test_what_each_uncovered_file_could_change_is_told(role: Role, language: Language) -> None:
    assert _well_written(coverage_text(role.value, language), language)


def _tables(prefix: str) -> dict[str, dict[str, dict[str, object]]]:
    folder = files("trustkit.texts")
    return {
        entry.name: tomllib.loads(entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.startswith(prefix) and entry.name.endswith(".toml")
    }


def test_no_text_speaks_for_a_code_that_is_gone() -> None:
    written = {key for table in _tables("errors_").values() for key in table}
    assert written == {code.value for code in EVERY_CODE}
    assert set(_tables("checks")["checks.toml"]) == {check.value for check in CheckId}
    assert set(_tables("coverage")["coverage.toml"]) == {role.value for role in Role}


def test_entries_hold_only_known_fields() -> None:
    for name, table in _tables("errors_").items():
        for key, entry in table.items():
            assert set(entry) <= ERROR_KEYS, (name, key)
            assert key.partition(":")[0] == name.removeprefix("errors_").removesuffix(".toml")
    for key, entry in _tables("checks")["checks.toml"].items():
        assert set(entry) == CHECK_KEYS, key
        for section, words in WORDS.items():
            found = entry[section]
            assert isinstance(found, dict)
            assert set(found) == words, (key, section)


def test_a_code_without_text_is_our_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_read", lambda _name: {})
    with pytest.raises(TrustError) as caught:
        error_text(ErrorCode.DER_MALFORMED, Language.EN)
    assert caught.value.code is ErrorCode.BUG
    assert caught.value.facts["missing"] == ErrorCode.DER_MALFORMED.value


def test_a_lost_file_is_our_bug() -> None:
    with pytest.raises(TrustError) as caught:
        catalogue._read("errors_nowhere")
    assert caught.value.code is ErrorCode.BUG
