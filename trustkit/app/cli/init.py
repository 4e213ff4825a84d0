"""``trustkit init``: make an authority."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import CERTIFICATE_COLUMNS, FormatOption, OutputFormat, Whose, emit, next_step, say, table


class KeyChoice(StrEnum):
    """``--keys``: the algorithm of every key of the authority."""

    SM2 = "sm2"
    ECDSA = "ecdsa-p256"
    RSA = "rsa-3072"


def initialise(
    name: Annotated[str, typer.Option("--name", help="Registered name of the authority, e.g. 某某市市场监督管理局.")],
    uscc: Annotated[str, typer.Option("--uscc", help="Its unified social credit code (GB 32100), 18 characters.")],
    *,
    home: HomeOption = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            help="Public URL of the service; it goes into certificates and QR codes. Default: http://127.0.0.1 with the port."
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port the service listens on.")] = 8440,
    keys: Annotated[KeyChoice, typer.Option("--keys", help="Algorithm of the authority's keys.")] = KeyChoice.SM2,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make an authority: root CA, issuing CA, seal, time-stamp and status certificates, policies, store, trail."""
    from trustkit.app.initialise import InitialiseRequest, initialise_home
    from trustkit.clock import SystemClock

    place = chosen_home(home)
    url = f"http://127.0.0.1:{port}" if base_url is None else base_url
    request = InitialiseRequest(name=name, uscc=uscc, base_url=url, port=port, keys=keys.value)
    result = initialise_home(
        place, request, lambda: read_passphrase(passphrase_file, passphrase_fd, confirm=True), SystemClock()
    )
    if output is OutputFormat.JSON:
        emit({"home": str(place), "certificates": [certificate.to_json() for certificate in result]})
        return
    say(f"The authority is ready in {place}")
    table(CERTIFICATE_COLUMNS, [certificate.row() for certificate in result])
    say(next_step("trustkit licence issue --type business-licence --data FILE, trustkit serve, trustkit doctor"))
    say(next_step("trustkit ca renew seal-maker", Whose.MAKING_SEALS))
