"""The page about exchanges is an example somebody can follow: its files, its commands, and a login by them."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idp.connectors.exchange import ExchangeConnector
from idp.connectors.exchange_calls import Exchanging
from idp.connectors.exchange_description import parse_exchange
from idp.connectors.exchange_signing import ExchangeKeys
from idp.connectors.port import LoginStart
from idp.connectors.upstream import Answer
from idp.levels.ladder import parse_ladder
from tests.support.source import ROOT
from tests.support.upstreams import ScriptedUpstream, form_of, json_answer, tokens
from trustkit.crypto.mac import MacAlgorithm, compute_mac
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import decode_base64
from trustkit.identity import AssuranceLevel

if TYPE_CHECKING:
    from pathlib import Path

    from idp.connectors.upstream import Call
    from tests.support.terminal import Terminal

SETTINGS, DESCRIPTION, LADDER = re.findall(
    r"^```toml\n(.*?)^```", (ROOT / "docs" / "exchange-connector.md").read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
)
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
START = LoginStart(handle="login-1", needed=AssuranceLevel(), max_age=None, language="zh")
SECRET, USCC = b"a secret both of us know", "1199010000TRYQK01Q"


def test_its_commands_make_a_connector_that_begins(
    terminal: Terminal, home: Path, secret: tuple[str, str], tmp_path: Path
) -> None:
    place = home / "settings.toml"
    place.write_text(f"{place.read_text('utf-8')}\n{SETTINGS}", "utf-8")
    (home / "policies" / "province.toml").write_text(DESCRIPTION, "utf-8")
    (home / "policies" / "assurance" / "province.toml").write_text(LADDER, "utf-8")
    known = tmp_path / "province.secret"
    known.touch(mode=0o600)
    known.write_bytes(SECRET)
    options = ("--home", home, *secret)
    for words in (
        ("idp", "init"),
        ("key", "make", "sm2", "--keep", "province"),
        ("idp", "connector", "secret", "province", "--secret-file", known),
    ):
        ran = terminal.run(*words, *options)
        assert ran.status == 0, ran.err
    begun = terminal.run("idp", "connector", "check", "province", *options, "--format", "json")
    assert begun.status == 0, begun.err
    assert json.loads(begun.out)["begins"] == "user.example.cn"
    told = terminal.run("doctor", "--home", home, "--format", "json").objects()
    assert [each["ok"] for each in told if each["what"] == "connector province"] == [True]
    shown = terminal.run("key", "show", home / "keys" / "province.key.pem", *secret)
    assert shown.status == 0, shown.err


def test_a_person_signs_in_by_the_description() -> None:
    signer = generate_key(KeyKind.SM2).signer()

    def token(call: Call) -> Answer:
        form = form_of(call)
        line = "&".join(f"{name}={form[name]}" for name in sorted(form) if name != "sign")
        assert form["sign"] == compute_mac(MacAlgorithm.HMAC_SM3, SECRET, line.encode()).hex()
        return json_answer({"code": "0", "nonce": form["nonce"], "data": {"token": "at-1"}})

    def user(call: Call) -> Answer:
        message = b"POST/api/user" + call.body + str(int(NOW.timestamp() * 1000)).encode()
        signature = decode_base64(call.headers["X-Sign"])
        verify_signature(suite=SignatureSuite.SM2_SM3, key=signer.public_key, message=message, signature=signature)
        org = {"code": USCC, "name": "示例公司", "duty": 2}
        body = json.dumps({"data": {"id": 4711, "authlevel": "3", "at": int(NOW.timestamp()), "org": org}})
        mac = compute_mac(MacAlgorithm.HMAC_SM3, SECRET, body.encode()).hex()
        return Answer(status=200, media_type="application/json", body=body.encode(), headers={"x-answer-sign": mac})

    upstream = ScriptedUpstream({"https://user.example.cn/api/token": token, "https://user.example.cn/api/user": user})
    connector = ExchangeConnector(
        name="province",
        title={"zh": "省平台", "en": "Province"},
        return_url="https://id.example.cn/login/return/province",
        client="app-1",
        description=parse_exchange(DESCRIPTION),
        exchanging=Exchanging(
            upstream=upstream, keys=ExchangeKeys(secret=SECRET, signer=signer), token=tokens("nonce")
        ),
        ladder="province",
        token=tokens("state"),
    )
    begun = asyncio.run(connector.begin(START, now=NOW))
    answer = {"state": begun.state, "ticket": "ST-1"}
    found = asyncio.run(connector.finish(START, begun.kept, answer, now=NOW))
    assert (found.subject, [each.level for each in found.evidence]) == ("4711", ["3"])
    assert [(each.uscc, each.role) for each in found.organisations] == [(USCC, "handler")]
    ladder = parse_ladder("province", LADDER.encode())
    assert ladder.name == "province"
