"""``trustkit ca acme``: external accounts, which new ACME accounts are bound to (RFC 8555 7.3.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, emit, report, table
from trustkit.clock import format_rfc3339

app = typer.Typer(help="ACME, for machines that prove control of names.", no_args_is_help=True)
external = typer.Typer(help="External accounts: one for each machine, good for one ACME account.", no_args_is_help=True)
app.add_typer(external, name="external")


@external.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for: a code in small letters.")],
    *,
    days: Annotated[int, typer.Option("--days", min=1, max=90, help="How long it can be used for the first time.")] = 7,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make an external account and show its key, to be handed to one ACME client."""
    from trustkit.app.acme import acme_accounts
    from trustkit.app.wiring import open_authority
    from trustkit.encoding.text64 import encode_base64url

    with open_authority(chosen_home(home)) as authority:
        authority.unlock(read_passphrase(passphrase_file, passphrase_fd))  # files of the home alone give no power
        accounts = acme_accounts(authority)
        row, key = accounts.add_external(name, lifetime=timedelta(days=days), actor=authority.operator)
        directory = f"{authority.settings.ca_server.url()}/acme/directory"
    text = encode_base64url(key)
    told = {"name": name, "kid": row.identifier, "hmac_key": text, "directory": directory}
    told |= {"expires_at": format_rfc3339(row.expires_at)}
    lines = (
        f"External account for {name}, to be used until {format_rfc3339(row.expires_at)}",
        f"certbot certonly --server {directory} --eab-kid {row.identifier} --eab-hmac-key={text} …",
        "The key is erased here when it is used.",
    )
    report(output, told, *lines)


@external.command("list")
def list_externals(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List external accounts: open, bound, expired or revoked."""
    from trustkit.app.acme import acme_accounts
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        rows = acme_accounts(authority).list_externals()
        now = authority.clock.now()
    lines = []
    for row in rows:
        unused = "expired" if now >= row.expires_at else "open"
        state = "revoked" if row.revoked_at is not None else "bound" if row.bound_at is not None else unused
        lines.append((row.name, row.identifier, state, format_rfc3339(row.expires_at.replace(microsecond=0))))
    columns = ("name", "kid", "state", "expires_at")
    if output is OutputFormat.JSON:
        for line in lines:
            emit(dict(zip(columns, line, strict=True)))
        return
    table(columns, lines)


@external.command("revoke")
def revoke(
    kid: Annotated[str, typer.Argument(metavar="KID", help="As 'ca acme external list' shows it.")],
    *,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Revoke an external account; the ACME account bound to it may act no more."""
    from trustkit.app.acme import acme_accounts
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        acme_accounts(authority).revoke_external(kid, actor=authority.operator)
    report(output, {"kid": kid, "state": "revoked"}, f"Revoked external account {kid}")
