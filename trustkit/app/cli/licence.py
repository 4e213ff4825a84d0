"""``trustkit licence``: issue, export, and finish what a crash left open; what else is done to licences is beside this file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli import (
    licence_act,
    licence_adoption,
    licence_code,
    licence_copy,
    licence_credential,
    licence_kinds,
    licence_look,
    licence_many,
    licence_offer,
    licence_proposal,
)
from trustkit.app.cli.licence_documents import read_fields, target_of, tell_issued, written
from trustkit.app.cli.licence_options import (
    BasisOption,
    EffectiveOption,
    IdentifierArgument,
    IssuedFormat,
    RepeatKeyOption,
    SealOption,
    StartOption,
    callers_key,
    formats_of,
)
from trustkit.app.cli.licence_proposed import tell_proposed
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    chosen_time,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, report, wrote

app = typer.Typer(help="Electronic licences (电子证照).", no_args_is_help=True)


class ExportedFormat(StrEnum):
    """``--as`` of ``export``."""

    PDF = "pdf"
    OFD = "ofd"


@app.command("issue")
def issue(
    kind: Annotated[str, typer.Option("--type", help="Licence type, a folder of the home's policies/licences.")],
    data: Annotated[Path, typer.Option("--data", help="JSON file with the licence's fields.")],
    *,
    formats: Annotated[
        IssuedFormat,
        typer.Option("--as", help="pdf, ofd (sealed by an electronic seal of the registry), or both."),
    ] = IssuedFormat.PDF,
    esl: SealOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Where it goes, of both the PDF, the OFD beside it; default ./IDENTIFIER.pdf or .ofd."
        ),
    ] = None,
    effective: StartOption = None,
    repeat_key: RepeatKeyOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Issue one licence: identified, rendered, sealed, signed, time-stamped, checked, stored, and written as PDF, OFD or both.

    Of a type that takes two persons it is only proposed (exit status 3), and `licence approve` of another official issues it.
    """
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.keys import LICENCE_KEYS
    from trustkit.app.licence_proposing import proposals_of
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    fields = read_fields(data, out, formats, esl)
    begins = chosen_time(effective, "--effective")
    with open_authority(chosen_home(home)) as authority:
        authority.require_fit_to_sign(*LICENCE_KEYS)
        act_in_name(authority, OfficialAct.LICENCE)
        desk = proposals_of(authority)
        if desk.takes_two_to_issue(kind):
            proposed = desk.issue(
                kind,
                fields,
                actor=authority.operator,
                formats=formats_of(formats),
                seal=esl,
                effective_at=begins,
                repeat_key=callers_key(repeat_key),
            )
            tell_proposed(proposed, output)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        issued = authority.licences(keys).issue(
            kind,
            fields,
            actor=authority.operator,
            formats=formats_of(formats),
            seal=esl,
            effective_at=begins,
            repeat_key=callers_key(repeat_key),
        )
    tell_issued(issued, written(issued, out), output, "Issued before:" if issued.repeated else "Issued")


@app.command("change")
def change(
    identifier: IdentifierArgument,
    data: Annotated[Path, typer.Option("--data", help="JSON file with all fields of the next version.")],
    *,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", help="changed, corrected, renewed or other; of one declared lost: reissued, changed or other."
        ),
    ],
    basis: BasisOption = "",
    effective: EffectiveOption = None,
    formats: Annotated[IssuedFormat, typer.Option("--as", help="pdf, ofd or both.")] = IssuedFormat.PDF,
    esl: SealOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="As of `licence issue`.")] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Issue the next version of a licence in its place (变更, 换证); of one that was declared lost, its replacement (补证)."""
    from esign.licence.lifecycle import ActOrder, require_words
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.keys import LICENCE_KEYS, KeyName
    from trustkit.app.licence_proposing import proposals_of
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    fields = read_fields(data, out, formats, esl)
    moment = chosen_time(effective, "--effective")
    with open_authority(chosen_home(home)) as authority:
        act = authority.register.act_of_change(identifier)
        wanted = ActOrder(act=act, reason=reason, basis=basis, effective_at=moment)
        require_words(wanted)
        authority.require_fit_to_sign(*LICENCE_KEYS, KeyName.STATUS)
        act_in_name(authority, OfficialAct.LICENCE)
        who, forms, desk = authority.operator, formats_of(formats), proposals_of(authority)
        if desk.takes_two(identifier, act):
            tell_proposed(desk.change(identifier, fields, wanted, actor=who, formats=forms, seal=esl), output)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        issued = authority.licences(keys).change(identifier, fields, wanted, actor=who, formats=forms, seal=esl)
    tell_issued(issued, written(issued, out), output, f"In place of {identifier} issued")


@app.command("export")
def export(
    identifier: IdentifierArgument,
    *,
    kind: Annotated[
        ExportedFormat | None,
        typer.Option("--as", help="pdf or ofd.  [default: the one it was issued in, of both the PDF]"),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where it goes; default ./IDENTIFIER.pdf or .ofd.")] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Write the stored document of an issued licence again."""
    from esign.licence.formats import LicenceFormat
    from trustkit.app.files import write_output
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        wanted = None if kind is None else LicenceFormat(kind.value)
        document = authority.register.licence_document(identifier, wanted)
    target = target_of(out, identifier, document)
    write_output(target, document.octets, mode=0o600)
    report(output, {"identifier": identifier, "file": str(target)}, wrote(target))


@app.command("recover")
def recover(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Mark acts that a crash left between intent and result as abandoned; nothing of them ever left the house."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        abandoned = authority.recover()
    report(output, {"abandoned": list(abandoned)}, f"{len(abandoned)} unfinished act(s) marked as abandoned")


licence_many.register(app)
licence_act.register(app)
licence_proposal.register(app)
licence_code.register(app)
licence_look.register(app)
licence_kinds.register(app)
licence_copy.register(app)
licence_adoption.register(app)
licence_credential.register(app)
licence_offer.register(app)
