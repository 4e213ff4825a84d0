"""The holders' door in Chromium, on a telephone: asked, agreed, seen, taken back, in both languages and large print; axe on each page."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_service import RULES
from tests.support.authority import PASSPHRASE
from tests.support.holder_door import HolderWorld, holder_world
from tests.support.served_provider import TWO_FACTORS
from tests.support.service import free_port, service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, ViewportSize

pytestmark = pytest.mark.browser

PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
WORDS: Final = {
    "en": ("Agree", "What I let be used", "Take it back", "You agreed", "Taken back", "Say no", "You said no"),
    "zh-CN": ("同意", "我的用证授权", "撤回授权", "您已同意", "已撤回", "不同意", "您已拒绝"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HolderWorld, str]]:
    place = tmp_path_factory.mktemp("door")
    secret = place / "passphrase"
    secret.touch(mode=0o600)
    secret.write_bytes(PASSPHRASE)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with ExitStack() as stack, holder_world(place, secret, stack, f"port = {port}\n") as found:
        home = found.provider.home
        with service(home, port, place / "door-log", command=("share", "holder-serve")):
            yield found, base


def opened(world: HolderWorld, chromium: Browser, language: str) -> Page:
    """Return a page of a telephone whose owner is signed in at the identity service."""
    world.provider.sign_in(world.person(), TWO_FACTORS)
    context = chromium.new_context(locale=language, viewport=PHONE)
    for cookie in world.provider.browser.cookies.jar:
        context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": world.provider.issuer}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def is_accessible(page: Page) -> None:
    found = Axe().run(page, options=RULES)
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]] == []
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide


@pytest.mark.parametrize("language", WORDS)
def test_a_holder_agrees_sees_it_and_takes_it_back(
    world: tuple[HolderWorld, str], chromium: Browser, language: str
) -> None:
    found, base = world
    agree, given, back, agreed, taken, no, refused = WORDS[language]
    page = opened(found, chromium, language)

    def looked_at() -> None:
        is_accessible(page)

    asked = found.ask()
    page.goto(f"{base}/ask?r={asked.handle}")
    looked_at()
    page.get_by_role("button", name=agree, exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(agreed)
    looked_at()
    page.get_by_role("link", name=given).first.click()
    page.get_by_role("button", name=back).first.click()
    looked_at()
    page.locator("button.main").click()
    expect(page.get_by_role("status")).to_contain_text(taken)
    page.goto(f"{base}/")
    looked_at()
    page.locator("article button").first.click()
    looked_at()
    page.locator("#recipient_name").fill("示例银行股份有限公司")
    page.locator("#recipient").fill("92990100MA7TRYQ1X7")
    page.locator("#purpose").fill("办理个人住房贷款")
    page.locator("main button.main").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at()
    again = found.ask()
    page.goto(f"{base}/ask?r={again.handle}")
    page.locator("header button").first.click()
    expect(page.locator("html.large")).to_be_attached()
    looked_at()
    page.get_by_role("button", name=no, exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(refused)
    page.goto(f"{base}/ask?r={again.handle}")
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at()
    page.context.close()


def test_nothing_is_loaded_from_elsewhere(world: tuple[HolderWorld, str], chromium: Browser) -> None:
    found, base = world
    page = opened(found, chromium, "en")
    seen: list[str] = []
    page.on("request", lambda each: seen.append(each.url))
    page.goto(f"{base}/")
    assert seen
    assert all(each.startswith((base, found.provider.issuer, "data:")) for each in seen)
    page.context.close()
