"""How much work the judging of one certificate may cost, in steps of about half a microsecond, signatures not counted.

Hostile certificates can ask for products of what they hold: names times constraints, policies times depths, all of it again
for each way to an anchor. Each such work is paid for here before it is done, and ends in PATH_LIMIT (benchmarks/paths.py
measures that the whole stays below 50 ms).
"""

from __future__ import annotations

from typing import Final

from trustkit.errors import ErrorCode, TrustError

# Steps; a chain under the name constraints of a bridge between government CAs takes some 2,000
MAX_WORK: Final = 20_000


class PathWork:
    """What is left to spend."""

    def __init__(self, steps: int = MAX_WORK) -> None:
        """Begin with `steps`."""
        self._left = steps

    def spend(self, steps: int, what: str) -> None:
        """Take `steps` for `what`. Raise PATH_LIMIT when they are not there."""
        self._left -= steps
        if self._left < 0:
            raise TrustError(ErrorCode.PATH_LIMIT, f"too much work: {what}")
