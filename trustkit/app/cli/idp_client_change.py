"""``trustkit idp client change`` and ``secret``: another registration, another secret, the same client."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.idp_client import (
    GRANTS,
    GrantName,
    KeysOption,
    MetadataOption,
    MethodName,
    NameArgument,
    RedirectsOption,
    ResourcesOption,
    ScopesOption,
    ServesOption,
    lists,
    object_of,
)
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, report

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

_KEPT = 24  # hours: a deployment of the platform's own lies between
_MOST_KEPT = 30 * 24
_NewGrantsOption = Annotated[
    list[GrantName] | None, typer.Option("--grant", help="How it gets tokens, all of them; may be repeated.")
]
_NewMethodOption = Annotated[MethodName | None, typer.Option("--auth", help="How it proves itself from now on.")]
_ConsentOption = Annotated[bool | None, typer.Option("--consent/--no-consent", help="Whether people are asked.")]
_NewTitleOption = Annotated[str | None, typer.Option("--title", help="What people read on pages, in both languages.")]


def change(
    name: NameArgument,
    *,
    title: _NewTitleOption = None,
    method: _NewMethodOption = None,
    grant: _NewGrantsOption = None,
    redirect_uri: RedirectsOption = None,
    scope: ScopesOption = None,
    resource: ResourcesOption = None,
    serves: ServesOption = None,
    jwks: KeysOption = None,
    consent: _ConsentOption = None,
    metadata: MetadataOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Register a client otherwise: what is named here takes the place of what it had, all else stays. In the file of --metadata null takes a member away.

    It keeps its identifier and secret, and people keep the names they have there. What was granted is cut down to what it may have
    still at its next refresh; access tokens that are out stay good to their end.
    """
    from idp.op.client_form import changed_registration
    from idp.op.client_model import SECRETS
    from idp.op.clients import ClientRegister
    from trustkit.app.verify_scopes import require_known
    from trustkit.app.wiring import open_authority

    members: dict[str, JsonValue] = {
        **({} if metadata is None else object_of(metadata)),
        **({} if title is None else {"client_name": title}),
        **({} if method is None else {"token_endpoint_auth_method": method.value}),
        **({} if not grant else {"grant_types": [GRANTS[each] for each in grant]}),
        **({} if not scope else {"scope": " ".join(scope)}),
        **lists({"redirect_uris": redirect_uri, "resources": resource, "serves": serves}),
        **({} if jwks is None else {"jwks": object_of(jwks)}),
        **({} if consent is None else {"consent_required": consent}),
    }
    with open_authority(chosen_home(home)) as opened:
        opened.unlock(read_passphrase(passphrase_file, passphrase_fd))  # files of the home alone give no power
        register = ClientRegister(database=opened.database, clock=opened.clock)
        client = register.named(name)
        registration = changed_registration(client, members)
        if scope:  # those it has had stay as they are
            require_known(scope)
        changed = register.change(client, registration, actor=opened.operator)
        has_secret = registration.method not in SECRETS or client.secret_sm3 is not None
    lines = [f"Changed client {name}" if changed else f"Client {name} is so already"]
    if not has_secret:
        lines.append(f"It has no secret yet: trustkit idp client secret {name}")
    report(output, {"name": name, "client_id": client.identifier, "changed": changed}, *lines)


def secret(
    name: NameArgument,
    *,
    keep_hours: Annotated[
        int,
        typer.Option(
            "--keep-hours",
            min=0,
            max=_MOST_KEPT,
            help="How long the secret it had is good besides; 0 for one that leaked.",
        ),
    ] = _KEPT,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Give a client another secret and show it, once: it is stored nowhere. The one before that it had is good for a while more, older ones at once no more."""
    from idp.op.clients import ClientRegister
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as opened:
        opened.unlock(read_passphrase(passphrase_file, passphrase_fd))
        register = ClientRegister(database=opened.database, clock=opened.clock)
        client = register.named(name)
        shown = register.renew_secret(client, keep=timedelta(hours=keep_hours), actor=opened.operator)
    before = (
        "The one before is good no more." if not keep_hours else f"The one before is good for {keep_hours} hours more."
    )
    lines = (f"client_id {client.identifier}", f"client_secret {shown}", "The secret is shown once and stored nowhere.")
    told = {"name": name, "client_id": client.identifier, "client_secret": shown, "former_good_hours": keep_hours}
    report(output, told, *lines, *((before,) if client.secret_sm3 is not None else ()))


def register(app: typer.Typer) -> None:
    """Hang the commands in beside the others of clients."""
    app.command("change")(change)
    app.command("secret")(secret)
