"""``trustkit idp ladder``: what words of provinces, providers and factors are worth here, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import HomeOption, chosen_home
from trustkit.app.cli.output import FormatOption, OutputFormat, language, listing, report

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer(help="Ladders of assurance: what is believed of whom.", no_args_is_help=True)


class FactorName(StrEnum):
    """What ``--factor`` takes."""

    PASSKEY = "passkey"
    CERTIFICATE = "certificate"
    CONFIRMATION = "confirmation"
    TOTP = "totp"
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    RECOVERY = "recovery"


@app.command("list")
def list_ladders(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the ladders of the home, or of the installation where there is no home, a line a rung."""
    from trustkit.app.assurance import COLUMNS, ladder_lines, load_ladders
    from trustkit.texts.catalogue import Language

    ladders = load_ladders(_if_there(home))
    listing(output, COLUMNS, ladder_lines(ladders, chinese=language() is Language.ZH))


@app.command("explain")
def explain_level(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[LADDER:WORD]...", help="What a provider said, e.g. guangdong:L4.")
    ] = None,
    *,
    factors: Annotated[
        list[FactorName] | None, typer.Option("--factor", help="A factor proved besides; may be given several times.")
    ] = None,
    hardware: Annotated[
        bool, typer.Option("--hardware", help="Passkeys and certificates among them are shown to be in hardware.")
    ] = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Tell what words of ladders and factors would be worth together, and how that comes about."""
    from idp.factors.port import FactorKind
    from idp.levels.acr import acr_names
    from idp.levels.explain import explain
    from trustkit.app.assurance import load_levels, rehearse
    from trustkit.clock import SystemClock

    kinds = [FactorKind(each.value) for each in factors or []]
    levels = load_levels(_if_there(home))
    found = rehearse(levels, [_pair(each) for each in words or []], kinds, SystemClock().now(), hardware=hardware)
    told = explain(found, language())
    names = acr_names(found.level, found.methods)
    value: dict[str, object] = {
        "identity": found.level.identity,
        "authentication": found.level.authentication,
        "acr": list(names),
        "grounds": [
            {
                "axis": each.kind.value,
                "ladder": each.ladder,
                "word": each.word,
                "worth": each.worth,
                "reason": each.reason.value,
            }
            for each in found.grounds
        ],
        "explanation": list(told),
    }
    report(output, value, *told, f"acr: {' '.join(names)}")


def _pair(text: str) -> tuple[str, str]:
    from trustkit.errors import ErrorCode, TrustError

    ladder, colon, word = text.partition(":")
    if not colon or not word:
        raise TrustError(ErrorCode.USAGE, "what a provider said is LADDER:WORD, such as guangdong:L4")
    return ladder, word


def _if_there(home: Path | None) -> Path | None:
    """Return the home that is asked for, or the usual one where there is one: ladders can be looked at before."""
    chosen = chosen_home(home)
    return chosen if home is not None or chosen.exists() else None
