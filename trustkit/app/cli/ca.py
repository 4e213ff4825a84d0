"""``trustkit ca``: certificates of the authority, their revocation, and the publications relying parties need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, emit, say, table

app = typer.Typer(help="The certificate authority.", no_args_is_help=True)


@app.command("list")
def list_certificates(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the certificates this authority has issued."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        rows = authority.register.list_certificates()
    if output is OutputFormat.JSON:
        for row in rows:
            emit(row.to_json())
        return
    table(("profile", "subject", "serial", "state", "valid until"), [row.row() for row in rows])


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write into; made when absent.")],
    *,
    home: HomeOption = None,
) -> None:
    """Write what a relying party needs: root and chain certificates, CRLs, the status lists."""
    from trustkit.app.files import write_output
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        published = tuple(authority.publications().files())
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in published:
        write_output(folder / name, data, replace=True)
        say(str(folder / name))


@app.command("revoke")
def revoke(
    serial: Annotated[
        str, typer.Argument(metavar="SERIAL", help="Serial number in hexadecimal, as `ca list` shows it.")
    ],
    *,
    reason: Annotated[
        str, typer.Option("--reason", help="RFC 5280 reason, e.g. keyCompromise, superseded, cessationOfOperation.")
    ],
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
) -> None:
    """Revoke a certificate; the new CRL is published in the same act."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        authority.revoke_certificate(keys, serial, reason=reason)
    say(f"Revoked certificate {serial} ({reason})")


@app.command("publish")
def publish(
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
) -> None:
    """Sign fresh CRLs and status lists now; `trustkit serve --passphrase-file` does it by itself when half-way due."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        for line in authority.publish(keys):
            say(line)
