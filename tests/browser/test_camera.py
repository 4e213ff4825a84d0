"""Scanning with the camera in Chromium: a picture taken and read by the service, a code the browser reads itself, and no camera at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import served
from tests.browser.test_verify_page import PHONE, require_accessible
from tests.support.authority import issued
from tests.support.terminal import terminal
from trustkit.app.asgi import application
from trustkit.app.wiring import open_authority
from trustkit.texts.catalogue import Language
from trustkit.verdict import Indication
from verifier.report_words import headline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.support.authority import Issued
    from tests.support.terminal import Terminal

__all__ = ["issued", "terminal"]

pytestmark = pytest.mark.browser

SIDE: Final = (1280, 960)
_DETECTOR: Final = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(video) { return video.videoWidth ? [{ rawValue: "eyJhbGciOiJub25lIn0.e30." }] : []; }
};
"""


def y4m(picture: Image.Image) -> bytes:
    """Return a film of one picture, as a camera would show it."""
    grey = Image.new("L", SIDE, 255)
    fitted = picture.convert("L").resize((900, 900), Image.Resampling.NEAREST)
    grey.paste(fitted, ((SIDE[0] - 900) // 2, (SIDE[1] - 900) // 2))
    colourless = bytes([128]) * (SIDE[0] * SIDE[1] // 2)
    head = f"YUV4MPEG2 W{SIDE[0]} H{SIDE[1]} F10:1 Ip A1:1 C420mpeg2\n".encode()
    return head + (b"FRAME\n" + grey.tobytes() + colourless) * 3


@pytest.fixture
def origin(issued: Issued) -> Iterator[str]:
    with open_authority(issued.home) as authority, served(application(authority)) as origin:
        yield origin


@pytest.fixture
def camera(
    launch: Callable[..., Browser], issued: Issued, terminal: Terminal, passphrase_file: Path, tmp_path: Path
) -> Iterator[Browser]:
    """Give a browser whose camera sees the code of a licence, and that lets pages have it."""
    known = ("--home", issued.home, "--passphrase-file", passphrase_file)
    ran = terminal.run("licence", "code", issued.identifier, "--out", tmp_path / "code.png", *known)
    assert ran.status == 0, ran.err
    film = tmp_path / "film.y4m"
    film.write_bytes(y4m(Image.open(tmp_path / "code.png")))
    words = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = launch(*words)
    yield browser
    browser.close()


def opened(browser: Browser, origin: str, language: Language, script: str = "") -> Page:
    context = browser.new_context(locale=language.value, viewport=PHONE)  # type: ignore[arg-type]  # two numbers
    if script:
        context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("console", lambda message: pytest.fail(f"the page complains: {message.text}"))
    page.goto(origin)
    return page


def test_a_code_is_photographed_and_verified(camera: Browser, origin: str) -> None:
    for language, words in (
        (Language.EN, ("Open the camera", "Take the picture and verify it")),
        (Language.ZH, ("打开摄像头", "拍摄并验证")),
    ):
        page = opened(camera, origin, language)
        page.get_by_role("button", name=words[0]).click()
        expect(page.get_by_role("button", name=words[1])).to_be_focused()
        page.wait_for_function("document.getElementById('scan-video').videoWidth > 0")
        require_accessible(page)
        page.get_by_role("button", name=words[1]).click()
        expect(page.locator("div.verdict .sentence")).to_contain_text(headline(Indication.TOTAL_PASSED, language))
        require_accessible(page)
        page.context.close()


def test_a_code_the_browser_reads_is_pasted_by_itself(camera: Browser, origin: str) -> None:
    page = opened(camera, origin, Language.EN, _DETECTOR)
    page.get_by_role("button", name="Open the camera").click()
    expect(page.locator("div.verdict.doubt")).to_be_visible()
    page.context.close()


def test_the_camera_is_closed(camera: Browser, origin: str) -> None:
    page = opened(camera, origin, Language.EN)
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_role("button", name="Close the camera").click()
    expect(page.get_by_role("button", name="Open the camera")).to_be_focused()
    assert page.evaluate("document.getElementById('scan-video').srcObject === null")
    page.context.close()


def test_without_a_camera_the_page_says_what_to_do(chromium: Browser, origin: str) -> None:
    page = opened(chromium, origin, Language.EN)
    page.get_by_role("button", name="Open the camera").click()
    expect(page.locator("#scan-state")).to_contain_text("Choose a photo of the code")
    require_accessible(page)
    page.context.close()
