"""OpenWallet's @sd-jwt takes the ES256 half of our credentials: verifies it with status and type, and presents it to us."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from esign.credential.changes import CredentialAct
from esign.credential.suites import CredentialSuite
from tests.support.credential_desk import DEMAND, WALLET, CredentialDesk, issuing_home, opened_desk, wallet_key
from trustkit.app.credential_types import HomeTypes
from trustkit.verdict import CheckId, CheckStatus, Indication

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.credential.issuance import IssuedCredential

pytestmark = pytest.mark.interop

SCRIPT = Path(__file__).parent / "sd_jwt" / "wallet.mjs"
MODULES = Path(__file__).resolve().parents[2] / "build" / "sd-jwt"
ES256 = CredentialSuite.ES256


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CredentialDesk]:
    if shutil.which("node") is None or not (MODULES / "node_modules" / "@sd-jwt").is_dir():
        pytest.skip("@sd-jwt is not there: python -m tools.interop")
    home = issuing_home(tmp_path_factory.mktemp("wallet") / "home", suites=(ES256,))
    with ExitStack() as stack:
        yield opened_desk(home, stack)


def wallet(desk: CredentialDesk, issued: IssuedCredential, **bent: str) -> dict[str, Any]:
    """Give a credential to the wallet, with what it would fetch, and return what it says."""
    publications = desk.authority.publications()
    root = publications.ca_certificate("credential-es256-root")
    type_document = HomeTypes.of(desk.authority.settings).document("business-licence")
    assert root is not None
    assert type_document is not None
    given = {
        "credential": issued.text,
        "status": publications.status_token(desk.service.list_uri(ES256.value, 1)),
        "type": type_document.decode("utf-8"),
        "root": base64.b64encode(root).decode("ascii"),
        "key": base64.b64encode(WALLET[ES256].private_key_info()).decode("ascii"),
        "audience": DEMAND.audience,
        "nonce": DEMAND.nonce,
        "shown": {"CZZT": True},
        **bent,
    }
    script = MODULES / "wallet.mjs"
    shutil.copy(SCRIPT, script)
    ran = subprocess.run(
        ["node", str(script)], input=json.dumps(given), capture_output=True, text=True, timeout=60, check=True
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def test_a_wallet_takes_a_licence_from_us_and_shows_it_to_us(desk: CredentialDesk) -> None:
    identifier = desk.licence()
    (issued,) = desk.issue(identifier, wallet_key(ES256))
    told = wallet(desk, issued)
    assert "error" not in told, told
    assert (told["claims"]["ZZBS"], told["claims"]["CZZTDM"]) == (identifier, "91990100MA7TRYQ01H")
    assert told["shown"]["CZZT"] == told["claims"]["CZZT"]
    assert "CZZTDM" not in told["shown"]
    assert told["fetched"]["list"] >= 1
    assert told["fetched"]["type"] >= 1
    verdict = desk.verdict(told["presentation"], DEMAND)
    assert verdict.conclusion.indication is Indication.TOTAL_PASSED
    checks = {check.id: check.status for check in verdict.signatures[0].checks}
    assert checks[CheckId.HOLDER] is CheckStatus.PASSED


def test_a_wallet_learns_that_it_was_revoked_and_that_the_type_is_another(desk: CredentialDesk) -> None:
    (issued,) = desk.issue(desk.licence(), wallet_key(ES256))
    changed = wallet(desk, issued, type="{}")
    assert "integrity" in changed["error"]
    desk.changes.act(issued.number, CredentialAct.REVOKE, reason="other", actor=desk.authority.operator)
    assert "tatus" in wallet(desk, issued)["error"]
