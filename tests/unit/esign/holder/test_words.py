"""What the holder's pages say is there in both languages, all of it, and nothing else; what is shown of a number is too little to use."""

from __future__ import annotations

import re
from importlib.resources import files

from esign.holder.rendering import PACKAGE
from esign.holder.views import masked
from esign.licence.lifecycle import Standing
from trustkit.web.page_words import all_words

_USED = re.compile(r't\(\s*[\'"]([a-z_]+\.[a-z_-]+)[\'"]\s*[,)]')
_CHOSEN = re.compile(r'"([a-z_]+\.[a-z_]+)" if|else "([a-z_]+\.[a-z_]+)"')
_BUILT = {"standing.", "authorisation.", "copy.", "given.", "going."}
_CODE = {"authorise.recipient_wrong", "error.ask"}


def test_every_word_of_a_page_is_there_and_every_word_is_used() -> None:
    words = all_words(PACKAGE)
    text = "\n".join(each.read_text("utf-8") for each in files(PACKAGE).joinpath("templates").iterdir())
    used = set(_USED.findall(text)) | {name for pair in _CHOSEN.findall(text) for name in pair if name}
    assert used <= words.keys()
    left = {name for name in words.keys() - used - _CODE if not any(name.startswith(each) for each in _BUILT)}
    assert left == set()


def test_both_languages_say_it_with_the_same_placeholders() -> None:
    for name, entry in all_words(PACKAGE).items():
        assert entry.keys() == {"zh", "en"}, name
        assert set(re.findall(r"{\w+}", entry["zh"])) == set(re.findall(r"{\w+}", entry["en"])), name


def test_every_standing_a_holder_can_see_has_a_word() -> None:
    seen = {f"standing.{each.value}" for each in Standing if each not in {Standing.DRAFTED, Standing.ABANDONED}}
    assert seen <= all_words(PACKAGE).keys()


def test_identifiers_are_masked() -> None:
    identifier = "1.2.156.3005.2.11990100MB0A1B2C3D001.11990100MB0A1B2C3D.20261201000007.001.X"
    assert masked(identifier) == "•••• 0007"
    assert masked("plain") == "•••• lain"
