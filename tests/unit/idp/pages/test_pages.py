"""Each page, in both languages: words there are, fields with labels, nothing inline, nothing unescaped, every form with its token."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from idp.pages.render import page
from idp.pages.views import Problem
from idp.pages.words import all_words, words_in
from tests.support.idp_pages import CSRF, PAGES
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.texts.catalogue import Language, error_text

if TYPE_CHECKING:
    from starlette.responses import HTMLResponse

EVIL = "\"><script>alert(1)</script><img src=x onerror='x'>{{7*7}}{csrf}"
WORDS_CHOSEN = frozenset({"kind", "means", "role", "outcome", "about", "say"})  # our own names of texts


def made(name: str, language: Language, **changes: object) -> HTMLResponse:
    template, values = PAGES[name]
    return page(template, {**values, **changes}, language=language, here=f"/{name}")


def read(answer: HTMLResponse) -> Any:
    return html.document_fromstring(bytes(answer.body).decode())


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", sorted(all_words()))
def test_words_are_there_in_both_languages(name: str) -> None:
    entry = all_words()[name]
    assert set(entry) == {"en", "zh"}
    assert all(entry.values())
    assert placeholders(entry["en"]) == placeholders(entry["zh"])
    if name not in {"page.switch", "page.switch_label"}:  # in the language they switch to
        assert not re.search(r"[\u4e00-\u9fff]", entry["en"])


def test_words_nobody_wrote_are_a_bug() -> None:
    with pytest.raises(TrustError) as caught:
        words_in(Language.EN)("login.nothing")
    assert caught.value.code is ErrorCode.BUG


def test_a_page_without_its_view_is_a_bug() -> None:
    with pytest.raises(TrustError) as caught:
        page("login.html", {}, language=Language.EN)
    assert caught.value.code is ErrorCode.BUG


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(name: str, language: Language) -> None:
    answer = made(name, language)
    tree = read(answer)
    assert tree.get("lang") == {"zh": "zh-CN", "en": "en"}[language.value]
    assert len(tree.findall(".//h1")) == 1
    for field in tree.xpath("//input[not(@type='hidden')] | //textarea | //select"):
        labels = tree.xpath("//label[@for=$id]", id=field.get("id"))
        assert len(labels) == 1, field.get("name")
        assert labels[0].text_content().strip()
    for button in tree.xpath("//button"):
        assert button.text_content().strip()
    assert len({each.get("id") for each in tree.xpath("//*[@id]")}) == len(tree.xpath("//*[@id]"))
    for image in tree.xpath("//img"):
        assert image.get("alt")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_stands_inline(name: str) -> None:
    tree = read(made(name, Language.ZH))
    assert not tree.xpath("//style | //*[@style] | //script[not(@src)] | //*[starts-with(@href, 'javascript:')]")
    assert not [key for each in tree.iter() for key in each.attrib if str(key).startswith("on")]
    assert all(each.get("src").startswith("/static/") for each in tree.xpath("//script"))


@pytest.mark.parametrize("name", PAGES)
def test_every_form_has_its_token_and_posts(name: str) -> None:
    for form in read(made(name, Language.EN)).xpath("//form"):
        assert form.get("method") == "post"
        assert form.get("action").startswith("/")
        if form.get("action") != "/language":
            assert form.xpath("./input[@type='hidden'][@name='csrf']/@value") == [CSRF]


def evil(value: object) -> object:
    """Put the same hostile text in place of every text a page shows; names that choose words stay."""
    if isinstance(value, str):
        return EVIL if value else value
    if isinstance(value, tuple):
        return tuple(evil(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        told = (each.name for each in fields(value) if each.name not in WORDS_CHOSEN)
        return replace(value, **{name: evil(getattr(value, name)) for name in told})
    return value


@pytest.mark.parametrize("name", PAGES)
def test_what_others_wrote_is_shown_as_text(name: str) -> None:
    changes = {key: evil(value) for key, value in PAGES[name][1].items() if key not in WORDS_CHOSEN}
    text = bytes(made(name, Language.EN, **changes).body).decode()
    tree = html.document_fromstring(text)
    assert "<script>alert" not in text
    assert not tree.xpath("//img[@onerror] | //script[not(@src)]")
    assert "49" not in re.sub(r"&#\d+;", "", text)
    assert len(tree.findall(".//form")) == len(read(made(name, Language.EN)).findall(".//form"))


def test_a_form_that_leads_elsewhere_is_answered_by_a_page_that_goes_there() -> None:
    answer = page("going.html", {}, language=Language.EN, goes_to="https://app.example/back?x=1;y='2'&z")
    assert answer.headers["refresh"] == "0; url=https://app.example/back?x=1;y='2'&z"
    assert read(answer).xpath("//main//a/@href") == ["https://app.example/back?x=1;y='2'&z"]
    assert answer.headers["content-security-policy"].endswith("form-action 'self'")


@pytest.mark.parametrize(
    "url", ["https://a.example/\r\nSet-Cookie: x=y", "https://a b.example/", "https://例.example/"]
)
def test_a_url_that_is_not_escaped_is_a_bug(url: str) -> None:
    with pytest.raises(TrustError) as caught:
        page("going.html", {}, language=Language.EN, goes_to=url)
    assert caught.value.code is ErrorCode.BUG


def test_no_cache_keeps_a_page_and_no_site_frames_it() -> None:
    headers = made("account", Language.ZH).headers
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_problem_says_the_sentence_of_its_code_and_no_detail() -> None:
    told = Problem.of(TrustError(ErrorCode.REQUEST_RATE, "secret detail"), Language.ZH)
    assert told.code == ErrorCode.REQUEST_RATE.value
    assert "secret" not in told.sentence + told.remedy


@pytest.mark.parametrize("language", Language)
def test_an_operators_remedy_is_not_shown_to_a_person(language: Language) -> None:
    code = IdentityCode.OP_CLIENT_MISSING
    assert "`" in error_text(code, language).remedy
    told = Problem.of(TrustError(code, "x"), language)
    assert told.remedy == words_in(language)("error.ask")
    assert (
        Problem.of(TrustError(ErrorCode.REQUEST_RATE), language).remedy
        == error_text(ErrorCode.REQUEST_RATE, language).remedy
    )
