"""``trustkit ca holder``: the holder's side, without a home: a request made, a response installed, an envelope opened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.operator_options import passphrase_of, read_key
from trustkit.app.cli.output import FormatOption, OutputFormat, report

app = typer.Typer(help="The holder's side of a certificate: needs no home.", no_args_is_help=True)

KeyOption = Annotated[Path, typer.Option("--key", help="Your key: an encrypted container, readable by you only.")]
KeyPassphraseOption = Annotated[
    Path | None, typer.Option("--passphrase-file", help="File with the passphrase of your key.")
]
NewPassphraseOption = Annotated[
    Path | None, typer.Option("--new-passphrase-file", help="File with the passphrase of what is written.")
]


@app.command("request")
def request(
    subject: Annotated[
        list[str],
        typer.Option("--subject", metavar="LABEL=VALUE", help="Once for each attribute, e.g. CN=张示范, C=CN."),
    ],
    *,
    key: Annotated[Path, typer.Option("--key", help="Make an SM2 key and write its encrypted container here.")],
    out: Annotated[Path, typer.Option("--out", help="Where the certification request (PKCS#10, PEM) goes.")],
    passphrase_file: KeyPassphraseOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make a key pair and a certification request for it; the key stays with you."""
    from trustkit.app.files import require_place, write_output
    from trustkit.app.key_installing import make_request

    require_place(out)
    secret = passphrase_of(f"the new key {key.name}", passphrase_file, confirm=True)
    write_output(out, make_request(subject, secret, key))
    report(output, {"key": str(key), "request": str(out)}, str(key), str(out))


@app.command("install-response")
def install_response(
    response: Annotated[Path, typer.Argument(metavar="FILE", help="CSRResponse (GM/T 0092), PEM or DER.")],
    *,
    key: KeyOption,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where certificates and the key go.")],
    passphrase_file: KeyPassphraseOption = None,
    new_passphrase_file: NewPassphraseOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Install the answer to your request: certificates, and the encryption key in an encrypted container of your own."""
    from ca.response import MAX_RESPONSE
    from trustkit.app.files import read_input
    from trustkit.app.key_installing import install

    data = read_input(response, limit=2 * MAX_RESPONSE)
    own = read_key(key, passphrase_file, f"your key {key.name}")
    secret = passphrase_of("the encryption key's new container", new_passphrase_file, confirm=True)
    done = install(data, own, secret, out)
    for path in done.files:
        report(output, {"file": str(path)}, str(path))


@app.command("open-envelope")
def open_envelope(
    envelope: Annotated[Path, typer.Argument(metavar="FILE", help="SM2EnvelopedKey (GM/T 0009), DER.")],
    *,
    key: KeyOption,
    out: Annotated[Path, typer.Option("--out", help="Where the key's encrypted container goes.")],
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="The certificate the key must belong to.")
    ] = None,
    passphrase_file: KeyPassphraseOption = None,
    new_passphrase_file: NewPassphraseOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Open an enveloped key, such as a recovered one, into an encrypted container of your own."""
    from trustkit.app.files import read_input
    from trustkit.app.key_installing import open_envelope as opened
    from trustkit.custody.enveloped_key import MAX_ENVELOPED_KEY
    from trustkit.encoding.pem import parse_pem
    from trustkit.x509.certificate import parse_certificate

    data = read_input(envelope, limit=MAX_ENVELOPED_KEY)
    of = None
    if certificate is not None:
        raw = read_input(certificate, limit=256 * 1024)
        blocks = parse_pem(raw)
        of = parse_certificate(blocks[0].der if blocks else raw)
    own = read_key(key, passphrase_file, f"your key {key.name}")
    secret = passphrase_of("the new container", new_passphrase_file, confirm=True)
    opened(data, own, secret, out, of)
    report(output, {"file": str(out)}, str(out))
