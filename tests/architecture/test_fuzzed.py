"""Every parser is fuzzed: its name stands in tests/fuzz, or beside the parser whose tests reach it."""

from __future__ import annotations

import re

from tests.support.source import PACKAGES, ROOT, modules

PARSER = re.compile(r"^def (parse_\w+)\(", flags=re.MULTILINE)
REACHED_THROUGH = {
    "parse_digested_message": "parse_message",
    "parse_enveloped_message": "parse_message",
    "parse_flattened": "read_message",
    "parse_sealed_message": "parse_message",
    "parse_sec1": "open_key_file",
    "parse_with_key": "verify_dpop",
}


def _fuzzed() -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "tests" / "fuzz").rglob("*.py")))


def _parsers() -> frozenset[str]:
    found = (PARSER.findall(module.text) for module in modules(ROOT, PACKAGES))
    return frozenset(name for names in found for name in names)


def _unfuzzed(parsers: frozenset[str], text: str) -> list[str]:
    words = set(re.findall(r"\w+", text))
    return sorted(name for name in parsers if REACHED_THROUGH.get(name, name) not in words)


def test_every_parser_is_fuzzed() -> None:
    assert _unfuzzed(_parsers(), _fuzzed()) == []


def test_the_list_names_parsers_that_exist() -> None:
    assert set(REACHED_THROUGH) <= _parsers()


def test_it_bites() -> None:
    assert _unfuzzed(frozenset({"parse_nothing"}), "parse_something") == ["parse_nothing"]
