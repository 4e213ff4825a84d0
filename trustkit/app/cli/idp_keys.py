"""``trustkit idp keys``: the keys the OpenID provider signs with, listed and changed by hand."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report

app = typer.Typer(help="Keys the OpenID provider signs tokens with.", no_args_is_help=True)


class AlgorithmName(StrEnum):
    """``--algorithm``: whose key is changed."""

    ES256 = "ES256"
    RS256 = "RS256"
    SGD_SM3_SM2 = "SGD_SM3_SM2"


@app.command("list")
def list_keys(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the keys: which sign, which come next and are published already, which are published still."""
    from idp.op.keys import list_keys as stored_keys
    from trustkit.app.opening import open_store
    from trustkit.app.provider_key_lines import COLUMNS, ProviderKeyLine

    _, database = open_store(chosen_home(home))
    with database, database.reading() as unit:
        found = stored_keys(unit)
    listing(output, COLUMNS, [ProviderKeyLine(key=key) for key in found])


@app.command("rotate")
def rotate(
    *,
    algorithm: Annotated[AlgorithmName, typer.Option("--algorithm", help="Whose key is changed.")],
    at_once: Annotated[
        bool,
        typer.Option("--at-once", help="Also when the next key was published so lately that readers may not know it."),
    ] = False,
    compromised: Annotated[
        bool,
        typer.Option(
            "--compromised", help="The old key is withdrawn at once: what it signed is refused. Implies --at-once."
        ),
    ] = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Let the next key sign from now on and publish another next one. A running service follows within fifteen seconds."""
    from trustkit.app.idp_home import open_identity
    from trustkit.app.provider_key_lines import ProviderKeyLine
    from trustkit.jose.model import JwsAlgorithm

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        name = JwsAlgorithm(algorithm.value)
        identity.keys.tend(identity.operator)
        key = identity.keys.rotate(name, identity.operator, at_once=at_once, compromised=compromised)
    report(output, ProviderKeyLine(key=key).to_json(), f"{name.value}: {key.kid} signs from now on")
