"""``trustkit bag``: certificates and revocation lists of several files in one ``.p7b``, for whoever takes only one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.message_form import FormOption, MessageForm
from trustkit.app.cli.output import FormatOption, OutputFormat, next_step, report, wrote


def bag(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Certificates and CRLs: PEM, DER or .p7b.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="Where the bag goes, e.g. chain.p7b.")],
    form: FormOption = MessageForm.RFC5652,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Put certificates and revocation lists into one message that nobody signs (PKCS#7 ``.p7b``)."""
    from trustkit.app.certificate_files import read_bundle
    from trustkit.app.files import require_place, write_output
    from trustkit.cms.bag import write_bag
    from trustkit.cms.model import Dialect

    require_place(out)
    certificates, lists = read_bundle(tuple(files))
    write_output(out, write_bag(certificates, crls=lists, dialect=Dialect(form.value)))
    told = {"file": str(out), "form": form.value, "certificates": len(certificates), "crls": len(lists)}
    report(output, told, wrote(out), next_step(f"trustkit verify FILE --evidence {out}"))
