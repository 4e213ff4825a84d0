"""Signed packages changed by recipe in their ZIP, XML and DER layers, and what a package shows to a reader that believes everything.

    octets = mutated(recipe, pool)          # eight octets of the recipe an act: what, where, with what
    shown(octets) in honest                 # or it may not pass

A recipe is octets, so that hypothesis and a coverage-guided fuzzer can both write it.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.containers import FORGED
from trustkit.crypto.digest import DigestAlgorithm, digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.zips import Item

ACT: Final = 8
_NAMES: Final = (
    d.PAGE,
    "Doc_0/Pages/Page_2/Content.xml",
    "doc_0/pages/page_0/content.xml",
    "Doc_0/Signs/Sign_5/Signature.xml",
    "Doc_0/Signs/Sign_0/SignedValue.dat",
    "Doc_1/Document.xml",
    "OFDEntries.xml",
    "Encryptions.xml",
    "Pages/Page_0/Content.xml",
    "Doc_0/Signs/Sign_0/Pages/Page_0/Content.xml",
    "Doc_0/Pages/Page%5F0/Content.xml",
    "Doc_0\\Pages\\Page_0\\Content.xml",
)
_PIECES: Final = (
    b"",
    b" ",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"</ofd:Pages>",
    b'<ofd:Page ID="13" BaseLoc="Pages/Page_2/Content.xml"/>',
    b"<ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot>",
    b"<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>",
    b'<ofd:Signature ID="7" Type="Sign" BaseLoc="/Doc_0/Signs/Sign_0/Signature.xml"/>',
    b'<ofd:Reference FileRef="/Doc_0/Pages/Page_0/Content.xml"><ofd:CheckValue>AAAA</ofd:CheckValue></ofd:Reference>',
    b"<ofd:SignedInfo/>",
    b'xmlns:x="http://www.ofdspec.org/2016" ',
    b"&#80;",
    b"../",
    b"\\",
    b"%2F",
    b"\xef\xbb\xbf",
    b"\x00",
)


@dataclass(frozen=True, slots=True)
class State:
    """A package in the making."""

    items: tuple[Item, ...]
    prefix: bytes = b""
    suffix: bytes = b""
    comment: bytes = b""

    def octets(self) -> bytes:
        return zips.write(self.items, prefix=self.prefix, suffix=self.suffix, comment=self.comment)

    def with_item(self, number: int, item: Item) -> State:
        return replace(self, items=(*self.items[:number], item, *self.items[number + 1 :]))


Files = dict[str, bytes]


def mutated(recipe: bytes, pool: tuple[Files, ...]) -> bytes:
    """Return a package of the pool, changed by every act of the recipe."""
    files = pool[recipe[0] % len(pool)] if recipe else pool[0]
    state = State(tuple(zips.items(files)))
    for start in range(1, len(recipe) - ACT + 1, ACT):
        act = recipe[start : start + ACT]
        try:
            state = _ACTS[act[0] % len(_ACTS)](state, act, pool)
        except (IndexError, ValueError, ZeroDivisionError):  # there is nothing of that kind to change
            continue
    return state.octets()


def _chosen(state: State, act: bytes) -> int:
    return act[1] % len(state.items)


def _place(octets: bytes, act: bytes) -> int:
    """Return a place before or behind markup, or anywhere."""
    number = int.from_bytes(act[2:4], "big")
    marks = [match.start() + act[4] % 2 for match in re.finditer(b'[<>"]', octets)]
    if act[4] % 4 == 0 or not marks:
        return number % (len(octets) + 1)
    return marks[number % len(marks)]


def _flip(state: State, act: bytes, _: tuple[Files, ...]) -> State:
    number = _chosen(state, act)
    item = state.items[number]
    at = _place(item.octets, act) % len(item.octets)
    bent = item.octets[:at] + bytes((item.octets[at] ^ (act[6] or 1),)) + item.octets[at + 1 :]
    return state.with_item(number, replace(item, octets=bent))


def _insert(state: State, act: bytes, _: tuple[Files, ...]) -> State:
    number = _chosen(state, act)
    item = state.items[number]
    at = _place(item.octets, act)
    octets = item.octets[:at] + _PIECES[act[6] % len(_PIECES)] + item.octets[at + act[7] % 6 :]
    return state.with_item(number, replace(item, octets=octets))


def _element(state: State, act: bytes, _: tuple[Files, ...]) -> State:
    """Take an element without children away, or write it twice, or put it behind the last."""
    number = _chosen(state, act)
    item = state.items[number]
    found = list(re.finditer(rb"<ofd:(\w+)(?: [^<>]*)?(?:/>|>[^<>]*</ofd:\1>)", item.octets))
    match = found[act[2] % len(found)]
    whole, before, after = match[0], item.octets[: match.start()], item.octets[match.end() :]
    end = after.rfind(b"</")
    changed = (before + after, before + whole * 2 + after, before + after[:end] + whole + after[end:])
    return state.with_item(number, replace(item, octets=changed[act[3] % 3]))


def _words(state: State, act: bytes, _: tuple[Files, ...]) -> State:
    """Give one quoted value or text the words of another, of this part or another one."""
    number = _chosen(state, act)
    item = state.items[number]
    other = state.items[act[2] % len(state.items)].octets
    values = list(re.finditer(rb'(?<=["])[^"<>]+(?=")|(?<=>)[^<>]+(?=<)', item.octets))
    others = re.findall(rb'(?<=["])[^"<>]+(?=")|(?<=>)[^<>]+(?=<)', other)
    match = values[act[3] % len(values)]
    word = others[act[4] % len(others)] if act[5] % 3 else _NAMES[act[6] % len(_NAMES)].encode()
    return state.with_item(
        number, replace(item, octets=item.octets[: match.start()] + word + item.octets[match.end() :])
    )


def _exchanged(state: State, act: bytes, pool: tuple[Files, ...]) -> State:
    """Give a file the octets of another, of this package or of one of the pool."""
    number = _chosen(state, act)
    other = pool[act[2] % len(pool)]
    name = state.items[number].name
    names = [name] if act[3] % 2 and name in other else list(other)
    return state.with_item(number, replace(state.items[number], octets=other[names[act[4] % len(names)]]))


def _added(state: State, act: bytes, pool: tuple[Files, ...]) -> State:
    """Add a file: a forged page or a file of the pool, under a name of its own or one that misleads, first or last."""
    other = pool[act[2] % len(pool)]
    names = list(other)
    taken = names[act[3] % len(names)]
    name = _NAMES[act[4] % len(_NAMES)] if act[5] % 2 else taken
    item = zips.Item(name=name, octets=FORGED if act[6] % 2 else other[taken])
    items = (item, *state.items) if act[7] % 2 else (*state.items, item)
    return replace(state, items=items)


def _removed(state: State, act: bytes, _: tuple[Files, ...]) -> State:
    number = _chosen(state, act)
    return replace(state, items=state.items[:number] + state.items[number + 1 :])


def _renamed(state: State, act: bytes, _: tuple[Files, ...]) -> State:
    number = _chosen(state, act)
    other = state.items[act[2] % len(state.items)].name
    name = _NAMES[act[3] % len(_NAMES)] if act[4] % 2 else other
    field = ("name", "central_name")[act[5] % 2]
    return state.with_item(number, replace(state.items[number], **{field: name}))  # type: ignore[arg-type]


def _lying(state: State, act: bytes, _: tuple[Files, ...]) -> State:
    """Bend a field of an entry, or put octets around the archive."""
    number = _chosen(state, act)
    item = state.items[number]
    size = int.from_bytes(act[2:4], "big")
    changes: tuple[dict[str, object], ...] = (
        {"size": size},
        {"local_size": size},
        {"checksum": size},
        {"flags": act[2]},
        {"method": act[2] % 13},
        {"listed": False},
        {"stored": False, "central_at": act[3] % len(state.items)},
        {"central_at": act[3] % len(state.items)},
        {"attributes": zips.SYMLINK},
        {"packed": act[2:7]},
    )
    chosen = act[7] % (len(changes) + 3)
    if chosen < len(changes):
        return state.with_item(number, replace(item, **changes[chosen]))  # type: ignore[arg-type]
    around = (state.octets() if act[2] % 2 else act[3:6])[:60_000]
    match chosen - len(changes):
        case 0:
            return replace(state, prefix=around)
        case 1:
            return replace(state, suffix=around)
        case _:
            return replace(state, comment=around)


def _bent_der(state: State, act: bytes, pool: tuple[Files, ...]) -> State:
    """Put a piece of one signed value or seal over another's, or one octet in."""
    places = [n for n, item in enumerate(state.items) if item.name.endswith((".dat", ".esl"))]
    number = places[act[1] % len(places)]
    octets = state.items[number].octets
    other = pool[act[2] % len(pool)].get(state.items[number].name, octets)
    at = int.from_bytes(act[3:5], "big") % len(octets)
    length = 1 + act[6] ** 2 // 8
    piece = other[at : at + length] if act[5] % 2 else bytes((octets[at] ^ (act[7] or 1),))
    return state.with_item(number, replace(state.items[number], octets=octets[:at] + piece + octets[at + len(piece) :]))


_ACTS: Final[tuple[Callable[[State, bytes, tuple[Files, ...]], State], ...]] = (
    _flip,
    _insert,
    _insert,
    _element,
    _words,
    _words,
    _exchanged,
    _added,
    _removed,
    _renamed,
    _lying,
    _bent_der,
)

_VALUES: Final = re.compile(r"[\"'>]([^\"'<>]{1,400})[\"'<]")
_BASES: Final = re.compile("BaseLoc=[\"']([^\"'<>]{1,400})[\"']")
_OWN: Final = ("/Signs/",)  # files of signatures, whose own octets are judged and not shown


def shown(octets: bytes) -> bytes:
    """Return a digest of what a reader shows that believes everything: each file that a value in any file it got to could mean.

    A reader of its own, by regular expressions: escapes, backslashes and case are all the same to it, and a path may begin in the
    folder of the file that names it, in any folder above, or in one that file calls its base.
    """
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        files = {each.filename: archive.read(each) for each in archive.infolist()}
    by_place: dict[tuple[str, ...], list[str]] = {}
    for name in files:
        by_place.setdefault(_steps(name, ()), []).append(name)
    waiting = [name for name in files if name.lower() == "ofd.xml"]
    reached = set(waiting)
    while waiting:
        holder = waiting.pop()
        text = files[holder].decode("utf-8", "replace")
        values = {form for value in _VALUES.findall(text) for form in (value.strip(), unquote(value.strip()))}
        folder = _steps(holder, ())[:-1]
        above = [folder[:depth] for depth in range(len(folder) + 1)]
        bases = above + [_steps(base, each) for base in _BASES.findall(text) for each in above]
        for name in (name for value in values for base in bases for name in by_place.get(_steps(value, base), ())):
            if name not in reached and not any(own in name for own in _OWN):
                reached.add(name)
                waiting.append(name)
    told = b"".join(name.encode() + b"\0" + digest(DigestAlgorithm.SM3, files[name]) for name in sorted(reached))
    return digest(DigestAlgorithm.SM3, told)


def _steps(path: str, base: tuple[str, ...]) -> tuple[str, ...]:
    """Return folders and name a path leads to from a folder, in small letters."""
    found = list(base)
    for step in re.split("[?#]", path.replace("\\", "/"), maxsplit=1)[0].lower().split("/"):
        if step == "..":
            found = found[:-1]
        elif step not in {"", "."}:
            found.append(step)
    return tuple(found)
