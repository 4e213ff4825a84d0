"""A wallet built on OpenWallet's @openid4vc fetches an offered licence from our service, over a socket, and @sd-jwt reads what it got."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from esign.credential.suites import CredentialSuite
from tests.support.authority import PASSPHRASE
from tests.support.credential_desk import WALLET, CredentialDesk, issuing_home, opened_desk
from tests.support.service import free_port, service
from tests.support.wallet import offer_of
from tests.support.wallet_sign_in import BACK, signed_in_wallet
from trustkit.app.wallet_issuing import sign_in_link
from trustkit.store import credential_deliveries
from trustkit.verdict import Indication

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.interop

SCRIPT = Path(__file__).parent / "openid4vc" / "wallet.mjs"
MODULES = Path(__file__).resolve().parents[2] / "build" / "openid4vc"
ES256 = CredentialSuite.ES256
COMMAND = ("licence", "credential-serve")


@dataclass(frozen=True, slots=True)
class Issuer:
    """A home, and a licence it can offer."""

    desk: CredentialDesk
    licence: str


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    _require_modules()
    place, port = tmp_path_factory.mktemp("issuer"), free_port()
    home = issuing_home(place / "home", suites=tuple(CredentialSuite))
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[wallet]\nport = {port}\n")
    secret = place / "passphrase"
    secret.touch(mode=0o600)
    secret.write_bytes(PASSPHRASE)
    with ExitStack() as stack:
        desk = opened_desk(home, stack)
        licence = desk.licence()
        stack.enter_context(service(home, port, place / "log", "--passphrase-file", secret, command=COMMAND))
        yield Issuer(desk, licence)


def fetch(link: str, **more: Any) -> dict[str, Any]:
    """Hand a link to the wallet and return what it says."""
    with _wallet() as process:
        return _said(process, json.dumps({"link": link, "key": _key(), **more}))


def _key() -> str:
    return base64.b64encode(WALLET[ES256].private_key_info()).decode("ascii")


def _require_modules() -> None:
    if shutil.which("node") is None or not (MODULES / "node_modules" / "@openid4vc").is_dir():
        pytest.skip("@openid4vc is not there: python -m tools.interop")


@pytest.mark.parametrize(("dpop", "kind"), [(True, "DPoP"), (False, "Bearer")])
def test_a_wallet_fetches_a_licence_and_says_so(issuer: Issuer, kind: str, *, dpop: bool) -> None:
    offer = offer_of(issuer.desk, issuer.licence, asks_transaction_code=True)
    told = fetch(offer.link, dpop=dpop, txCode=offer.transaction_code)
    assert "error" not in told, told
    assert (told["type"], told["claims"]["ZZBS"]) == (kind, issuer.licence)
    assert told["claims"]["CZZTDM"] == "91990100MA7TRYQ01H"
    assert told["display"][0]["locale"] == "zh-CN"
    assert issuer.desk.verdict(told["credential"]).conclusion.indication is Indication.TOTAL_PASSED
    with issuer.desk.authority.database.reading() as unit:
        row = credential_deliveries.find(unit, offer.identifier, issuer.licence, ES256.value)
    assert row is not None
    assert row.told == "credential_accepted"


@pytest.mark.parametrize("dpop", [True, False])
def test_a_wallet_fetches_what_its_holder_signs_in_for(tmp_path: Path, passphrase_file: Path, *, dpop: bool) -> None:
    _require_modules()
    port = free_port()
    with ExitStack() as stack:
        found = stack.enter_context(signed_in_wallet(tmp_path, passphrase_file, stack, f"port = {port}\n"))
        licence, home = found.desk.licence(), found.desk.authority.settings.home
        link = sign_in_link(found.desk.authority, "business-licence", (ES256,))
        found.sign_in()
        options = ("--passphrase-file", passphrase_file)
        stack.enter_context(service(home, port, tmp_path / "log", *options, command=COMMAND))
        process = stack.enter_context(_wallet())
        given = {"link": link, "key": _key(), "dpop": dpop, "client": found.client, "back": BACK}
        asked = _said(process, json.dumps(given))
        assert "url" in asked, asked
        told = _said(process, found.provider.follow(asked["url"], BACK).headers["location"])
    assert "error" not in told, told
    assert (told["type"], told["claims"]["ZZBS"]) == ("DPoP" if dpop else "Bearer", licence)


def _wallet() -> subprocess.Popen[str]:
    script = MODULES / "wallet.mjs"
    shutil.copy(SCRIPT, script)
    return subprocess.Popen(["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _said(process: subprocess.Popen[str], line: str) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def test_a_wallet_is_told_what_is_wrong(issuer: Issuer) -> None:
    offer = offer_of(issuer.desk, issuer.licence, asks_transaction_code=True)
    wrong = f"{(int(offer.transaction_code) + 1) % 10**6:06d}"
    assert "invalid_grant" in fetch(offer.link, txCode=wrong)["error"]
    assert "error" not in fetch(offer.link, txCode=offer.transaction_code)
    assert "invalid_grant" in fetch(offer.link, txCode=offer.transaction_code)["error"]
