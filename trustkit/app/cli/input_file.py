"""A file that was named: read once, and told apart by what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from verifier.format import Format


@dataclass(frozen=True)
class InputFile:
    """A file and, once they are asked for, its octets and format."""

    path: Path

    @cached_property
    def data(self) -> bytes:
        """The octets. Raise INPUT_*."""
        from trustkit.app.files import read_input

        return read_input(self.path)

    @cached_property
    def format(self) -> Format:
        """What it is by its content. Raise INPUT_*."""
        from verifier.submission import identify

        return identify(self.data)

    def unlike(self, wanted: str) -> TrustError:
        """Return the refusal of a file that is not what is wanted, INPUT_UNKNOWN_FORMAT. Raise INPUT_*."""
        detail = f"{wanted} is wanted, and this is of the kind {self.format.value}"
        return TrustError(ErrorCode.INPUT_UNKNOWN_FORMAT, detail, file=self.path.name)
