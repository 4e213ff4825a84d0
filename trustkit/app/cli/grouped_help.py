"""``--help`` in groups, for a command that many people use for different things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typer.core import TyperCommand

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

_REST: Final = "Arguments and general options"


class GroupedCommand(TyperCommand):
    """A command whose options stand under the headings their `rich_help_panel` names, in the order of the options."""

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the options, group by group; those without a heading last."""
        groups: dict[str, list[tuple[str, str]]] = {}
        rest: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            heading = getattr(parameter, "rich_help_panel", None)
            if record is not None:
                (groups.setdefault(heading, []) if heading else rest).append(record)
        for heading, records in (*groups.items(), (_REST, rest)):
            with formatter.section(heading):
                formatter.write_dl(records)
