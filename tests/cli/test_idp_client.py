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


def test_the_operator_is_told_what_the_settings_do_not_open_yet(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    place = ("--home", home, "--passphrase-file", passphrase_file)
    invited = terminal.run("idp", "client", "invite", *place)
    assert (invited.status, "client_registration = true" in invited.out) == (0, True), invited.err
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"tls_client_auth_subject_dn": "CN=one", "tls_client_auth_issuer": "issuing"}))
    options = ("--auth", "tls_client_auth", "--grant", "client", "--metadata", metadata, "--scope", "read")
    added = terminal.run("idp", "client", "add", "machine", *options, *place)
    assert (added.status, "client_certificates" in added.out) == (0, True), added.err
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[idp]\nclient_registration = true\ntrusted_proxies = ["127.0.0.1"]\nclient_certificates = "proxy"\n'
        )
    opened = terminal.run("idp", "client", "invite", *place, "--format", "json")
    assert json.loads(opened.out)["open"] is True
    more = terminal.run("idp", "client", "add", "other", *options, *place)
    assert "client_certificates" not in more.out
    doctor = terminal.run("doctor", "--home", home, "--format", "json").out
    told = {each["what"]: each["found"] for each in map(json.loads, doctor.splitlines())}
    assert told["sign-on client certificates"] == "proxy"
