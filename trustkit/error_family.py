"""What every error code is made of: a stable name, and the family that says what the caller should do."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Final, Self


@unique
class Family(StrEnum):
    """What the caller should do about an error."""

    MALFORMED = "malformed"  # the input cannot be read: ask for another
    UNTRUSTED = "untrusted"  # it was read, and is not to be believed
    FORBIDDEN = "forbidden"  # the caller may not
    MISSING = "missing"  # the named thing does not exist
    CONFLICT = "conflict"  # the present state does not allow it
    UNREACHABLE = "unreachable"  # try later
    RESOURCE = "resource"  # disk, port, memory, a limit of this machine
    CONFIG = "config"  # settings, policies or the home need mending
    USAGE = "usage"  # the call's words are off
    BUG = "bug"  # ours


# Families of what may succeed later, asked for again just so: nothing is wrong with the request.
PASSING: Final = frozenset({Family.UNREACHABLE, Family.RESOURCE, Family.CONFIG, Family.BUG})


class Code(StrEnum):
    """A stable name of what can go wrong, with the grammar ``scope:thing:problem``. Rooms with many have an enumeration of their own."""

    family: Family

    def __new__(cls, value: str, family: Family) -> Self:
        """Bind the family to the member; the member itself is the string value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.family = family
        return member
