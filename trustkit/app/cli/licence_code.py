"""``trustkit licence code``: the essentials of a licence in force, signed, as one QR code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.licence_options import IdentifierArgument
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, next_step, report, wrote

if TYPE_CHECKING:
    from collections.abc import Callable

_ENDINGS = (".png", ".svg", ".txt")


def code(
    identifier: IdentifierArgument,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="A .png, .svg or .txt (what the code says); default ./IDENTIFIER.png.")
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make the QR code of a licence in force: name, holder, term, issuer and status reference, signed by the seal's key."""
    from trustkit.app.capsule_desk import make_code, require_in_force
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.files import require_place, write_output
    from trustkit.app.keys import KeyName
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    target = out or Path(f"{identifier}.png")
    draw = _drawing(target)
    require_place(target)
    with open_authority(chosen_home(home)) as authority:
        authority.require_fit_to_sign(KeyName.SEAL)
        require_in_force(authority, identifier)
        act_in_name(authority, OfficialAct.LICENCE)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        made = make_code(authority, keys, identifier)
    write_output(target, draw(made.text), mode=0o600)
    inside = "inside" if made.carries_certificate else "by its SHA-256: hand it out too"
    told = {
        "identifier": identifier,
        "file": str(target),
        "octets": len(made.octets),
        "carries_certificate": made.carries_certificate,
    }
    report(
        output,
        told,
        wrote(target),
        f"  capsule      {len(made.octets)} octets",
        f"  certificate  {inside}",
        next_step(f"trustkit verify {target}") if target.suffix.lower() == ".txt" else "",
    )


def _drawing(target: Path) -> Callable[[str], bytes]:
    """Return what makes the file of what the code says. Raise USAGE for another ending."""
    from esign.capsule.picture import capsule_png, capsule_svg
    from trustkit.errors import ErrorCode, TrustError

    ending = target.suffix.lower()
    if ending not in _ENDINGS:
        raise TrustError(ErrorCode.USAGE, f"--out ends in one of {', '.join(_ENDINGS)}")
    return {".png": capsule_png, ".svg": capsule_svg, ".txt": lambda text: f"{text}\n".encode("ascii")}[ending]


def register(app: typer.Typer) -> None:
    """Add this command to a group."""
    app.command("code")(code)
