"""``trustkit licence``: issue, export, and finish what a crash left open; what else is done to licences is beside this file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli import (
    licence_act,
    licence_code,
    licence_copy,
    licence_credential,
    licence_kinds,
    licence_look,
    licence_many,
    licence_offer,
)
from trustkit.app.cli.licence_options import (
    BasisOption,
    EffectiveOption,
    IdentifierArgument,
    IssuedFormat,
    RepeatKeyOption,
    SealOption,
    StartOption,
    formats_of,
)
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    chosen_time,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, next_step, report, wrote

if TYPE_CHECKING:
    from esign.licence.formats import LicenceDocument
    from esign.licence.issuance import IssuedLicence

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
    """Issue one licence: identified, rendered, sealed, signed, time-stamped, checked, stored, and written as PDF, OFD or both."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.keys import LICENCE_KEYS
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    fields = _fields(data, out, formats, esl)
    begins = chosen_time(effective, "--effective")
    with open_authority(chosen_home(home)) as authority:
        authority.require_fit_to_sign(*LICENCE_KEYS)
        act_in_name(authority, OfficialAct.LICENCE)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        issued = authority.licences(keys).issue(
            kind,
            fields,
            actor=authority.operator,
            formats=formats_of(formats),
            seal=esl,
            effective_at=begins,
            repeat_key=repeat_key,
        )
    _tell(issued, _written(issued, out), output, "Issued before:" if issued.repeated else "Issued")


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
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    fields = _fields(data, out, formats, esl)
    moment = chosen_time(effective, "--effective")
    with open_authority(chosen_home(home)) as authority:
        act = authority.register.act_of_change(identifier)
        wanted = ActOrder(act=act, reason=reason, basis=basis, effective_at=moment)
        require_words(wanted)
        authority.require_fit_to_sign(*LICENCE_KEYS, KeyName.STATUS)
        act_in_name(authority, OfficialAct.LICENCE)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        issued = authority.licences(keys).change(
            identifier, fields, wanted, actor=authority.operator, formats=formats_of(formats), seal=esl
        )
    _tell(issued, _written(issued, out), output, f"In place of {identifier} issued")


def _fields(data: Path, out: Path | None, formats: IssuedFormat, esl: str | None) -> bytes:
    """Return the licence's fields, once it is sure that its documents can be sealed and written as was asked. Raise USAGE, OUTPUT_*, INPUT_*."""
    from trustkit.app.files import read_input
    from trustkit.errors import ErrorCode, TrustError

    if esl is not None and formats is IssuedFormat.PDF:
        raise TrustError(ErrorCode.USAGE, "--esl is the seal of an OFD: --as ofd or both")
    _require_places(out, formats)
    return read_input(data, limit=1024 * 1024)


def _tell(issued: IssuedLicence, targets: list[Path], output: OutputFormat, done: str) -> None:
    report(
        output,
        {**issued.to_json(), "file": str(targets[0]), "files": [str(each) for each in targets]},
        f"{done} {issued.identifier}",
        *(
            line
            for target, each in zip(targets, issued.documents, strict=True)
            for line in (f"  file    {target} ({len(each.octets)} octets)", f"  digest  sm3:{each.sm3}")
        ),
        next_step(f"trustkit verify {' '.join(map(str, targets))}"),
    )


def _written(issued: IssuedLicence, out: Path | None) -> list[Path]:
    """Write every document of a licence just issued, and return where each went."""
    from trustkit.app.files import write_output
    from trustkit.errors import TrustError

    targets = [_target(out, issued.identifier, each) for each in issued.documents]
    try:
        for target, each in zip(targets, issued.documents, strict=True):
            write_output(target, each.octets, mode=0o600)
    except TrustError as error:  # the licence exists all the same, and must not be issued a second time
        told = f"{error.detail}; {issued.identifier} is issued, `trustkit licence export` writes it"
        raise TrustError(error.code, told, **error.facts) from error
    return targets


def _require_places(out: Path | None, formats: IssuedFormat) -> None:
    """Raise before anything is issued when a document could not be written where it was asked for: USAGE, OUTPUT_*."""
    from trustkit.app.files import require_place
    from trustkit.errors import ErrorCode, TrustError

    require_place(out or Path("licence.pdf.partial"))
    if out is None or formats is not IssuedFormat.BOTH:
        return
    if out.suffix.lower() != ".pdf":
        raise TrustError(ErrorCode.USAGE, "--out of both is the PDF and ends in .pdf; the OFD is written beside it")
    require_place(out.with_suffix(".ofd"))


def _target(out: Path | None, identifier: str, document: LicenceDocument) -> Path:
    """Return where a document goes: by its identifier, or where it was asked for; an OFD beside the PDF there."""
    from esign.licence.formats import LicenceFormat

    ending = f".{document.format.value}"
    if out is None:
        return Path(f"{identifier}{ending}")
    beside = document.format is LicenceFormat.OFD and out.suffix.lower() == ".pdf"
    return out.with_suffix(ending) if beside else out


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
    target = _target(out, identifier, document)
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
licence_code.register(app)
licence_look.register(app)
licence_kinds.register(app)
licence_copy.register(app)
licence_credential.register(app)
licence_offer.register(app)
