"""``trustkit idp client``: who may ask the OpenID provider, and for what."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
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
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from trustkit.encoding.canonical_json import JsonValue

app = typer.Typer(help="Clients of the OpenID provider.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits, dots, hyphens.")]
_MOST_FILE = 64 * 1024


class MethodName(StrEnum):
    """``--auth``: how the client proves itself."""

    SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the name of a method
    SECRET_POST = "client_secret_post"  # noqa: S105 - as above
    PRIVATE_KEY_JWT = "private_key_jwt"
    TLS = "tls_client_auth"
    SELF_SIGNED_TLS = "self_signed_tls_client_auth"
    NONE = "none"


class GrantName(StrEnum):
    """``--grant``: how the client gets tokens."""

    CODE = "code"
    REFRESH = "refresh"
    CLIENT = "client"
    DEVICE = "device"
    BACKCHANNEL = "backchannel"


GRANTS = {
    GrantName.CODE: "authorization_code",
    GrantName.REFRESH: "refresh_token",
    GrantName.CLIENT: "client_credentials",
    GrantName.BACKCHANNEL: "urn:openid:params:grant-type:ciba",
    GrantName.DEVICE: "urn:ietf:params:oauth:grant-type:device_code",
}


TitleOption = Annotated[str | None, typer.Option("--title", help="What people read on pages; the name when left out.")]
MethodOption = Annotated[MethodName, typer.Option("--auth", help="How it proves itself.")]
GrantsOption = Annotated[
    list[GrantName] | None, typer.Option("--grant", help="How it gets tokens; may be repeated. Default: code, refresh.")
]
RedirectsOption = Annotated[
    list[str] | None, typer.Option("--redirect-uri", help="Where people come back to, to the letter; may be repeated.")
]
ScopesOption = Annotated[list[str] | None, typer.Option("--scope", help="A scope it may ask for; may be repeated.")]
ResourcesOption = Annotated[
    list[str] | None, typer.Option("--resource", help="A resource its tokens may be for (URI); may be repeated.")
]
ServesOption = Annotated[
    list[str] | None,
    typer.Option("--serves", help="A resource it serves, and whose tokens it looks into; may be repeated."),
]
KeysOption = Annotated[Path | None, typer.Option("--jwks", help="File with its public keys (JWK Set).")]
MetadataOption = Annotated[
    Path | None,
    typer.Option(
        "--metadata", help="File with everything else, by the members of RFC 7591 (JSON). Options stand above it."
    ),
]
IdentifierOption = Annotated[str, typer.Option("--id", help="Its identifier; one is made when left out.")]


@app.command("add")
def add(
    name: NameArgument,
    *,
    title: TitleOption = None,
    method: MethodOption = MethodName.SECRET_BASIC,
    grant: GrantsOption = None,
    redirect_uri: RedirectsOption = None,
    scope: ScopesOption = None,
    resource: ResourcesOption = None,
    serves: ServesOption = None,
    jwks: KeysOption = None,
    no_consent: Annotated[
        bool, typer.Option("--no-consent", help="People are not asked: for our own services.")
    ] = False,
    metadata: MetadataOption = None,
    identifier: IdentifierOption = "",
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Register a client and show its secret, once: it is stored nowhere."""
    from idp.op.client_form import read_registration
    from idp.op.clients import ClientRegister
    from idp.op.discovery import offered_methods
    from trustkit.app.verify_scopes import require_known
    from trustkit.app.wiring import open_authority
    from trustkit.encoding.canonical_json import canonical_json

    members: dict[str, JsonValue] = {
        "client_name": title or name,
        "token_endpoint_auth_method": method.value,
        "grant_types": [GRANTS[each] for each in (grant or (() if serves else (GrantName.CODE, GrantName.REFRESH)))],
        "scope": " ".join(scope or (() if serves else ("openid",))),
        **({} if metadata is None else object_of(metadata)),
        **lists({"redirect_uris": redirect_uri, "resources": resource, "serves": serves}),
        **({} if jwks is None else {"jwks": object_of(jwks)}),
        **({"consent_required": False} if no_consent else {}),
    }
    registration = read_registration(canonical_json(members))
    require_known(registration.scopes)
    with open_authority(chosen_home(home)) as opened:
        opened.unlock(read_passphrase(passphrase_file, passphrase_fd))  # files of the home alone give no power
        register = ClientRegister(database=opened.database, clock=opened.clock)
        client, secret = register.add(name, registration, actor=opened.operator, identifier=identifier)
        idp = opened.settings.idp
    lines = [f"Registered {client.name}", f"client_id {client.identifier}"]
    told = {"name": client.name, "client_id": client.identifier}
    if secret:
        told["client_secret"] = secret
        lines += [f"client_secret {secret}", "The secret is shown once and stored nowhere."]
    if registration.method not in offered_methods(idp.certificate_source(tls=idp.tls)):
        lines.append("Its certificate is not seen here yet: see tls_certificate and client_certificates of [idp].")
    report(output, told, *lines)


@app.command("list")
def list_clients(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the clients, revoked ones too."""
    from idp.op.clients import ClientRegister
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as opened:
        clients = ClientRegister(database=opened.database, clock=opened.clock).list_clients()
    if output is OutputFormat.JSON:
        for client in clients:
            emit(_told(client))
        return
    rows = [(each.name, each.identifier, each.registration.method.value, _state(each)) for each in clients]
    table(("name", "client_id", "auth", "state"), rows)


@app.command("show")
def show(name: NameArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Show what a client is registered with."""
    from idp.op.clients import ClientRegister
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as opened:
        client = ClientRegister(database=opened.database, clock=opened.clock).named(name)
    told = _told(client)
    report(output, told, *(f"{member} {value}" for member, value in told.items() if value not in ("", [], False)))


@app.command("revoke")
def revoke(name: NameArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Answer a client no more, at once and for good; its tokens are not good from now on."""
    from idp.op.clients import ClientRegister
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as opened:
        ClientRegister(database=opened.database, clock=opened.clock).revoke(name, actor=opened.operator)
    report(output, {"name": name, "state": "revoked"}, f"Revoked client {name}")


@app.command("invite")
def invite(
    *,
    uses: Annotated[int, typer.Option("--uses", min=1, max=1000, help="How many clients may register with it.")] = 1,
    days: Annotated[int, typer.Option("--days", min=1, max=90, help="For how long.")] = 7,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make an initial access token, with which clients register themselves where the settings allow it."""
    from idp.op.clients import ClientRegister
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as opened:
        opened.unlock(read_passphrase(passphrase_file, passphrase_fd))
        register = ClientRegister(database=opened.database, clock=opened.clock)
        token = register.open_registration(uses=uses, days=days, actor=opened.operator)
        closed = not opened.settings.idp.client_registration
    lines = [f"Authorization: Bearer {token}", "This is shown once."]
    if closed:
        lines.append("Nobody can use it yet: set client_registration = true in [idp] and start the service anew.")
    report(output, {"initial_access_token": token, "uses": uses, "open": not closed}, *lines)


def lists(given: dict[str, list[str] | None]) -> dict[str, JsonValue]:
    """Return the members that were given."""
    return {name: [*values] for name, values in given.items() if values}


def object_of(path: Path) -> dict[str, JsonValue]:
    """Return the JSON object of a file. Raise INPUT_TOO_LARGE, JSON_*, OP_CLIENT_FORM."""
    from trustkit.app.files import read_input
    from trustkit.encoding.canonical_json import parse_json
    from trustkit.errors import TrustError

    value = parse_json(read_input(path), max_size=_MOST_FILE)
    if not isinstance(value, dict):
        raise TrustError(IdentityCode.OP_CLIENT_FORM, "the file holds a JSON object")
    return value


def _state(client: Client) -> str:
    return "active" if client.revoked_at is None else "revoked"


def _told(client: Client) -> dict[str, object]:
    from idp.op.client_form import registration_text
    from trustkit.clock import format_rfc3339
    from trustkit.encoding.canonical_json import parse_json

    registered = parse_json(registration_text(client.registration).encode())
    members = registered if isinstance(registered, dict) else {}
    return {
        "name": client.name,
        "client_id": client.identifier,
        "state": _state(client),
        "created_at": format_rfc3339(client.created_at.replace(microsecond=0)),
        **members,
    }
