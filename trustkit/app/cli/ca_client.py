"""``trustkit ca client``: the API clients of the authority."""

from __future__ import annotations

from enum import StrEnum
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

app = typer.Typer(help="API clients of the authority.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits, dots, hyphens.")]
_DAYS = 365


class ClientRole(StrEnum):
    """``--role``: what a client may do."""

    REQUESTER = "requester"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"


@app.command("add")
def add(
    name: NameArgument,
    *,
    role: Annotated[ClientRole, typer.Option("--role", help="What the client may do.")],
    days: Annotated[int, typer.Option("--days", min=1, max=825, help="How long its secret is good for.")] = _DAYS,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Register a client and show its secret, once: it is stored nowhere."""
    from datetime import timedelta

    from ca.clients import ClientRegistry, Role
    from trustkit.app.wiring import open_authority
    from trustkit.clock import format_rfc3339

    with open_authority(chosen_home(home)) as authority:
        authority.unlock(read_passphrase(passphrase_file, passphrase_fd))  # files of the home alone give no power
        registry = ClientRegistry(database=authority.database, clock=authority.clock)
        row, credential = registry.add(name, Role(role.value), lifetime=timedelta(days=days), actor=authority.operator)
    told = {
        "name": row.name,
        "identifier": row.identifier,
        "role": row.role,
        "expires_at": format_rfc3339(row.expires_at),
        "credential": credential,
    }
    lines = (
        f"Registered {row.name} ({row.role}) until {format_rfc3339(row.expires_at)}",
        f"Authorization: Bearer {credential}",
        f"For EST and Basic: user {row.identifier}, the part after the dot as password",
        "This is shown once and stored nowhere.",
    )
    report(output, told, *lines)


@app.command("list")
def list_clients(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the clients, revoked ones too."""
    from ca.clients import ClientRegistry
    from trustkit.app.wiring import open_authority
    from trustkit.clock import format_rfc3339

    with open_authority(chosen_home(home)) as authority:
        rows = ClientRegistry(database=authority.database, clock=authority.clock).list_clients()
        now = authority.clock.now()
    lines = []
    for row in rows:
        state = "revoked" if row.revoked_at is not None else "expired" if now >= row.expires_at else "active"
        lines.append((row.name, row.identifier, row.role, state, format_rfc3339(row.expires_at.replace(microsecond=0))))
    columns = ("name", "identifier", "role", "state", "expires_at")
    if output is OutputFormat.JSON:
        for line in lines:
            emit(dict(zip(columns, line, strict=True)))
        return
    table(columns, lines)


@app.command("revoke")
def revoke(name: NameArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Let a client in no more, at once and for good."""
    from ca.clients import ClientRegistry
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        ClientRegistry(database=authority.database, clock=authority.clock).revoke(name, actor=authority.operator)
    report(output, {"name": name, "state": "revoked"}, f"Revoked client {name}")
