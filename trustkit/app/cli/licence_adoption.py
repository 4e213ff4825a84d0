"""``trustkit licence adopt-types``: licence types that came with a later version than the home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from trustkit.app.cli.options import HomeOption, chosen_home
from trustkit.app.cli.output import FormatOption, OutputFormat, language, listing, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.app.type_adoption import TypeState

_WORDS: Final = {
    "en": {
        "none": "Nothing is to be adopted",
        "dry": "Would adopt: {names}. Nothing is changed yet; --apply does it",
        "done": "Adopted: {names}",
        "older": "Shipped earlier and not touched here: {names}; --replace brings the newer one",
        "altered": "Changed here, and left alone: {names}",
        "and": ", ",
    },
    "zh": {
        "none": "没有可采用的类型",
        "dry": "将采用：{names}。尚未作任何改动，加 --apply 执行",
        "done": "已采用：{names}",
        "older": "为旧版自带且未经改动：{names}；加 --replace 换为新版",
        "altered": "已在本地改动，保持原样：{names}",
        "and": "、",
    },
}


def adopt_types(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TYPE]...", help="Only these; shared is what templates have in common."),
    ] = None,
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without, it is only shown.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also replace types of an earlier version that nobody changed here.")
    ] = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show which licence types came with this version and the home lacks or has an earlier one of, and with --apply adopt them."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.official_acts import AdministratorAct
    from trustkit.app.type_adoption import COLUMNS, TypeStanding, chosen_types, look_for_types
    from trustkit.app.type_adoption import adopt_types as adopt
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = look_for_types(authority.settings.home)
        chosen = chosen_types(found, names or (), replace=replace)
        if apply and chosen:
            act_in_name(authority, AdministratorAct.UPKEEP)
            adopt(authority, chosen)
            found = look_for_types(authority.settings.home)
    listing(output, COLUMNS, found)
    if output is OutputFormat.JSON:
        return
    words = _WORDS[language().value]
    _tell(words["done" if apply else "dry"] if chosen else words["none"], chosen)
    for standing, word in ((TypeStanding.CHANGED, "older"), (TypeStanding.ALTERED, "altered")):
        left = [each for each in found if each.standing is standing and each not in chosen]
        if left:
            _tell(words[word], left)


def _tell(words: str, states: Sequence[TypeState]) -> None:
    between = _WORDS[language().value]["and"]
    say(words.format(names=between.join(each.name for each in states)))


def register(app: typer.Typer) -> None:
    """Add the command to a group."""
    app.command("adopt-types")(adopt_types)
