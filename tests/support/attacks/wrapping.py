"""Signature wrapping attacks (SWA): the signed octets are all there and the digest holds, but they stand elsewhere.

Mladenov et al., CCS 2019: the second range of /ByteRange is moved to the end of the file, and what the reader takes for it is
the attacker's; or the gap, which no digest covers, is made wider and filled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import CONTENT, end, last_table, table
from tests.support.attacks.incremental import FORGED
from tests.support.attacks.model import BYTE_RANGE, MALFORMED, Row
from tests.support.attacks.surgery import contents_of, cut, fill_gap, numbers

if TYPE_CHECKING:
    from tests.support.attacks.library import Library

_SPARE: Final = 400  # digits at the end of the gap that only pad


def moved_range(library: Library) -> bytes:
    """The attacker's object and a table of his own stand between the gap and the second range."""
    octets = library.contract
    found = cut(octets)
    own_end = octets[found.end : octets.index(b"endobj", found.end) + 7]
    room = last_table(octets) - found.end
    objects = b"%d 0 obj\n%s\nendobj\n" % (CONTENT, FORGED)
    at = last_table(octets) + len(objects)
    old = octets[last_table(octets) : octets.rindex(b"startxref")]
    new = table({CONTENT: last_table(octets)}) + end(
        b"/Size 500 /Root 1 0 R /Info 8 0 R /Prev %d" % at, last_table(octets) + len(objects) + len(old)
    )
    inserted = len(objects) + len(old) + len(new)
    head = numbers(octets[: found.end] + own_end.ljust(room), 0, found.start, found.end + room + inserted, found.rest)
    return head + objects + old + new + octets[found.end :]


def second_contents(library: Library) -> bytes:
    """The dictionary names the signature twice: readers that take the last one leave the gap."""
    octets = library.contract
    return fill_gap(octets, b"<%s>/Contents <%s>" % (contents_of(octets)[:-_SPARE], b"00" * 20))


def entries_in_gap(library: Library) -> bytes:
    octets = library.contract
    return fill_gap(octets, b"<%s>/Location (nowhere) /Foo <00>" % contents_of(octets)[:-_SPARE])


def object_in_gap(library: Library) -> bytes:
    """The string ends early, then the dictionary and the object, and another object begins before the gap ends."""
    octets = library.contract
    hidden = b">/X 1>>\nendobj\n%d 0 obj\n<< /Forged true >>\nendobj\n99 0 obj\n<< /Y <00" % CONTENT
    return fill_gap(octets, b"<%s%s>" % (contents_of(octets)[: -_SPARE - len(hidden) % 2], hidden))


def table_in_gap(library: Library) -> bytes:
    octets = library.contract
    hidden = (
        b">/X 1>>\nendobj\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R /Size 500 >>\n99 0 obj\n<< /Y <00"
    )
    return fill_gap(octets, b"<%s%s>" % (contents_of(octets)[:-_SPARE], hidden))


def widened_right(library: Library) -> bytes:
    found = cut(library.contract)
    return numbers(library.contract, 0, found.start, found.end + 6, found.rest - 6)


def widened_left(library: Library) -> bytes:
    found = cut(library.contract)
    return numbers(library.contract, 0, found.start - 10, found.end, found.rest)


def narrowed(library: Library) -> bytes:
    """The brackets of the string are signed: what a digest covers is not what the reader takes for the gap."""
    found = cut(library.contract)
    return numbers(library.contract, 0, found.start + 1, found.end - 1, found.rest + 1)


def spaces_after(library: Library) -> bytes:
    return fill_gap(library.contract, b"<%s>" % contents_of(library.contract)[:-_SPARE])


def spaces_inside(library: Library) -> bytes:
    digits = contents_of(library.contract)
    return fill_gap(library.contract, b"<%s  >" % digits[:-2])


def comment_inside(library: Library) -> bytes:
    digits = contents_of(library.contract)[:-_SPARE]
    return fill_gap(library.contract, b"<%s%% a comment\n>" % digits)


def literal_string(library: Library) -> bytes:
    """The same octets as a literal string, which readers accept and which no hexadecimal gap can be."""
    octets = bytes.fromhex(contents_of(library.contract).decode())
    escaped = b"".join(b"\\%03o" % octet if octet in b"()\\\r\n" else bytes((octet,)) for octet in octets)
    return fill_gap(library.contract, b"(%s)" % escaped)


def inserted_before_gap(library: Library) -> bytes:
    """Octets inserted between the first range and the gap, the numbers bent to leave them out."""
    octets = library.contract
    found = cut(octets)
    hidden = b"/Forged (entry) "
    moved = octets[: found.start] + hidden + octets[found.start :]
    return numbers(moved, 0, found.start, found.end + len(hidden), found.rest)


ROWS: Final = (
    Row("swa-moved-range", "contract", moved_range, MALFORMED),
    Row("swa-second-contents", "contract", second_contents, MALFORMED),
    Row("swa-entries-in-gap", "contract", entries_in_gap, BYTE_RANGE),
    Row("swa-object-in-gap", "contract", object_in_gap, BYTE_RANGE),
    Row("swa-table-in-gap", "contract", table_in_gap, BYTE_RANGE),
    Row("swa-widened-right", "contract", widened_right, BYTE_RANGE),
    Row("swa-widened-left", "contract", widened_left, BYTE_RANGE),
    Row("swa-narrowed", "contract", narrowed, BYTE_RANGE),
    Row("swa-spaces-after", "contract", spaces_after, BYTE_RANGE),
    Row("swa-spaces-inside", "contract", spaces_inside, BYTE_RANGE),
    Row("swa-comment-inside", "contract", comment_inside, BYTE_RANGE),
    Row("swa-literal-string", "contract", literal_string, BYTE_RANGE),
    Row("swa-inserted-before-gap", "contract", inserted_before_gap, MALFORMED),
)
