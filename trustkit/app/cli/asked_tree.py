"""The commands that the words of one call can mean: a call of one command makes that command, and not all hundred.

Making a command reads the types of its every option, and made for all of them that took a sixth of the time a service needs to start.
Words that name nothing keep their whole level, so that what is said of them, and every list of commands, is as of the whole tree.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from typer.main import get_command_name, get_group

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer
    from typer._click import Command
    from typer.models import CommandInfo


def asked_tree(app: typer.Typer, words: Sequence[str]) -> Command:
    """Return the tree of an application as far as `words`, those of a call, lead into it."""
    return get_group(_led(app, words))


def _led(app: typer.Typer, words: Sequence[str]) -> typer.Typer:
    named = words[0] if words else ""
    commands = [each for each in app.registered_commands if _name(each) == named]
    groups = [each for each in app.registered_groups if each.name == named]
    if len(commands) + len(groups) != 1:
        return app
    led = copy(app)
    led.registered_commands, led.registered_groups = commands, [copy(each) for each in groups]
    for each in led.registered_groups:
        if each.typer_instance is not None:
            each.typer_instance = _led(each.typer_instance, words[1:])
    return led


def _name(command: CommandInfo) -> str:
    return command.name or get_command_name(getattr(command.callback, "__name__", ""))
