"""Commands that ask who acts before they do anything else, made so from the table of doors; and how the others ask."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

from trustkit.app.cli.doors import DOORS, Free, Late
from trustkit.app.cli.options import chosen_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer._click import Command

    from trustkit.app.official_acts import Act
    from trustkit.app.opened import OpenedHome

_PERSON, _MANDATE = "person", "mandate"  # what arguments that name somebody are called in every command


def ask_first(command: Command, words: tuple[str, ...] = ()) -> None:
    """Let each command below this one ask whom the table says. Raise KeyError for a command the table does not know."""
    for name, each in getattr(command, "commands", {}).items():
        ask_first(each, (*words, name))
    if words and not hasattr(command, "commands"):
        door = DOORS[" ".join(words)]
        if not isinstance(door, Free | Late) and command.callback is not None:
            command.callback = _asking(command.callback, door)


def act_in_name(home: OpenedHome, act: Act, *, about: str = "") -> None:
    """Let what is done next be done in the name of who signed in, where the settings want that; ask him where he sits here.

    `about` is the person it is done to, empty for none.

    Raises:
        TrustError: OFFICIAL_*, IDP_OFFICE_MISSING, IDP_OFFICE_OWN, IDP_UPSTREAM_*.
    """
    from trustkit.app.cli.official import by_browser_here
    from trustkit.app.official_terminal import admitted

    home.operator = admitted(home, act, by_browser_here if sys.stdin.isatty() else None, about=about)
    home.asked = True


def _asking(callback: Callable[..., object], act: Act) -> Callable[..., object]:
    @wraps(callback)
    def asked(**given: object) -> object:
        with _acting(given, act):
            return callback(**given)

    return asked


@contextmanager
def _acting(given: dict[str, object], act: Act) -> Iterator[None]:
    from trustkit.app.home import require_home
    from trustkit.app.operator import acting_as
    from trustkit.app.settings import load_settings
    from trustkit.app.wiring import open_authority

    named = given.get("home")
    place = chosen_home(Path(named) if isinstance(named, Path | str) else None)
    require_home(place)
    if not load_settings(place).idp.officials_sign_in:
        yield
        return
    with open_authority(place) as home:
        act_in_name(home, act, about=_about(home, given))
        who = home.operator
    with acting_as(who):
        yield


def _about(home: OpenedHome, given: dict[str, object]) -> str:
    """Return the person an act is done to, empty for none."""
    from trustkit.store import mandates

    if isinstance(person := given.get(_PERSON), str):
        return person
    if isinstance(mandate := given.get(_MANDATE), str):
        with home.database.reading() as unit:
            row = mandates.find(unit, mandate)
        return "" if row is None else row.person
    return ""
