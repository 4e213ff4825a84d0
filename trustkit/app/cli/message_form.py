"""``--form`` of commands that write messages."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class MessageForm(StrEnum):
    """``--form``: the syntax of the message."""

    RFC5652 = "rfc5652"
    GBT35275 = "gbt35275"


FormOption = Annotated[MessageForm, typer.Option("--form", help="CMS, or the SM2 message syntax of GB/T 35275.")]
