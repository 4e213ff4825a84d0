"""Signed files changed by recipe, and what a file shows: a change that passes must leave both as they were.

    octets = mutated(recipe, pool)          # eight octets of the recipe an act: what, where, with what
    seen(octets) == seen(original)

A recipe is octets, so that hypothesis and a coverage-guided fuzzer can both write it.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject, StreamObject

from esign.pdf.read import read_pdf
from esign.pdf.reader import entry, items, open_reader
from esign.pdf.verify import verify_signed_octets
from tests.support.attacks.documents import append, body_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.generic import PdfObject

ACT: Final = 8
_WORDS: Final = (
    b"/ByteRange",
    b"/Contents",
    b"/Type",
    b"/Fields",
    b"/V ",
    b"/Prev",
    b"/Root",
    b"/Size",
    b"/Kids",
    b"/Annots",
    b"/AP",
    b"/SubFilter",
    b"obj",
    b"endobj",
    b"stream",
    b"endstream",
    b"xref",
    b"trailer",
    b"startxref",
    b"%%EOF",
    b"00000 n",
)
SYNTAX: Final = (b" ", b"\n", b"<", b">", b"<<", b">>", b"[", b"]", b"(", b")", b"%", b"/", b"0 R")
_PIECES: Final = (
    *SYNTAX,
    b"null",
    b"-1",
    b"9999999999",
    b"/OpenAction << /S /JavaScript /JS (x) >>",
    b"/F 2",
    b"/AS /Yes",
    b"/V (9)",
    b"/Rect [0 0 600 900]",
    b"%%EOF\n",
    b"startxref\n0\n%%EOF\n",
)
_SKIPPED: Final = frozenset({"/Parent", "/P", "/StructParents", "/StructParent"})
_MAX_SHOWN: Final = 50_000  # objects walked


def mutated(recipe: bytes, pool: tuple[bytes, ...]) -> bytes:
    """Return a file of the pool, changed by every act of the recipe."""
    octets = pool[recipe[0] % len(pool)] if recipe else pool[0]
    for start in range(1, len(recipe) - ACT + 1, ACT):
        act = recipe[start : start + ACT]
        try:
            octets = _ACTS[act[0] % len(_ACTS)](octets, act, pool)
        except (ArithmeticError, IndexError, ValueError):  # there is nothing of that kind to change
            continue
    return octets


def _place(octets: bytes, act: bytes) -> int:
    """Return a place near a word that matters, or anywhere."""
    number = int.from_bytes(act[2:5], "big")
    if act[1] % 4 == 0:
        return number % (len(octets) + 1)
    word = _WORDS[act[1] % len(_WORDS)]
    places = [match.start() for match in re.finditer(re.escape(word), octets)]
    at = places[number % len(places)] if places else number % (len(octets) + 1)
    return max(0, min(len(octets), at + act[5] % 32 - 4))


def _flip(octets: bytes, act: bytes, _: tuple[bytes, ...]) -> bytes:
    at = _place(octets, act)
    return octets[:at] + bytes((octets[at] ^ (act[6] or 1),)) + octets[at + 1 :]


def _insert(octets: bytes, act: bytes, _: tuple[bytes, ...]) -> bytes:
    at = _place(octets, act)
    return octets[:at] + _PIECES[act[6] % len(_PIECES)] + octets[at + act[7] % 4 :]


def _overwrite(octets: bytes, act: bytes, _: tuple[bytes, ...]) -> bytes:
    at, piece = _place(octets, act), _PIECES[act[6] % len(_PIECES)]
    return octets[:at] + piece + octets[at + len(piece) :]


def _number(octets: bytes, act: bytes, _: tuple[bytes, ...]) -> bytes:
    found = list(re.finditer(rb"\d+", octets[_place(octets, act) :][:200]))
    match = found[act[6] % len(found)]
    at = _place(octets, act) + match.start()
    changed = b"%d" % max(0, int(match[0]) + act[7] - 128)
    return octets[:at] + changed + octets[at + len(match[0]) :]


def _cut(octets: bytes, act: bytes, _: tuple[bytes, ...]) -> bytes:
    return octets[: _place(octets, act)]


def _splice(octets: bytes, act: bytes, pool: tuple[bytes, ...]) -> bytes:
    other = pool[act[6] % len(pool)]
    return octets[: _place(octets, act)] + other[_place(other, act) :]


def _tail(octets: bytes, act: bytes, pool: tuple[bytes, ...]) -> bytes:
    """Append the later revisions of another file."""
    other = pool[act[6] % len(pool)]
    ends = [match.end() for match in re.finditer(rb"%%EOF\r?\n?", other)]
    return octets + other[ends[act[7] % len(ends)] :]


def _revise(octets: bytes, act: bytes, pool: tuple[bytes, ...]) -> bytes:
    """Append a revision in which an object has the body of another, or its own with a piece put in."""
    numbers = sorted({int(each) for each in re.findall(rb"[\r\n](\d{1,4}) 0 obj", octets)})
    target = numbers[act[1] % len(numbers)]
    source = numbers[act[2] % len(numbers)]
    body = body_of(octets if act[3] % 3 else pool[act[4] % len(pool)], source if act[5] % 2 else target)
    if act[5] % 3 == 0 and body.endswith(b">>"):
        body = body[:-2] + _PIECES[act[6] % len(_PIECES)] + b" >>"
    elif act[5] % 3 == 1:
        digits = list(re.finditer(rb"\d+", body))
        match = digits[act[6] % len(digits)]
        body = body[: match.start()] + b"%d" % (int(match[0]) + act[7]) + body[match.end() :]
    return append(octets, {target: body})


_ACTS: Final[tuple[Callable[[bytes, bytes, tuple[bytes, ...]], bytes], ...]] = (
    _flip,
    _insert,
    _overwrite,
    _number,
    _revise,
    _revise,
    _revise,
    _tail,
    _splice,
    _cut,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file shows and who vouches for it: digests of what each signature covers, and of what its pages are."""

    covered: frozenset[bytes]
    shown: bytes


def covered(octets: bytes, *, proved: bool = False) -> frozenset[bytes]:
    """Return digests of what the signatures of a file cover; with `proved` of those alone that somebody really made."""
    found = set()
    pdf = read_pdf(octets)
    for signature in pdf.signatures:
        if proved:
            try:
                verify_signed_octets(pdf, signature)
            except TrustError:
                continue
        _, start, end, rest = signature.byte_range
        found.add(digest(DigestAlgorithm.SM3, octets[:start] + b"|" + octets[end : end + rest]))
    return frozenset(found)


def shown(octets: bytes) -> bytes:
    """Return a digest of pages, layers, scripts and fields as the last revision has them; signature fields left out."""
    reader = open_reader(octets)
    told: list[str] = []
    root = reader.get_historical_resolver(reader.xrefs.total_revisions - 1).root  # where a reference may lead nowhere
    for key in ("/Pages", "/OCProperties", "/OpenAction", "/AA", "/Names", "/Outlines"):
        if key in root:
            _tell(root.raw_get(key), told, set())
    return digest(DigestAlgorithm.SM3, "\n".join(told).encode())


def _tell(value: PdfObject, told: list[str], on_way: set[tuple[int, int]]) -> None:
    if len(told) > _MAX_SHOWN:
        raise ValueError(_MAX_SHOWN)
    if isinstance(value, IndirectObject):
        key = (value.idnum, value.generation)
        if key not in on_way:
            _tell(value.get_object(), told, on_way | {key})
    elif isinstance(value, DictionaryObject):
        if entry(value, "/FT") == "/Sig":
            return
        told.append("<<")
        for key in sorted(set(value) - _SKIPPED):
            told.append(str(key))
            _tell(value.raw_get(key), told, on_way)
        told.append(value.encoded_data.hex() if isinstance(value, StreamObject) else ">>")
    elif isinstance(value, list):
        told.append("[")
        for index in range(len(items(value))):
            _tell(value.raw_get(index), told, on_way)  # type: ignore[attr-defined]
    else:  # as it is written: null and true say where they lie in memory, and nothing else
        written = BytesIO()
        value.write_to_stream(written)
        told.append(written.getvalue().hex())
