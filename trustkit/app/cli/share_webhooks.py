"""``trustkit share webhook``: what the operator does with the webhooks of organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.copies.webhooks import Webhooks
    from trustkit.app.opened import OpenedHome
    from trustkit.store.webhooks import WebhookRow

app = typer.Typer(help="Where organisations have themselves told of changes.", no_args_is_help=True)
Identifier = Annotated[str, typer.Argument(metavar="ID", help="The webhook, as `list` shows it.")]
Anew = Annotated[bool, typer.Option("--from-now", help="Leave out what came since it was told last.")]


@app.command("list")
def list_all(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the webhooks that have not ended, and those that ended within 30 days."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        for row in _all(authority):
            _report(output, row)


@app.command("show")
def show(identifier: Identifier, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Show a webhook and the last fifty things that went wrong with it."""
    from trustkit.app.webhook_forms import failure_line, line
    from trustkit.app.wiring import open_authority
    from trustkit.store import webhooks

    with open_authority(chosen_home(home)) as authority:
        row = _hooks(authority).get(identifier)
        with authority.database.reading() as unit:
            failures = [failure_line(each) for each in webhooks.list_failures(unit, identifier)]
    told = {**line(row), "organisation": row.organisation}
    lines = (f"  {each['at']}  {each['id']}  {each['attempt']}.  {each['told']}" for each in failures)
    report(output, {**told, "failures": failures}, *(f"  {key:<13}  {value}" for key, value in told.items()), *lines)


@app.command("suspend")
def suspend(identifier: Identifier, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Tell it nothing more until it is resumed here; its organisation cannot resume it."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        _report(output, _hooks(authority).suspend(identifier, authority.operator))


@app.command("resume")
def resume(
    identifier: Identifier, *, from_now: Anew = False, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT
) -> None:
    """Go on with one that is suspended, from where it was told last."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        _report(output, _hooks(authority).resume(identifier, authority.operator, anew=from_now))


@app.command("remove")
def remove(identifier: Identifier, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """End it for good."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        _report(output, _hooks(authority).remove(identifier, authority.operator))


@app.command("redeliver")
def redeliver(
    identifier: Identifier,
    *,
    after: Annotated[int, typer.Option("--after", min=0, help="Number of the event after which all is told again.")],
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Tell again what came after an event, in order; each keeps the identifier it had."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        _report(output, _hooks(authority).redeliver(identifier, authority.operator, after=after))


@app.command("test")
def ask_again(
    identifier: Identifier,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Ask its address once more whether it wants to be told, as when it was made; exit 0 when it answers as it has to."""
    from trustkit.app.event_keys import EventKeys
    from trustkit.app.webhook_sending import webhook_sender
    from trustkit.app.wiring import open_authority
    from trustkit.jose.model import JwsAlgorithm

    with open_authority(chosen_home(home)) as authority:
        row = _hooks(authority).get(identifier)
        keys = EventKeys(authority, authority.unlock(read_passphrase(passphrase_file, passphrase_fd)))
        webhook_sender(authority, keys).challenge(row.url, JwsAlgorithm(row.algorithm))
        _report(output, row)


@app.command("rotate-keys")
def rotate_keys(
    *,
    compromised: Annotated[
        bool, typer.Option("--compromised", help="Publish the keys of before no more, from now on.")
    ] = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Let new keys sign events from now on; those of before are published for a week more."""
    from esign.copies.webhooks import ALGORITHMS
    from trustkit.app.event_keys import EventKeys
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        keys = EventKeys(authority, authority.unlock(read_passphrase(passphrase_file, passphrase_fd)))
        for algorithm in ALGORITHMS:
            row = keys.rotate(algorithm, compromised=compromised)
            report(output, {"algorithm": row.algorithm, "kid": row.kid}, f"{row.algorithm}  {row.kid}")


def _hooks(home: OpenedHome) -> Webhooks:
    from esign.copies.webhooks import Webhooks
    from trustkit.copy_codes import CopyCode
    from trustkit.errors import TrustError

    def challenge(*_: object) -> None:
        raise TrustError(CopyCode.WEBHOOK_STATE, "the organisation itself asks for a webhook")

    return Webhooks(database=home.database, clock=home.clock, challenge=challenge)


def _all(home: OpenedHome) -> Iterator[WebhookRow]:
    from trustkit.store import webhooks
    from trustkit.store.bounds import PAGE_LIMIT

    after = ""
    while True:
        with home.database.reading() as unit:
            page = webhooks.list_webhooks(unit, after=after)
        yield from page
        if len(page) < PAGE_LIMIT:
            return
        after = page[-1].identifier


def _report(output: OutputFormat, row: WebhookRow) -> None:
    from trustkit.app.webhook_forms import line

    told = {**line(row), "organisation": row.organisation}
    state = f"{row.state.value} ({row.reason})" if row.reason else row.state.value
    report(output, told, f"{row.identifier}  {state:<24}  {row.organisation}  {row.url}  told up to {row.place}")
