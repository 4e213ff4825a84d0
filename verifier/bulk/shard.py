"""How the files of a run are cut into shards: by what they are called alone, so that a file more or less moves few others.

    for shard in cut(items):           # items in the order of their paths
        shard.name                     # SM3 over path, size and time of change of each

The same files give the same shards on every machine. A shard ends behind a path whose CRC-32 says so, one in some `USUAL`, or when it is
full; a changed file gives its shard another name, and that one alone is judged again.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from trustkit.encoding.canonical_json import canonical_json
from verifier.record.objects import sm3_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

USUAL: Final = 256  # files in a shard, on the average
MOST: Final = 1024
MOST_OCTETS: Final = 64 * 1024 * 1024  # and what lies in them; one larger file is a shard of its own


@dataclass(frozen=True, slots=True)
class Item:
    """A file to judge, an archive of files included: path as it is opened, size in octets, time of change in nanoseconds."""

    path: str
    size: int
    changed: int


@dataclass(frozen=True)
class Shard:
    """Files judged together."""

    items: tuple[Item, ...]

    @cached_property
    def name(self) -> str:
        """SM3 (hexadecimal) of what was known of the files."""
        told = [[_octets(each.path).hex(), str(each.size), str(each.changed)] for each in self.items]
        return sm3_name(canonical_json([[*each] for each in told]))


def cut(items: Iterable[Item]) -> Iterator[Shard]:
    """Yield the shards of files, in their order."""
    held: list[Item] = []
    octets = 0
    for item in items:
        if held and octets + item.size > MOST_OCTETS:
            yield Shard(tuple(held))
            held, octets = [], 0
        held.append(item)
        octets += item.size
        if len(held) >= MOST or zlib.crc32(_octets(item.path)) % USUAL == 0:
            yield Shard(tuple(held))
            held, octets = [], 0
    if held:
        yield Shard(tuple(held))


def _octets(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
