"""How signatures are put together for the eight-lane engine: a pure rule, for a wrong group ends the process.

The SM3 inside libcrypto_mb (wheel 2026.2) takes all eight lanes through the same 64-octet blocks. Lanes whose IDs or
messages take different numbers of blocks make it read and write where it must not. Message lengths are an attacker's
choice, so the rule is kept here, alone, and proved by property tests: within a group all IDs have one length and all
messages, Z before them, take the same whole blocks and the same padded blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LANES: Final = 8
LEAST: Final = 2  # one signature in eight lanes costs more than one by itself
SLACK: Final = 64  # octets a lane may be read past its end
MAX_LANE_MESSAGE: Final = 64 * 1024  # longer messages gain nothing: their time goes into SM3, and lanes are copied
MAX_LANE_ID: Final = 255
_BLOCK: Final = 64
_Z: Final = 32
_PADDING: Final = 9  # one octet 80 and the length in eight (GB/T 32905 5.2)


def block_class(id_length: int, message_length: int) -> tuple[int, int, int] | None:
    """Return what lanes of one call must have in common, or None for what does not go into lanes at all."""
    if not 1 <= id_length <= MAX_LANE_ID or not 0 <= message_length <= MAX_LANE_MESSAGE:
        return None
    hashed = _Z + message_length
    return id_length, hashed // _BLOCK, (hashed + _PADDING + _BLOCK - 1) // _BLOCK


def group_lanes(lengths: Iterable[tuple[int, int]]) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Split (ID length, message length) pairs, named by position, into groups of two to eight, and the rest.

    Every position is in exactly one group or in the rest. Within a class, equal lengths are put side by side.
    """
    alike: dict[tuple[int, int], list[int]] = {}
    for position, pair in enumerate(lengths):
        alike.setdefault(pair, []).append(position)
    classes: dict[tuple[int, int, int] | None, list[int]] = {}
    for pair in sorted(alike):
        classes.setdefault(block_class(*pair), []).extend(alike[pair])
    rest = classes.pop(None, [])
    groups: list[tuple[int, ...]] = []
    for members in classes.values():
        for start in range(0, len(members), LANES):
            group = tuple(members[start : start + LANES])
            if len(group) >= LEAST:
                groups.append(group)
            else:
                rest.extend(group)
    return tuple(groups), tuple(rest)
