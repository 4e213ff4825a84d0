"""What is asked before a message is made: the home's rules on algorithms of the signer, revocation of the recipients."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.cli.test_messages import LATER, UNTRUSTED, Desk, desk, people, world
from trustkit.clock import SystemClock
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.people import Person
    from tests.support.pki import PkiWorld
    from tests.support.terminal import Terminal

__all__ = ["desk", "people", "world"]


def test_a_home_whose_rules_end_an_algorithm_lets_nobody_sign_with_it(
    terminal: Terminal, desk: Desk, home: Path, people: dict[str, Person]
) -> None:
    rule = '[[suite]]\nnames = ["sm2-sm3"]\nuses = ["signature"]\nmake_until = 2026-06-30\nbelieve_until = 2040-01-01\n'
    (home / "policies" / "algorithms.toml").write_text(rule, "utf-8")
    for name, status in (("official", 1), ("auditor", 0)):  # SM2, and P-256
        person, out = people[name], desk.folder / f"{name}.p7s"
        words = ("sign", desk.file, "--key", person.key, "--cert", person.certificate, "--out", out, "--home", home)
        ran = terminal.run(*words, *desk.secret)
        assert (ran.status != 0) == bool(status), ran.err
        assert ("crypto:algorithm:sunset" in ran.err) == bool(status)
        assert out.exists() != bool(status)


def test_recipients_are_judged_before_they_are_written_to(
    terminal: Terminal, desk: Desk, world: PkiWorld, people: dict[str, Person]
) -> None:
    now = SystemClock().now()
    reader = people["reader"]
    times: dict[str, Any] = {"this_update": now - timedelta(hours=1), "next_update": now + timedelta(days=1)}
    folder = desk.folder / "lists"
    folder.mkdir()
    (folder / "root.crl").write_bytes(world.crl(issuer=world.root, **times).der)
    (desk.folder / "root.cer").write_bytes(world.root.der)
    trust = ("--trust", desk.folder / "root.cer", "--offline")
    out = desk.folder / "out.p7m"
    words = ("encrypt", desk.file, "--to", reader.certificate, "--out", out)
    (told,) = terminal.run(*words, *trust, "--format", "json").objects()
    assert all("revocation" in doubt for doubt in told["doubts"])
    assert told["doubts"]
    out.unlink()
    terminal.run(*words, *trust, "--strict").require_refusal("x509:crl:missing", LATER)
    (folder / "issuing.crl").write_bytes(world.crl(revoked={}, **times).der)
    evidence = ("--evidence", folder)
    (told,) = terminal.run(*words, *trust, *evidence, "--strict", "--format", "json").objects()
    assert told["doubts"] == []
    revoked = {reader.member: RevocationReason.KEY_COMPROMISE}
    (folder / "issuing.crl").write_bytes(world.crl(revoked=revoked, revoked_at=now, **times).der)
    out.unlink()
    terminal.run(*words, *trust, *evidence).require_refusal("x509:certificate:revoked", UNTRUSTED)
    sign = ("sign", desk.file, "--key", people["official"].key, "--cert", people["official"].certificate)
    sent = (*sign, "--encrypt-to", reader.certificate, "--out", out, *desk.secret)
    terminal.run(*sent, *trust[:2], *evidence).require_refusal("x509:certificate:revoked", UNTRUSTED)
    assert not out.exists()
