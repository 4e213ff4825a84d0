"""The groups of ``trustkit ca`` that people of the registration use, and what other commands take of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.cli import ca_ceremony, ca_holder, ca_operator, ca_recover, ca_request, ca_statement
from trustkit.app.cli.operator_options import ContributionOption, opened_keys

if TYPE_CHECKING:
    import typer

__all__ = ["ContributionOption", "add_groups", "opened_keys"]


def add_groups(app: typer.Typer) -> None:
    """Put the registration's groups beside the other commands of the authority."""
    app.add_typer(ca_operator.app, name="operator")
    app.add_typer(ca_request.app, name="request")
    app.add_typer(ca_ceremony.app, name="ceremony")
    app.add_typer(ca_recover.app, name="recover")
    app.add_typer(ca_holder.app, name="holder")
    app.add_typer(ca_statement.app, name="statement")
