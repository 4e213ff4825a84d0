"""``trustkit licence offer`` and its like at the terminal: offered as link and picture, listed, withdrawn, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from PIL import Image

from esign.credential.suites import CredentialSuite
from esign.wallet.metadata import PRE_AUTHORIZED
from tests.support.authority import SAMPLE
from tests.support.credential_desk import issuing_home
from tests.support.service import free_port
from tests.support.wallet import offered

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

USAGE, CONFIG, MISSING, CONFLICT, DATA = 64, 78, 66, 73, 65


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return issuing_home(tmp_path / "home", suites=(CredentialSuite.ES256,))


@pytest.fixture
def licence(terminal: Terminal, home: Path, tmp_path: Path, passphrase_file: Path) -> str:
    order = ("--type", "business-licence", "--data", SAMPLE, "--out", tmp_path / "licence.pdf")
    made = terminal.run(
        "licence", "issue", *order, "--home", home, "--format", "json", "--passphrase-file", passphrase_file
    )
    return str(made.objects()[0]["identifier"])


def test_offer_list_and_withdraw(terminal: Terminal, home: Path, tmp_path: Path, licence: str) -> None:
    told = ("--home", home, "--format", "json")
    (one,) = terminal.run("licence", "offer", licence, "--tx-code", *told).objects()
    grant = offered(str(one["link"]))["grants"][PRE_AUTHORIZED]
    assert one["configurations"] == ["business-licence.es256"]
    assert len(str(one["transaction_code"])) == grant["tx_code"]["length"]
    picture = tmp_path / "offer.png"
    (two,) = terminal.run("licence", "offer", licence, "--out", picture, *told).objects()
    assert "link" not in two
    (read,) = zxingcpp.read_barcodes(Image.open(picture).convert("L"))
    assert offered(read.text)["credential_configuration_ids"] == ["business-licence.es256"]
    assert picture.stat().st_mode & 0o777 == 0o600
    for name in ("offer.svg", "offer.txt"):
        terminal.run("licence", "offer", licence, "--out", tmp_path / name, *told)
    link = (tmp_path / "offer.txt").read_text("ascii").strip()
    assert offered(link)["credential_issuer"] == "http://127.0.0.1:8443"

    shown = terminal.run("licence", "offer", licence, "--home", home)
    assert "openid-credential-offer://" in shown.out
    assert "█" in shown.err

    (gone,) = terminal.run("licence", "offer-revoke", str(one["number"]), *told).objects()
    assert gone["state"] == "revoked"
    again = terminal.run("licence", "offer-revoke", str(one["number"]), *told)
    again.require_refusal("credential:offer:ended", CONFLICT)
    terminal.run("licence", "offer-revoke", "0" * 32, *told).require_refusal("credential:offer:missing", MISSING)
    lines = terminal.run("licence", "offers", licence, *told).objects()
    assert sorted(str(each["state"]) for each in lines) == [*["open"] * 4, "revoked"]
    assert grant["pre-authorized_code"] not in json.dumps(lines)
    assert "revoked" in terminal.run("licence", "offers", "--home", home).out


def test_a_link_for_holders_who_sign_in(terminal: Terminal, home: Path, tmp_path: Path) -> None:
    ask = ("licence", "offer-link", "business-licence", "--home", home, "--format", "json")
    terminal.run(*ask).require_refusal("credential:wallet:sign-in", CONFIG)
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[wallet]\nsign_in = true\n")
    (told,) = terminal.run(*ask).objects()
    assert offered(str(told["link"]))["grants"] == {
        "authorization_code": {"authorization_server": "http://127.0.0.1:8442"}
    }
    terminal.run(*ask, "--out", tmp_path / "link.svg").objects()
    assert (tmp_path / "link.svg").read_text("ascii").startswith("<svg")
    terminal.run(*ask, "--suite", "sm2").require_refusal("credential:wallet:configuration", DATA)


def test_what_is_refused(terminal: Terminal, home: Path, tmp_path: Path, licence: str, passphrase_file: Path) -> None:
    told = ("--home", home, "--format", "json")
    offer = ("licence", "offer")
    terminal.run(*offer, licence, "--suite", "both", *told).require_refusal("credential:keys:unfit", CONFIG)
    terminal.run(*offer, "no-such", *told).require_refusal("esign:licence:missing", MISSING)
    terminal.run(*offer, licence, "--out", tmp_path / "offer.gif", *told).require_refusal("app:call:usage", USAGE)
    assert terminal.run("licence", "offers", *told).out == ""
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[wallet]\nbase_url = "https://wallet.example"\nhost = "0.0.0.0"\n')
    text = (home / "settings.toml").read_text("utf-8")
    secure = text.replace("production = false", "production = true").replace(
        "http://127.0.0.1:8440", "https://a.example"
    )
    (home / "settings.toml").write_text(secure, "utf-8")
    serve = ("licence", "credential-serve", "--home", home, "--port", str(free_port()))
    ran = terminal.run(*serve, "--passphrase-file", passphrase_file)
    ran.require_refusal("app:settings:insecure", CONFIG)
