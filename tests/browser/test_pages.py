"""Every page as a browser has it: axe-core finds nothing wrong, nothing breaks its policy, the keyboard reaches everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.idp_pages import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["light", "dark"])
def tab(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(color_scheme=request.param, viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(tab: Page, gallery: str, name: str, request: pytest.FixtureRequest) -> None:
    language = "zh" if "light" in request.node.name else "en"  # words and colours do not depend on one another
    told: list[str] = []

    def listen(message: object) -> None:
        told.append(str(message))

    tab.on("pageerror", listen)
    tab.on("console", lambda message: listen(message.text) if message.type == "error" else None)
    tab.goto(f"{gallery}/{language}/{name}")
    found = Axe().run(
        tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]] == []
    assert told == []


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_screen_needs_no_scrolling_sideways(tab: Page, gallery: str, name: str) -> None:
    tab.goto(f"{gallery}/en/{name}")
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    "name", ["login", "step", "account", "consent", "links", "pairing", "pairing-compare", "answer-national"]
)
def test_the_keyboard_reaches_everything(tab: Page, gallery: str, name: str) -> None:
    tab.goto(f"{gallery}/zh/{name}")
    wanted = tab.evaluate(
        "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea')]"
        ".filter(each => each.checkVisibility()).length"
    )
    tab.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(wanted + 3):
        tab.keyboard.press("Tab")
        reached.add(
            tab.evaluate(
                "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea')].indexOf(document.activeElement)"
            )
        )
    assert len(reached - {-1}) >= wanted


def test_without_script_the_other_ways_are_there(chromium: Browser, gallery: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(f"{gallery}/en/login")
    assert shown.get_by_role("button", name="Sign in", exact=True).is_visible()
    assert not shown.get_by_role("button", name="Sign in with a passkey").is_visible()
    context.close()
