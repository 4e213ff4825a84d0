"""The part of the walk that is about an electronic seal: who asks for it, who agrees, what it seals, and its loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.demo.stage import UnexpectedAnswerError, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.demo.stage import Stage

NOT_IN_FORCE: Final = "esign:seal:not-in-force"
_REFUSED: Final = 77
_JSON: Final = ("--format", "json")


def make_seal(stage: Stage, name: str, tell: Callable[[str], None]) -> str:
    """Have a seal applied for by one person, approved by another, and made; return its number."""
    secret, people = ("--passphrase-file", str(stage.passphrase_file)), stage.home.parent
    maker, checker = people / "maker.pem", people / "checker.pem"
    stage.run("ca", "renew", "seal-maker", "--yes", *secret)
    new = ("--key-passphrase-file", str(stage.passphrase_file), *secret)
    agreed = ("--by", str(checker), "--by-passphrase-file", str(stage.passphrase_file))
    stage.run("ca", "operator", "add", "checker", "--role", "registrar", "--key", str(checker), *new)
    stage.run("ca", "operator", "add", "maker", "--role", "requester", "--key", str(maker), *new, *agreed)
    asked = ("--kind", "statutory-name", "--name", name, "--own", "--yes")
    request = text_of(stage.run("seal", "apply", *asked, *_as(stage, "maker"), *_JSON).objects()[0], "request")
    tell(f"     {request}: applied for by one person, picture and all, under his signature")
    stage.run("seal", "approve", request, "--yes", *_as(stage, "checker"))
    tell("     approved by another")
    out = ("--out", str(people / "seal.esl"))
    made = stage.run("seal", "make", request, "--yes", *out, *secret, *_JSON).objects()[0]
    tell(f"     {text_of(made, 'seal')}: made by the home's seal maker, seal.esl")
    return text_of(made, "seal")


def lose_seal(stage: Stage, seal: str, tell: Callable[[str], None]) -> None:
    """Report a seal lost, which one person may, and see that nothing can be sealed with it any more."""
    stage.run("seal", "lost", seal, "--reason", "stolen", *_as(stage, "maker"))
    secret = ("--passphrase-file", str(stage.passphrase_file))
    file = stage.home.parent / "licence.ofd"
    refused = stage.run("sign", str(file), "--esl", seal, *secret, expect=None)
    if refused.status != _REFUSED or NOT_IN_FORCE not in refused.problem:
        raise UnexpectedAnswerError(f"signing with a lost seal: exit {refused.status}\n{refused.problem}")
    tell(f"     signing with it: {NOT_IN_FORCE}")


def _as(stage: Stage, name: str) -> tuple[str, ...]:
    key = stage.home.parent / f"{name}.pem"
    return ("--as", str(key), "--as-passphrase-file", str(stage.passphrase_file))
