"""``trustkit ca client``: the API clients of the authority."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, emit, report, table

if TYPE_CHECKING:
    from ca.client_grant import ClientGrant
    from trustkit.app.authority import Authority

app = typer.Typer(help="API clients of the authority.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits, dots, hyphens.")]
_DAYS = 365


class ClientRole(StrEnum):
    """``--role``: what a client may do."""

    REQUESTER = "requester"
    REGISTRAR = "registrar"
    CHECKER = "checker"
    ADMINISTRATOR = "administrator"
    RECOVERY_AGENT = "recovery-agent"
    AUDITOR = "auditor"
    SIGNER = "signer"


class ActionName(StrEnum):
    """``--may``: an act a client is granted."""

    DECIDE = "decide"
    ENROL = "enrol"
    ESCROW = "escrow"
    MANAGE = "manage"
    PUBLISH = "publish"
    RECOVER = "recover"
    REQUEST = "request"
    REVOKE = "revoke"
    SEARCH = "search"
    SIGN = "sign"


MayOption = Annotated[
    list[ActionName] | None, typer.Option("--may", help="An act it is granted; may be repeated. None: nothing.")
]
ProfilesOption = Annotated[
    list[str] | None, typer.Option("--profile", help="A profile it may have, or * for any; may be repeated.")
]
AuthoritiesOption = Annotated[
    list[str] | None, typer.Option("--authority", help="A CA of this home it may use, or * for any; may be repeated.")
]
NamesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        metavar="KIND=VALUE",
        help="Names it may have, such as O=示范局, CN=sensor-*, DNS=*.example.cn, IP=10.0.0.0/8, email=*@example.cn, URI=urn:x:*; "
        "* for any; may be repeated. Every name of a certificate needs one.",
    ),
]
CredentialsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--credential", metavar="ID", help="A credential it may sign with (seal), or * for any; may be repeated."
    ),
]


@app.command("add")
def add(
    name: NameArgument,
    *,
    role: Annotated[ClientRole, typer.Option("--role", help="What the client may do.")],
    may: MayOption = None,
    profile: ProfilesOption = None,
    authority: AuthoritiesOption = None,
    name_rule: NamesOption = None,
    credential: CredentialsOption = None,
    days: Annotated[int, typer.Option("--days", min=1, max=825, help="How long its secret is good for.")] = _DAYS,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Register a client and show its secret, once: it is stored nowhere. It may do what it is granted, and nothing else."""
    from datetime import timedelta

    from ca.clients import ClientRegistry, Role
    from trustkit.app.wiring import open_authority
    from trustkit.clock import format_rfc3339

    with open_authority(chosen_home(home)) as opened:
        given = _grant(opened, may, profile, authority, name_rule, credentials=credential)
        opened.unlock(read_passphrase(passphrase_file, passphrase_fd))  # files of the home alone give no power
        registry = ClientRegistry(database=opened.database, clock=opened.clock)
        lifetime = timedelta(days=days)
        row, shown = registry.add(name, Role(role.value), lifetime=lifetime, actor=opened.operator, grant=given)
    told = {
        "name": row.name,
        "identifier": row.identifier,
        "role": row.role,
        "expires_at": format_rfc3339(row.expires_at),
        **_told(given),
        "credential": shown,
    }
    lines = (
        f"Registered {row.name} ({row.role}) until {format_rfc3339(row.expires_at)}",
        *_lines(given),
        f"Authorization: Bearer {shown}",
        f"For EST and Basic: user {row.identifier}, the part after the dot as password",
        "This is shown once and stored nowhere.",
    )
    report(output, told, *lines)


@app.command("grant")
def grant(
    name: NameArgument,
    *,
    may: MayOption = None,
    profile: ProfilesOption = None,
    authority: AuthoritiesOption = None,
    name_rule: NamesOption = None,
    credential: CredentialsOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Give a client just this, in place of what it had; without options, nothing. In force with its next call."""
    from ca.clients import ClientRegistry
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as opened:
        given = _grant(opened, may, profile, authority, name_rule, credentials=credential)
        opened.unlock(read_passphrase(passphrase_file, passphrase_fd))
        registry = ClientRegistry(database=opened.database, clock=opened.clock)
        row = registry.grant(name, given, actor=opened.operator)
    report(output, {"name": row.name, "role": row.role, **_told(given)}, f"Client {row.name}", *_lines(given))


@app.command("list")
def list_clients(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the clients, revoked ones too."""
    from ca.clients import ClientRegistry, granted_to
    from trustkit.app.wiring import open_authority
    from trustkit.clock import format_rfc3339

    with open_authority(chosen_home(home)) as authority:
        rows = ClientRegistry(database=authority.database, clock=authority.clock).list_clients()
        now = authority.clock.now()
    lines = []
    for row in rows:
        state = "revoked" if row.revoked_at is not None else "expired" if now >= row.expires_at else "active"
        expires = format_rfc3339(row.expires_at.replace(microsecond=0))
        lines.append(((row.name, row.identifier, row.role, state, expires), granted_to(row)))
    columns = ("name", "identifier", "role", "state", "expires_at")
    if output is OutputFormat.JSON:
        for line, given in lines:
            emit({**dict(zip(columns, line, strict=True)), **_told(given)})
        return
    table((*columns, "granted"), [(*line, "; ".join(_lines(given))) for line, given in lines])


@app.command("revoke")
def revoke(name: NameArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Let a client in no more, at once and for good."""
    from ca.clients import ClientRegistry
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        ClientRegistry(database=authority.database, clock=authority.clock).revoke(name, actor=authority.operator)
    report(output, {"name": name, "state": "revoked"}, f"Revoked client {name}")


def _grant(
    home: Authority,
    may: list[ActionName] | None,
    profiles: list[str] | None,
    authorities: list[str] | None,
    names: list[str] | None,
    *,
    credentials: list[str] | None,
) -> ClientGrant:
    """Return the grant of the options.

    Raise USAGE, REQUEST_MISSING, CA_AUTHORITY_MISSING and CA_CREDENTIAL_MISSING for what is not there.
    """
    from ca.client_grant import ANY, Action, ClientGrant
    from trustkit.app.ca_issuing import requestable_profile
    from trustkit.app.remote_credentials import CREDENTIALS
    from trustkit.errors import ErrorCode, TrustError

    if set(credentials or ()) - {ANY, *CREDENTIALS}:
        raise TrustError(ErrorCode.CA_CREDENTIAL_MISSING, f"there are: {', '.join(CREDENTIALS)}")
    for each in set(profiles or ()) - {ANY}:
        requestable_profile(home, each)
    for each in set(authorities or ()) - {ANY}:
        home.authorities.certificate(each)
    return ClientGrant(
        actions=frozenset(Action(each.value) for each in may or ()),
        profiles=tuple(profiles or ()),
        authorities=tuple(authorities or ()),
        names=tuple(names or ()),
        credentials=tuple(credentials or ()),
    )


def _told(given: ClientGrant) -> dict[str, object]:
    return {
        "may": sorted(given.actions),
        "profiles": list(given.profiles),
        "authorities": list(given.authorities),
        "names": list(given.names),
        "credentials": list(given.credentials),
    }


def _lines(given: ClientGrant) -> tuple[str, ...]:
    """Return what a person reads of a grant."""
    if not given.actions:
        return ("may do nothing",)
    return tuple(
        f"{title}: {', '.join(values) or 'none'}"
        for title, values in (
            ("may", sorted(given.actions)),
            ("profiles", given.profiles),
            ("authorities", given.authorities),
            ("names", given.names),
            ("credentials", given.credentials),
        )
    )
