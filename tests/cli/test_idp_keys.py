"""The provider's keys are listed without the passphrase and changed with it; the next one only once it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.op.keys import ALGORITHMS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal


def test_keys_are_listed_and_changed(terminal: Terminal, home: Path, secret: tuple[str, str]) -> None:
    assert terminal.run("idp", "init", "--home", home, *secret).status == 0
    options = ("--home", home, *secret, "--format", "json")
    listed = ("idp", "keys", "list", "--home", home, "--format", "json")
    made = terminal.run(*listed).objects()  # the first start need not
    assert {(line["algorithm"], line["state"]) for line in made} == {
        (algorithm.value, state) for algorithm in ALGORITHMS for state in ("current", "next")
    }
    rotate = ("idp", "keys", "rotate", "--algorithm", "ES256", *options)
    terminal.run(*rotate).require_refusal("idp:op-key:early", 73)
    before = terminal.run(*listed).objects()
    assert before == made
    assert [(line["algorithm"], line["state"]) for line in before if line["algorithm"] == "ES256"] == [
        ("ES256", "current"),
        ("ES256", "next"),
    ]
    (changed,) = terminal.run(*rotate, "--at-once").objects()
    after = {line["kid"]: line["state"] for line in terminal.run(*listed).objects() if line["algorithm"] == "ES256"}
    assert (changed["state"], after[changed["kid"]]) == ("current", "current")
    assert sorted(after.values()) == ["current", "next", "retired"]
    (urgent,) = terminal.run(*rotate, "--compromised").objects()
    gone = {line["kid"] for line in terminal.run(*listed).objects()}
    assert changed["kid"] not in gone
    assert urgent["kid"] in gone
    assert "signs_since" in terminal.run("idp", "keys", "list", "--home", home).out
    told = terminal.run("audit", "list", "--home", home).out
    assert "idp:op-key:removed" in told
    assert terminal.run("idp", "keys", "rotate", "--algorithm", "HS256", *options).status == 64
