"""Bending octets for fuzzing: at random places, and along the DER tree so that lengths stay right and parsers get deep.

bent = data.draw(bent_octets(good))       # flips, cuts, insertions, repetitions
bent = data.draw(bent_elements(good))     # whole elements changed, dropped, repeated, exchanged; lengths rewritten
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from hypothesis import strategies as st

from trustkit.encoding import der
from trustkit.encoding.der_write import tlv

_BODIES = (b"", b"\x00", b"\xff", b"\x00\x01", b"\x80", bytes(32), b"\xff" * 33, b"\x05\x00", b"\x30\x00" * 200)


@st.composite
def bent_octets(draw: st.DrawFn, good: bytes) -> bytes:
    """Return `good` after one to three changes of octets."""
    octets = good
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, max(len(octets) - 1, 0)))
        end = min(len(octets), start + draw(st.integers(1, 8)))
        how = draw(st.sampled_from(("flip", "put", "cut", "repeat", "end")))
        if how == "flip" and octets:
            bit = 1 << draw(st.integers(0, 7))
            octets = octets[:start] + bytes((octets[start] ^ bit,)) + octets[start + 1 :]
        elif how == "put":
            octets = octets[:start] + draw(st.binary(min_size=1, max_size=8)) + octets[start:]
        elif how == "cut":
            octets = octets[:start] + octets[end:]
        elif how == "repeat":
            octets = octets[:end] + octets[start:end] + octets[end:]
        elif how == "end":
            octets = octets[:start]
    return octets


@dataclass
class _Node:
    tag: int
    body: bytes
    inside: list[_Node]

    def octets(self) -> bytes:
        return tlv(self.tag, b"".join(node.octets() for node in self.inside) if self.inside else self.body)


def _tree(data: bytes, element: der.Tlv) -> _Node:
    inside = [_tree(data, child) for child in der.children(data, element)] if element.constructed else []
    return _Node(element.tag, der.content(data, element), inside)


def _parents(node: _Node) -> list[tuple[_Node, int]]:
    found = [(node, index) for index in range(len(node.inside))]
    for child in node.inside:
        found.extend(_parents(child))
    return found


def _changed(draw: st.DrawFn, node: _Node, other: _Node) -> list[_Node]:
    match draw(st.sampled_from(("count", "exchange", "retag", "body", "wrap", "turn"))):
        case "count":
            return [node] * draw(st.sampled_from((0, 2, 3)))
        case "exchange":
            return [other]
        case "retag":
            return [_Node(draw(st.integers(0, 255)), node.body, node.inside)]
        case "body":
            return [_Node(node.tag, draw(st.sampled_from(_BODIES) | st.binary(max_size=40)), [])]
        case "wrap":
            return [_Node(0x30, b"", [node])]
        case _:
            return [_Node(node.tag, node.body, node.inside[::-1])]


@st.composite
def bent_elements(draw: st.DrawFn, good: bytes) -> bytes:
    """Return DER like `good` with one or two elements changed."""
    tree = _tree(good, der.parse_strict(good))
    for _ in range(draw(st.integers(1, 2))):
        places = _parents(tree)
        if not places:
            break
        parent, index = draw(st.sampled_from(places))
        other_parent, other_index = draw(st.sampled_from(places))
        other = deepcopy(other_parent.inside[other_index])  # it may hold the place it goes to
        parent.inside[index : index + 1] = _changed(draw, parent.inside[index], other)
    return tree.octets()
