"""Changes of DER along its tree, so that lengths stay right and parsers get deep: libFuzzer's own changes break them all.

The tree goes into OCTET STRINGs and BIT STRINGs that hold DER, as extensions, keys and signed contents do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - seeded by libFuzzer, so that a run can be repeated
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Bend = Callable[[bytes, int], bytes]

MAX_DEPTH = 24
_TAGS = (1, 2, 3, 4, 5, 6, 10, 12, 19, 22, 23, 24, 0x30, 0x31, 0x80, 0x81, 0x82, 0x86, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4)
_BODIES = (
    b"",
    b"\x00",
    b"\x80",
    b"\xff",
    b"\x00\x80",
    bytes(32),
    b"\xff" * 33,
    b"\x55\x1d\x1e",
    b"99991231235959Z",
    b"\x30\x00" * 60,
)
_CONSTRUCTED, _LONG, _BIT_STRING = 0x20, 0x80, 3
_HOLDERS = frozenset({4, _BIT_STRING, 0x80, 0x81})
_GROWTH = 64  # octets a change of one body may add


@dataclass
class Node:
    """An element: its members when it holds some, else its body. `before` stands before the members of a string."""

    tag: int
    body: bytes = b""
    before: bytes = b""
    inside: list[Node] = field(default_factory=list)

    def octets(self) -> bytes:
        """Return the element with lengths that are right."""
        members = b"".join(node.octets() for node in self.inside)
        body = self.before + members if self.inside else self.body
        size = len(body)
        if size < _LONG:
            return bytes((self.tag, size)) + body
        length = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes((self.tag, _LONG | len(length))) + length + body


def read(data: bytes, offset: int, depth: int = 0) -> tuple[Node, int]:
    """Return the tree of the element at `offset`, and where it ends. Raise ValueError when there is none.

    A reader of its own: ours is what is fuzzed, and would be counted as reached.
    """
    tag, length, body = _header(data, offset)
    end = body + length
    if end > len(data):
        raise ValueError(offset)
    start = body + (tag == _BIT_STRING)
    if (tag & _CONSTRUCTED or tag in _HOLDERS) and depth < MAX_DEPTH and start < end:
        try:
            return Node(tag, data[body:end], data[body:start], _members(data[:end], start, depth)), end
        except ValueError:
            pass
    return Node(tag, data[body:end]), end


def _header(data: bytes, offset: int) -> tuple[int, int, int]:
    """Return identifier octet, length and where the body begins."""
    if offset + 2 > len(data) or data[offset] & 0x1F == 0x1F:
        raise ValueError(offset)
    length, body = data[offset + 1], offset + 2
    if length >= _LONG:
        count = length - _LONG
        length, body = int.from_bytes(data[body : body + count], "big"), body + count
        if not count:
            raise ValueError(offset)
    return data[offset], length, body


def _members(data: bytes, offset: int, depth: int) -> list[Node]:
    found: list[Node] = []
    while offset < len(data):
        node, offset = read(data, offset, depth + 1)
        found.append(node)
    return found


def _places(node: Node) -> list[tuple[Node, int]]:
    found: list[tuple[Node, int]] = []
    waiting = [node]
    while waiting:
        parent = waiting.pop()
        found.extend((parent, index) for index in range(len(parent.inside)))
        waiting.extend(parent.inside)
    return found


def _changed(chance: Random, node: Node, other: Node, bend: Bend) -> list[Node]:
    ways: tuple[Callable[[], list[Node]], ...] = (
        list,
        lambda: [node] * chance.choice((2, 3, 20)),
        lambda: [other],
        lambda: [node, other],
        lambda: [Node(chance.choice(_TAGS), node.body, node.before, node.inside)],
        lambda: [Node(node.tag, chance.choice(_BODIES))],
        lambda: [Node(chance.choice((0x30, 0x31, 0xA0, 0xA1)), inside=[node])],
        lambda: [Node(node.tag, bend(node.body, len(node.body) + _GROWTH))],
    )
    return chance.choice(ways)()


def bent(data: bytes, max_size: int, seed: int, bend: Bend) -> bytes:
    """Return DER with an element or two changed; octets that are no DER, and a few that are, as `bend` changes them."""
    chance = Random(seed)
    try:
        if not chance.randrange(6):
            return bend(data, max_size)
        root = Node(0, inside=[read(data, 0)[0]])
    except ValueError:
        return bend(data, max_size)
    for _ in range(chance.choice((1, 1, 2, 3))):
        places = _places(root)
        if not places:
            break
        parent, index = chance.choice(places)
        other_parent, other_index = chance.choice(places)
        # An element put into itself would have no end, so what is put elsewhere is put there as octets.
        octets = other_parent.inside[other_index].octets()
        other = Node(octets[0], octets[_header(octets, 0)[2] :])
        parent.inside[index : index + 1] = _changed(chance, parent.inside[index], other, bend)
    return b"".join(node.octets() for node in root.inside)[:max_size]
