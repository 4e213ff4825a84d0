"""Options that several commands of ``trustkit licence`` share."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from esign.licence.formats import LicenceFormat

IdentifierArgument = Annotated[str, typer.Argument(metavar="IDENTIFIER", help="Licence identifier (GB/T 36904).")]
BasisOption = Annotated[
    str, typer.Option("--basis", metavar="TEXT", help="Legal basis: the article, or the number of the decision.")
]
EffectiveOption = Annotated[
    str | None,
    typer.Option(
        "--effective",
        metavar="RFC3339",
        help="When it takes force, within the bounds of the type's [lifecycle].  [default: at once]",
    ),
]
StartOption = Annotated[
    str | None,
    typer.Option(
        "--effective", metavar="RFC3339", help="Not in force before this time.  [default: the data's, or now]"
    ),
]
RepeatKeyOption = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        metavar="KEY",
        help="Stands for this one licence, and begins with neither proposal: nor rows: ; asked for again with it, the licence issued before is"
        " written out.",
    ),
]
SealOption = Annotated[
    str | None,
    typer.Option(
        "--esl",
        metavar="SEAL",
        help="The electronic seal of an OFD, a .esl file or a number of the registry."
        "  [default: the newest in force that lists the seal's certificate, of the kind `licence` first]",
    ),
]


class IssuedFormat(StrEnum):
    """``--as`` of ``issue``, ``change`` and ``issue-many``."""

    PDF = "pdf"
    OFD = "ofd"
    BOTH = "both"


def callers_key(key: str | None) -> str | None:
    """Return the key of ``--idempotency-key``. Raise USAGE for one that is not a caller's."""
    from esign.licence.filing import require_callers_key

    require_callers_key(key)
    return key


def formats_of(word: IssuedFormat) -> tuple[LicenceFormat, ...]:
    """Return the formats a word stands for, the PDF first."""
    from esign.licence.formats import LicenceFormat

    return tuple(LicenceFormat) if word is IssuedFormat.BOTH else (LicenceFormat(word.value),)
