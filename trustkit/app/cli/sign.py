"""``trustkit sign``: a detached or attached signature message over any file, with the authority's seal certificate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, report


class MessageForm(StrEnum):
    """``--form``: the syntax of the signature message."""

    RFC5652 = "rfc5652"
    GBT35275 = "gbt35275"


def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to sign; it is not changed.")],
    *,
    form: Annotated[MessageForm, typer.Option("--form", help="CMS, or the SM2 message syntax of GB/T 35275.")] = (
        MessageForm.RFC5652
    ),
    attached: Annotated[bool, typer.Option("--attached", help="Put the content into the message.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Default: FILE.p7s, attached FILE.p7m.")] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Sign a file as a CMS or GB/T 35275 message, time-stamped; verify with `trustkit verify OUT --content FILE`."""
    from trustkit.app.files import read_input, require_place, write_output
    from trustkit.app.keys import KeyName
    from trustkit.app.wiring import open_authority

    data = read_input(file)
    target = out or file.with_name(file.name + (".p7m" if attached else ".p7s"))
    require_place(target)
    with open_authority(chosen_home(home)) as authority:
        authority.require_fit_to_sign(KeyName.SEAL, KeyName.TIMESTAMP)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        message = authority.messages(keys).sign(data, form=form.value, attached=attached, actor=authority.operator)
    write_output(target, message)
    told = {"file": str(target), "form": form.value, "attached": attached, "octets": len(message)}
    content = "" if attached else f" --content {file}"
    report(output, told, f"Wrote {target}", f"Next: trustkit verify {target}{content}")
