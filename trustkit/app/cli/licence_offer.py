"""``trustkit licence offer`` and its like: licences offered to wallets, and the service wallets fetch them at (OpenID4VCI)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.licence_credential import SuiteWord, chosen_suites
from trustkit.app.cli.licence_options import IdentifierArgument
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, next_step, report, wrote

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.wallet.offers import MadeOffer


def offer(
    identifier: IdentifierArgument,
    *,
    suite: Annotated[
        SuiteWord, typer.Option("--suite", help="es256 (which every wallet knows), sm2 or both.")
    ] = SuiteWord.ES256,
    tx_code: Annotated[
        bool,
        typer.Option("--tx-code", help="Ask for six digits besides, told by another way than the link; shown once."),
    ] = False,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=10080, help="How long the offer is good.")] = 15,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="How long the credential lasts, at most as the licence.")
    ] = 365,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A .png or .svg with the QR code, or a .txt with the link.  [default: shown here]"),
    ] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Offer a licence in force to its holder's wallet: a link and QR code, good once. Whoever has them gets the licence."""
    from datetime import timedelta

    from esign.wallet.offers import OfferOrder
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.credential_keys import suite_certificates
    from trustkit.app.files import require_place
    from trustkit.app.offer_picture import offer_drawing
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wallet_issuing import offer_desk
    from trustkit.app.wiring import open_authority

    draw = None if out is None else offer_drawing(out)
    if out is not None:
        require_place(out)
    order = OfferOrder(
        licence=identifier,
        suites=chosen_suites(suite),
        good_for=timedelta(minutes=minutes),
        days=days,
        asks_transaction_code=tx_code,
    )
    with open_authority(chosen_home(home)) as authority:
        for each in order.suites:
            suite_certificates(authority, each)
        act_in_name(authority, OfficialAct.LICENCE)
        made = offer_desk(authority).make(order, actor=authority.operator)
    _tell(made, out, draw, output)


def offers(
    identifier: Annotated[
        str | None, typer.Argument(metavar="[IDENTIFIER]", help="Of this licence.  [default: of all]")
    ] = None,
    *,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List offers, the newest first: open, redeemed, revoked, locked or expired. Links are not kept and not shown."""
    from trustkit.app.offer_lines import COLUMNS, offers_of
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = offers_of(authority.database, identifier, at=authority.clock.now())
    listing(output, COLUMNS, found)


def link(
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="A licence type, as `licence types` names it.")],
    *,
    suite: Annotated[SuiteWord, typer.Option("--suite", help="es256, sm2 or both.")] = SuiteWord.ES256,
    out: Annotated[
        Path | None, typer.Option("--out", help="A .png or .svg with the QR code, or a .txt.  [default: shown here]")
    ] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show the link by which holders who sign in fetch licences of a type. There is no secret in it: it may stand on a page."""
    from trustkit.app.files import require_place, write_output
    from trustkit.app.offer_picture import offer_drawing
    from trustkit.app.wallet_issuing import sign_in_link
    from trustkit.app.wiring import open_authority

    draw = None if out is None else offer_drawing(out)
    with open_authority(chosen_home(home)) as authority:
        found = sign_in_link(authority, kind, chosen_suites(suite))
    if out is not None and draw is not None:
        require_place(out)
        write_output(out, draw(found))
    told = {"type": kind, "link": found, **({} if out is None else {"file": str(out)})}
    report(output, told, found if out is None else wrote(out))


def revoke(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As `licence offers` shows it.")],
    *,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Withdraw an offer, and the access its code has become; a credential that was fetched is revoked by itself."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.offer_lines import OfferLine
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wallet_issuing import offer_desk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        act_in_name(authority, OfficialAct.REVOCATION)
        row = offer_desk(authority).revoke(number, actor=authority.operator)
        line = OfferLine(offer=row, at=authority.clock.now())
    report(output, line.to_json(), f"Withdrew {number}; it is {line.state}")


def serve(
    *,
    home: HomeOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default from settings.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from settings.")] = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
) -> None:
    """Serve wallets that fetch offered licences (OpenID4VCI). This process holds keys; `trustkit serve` is the one without."""
    from trustkit.app.wallet_server import run_wallet_server

    secret = read_passphrase(passphrase_file, passphrase_fd)
    run_wallet_server(chosen_home(home), host=host, port=port, passphrase=secret)


def _tell(made: MadeOffer, out: Path | None, draw: Callable[[str], bytes] | None, output: OutputFormat) -> None:
    """Show link and code, or write them to a file; the digits are shown either way, and nowhere else."""
    from trustkit.app.files import write_output
    from trustkit.app.offer_picture import offer_lines
    from trustkit.app.rows import time_text

    told: dict[str, object] = {
        "number": made.identifier,
        "licence": made.licence,
        "configurations": list(made.configurations),
        "expires_at": time_text(made.expires_at),
        **({"transaction_code": made.transaction_code} if made.transaction_code else {}),
    }
    if out is not None and draw is not None:
        write_output(out, draw(made.link), mode=0o600)
        told["file"] = str(out)
    else:
        told["link"] = made.link
        if output is OutputFormat.TEXT:
            for line in offer_lines(made.link):
                typer.echo(line, err=True)  # shown, and in no stream a machine takes: standard output may be a file
    report(
        output,
        told,
        f"Offered {made.identifier}, until {told['expires_at']}",
        f"  {made.link}" if out is None else f"  {wrote(out)}",
        f"  transaction code  {made.transaction_code}" if made.transaction_code else "",
        next_step(f"trustkit licence offers {made.licence}"),
    )


def register(app: typer.Typer) -> None:
    """Add these commands to a group."""
    app.command("offer")(offer)
    app.command("offers")(offers)
    app.command("offer-link")(link)
    app.command("offer-revoke")(revoke)
    app.command("credential-serve")(serve)
