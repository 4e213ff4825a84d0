"""The public page in Chromium: every verdict in both languages, on a phone and with large print, a file dropped; axe on each page."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import served
from tests.browser.test_service import RULES
from tests.support.authority import issued
from trustkit.app.asgi import application
from trustkit.app.wiring import open_authority
from trustkit.texts.catalogue import Language
from trustkit.verdict import Indication
from verifier.report_words import headline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.support.authority import Issued

__all__ = ["issued"]

pytestmark = pytest.mark.browser

PHONE: Final = {"width": 360, "height": 740}
_DROP: Final = """
([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
  for (const type of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: carried}));
}
"""


@pytest.fixture(scope="module")
def origin(issued: Issued) -> Iterator[str]:
    with open_authority(issued.home) as authority, served(application(authority)) as origin:
        yield origin


@pytest.fixture(scope="module")
def files(issued: Issued, tmp_path_factory: pytest.TempPathFactory) -> dict[Indication, Path]:
    folder = tmp_path_factory.mktemp("handed-in")
    document = issued.document.read_bytes()
    middle = len(document) // 2
    made = {
        Indication.TOTAL_PASSED: document,
        Indication.TOTAL_FAILED: document[:middle] + bytes([document[middle] ^ 1]) + document[middle + 1 :],
        Indication.INDETERMINATE: b"a letter to the mayor",
    }
    found = {}
    for indication, data in made.items():
        found[indication] = folder / f"{indication.value}.pdf"
        found[indication].write_bytes(data)
    return found


def opened(chromium: Browser, origin: str, language: Language, viewport: dict[str, int]) -> Page:
    context = chromium.new_context(locale=language.value, viewport=viewport)  # type: ignore[arg-type]  # two numbers
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda message: pytest.fail(f"the page complains: {message.text}"))
    page.goto(origin)
    return page


def require_accessible(page: Page) -> None:
    found = Axe().run(page, options=RULES)
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, "the page has to be scrolled sideways"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("indication", Indication)
def test_every_verdict_in_both_languages_on_a_phone(
    chromium: Browser, origin: str, files: dict[Indication, Path], indication: Indication, language: Language
) -> None:
    page = opened(chromium, origin, language, PHONE)
    require_accessible(page)
    page.set_input_files("#file", files[indication])
    page.locator("#file-form button").click()
    expect(page.locator("div.verdict .sentence")).to_contain_text(headline(indication, language))
    for summary in page.locator("summary").all():
        summary.click()
    require_accessible(page)
    page.context.close()


def test_a_file_is_dropped_and_a_text_pasted(chromium: Browser, origin: str, files: dict[Indication, Path]) -> None:
    page = opened(chromium, origin, Language.EN, {"width": 1280, "height": 900})
    text = base64.b64encode(files[Indication.TOTAL_PASSED].read_bytes()).decode()
    page.evaluate(_DROP, ["licence.pdf", text])
    expect(page.locator("div.verdict.good")).to_be_visible()
    expect(page.locator("figure svg")).to_be_visible()
    page.get_by_role("link", name="Verify another file").click()
    page.get_by_label("The text of a licence's QR code, of a credential or of a status list").fill(
        "eyJhbGciOiJub25lIn0.e30."
    )
    page.get_by_role("button", name="Verify the code").click()
    expect(page.locator("div.verdict.doubt")).to_be_visible()
    page.context.close()


def test_a_file_that_is_too_large_is_told_before_it_is_sent(chromium: Browser, origin: str, tmp_path: Path) -> None:
    page = opened(chromium, origin, Language.EN, PHONE)
    (tmp_path / "large.pdf").write_bytes(bytes(20 * 1024 * 1024 + 1))
    page.set_input_files("#file", tmp_path / "large.pdf")
    page.locator("#file-form button").click()
    assert page.evaluate("document.getElementById('file').validationMessage") == "The file is larger than 20 MB."
    expect(page.locator("div.verdict")).to_have_count(0)
    page.context.close()


def test_the_code_of_a_licence_leads_to_a_page(chromium: Browser, origin: str, issued: Issued) -> None:
    page = opened(chromium, f"{origin}/v1/licences/{issued.identifier}/status", Language.EN, PHONE)
    expect(page.locator("div.verdict.good")).to_contain_text("In force.")
    require_accessible(page)
    page.get_by_role("button", name="以中文显示本页").click()
    expect(page.locator("div.verdict.good")).to_contain_text("有效")
    require_accessible(page)
    page.context.close()


def test_large_print_and_the_other_language_are_kept(chromium: Browser, origin: str) -> None:
    page = opened(chromium, origin, Language.EN, PHONE)
    page.get_by_role("button", name="Large print").click()
    expect(page.locator("html.large")).to_be_attached()
    page.get_by_role("button", name="以中文显示本页").click()
    expect(page.locator("html.large[lang=zh-CN]")).to_be_attached()
    require_accessible(page)
    page.context.close()
