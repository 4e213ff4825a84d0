"""``trustkit ca statement``: what operators sign on a machine of their own, for a service they reach by its API."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.ca_operator import RoleName
from trustkit.app.cli.operator_options import OperatorKeyOption, OperatorPassphraseOption, YesOption, read_key
from trustkit.app.cli.output import ask, emit

if TYPE_CHECKING:
    from trustkit.app.operator_statements import SigningOperator

app = typer.Typer(help="Decisions and enrolments, signed without the home, for the API.", no_args_is_help=True)
OperatorOption = Annotated[
    str, typer.Option("--operator", metavar="OPERATOR", help="Your pseudonym, as `ca operator list` shows it.")
]

InstanceOption = Annotated[
    str, typer.Option("--instance", metavar="ID", help="Of which home, as GET /v1/ca/operators shows it.")
]


class Word(StrEnum):
    """What a decision may be."""

    APPROVE = "approve"
    REJECT = "reject"


@app.command("decision")
def decision(
    answer: Annotated[Path, typer.Argument(metavar="FILE", help="What GET /v1/ca/registrations/NUMBER answered.")],
    word: Annotated[Word, typer.Argument(metavar="DECISION", help="approve or reject.")],
    *,
    operator: OperatorOption,
    key: OperatorKeyOption,
    key_passphrase: OperatorPassphraseOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Of a rejection: a code such as wrong-organisation.")] = "",
    yes: YesOption = False,
) -> None:
    """Sign a decision on a request, shown as its requester signed it; print the body to POST to the request's decisions."""
    from trustkit.app.files import read_input
    from trustkit.app.operator_statements import MAX_ANSWER, read_shown, signed_decision
    from trustkit.clock import SystemClock
    from trustkit.store.registrations import Decision

    shown = read_shown(read_input(answer, limit=MAX_ANSWER))
    if not yes:
        ask(f"You are about to sign that you {word.value} this:", shown.rows)
    by = _signing(operator, key, key_passphrase)
    emit(signed_decision(shown, Decision(word.value), by, at=SystemClock().now(), reason=reason))


@app.command("enrolment")
def enrolment(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Tells colleagues who it is; never in the trail.")],
    *,
    role: Annotated[RoleName, typer.Option("--role", help="One each: nobody both makes and checks.")],
    public_key: Annotated[
        Path, typer.Option("--public-key", help="His SM2 public key: PEM PUBLIC KEY or certificate.")
    ],
    instance: InstanceOption,
    operator: OperatorOption,
    key: OperatorKeyOption,
    key_passphrase: OperatorPassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Sign, as a registrar, that somebody is enrolled; print the body to POST to /v1/ca/operators."""
    from ca.operators import Enrolment, key_digest
    from trustkit.app.cli.operator_options import read_public_key
    from trustkit.app.operator_statements import signed_enrolment
    from trustkit.clock import SystemClock
    from trustkit.store.operators import Role

    his = read_public_key(public_key)
    if not yes:
        rows = (("name", name), ("role", role.value), ("key sm3", key_digest(his)), ("instance", instance))
        ask("You are about to sign that this operator is enrolled:", rows)
    by = _signing(operator, key, key_passphrase)
    enrolled = Enrolment(label=name, role=Role(role.value), key=his)
    emit(signed_enrolment(enrolled, by, instance=instance, at=SystemClock().now()))


@app.command("removal")
def removal(
    removed: Annotated[str, typer.Argument(metavar="OPERATOR", help="Whose powers end, by pseudonym.")],
    *,
    instance: InstanceOption,
    operator: OperatorOption,
    key: OperatorKeyOption,
    key_passphrase: OperatorPassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Sign, as a registrar, that an operator's powers end; print the body to POST to his removal."""
    from trustkit.app.operator_statements import signed_removal
    from trustkit.clock import SystemClock

    if not yes:
        rows = (("operator", removed), ("instance", instance))
        ask("You are about to sign that this operator's powers end for good:", rows)
    by = _signing(operator, key, key_passphrase)
    emit(signed_removal(removed, by, instance=instance, at=SystemClock().now()))


@app.command("second")
def second(
    body: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `enrolment` or `removal` printed for a colleague.")
    ],
    *,
    operator: OperatorOption,
    key: OperatorKeyOption,
    key_passphrase: OperatorPassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Sign, as a second registrar, what a colleague signed of a registrar; print the body with both, to POST as his."""
    from trustkit.app.files import read_input
    from trustkit.app.operator_statements import MAX_ANSWER, read_body, signed_second
    from trustkit.clock import SystemClock

    shown = read_body(read_input(body, limit=MAX_ANSWER))
    if not yes:
        ask("You are about to sign the same as a colleague:", shown.rows)
    emit(signed_second(shown, _signing(operator, key, key_passphrase), at=SystemClock().now()))


def _signing(operator: str, key: Path, passphrase_file: Path | None) -> SigningOperator:
    from trustkit.app.operator_statements import SigningOperator

    opened = read_key(key, passphrase_file, f"the operator key {key.name}")
    return SigningOperator(operator=operator, signer=opened.signer())
