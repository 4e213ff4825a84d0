"""``trustkit``: the command tree and the one place where an error becomes an exit status and two lines on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import typer

from trustkit.app.cli.asked_tree import asked_tree
from trustkit.app.cli.asking import ask_first
from trustkit.app.cli.commands import application
from trustkit.app.cli.output import refuse
from trustkit.app.cli.plain_text import take_plain_text
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer._click import Command

STOPPED: Final = 130  # by the person, or by whoever read our output


def command_tree(words: Sequence[str] = ()) -> Command:
    """Return the commands and options that the words of a call can mean, each asking whom it must; all of them for no words."""
    tree = asked_tree(application(words), words)
    ask_first(tree)
    take_plain_text(tree)
    return tree


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; the installed ``trustkit`` program."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; never raises for input, and never prints a stack trace."""
    try:
        words = sys.argv[1:] if arguments is None else list(arguments)
        result = command_tree(words)(args=words, standalone_mode=False)
    except TrustError as error:
        return refuse(error)
    except typer.TyperException as error:
        return _refuse_usage(error)
    except (typer.Abort, KeyboardInterrupt, SystemExit):
        return STOPPED  # typer and rich exit by themselves when the reader of our output has gone
    except OSError as error:
        from trustkit.app.files import disk_error

        return refuse(disk_error(error))
    except Exception as error:  # noqa: BLE001 - the outermost edge: our bug, told without a stack trace or input
        return refuse(TrustError(ErrorCode.BUG, type(error).__name__))
    return result if isinstance(result, int) else 0


def _refuse_usage(error: typer.TyperException) -> int:
    from trustkit.app import exit_status

    show = getattr(error, "show", None)  # only the exceptions about arguments know how to show themselves
    if show is None:
        return refuse(TrustError(ErrorCode.USAGE, str(error)))
    show()
    return exit_status.USAGE
