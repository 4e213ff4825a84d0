"""``trustkit module``: keys in cryptographic modules (PKCS#11, and GM/T 0018 devices)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from trustkit.app.cli.options import PinFdOption, PinFileOption, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report

app = typer.Typer(
    help="Keys in cryptographic modules: PKCS#11 tokens and GM/T 0018 (SDF) devices.", no_args_is_help=True
)

UriArgument = Annotated[
    str,
    typer.Argument(
        metavar="URI",
        help="pkcs11:token=…;object=…?module-path=/… (RFC 7512) or sdf:index=…?module-path=/… ; never with a PIN in it.",
    ),
]


class ModuleKeyKind(StrEnum):
    """What a PKCS#11 token is asked to make."""

    RSA = "rsa"
    EC_P256 = "ec-p256"
    EC_P384 = "ec-p384"


class ModuleKeyUse(StrEnum):
    """What the key is for."""

    SIGN = "sign"
    DECRYPT = "decrypt"


@app.command("keys")
def list_keys(
    uri: UriArgument,
    *,
    pin_file: PinFileOption = None,
    pin_fd: PinFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List the keys of a token, or show the key of a device's index after it has signed once."""
    from trustkit.app.modules import COLUMNS, module_keys

    lines = module_keys(uri, read_passphrase(pin_file, pin_fd, what="PIN of the module"))
    listing(output, COLUMNS, lines)


@app.command("make-key")
def make_key(
    uri: UriArgument,
    *,
    kind: Annotated[ModuleKeyKind, typer.Option("--kind", help="What to make; RSA has 3072 bits.")],
    use: Annotated[
        ModuleKeyUse, typer.Option("--use", help="What it may do, and nothing else; decrypt is by OAEP or ECDH.")
    ] = ModuleKeyUse.SIGN,
    pin_file: PinFileOption = None,
    pin_fd: PinFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make a key on a PKCS#11 token, under the name the URI's object gives. It never leaves the token."""
    from trustkit.app.modules import make_module_key

    pin = read_passphrase(pin_file, pin_fd, what="PIN of the module")
    line = make_module_key(uri, kind.value, pin, use=use.value)
    report(output, line.to_json(), f"Made {line.kind} key {line.name}, public key SM3 {line.public_key_sm3}")
