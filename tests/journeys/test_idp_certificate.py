"""Somebody signs in with a certificate of this home as the page tells him: he has the text signed, and pastes what comes of it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import PASSPHRASE
from tests.support.connected_site import connected_site
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.encoding.pem import encode_pem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.form_browser import FormBrowser
    from tests.support.identity_site import Site
    from tests.support.terminal import Terminal

AT, ANSWER = "/login/at/usb-key", "/login/answer/usb-key"
SETTINGS = """
[[idp.connector]]
kind = "certificate"
name = "usb-key"
title_zh = "数字证书"
title_en = "Certificate"
admits = true
real_name = "in-person"
most_identity = 4
"""


@pytest.fixture
def holder(home: Path, passphrase_file: Path, terminal: Terminal, tmp_path: Path) -> Callable[[str, str], bytes]:
    """Give what signs a text as the holder of a certificate of this home does, by commands."""
    key, request, certificate = tmp_path / "own.key", tmp_path / "own.csr", tmp_path / "own.pem"
    secret = ("--passphrase-file", passphrase_file)
    quick = ("--iterations", str(MIN_ITERATIONS))
    assert terminal.run("key", "make", "sm2", "--out", key, *quick, *secret).status == 0
    assert terminal.run("key", "request", key, "--subject", "C=CN, CN=张三", "--out", request, *secret).status == 0
    name = ("--subject", "C=CN", "--subject", "CN=张三", "--subject", "serialNumber=R-1")
    asked = ("--request", request, "--profile", "person", *name, "--out", certificate, "--yes", "--home", home)
    assert terminal.run("ca", "issue", *asked, *secret).status == 0

    def sign(text: str, form: str) -> bytes:
        file = tmp_path / "login.txt"
        file.write_text(text, "utf-8", newline="")
        signing = ("sign", file, "--form", form, "--key", key, "--cert", certificate)
        assert terminal.run(*signing, *secret).status == 0
        return file.with_suffix(".txt.p7s").read_bytes()

    return sign


@pytest.fixture
def site(home: Path, holder: object) -> Iterator[Site]:
    del holder  # his certificate first: what is done at a home is done before its service has it
    with connected_site(home, SETTINGS) as made:
        yield made


def at_the_page(site: Site) -> tuple[FormBrowser, str]:
    browser = site.browser()
    browser.open("/account")
    browser.send(AT)
    assert browser.title == "Digital certificate"
    return browser, str(browser.page.findtext(".//textarea[@id='challenge']"))


def wrapped(message: bytes) -> str:
    return base64.encodebytes(message).decode()


@pytest.mark.parametrize(
    ("form", "spoken"),
    [
        ("gbt35275", wrapped),
        ("rfc5652", wrapped),
        ("gbt35275", lambda message: encode_pem("CMS", message).decode()),
    ],
)
def test_who_signs_the_text_that_is_shown_is_signed_in(
    site: Site, holder: Callable[[str, str], bytes], form: str, spoken: Callable[[bytes], str]
) -> None:
    browser, text = at_the_page(site)
    assert '"audience":"http://127.0.0.1:8442"' in text  # which site it is for can be read
    browser.send(ANSWER, answer=spoken(holder(text, form)))
    assert (browser.path, browser.title) == ("/account", "Your account")
    assert "Real-name level 4 of 4, login strength 1 of 3" in browser.text
    assert PASSPHRASE.decode() not in browser.text


def test_a_text_that_went_through_a_clipboard_is_taken(site: Site, holder: Callable[[str, str], bytes]) -> None:
    browser, text = at_the_page(site)
    browser.send(ANSWER, answer=wrapped(holder(text.replace("\n", "\r\n") + "\r\n", "gbt35275")))
    assert browser.path == "/account"


def test_what_another_login_had_signed_signs_nobody_in(site: Site, holder: Callable[[str, str], bytes]) -> None:
    _, other = at_the_page(site)
    browser, _ = at_the_page(site)
    browser.send(ANSWER, answer=wrapped(holder(other, "gbt35275")))
    assert (browser.status, browser.code) == (422, "idp:challenge:answer")
    browser.open("/account")
    assert browser.path == "/login"
