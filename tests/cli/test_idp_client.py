"""``trustkit idp client``: registered with a secret that is shown once, shown, listed, revoked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

BACK = "https://app.test/back"


def test_a_client_from_its_registration_to_its_end(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    place, secret = ("--home", home), ("--passphrase-file", passphrase_file)
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"least_acr": "urn:trustkit:ial:3:aal:2", "client_name#zh": "应用"}), "utf-8")
    options = ("--redirect-uri", BACK, "--scope", "openid", "--scope", "read", "--metadata", metadata)
    added = terminal.run("idp", "client", "add", "app", *options, *place, *secret, "--format", "json")
    assert added.status == 0, added.err
    told = json.loads(added.out)
    assert set(told) == {"name", "client_id", "client_secret"}
    shown = json.loads(terminal.run("idp", "client", "show", "app", *place, "--format", "json").out)
    assert shown["redirect_uris"] == [BACK]
    assert shown["least_acr"] == "urn:trustkit:ial:3:aal:2"
    assert told["client_secret"] not in json.dumps(shown)
    again = terminal.run("idp", "client", "add", "app", *options, *place, *secret)
    again.require_refusal("idp:op-client:exists", 73)
    assert terminal.run("idp", "client", "revoke", "app", *place).status == 0
    listed = terminal.run("idp", "client", "list", *place, "--format", "json").out
    assert json.loads(listed)["state"] == "revoked"
    terminal.run("idp", "client", "revoke", "app", *place).require_refusal("idp:op-client:missing", 66)
    terminal.run("idp", "client", "add", "x", *place, *secret).require_refusal("idp:op-client:form", 65)
