"""Options that several commands share, and how they become values."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.app.new_keys import KeyInModule
    from trustkit.custody.passphrase import Passphrase

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="The authority's home; default $TRUSTKIT_HOME, else ./.trustkit.", show_default=False),
]
PassphraseFileOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="File with the keystore's passphrase, readable by its owner only."),
]
PassphraseFdOption = Annotated[
    int | None, typer.Option("--passphrase-fd", help="Open descriptor to read the passphrase from.")
]
KeyUriOption = Annotated[
    str | None,
    typer.Option(
        "--key-uri",
        metavar="URI",
        help="Take a key that is in a module: pkcs11:token=…;object=…?module-path=/… or sdf:index=…?module-path=/…",
    ),
]
PinFileOption = Annotated[
    Path | None, typer.Option("--pin-file", help="File with the module's PIN, readable by its owner only.")
]
PinFdOption = Annotated[int | None, typer.Option("--pin-fd", help="Open descriptor to read the PIN from.")]
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="RFC3339", help="Judge as of this time, e.g. 2026-12-01T00:00:00Z.")
]


def chosen_home(home: Path | None) -> Path:
    """Return the home a command works in."""
    from trustkit.app.settings import home_from_environment

    return home.absolute() if home is not None else home_from_environment()


def chosen_time(at: str | None, option: str = "--at") -> datetime | None:
    """Return the asked-for time, or None. Raise USAGE for what is no RFC 3339 time."""
    from trustkit.clock import parse_rfc3339

    if at is None:
        return None
    try:
        return parse_rfc3339(at)
    except ValueError as error:
        raise TrustError(ErrorCode.USAGE, f"{option} takes a time such as 2026-12-01T00:00:00Z") from error


def chosen_module(uri: str | None, pin_file: Path | None, pin_descriptor: int | None) -> KeyInModule | None:
    """Return the module's key an option names, its PIN read; None when none is named. Raise MODULE_URI, as `read_passphrase`."""
    from trustkit.app.new_keys import key_in_module

    if uri is None:
        return None
    return key_in_module(uri, read_passphrase(pin_file, pin_descriptor, what="PIN of the module"))


def read_passphrase(
    file: Path | None, descriptor: int | None, *, confirm: bool = False, what: str = "Passphrase"
) -> Passphrase:
    """Return the passphrase from the file, the descriptor, or a prompt; never from argv or the environment.

    Raises:
        TrustError: PASSPHRASE_MISSING without any of the three; USAGE for both; what the readers raise.
    """
    from trustkit.custody import passphrase

    if file is not None and descriptor is not None:
        raise TrustError(ErrorCode.USAGE, "--passphrase-file and --passphrase-fd exclude each other")
    if file is not None:
        return passphrase.passphrase_from_file(file)
    if descriptor is not None:
        return passphrase.passphrase_from_fd(descriptor)
    if not sys.stdin.isatty():
        raise TrustError(
            ErrorCode.PASSPHRASE_MISSING, "no terminal to ask on; give --passphrase-file or --passphrase-fd"
        )
    return passphrase.passphrase_from_prompt(confirm=confirm, what=what)
