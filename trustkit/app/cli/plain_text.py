"""Commands take text that is text: what a terminal in another encoding hands over is refused where it comes in, before anything is asked or opened.

Python tells an octet of the command line that is no UTF-8 as half a surrogate pair. The name of a file may hold such, a text cannot.
"""

from __future__ import annotations

from functools import wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typer._click import Command

_MAY_NAME_A_FILE: Final = frozenset({"esl", "what"})  # a number of the registry, or a seal's file


def take_plain_text(command: Command) -> None:
    """Let each command from this one down refuse values that are no text, with USAGE, before it does anything."""
    for each in getattr(command, "commands", {}).values():
        take_plain_text(each)
    if not hasattr(command, "commands") and command.callback is not None:
        command.callback = _reading(command.callback)


def _reading(callback: Callable[..., object]) -> Callable[..., object]:
    @wraps(callback)
    def read(**given: object) -> object:
        _require_text(given)
        return callback(**given)

    return read


def _require_text(given: Mapping[str, object]) -> None:
    for name, value in given.items():
        if name in _MAY_NAME_A_FILE or isinstance(value, PurePath):
            continue
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, str) and any("\ud800" <= character <= "\udfff" for character in each):
                told = "a value is not UTF-8; is the terminal's encoding another?"
                raise TrustError(ErrorCode.USAGE, told, value=name.replace("_", "-"))
