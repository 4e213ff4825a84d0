"""``trustkit idp``: unified identity (统一身份认证)."""

from __future__ import annotations

import typer

from trustkit.app.cli import (
    idp_client,
    idp_client_change,
    idp_connector,
    idp_factor,
    idp_keycloak,
    idp_keys,
    idp_ladder,
    idp_link,
    idp_mandate,
    idp_role,
    idp_serve,
    idp_user,
)

app = typer.Typer(help="Unified identity: who people are, how surely, and what for.", no_args_is_help=True)
app.registered_commands.extend(idp_serve.app.registered_commands)
app.add_typer(idp_user.app, name="user")
app.add_typer(idp_factor.app, name="factor")
app.add_typer(idp_link.app, name="link")
idp_client_change.register(idp_client.app)
app.add_typer(idp_client.app, name="client")
app.add_typer(idp_keys.app, name="keys")
app.add_typer(idp_ladder.app, name="ladder")
app.add_typer(idp_mandate.app, name="mandate")
app.add_typer(idp_role.app, name="role")
app.add_typer(idp_connector.app, name="connector")
app.registered_commands.extend(idp_keycloak.app.registered_commands)
