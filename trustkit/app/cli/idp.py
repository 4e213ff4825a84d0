"""``trustkit idp``: unified identity (统一身份认证)."""

from __future__ import annotations

import typer

from trustkit.app.cli import idp_ladder

app = typer.Typer(help="Unified identity: who people are, how surely, and what for.", no_args_is_help=True)
app.add_typer(idp_ladder.app, name="ladder")
