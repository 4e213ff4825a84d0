"""How signatures are put together for the eight-lane engine: a pure rule, for a wrong group ends the process.

The SM3 inside libcrypto_mb (wheel 2026.2) takes all eight lanes through the same 64-octet blocks. Lanes whose IDs or
messages take different numbers of blocks make it read and write where it must not. Message lengths are an attacker's
choice, so the rule is kept here, alone, and proved by property tests: within a group all IDs have one length and all
messages, Z before them, take the same whole blocks and the same padded blocks.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LANES: Final = 8
HASHED: Final = 16  # lanes of one call of the library's SM3
MAX_GROUP: Final = 64  # laid out together, for eight calls
LEAST: Final = 2  # one signature in eight lanes costs more than one by itself
SLACK: Final = 64  # octets a lane may be read past its end
MAX_LANE_MESSAGE: Final = 64 * 1024  # longer messages gain nothing: their time goes into SM3, and lanes are copied
MAX_LANE_ID: Final = 255
_BLOCK: Final = 64
_Z: Final = 32
_PADDING: Final = 9  # one octet 80 and the length in eight (GB/T 32905 5.2)
MAX_OCTETS: Final = HASHED * (
    SLACK + MAX_LANE_MESSAGE + 2 * _BLOCK
)  # of a group, each Z and message with slack before it


def block_class(id_length: int, message_length: int) -> tuple[int, int, int] | None:
    """Return what lanes of one call must have in common, or None for what does not go into lanes at all."""
    if not 1 <= id_length <= MAX_LANE_ID or not 0 <= message_length <= MAX_LANE_MESSAGE:
        return None
    hashed = _Z + message_length
    return id_length, hashed // _BLOCK, (hashed + _PADDING + _BLOCK - 1) // _BLOCK


def group_lanes(lengths: Iterable[tuple[int, int]]) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Split (ID length, message length) pairs, named by position, into groups of two to sixty-four, and the rest.

    Every position is in exactly one group or in the rest. Within a class, equal lengths are put side by side. No call of eight is
    made for one signature, and what a group hashes, slack before each and filled up to whole calls, is at most `MAX_OCTETS`.
    """
    pairs = list(lengths)
    alike: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    if pairs and pairs.count(pairs[0]) == len(pairs):  # messages of one form: seen in a third of the time
        alike[pairs[0]] = list(range(len(pairs)))
    else:
        for position, pair in enumerate(pairs):
            alike[pair].append(position)
    classes: defaultdict[tuple[int, int, int], list[int]] = defaultdict(list)
    rest: list[int] = []
    for pair in sorted(alike):
        own = block_class(*pair)
        (rest if own is None else classes[own]).extend(alike[pair])
    groups: list[tuple[int, ...]] = []
    for (_, _, blocks), members in classes.items():
        left = len(members) % LANES
        if left < LEAST:
            rest += members[len(members) - left :]
            del members[len(members) - left :]
        most = min(MAX_GROUP, MAX_OCTETS // (SLACK + blocks * _BLOCK) // HASHED * HASHED)
        groups += [tuple(members[start : start + most]) for start in range(0, len(members), most)]
    return tuple(groups), tuple(rest)
