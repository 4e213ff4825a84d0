"""Refusals at the terminal: sentence, code, clause and remedy, in the language of who reads them."""

from __future__ import annotations

import pytest

from trustkit.app.cli.output import refuse
from trustkit.app.cli.seal_words import told
from trustkit.errors import ErrorCode, TrustError

LOCALES = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}


@pytest.fixture(params=LOCALES)
def spoken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LC_ALL", LOCALES[request.param])
    return str(request.param)


def _lines(code: ErrorCode, capsys: pytest.CaptureFixture[str]) -> list[str]:
    refuse(TrustError(code, "told"))
    return capsys.readouterr().err.splitlines()


def test_the_clause_stands_between_code_and_remedy(spoken: str, capsys: pytest.CaptureFixture[str]) -> None:
    sentence, code, clause, remedy = _lines(ErrorCode.SEAL_SIGNER, capsys)
    assert sentence.startswith("trustkit: ")
    assert code == "  esign:seal:signer: told"
    assert clause == {"en": "  clause: ", "zh": "  依据："}[spoken] + "GB/T 38540-2020; GM/T 0031-2014 6.2.2"
    assert remedy.startswith("  → ")


def test_a_refusal_that_no_standard_asks_for_names_none(spoken: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = _lines(ErrorCode.OUTPUT_EXISTS, capsys)
    assert len(lines) == 3, spoken
    assert lines[2].startswith("  → ")


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        (ErrorCode.SEAL_SIGNER, ("trustkit seal apply", "trustkit seal show")),
        (ErrorCode.OWN_CERTIFICATE, ("trustkit ca renew", "seal-maker")),
    ],
)
def test_the_remedy_is_for_who_makes_seals_and_signs_with_them_too(
    spoken: str, capsys: pytest.CaptureFixture[str], code: ErrorCode, commands: tuple[str, ...]
) -> None:
    remedy = _lines(code, capsys)[-1]
    assert all(command in remedy for command in commands), spoken


def test_who_approved_a_seal_learns_what_its_maker_needs(spoken: str) -> None:
    line = told("approved", request="r-1")
    assert "trustkit seal make r-1" in line
    assert "trustkit ca renew seal-maker" in line, spoken
