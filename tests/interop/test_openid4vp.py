"""OpenWallet's @openid4vc/openid4vp, dcql and @sd-jwt answer our request: resolved as OpenID4VP 1.0, encrypted by jose, and judged by us."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from esign.credential.suites import CredentialSuite
from tests.support.asking_platform import asking_platform
from tests.support.credential_desk import WALLET, CredentialDesk, issuing_home, wallet_key
from tests.support.holding_wallet import WalletRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.web import Visitor

pytestmark = pytest.mark.interop

SCRIPT = Path(__file__).parent / "openid4vp" / "wallet.mjs"
MODULES = Path(__file__).resolve().parents[2] / "build" / "openid4vp"
ES256 = CredentialSuite.ES256
PATH = "/v1/presentations"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CredentialDesk, Visitor]]:
    if shutil.which("node") is None or not (MODULES / "node_modules" / "@openid4vc").is_dir():
        pytest.skip("@openid4vc/openid4vp is not there: python -m tools.interop")
    home = issuing_home(tmp_path_factory.mktemp("openid4vp") / "home", suites=(ES256,))
    with ExitStack() as stack:
        yield asking_platform(home, stack)


def wallet(link: str, credential: str, **shown: bool) -> dict[str, Any]:
    """Give a link and a credential to the wallet, and return what it would post."""
    given = {
        "request": link,
        "credential": credential,
        "key": base64.b64encode(WALLET[ES256].private_key_info()).decode("ascii"),
        "shown": shown,
        "serverMetadata": {
            "authorization_encryption_alg_values_supported": ["ECDH-ES"],
            "authorization_encryption_enc_values_supported": ["A256GCM"],
        },
    }
    script = MODULES / "wallet.mjs"
    shutil.copy(SCRIPT, script)
    ran = subprocess.run(
        ["node", str(script)], input=json.dumps(given), capture_output=True, text=True, timeout=60, check=True
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def test_a_wallet_answers_our_request(platform: tuple[CredentialDesk, Visitor]) -> None:
    desk, visitor = platform
    identifier = desk.licence()
    (issued,) = desk.issue(identifier, wallet_key(ES256))
    query = {
        "credentials": [
            {
                "id": "licence",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [json.loads(base64.urlsafe_b64decode(issued.text.split(".")[1] + "=="))["vct"]]},
                "claims": [{"path": ["CZZT"]}, {"path": ["ZZBS"], "values": [identifier]}],
            }
        ]
    }
    made = visitor.post(PATH, json={"dcql_query": query, "same_holder": True}).json()
    asked = WalletRequest.of(made["request"])
    told = wallet(made["request"], issued.text, CZZT=True)
    assert "error" not in told, told["error"]
    assert (told["prefix"], told["version"], told["canBeSatisfied"]) == ("redirect_uri", 100, True)
    assert visitor.post(asked.path, data={"response": told["response"]}).status_code == 200
    verdict = visitor.post(f"{PATH}/{made['id']}/result", json={"key": made["key"]}).json()
    assert verdict["indication"] == "TOTAL-PASSED", verdict
    (credential,) = verdict["credentials"]
    assert [each["path"] for each in credential["claims"]] == [["CZZT"], ["ZZBS"]]
    assert credential["claims"][1]["values"] == [identifier]
