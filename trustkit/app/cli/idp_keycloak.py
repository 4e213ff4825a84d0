"""``trustkit idp keycloak-setup``: a Keycloak realm made ready for trustkit, in either direction."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, report
from trustkit.errors import ErrorCode, TrustError

app = typer.Typer()


class Direction(StrEnum):
    """Who signs people in at whom."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


NameOption = Annotated[
    str, typer.Option("--name", help="upstream: the connector's name here; downstream: the alias at Keycloak.")
]
ClientOption = Annotated[
    str, typer.Option("--client", help="upstream: what trustkit is called there; downstream: Keycloak's client here.")
]
ServicesOption = Annotated[
    list[str] | None,
    typer.Option("--service", help="downstream: a client of the realm told of logins here; may be repeated."),
]


@app.command("keycloak-setup")
def keycloak_setup(
    direction: Annotated[
        Direction,
        typer.Argument(help="upstream: people sign in here by Keycloak; downstream: at Keycloak by trustkit."),
    ],
    *,
    server: Annotated[str, typer.Option("--server", metavar="URL", help="Keycloak, such as https://sso.example.")],
    realm: Annotated[str, typer.Option("--realm", help="The realm; it is made when it is not there.")],
    admin: Annotated[str, typer.Option("--admin", help="An administrator of the realm --admin-realm.")] = "admin",
    admin_realm: Annotated[str, typer.Option("--admin-realm", help="Where the administrator is.")] = "master",
    admin_password_file: Annotated[
        Path | None,
        typer.Option(
            "--admin-password-file", help="File with his password, readable by its owner only; else it is asked for."
        ),
    ] = None,
    authorities: Annotated[
        Path | None, typer.Option("--ca", help="PEM of the authorities Keycloak's TLS is believed by alone.")
    ] = None,
    name: NameOption = "",
    client: ClientOption = "",
    client_secret_file: Annotated[
        Path | None, typer.Option("--client-secret-file", help="downstream: file with that client's secret.")
    ] = None,
    service: ServicesOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make a Keycloak realm ready; run again, it sets right what is not. No password is an argument, no secret is shown."""
    from trustkit.app.idp_home import open_identity
    from trustkit.app.keycloak_acts import KeycloakWish, downstream, open_server, upstream

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        wish = KeycloakWish(
            server=server,
            realm=realm,
            admin=admin,
            admin_realm=admin_realm,
            authorities=authorities,
            name=name or ("keycloak" if direction is Direction.UPSTREAM else "trustkit"),
            client=client or "trustkit",
            services=tuple(service or ()),
        )
        password = read_passphrase(admin_password_file, None, what=f"Password of {admin}")
        setup = open_server(wish, password)
        if direction is Direction.UPSTREAM:
            told = upstream(identity, setup, wish)
        else:
            if not client or client_secret_file is None:
                raise TrustError(
                    ErrorCode.USAGE, "downstream needs --client and --client-secret-file: a client of this home"
                )
            secret = read_passphrase(client_secret_file, None, what=f"Secret of {client}")
            told = downstream(identity, setup, wish, secret)
    report(output, told.to_json(), *told.lines())
