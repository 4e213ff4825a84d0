"""The commands of ``trustkit`` by their first word, and where each is written: a call loads what its own command is made of, help loads all."""

from __future__ import annotations

from pkgutil import resolve_name
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import typer

from trustkit.app.cli.grouped_help import GroupedCommand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "init": "init:initialise",
        "doctor": "doctor:doctor",
        "verify": "verify:verify",
        "inspect": "inspect:inspect",
        "render": "render:render",
        "sign": "sign:sign",
        "renew": "renew:renew",
        "timestamp": "timestamp:timestamp",
        "encrypt": "envelopes:encrypt",
        "decrypt": "envelopes:decrypt",
        "bag": "bag:bag",
        "serve": "serve:serve",
        "mcp": "mcp:mcp",
        "login": "official:login",
        "logout": "official:logout",
        "whoami": "official:whoami",
    }
)
_GROUPS: Final = (
    "licence",
    "seal",
    "trust-list",
    "ca",
    "key",
    "module",
    "audit",
    "idp",
    "share",
)  # each an `app` in the module of its name
_LONG: Final = frozenset({"sign", "renew"})  # whose help comes in groups


def application(words: Sequence[str] = ()) -> typer.Typer:
    """Return the commands whose name is the first of a call's words; all of them where none is."""
    app = typer.Typer(
        name="trustkit",
        help="Trust infrastructure for e-government: issue, sign and verify electronic licences (电子证照) with SM2/SM3.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    every = (*_COMMANDS, *_GROUPS)
    for name in [each for each in every if each in words[:1]] or every:
        if name in _GROUPS:
            app.add_typer(resolve_name(f"trustkit.app.cli.{name.replace('-', '_')}:app"), name=name)
        else:
            kind = GroupedCommand if name in _LONG else None
            app.command(name, cls=kind)(resolve_name(f"trustkit.app.cli.{_COMMANDS[name]}"))
    return app
