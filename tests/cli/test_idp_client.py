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
    for scope, status in (("verifier:files:verify", 65), ("verifier:batch:verify", 0)):
        machine = terminal.run("idp", "client", "add", "m", "--grant", "client", "--scope", scope, *place, *secret)
        assert machine.status == status, scope
    changed = terminal.run("idp", "client", "change", "m", "--scope", "verifier:file:read", *place, *secret)
    changed.require_refusal("idp:op-client:form", 65)


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


def test_what_a_client_is_registered_with_is_changed_and_the_rest_stays(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    place, secret = ("--home", home), ("--passphrase-file", passphrase_file)
    first = ("--redirect-uri", BACK, "--scope", "openid", "--title", "应用", "--no-consent")
    assert terminal.run("idp", "client", "add", "app", *first, *place, *secret).status == 0

    def shown() -> dict[str, object]:
        found: dict[str, object] = json.loads(
            terminal.run("idp", "client", "show", "app", *place, "--format", "json").out
        )
        return found

    before, elsewhere = shown(), "https://other.test/back"
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"client_name": "App", "least_acr": "urn:trustkit:ial:0:aal:2"}), "utf-8")
    more = ("--redirect-uri", elsewhere, "--metadata", metadata)
    changed = terminal.run("idp", "client", "change", "app", *more, *place, *secret, "--format", "json")
    assert json.loads(changed.out)["changed"] is True, changed.err
    named = {"client_name#zh": "App", "client_name#en": "App"}
    assert shown() == before | named | {"redirect_uris": [elsewhere], "least_acr": "urn:trustkit:ial:0:aal:2"}
    again = terminal.run("idp", "client", "change", "app", *more, *place, *secret, "--format", "json")
    assert json.loads(again.out)["changed"] is False
    metadata.write_text(json.dumps({"id_token_signed_response_alg": "none"}), "utf-8")
    for words, code, status in (
        (("app", "--metadata", metadata), "idp:op-client:form", 65),
        (("app", "--redirect-uri", "http://app.test/"), "idp:op-redirect:form", 65),
        (("nobody", "--scope", "openid"), "idp:op-client:missing", 66),
    ):
        terminal.run("idp", "client", "change", *words, *place, *secret).require_refusal(code, status)
    assert terminal.run("idp", "client", "revoke", "app", *place).status == 0
    late = terminal.run("idp", "client", "change", "app", "--scope", "read", *place, *secret)
    late.require_refusal("idp:op-client:missing", 66)


def test_a_new_secret_is_shown_once_and_the_old_one_is_good_no_more(
    terminal: Terminal, home: Path, passphrase_file: Path
) -> None:
    place, secret = ("--home", home), ("--passphrase-file", passphrase_file)
    options = ("--grant", "client", "--scope", "read")
    added = json.loads(terminal.run("idp", "client", "add", "app", *options, *place, *secret, "--format", "json").out)
    renewed = terminal.run("idp", "client", "secret", "app", "--keep-hours", "0", *place, *secret, "--format", "json")
    told = json.loads(renewed.out)
    assert told["client_id"] == added["client_id"]
    assert told["client_secret"] != added["client_secret"]
    trail = terminal.run("audit", "list", *place, "--type", "idp:op-client:renewed", "--format", "json")
    assert told["client_secret"] not in trail.out
    assert "secret_sm3" in trail.out
    terminal.run("idp", "client", "secret", "nobody", *place, *secret).require_refusal("idp:op-client:missing", 66)
    public = ("--auth", "none", "--redirect-uri", BACK)
    assert terminal.run("idp", "client", "add", "public", *public, *place, *secret).status == 0
    terminal.run("idp", "client", "secret", "public", *place, *secret).require_refusal("idp:op-client:form", 65)


def test_a_client_is_registered_otherwise_and_given_another_secret(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    place = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
    options = ("--redirect-uri", BACK, "--scope", "openid", "--scope", "read")
    (added,) = terminal.run("idp", "client", "add", "moving", *options, *place).objects()
    metadata = tmp_path / "changes.json"
    metadata.write_text(json.dumps({"least_acr": "urn:trustkit:ial:3:aal:2"}), "utf-8")
    more = ("--redirect-uri", "https://new.test/back", "--scope", "openid", "--metadata", metadata, "--no-consent")
    (told,) = terminal.run("idp", "client", "change", "moving", *more, *place).objects()
    assert told == {"name": "moving", "client_id": added["client_id"], "changed": True}
    (shown,) = terminal.run("idp", "client", "show", "moving", "--home", home, "--format", "json").objects()
    assert (shown["redirect_uris"], shown["scope"]) == (["https://new.test/back"], "openid")
    assert (shown["least_acr"], shown["consent_required"]) == ("urn:trustkit:ial:3:aal:2", False)
    (again,) = terminal.run("idp", "client", "change", "moving", *more, *place).objects()
    assert again["changed"] is False
    wrong = ("idp", "client", "change", "moving", "--redirect-uri", "http://new.test/", *place)
    terminal.run(*wrong).require_refusal("idp:op-redirect:form", 65)
    terminal.run("idp", "client", "change", "nobody", *more, *place).require_refusal("idp:op-client:missing", 66)
    (renewed,) = terminal.run("idp", "client", "secret", "moving", "--keep-hours", "0", *place).objects()
    assert renewed["client_secret"] != added["client_secret"]
    said = terminal.run("idp", "client", "secret", "moving", *place[:-2])
    assert "24 hours more" in said.out
    events = terminal.run("audit", "list", "--home", home, "--format", "json").out
    assert "idp:op-client:renewed" in events
    assert renewed["client_secret"] not in events
