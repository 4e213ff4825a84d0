"""The package of an OFD: a ZIP archive under limits, held in memory; nothing is ever written anywhere (GB/T 33190-2016, packaging).

    package = open_package(data)
    package.names            # every file, as found, in the archive's order
    package.octets("OFD.xml")

What could be read in two ways is refused, not resolved: two files of one name, also where only case or Unicode form differ,
since some readers unpack onto file systems that make one of them, or in an encoding (`esign.ofd.entry_names`); names that climb,
that are absolute or hold a backslash.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from typing import TYPE_CHECKING, Final

from esign.ofd.directory import STORED, read_directory
from esign.ofd.entry_names import entry_names, other_readings
from esign.ofd.limits import MAX_KEPT_OCTETS, MAX_KEPT_TOTAL, MAX_KEPT_TREE, MAX_KEPT_TREES, MAX_NAME_DEPTH
from esign.ofd.two_faced import is_pdf_too
from esign.ofd.xml import parse_xml
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.printable import is_shown

if TYPE_CHECKING:
    from esign.ofd.directory import Entry
    from esign.ofd.xml import Element

NAMES_GB18030: Final = "entry-names-in-gb18030"  # notes: names that are not flagged as UTF-8
NAMES_UNFLAGGED: Final = "entry-names-in-utf-8-without-the-flag"
_USUAL: Final = re.compile(r"\w++(?:[./-]\w++)*+", re.ASCII)  # safe as it is: steps that are neither empty nor dots
_FORBIDDEN: Final = frozenset('\\:*?"<>|')  # a reader on Windows cannot unpack these, or makes something else of them


class Package:
    """The files of one archive. Reading one checks its length and CRC-32; small ones are kept unpacked, and parsed."""

    __slots__ = (
        "_data",
        "_entries",
        "_kept",
        "_places",
        "_readings",
        "_room",
        "_tree_room",
        "_trees",
        "directories",
        "notes",
    )

    def __init__(
        self,
        data: bytes,
        entries: dict[str, Entry],
        *,
        places: dict[str, str],
        readings: dict[str, tuple[str, ...]],
        directories: tuple[str, ...],
        notes: tuple[str, ...],
    ) -> None:
        self._data = data
        self._entries = entries
        self._places = places
        self._readings = readings
        self._kept: dict[str, bytes] = {}
        self._room = MAX_KEPT_TOTAL
        self._trees: dict[str, Element] = {}
        self._tree_room = MAX_KEPT_TREES
        self.directories = directories
        self.notes = notes

    @property
    def names(self) -> tuple[str, ...]:
        """Every file, by its full name with ``/`` between folders; directories are not files."""
        return tuple(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def nearest(self, name: str) -> str | None:
        """Return the file of that name, else one whose name differs in case, Unicode form or encoding alone, else None."""
        if name in self._entries:
            return name
        found = self._places.get(same_place(name))
        if found in self._entries:
            return found
        return next(iter(self._readings.get(name.lower(), ())), None)

    def named(self, name: str) -> str | None:
        """Return the file of just that name, letter for letter, in some encoding of names; None where there is none."""
        if name in self._entries:
            return name
        known = () if name.isascii() else self._readings.get(name.lower(), ())
        return next((each for each in known if name in other_readings(self._entries[each].raw_name)), None)

    def is_only(self, name: str) -> bool:
        """Whether there is a file of just that name, and no reader knows any file of the package by another name."""
        return name in self._entries and not self._readings

    def called(self, name: str) -> tuple[str, ...]:
        """Return every file that some reader knows by that name, the nearest first."""
        nearest = self.nearest(name)
        if nearest is None or not self._readings:
            return () if nearest is None else (nearest,)
        return tuple(dict.fromkeys((nearest, *self._readings.get(name.lower(), ()))))

    @property
    def other_names(self) -> tuple[str, ...]:
        """What readers with another encoding call files, in lower case."""
        return tuple(self._readings)

    @property
    def is_pdf_too(self) -> bool:
        """Whether readers of PDF take the archive for one."""
        return is_pdf_too(self._data)

    @property
    def unpacked(self) -> int:
        """Octets of all files together."""
        return sum(entry.size for entry in self._entries.values())

    def size(self, name: str) -> int:
        """Return the octets a file has unpacked. Raise OFD_MISSING."""
        return self._entry(name).size

    def octets(self, name: str) -> bytes:
        """Return a file's octets as they were packed.

        Raises:
            TrustError: OFD_MISSING; OFD_ZIP when they do not unpack to the promised length and checksum.
        """
        kept = self._kept.get(name)
        if kept is not None:
            return kept
        entry = self._entry(name)
        found = _unpack(self._data, entry)
        if entry.size <= min(MAX_KEPT_OCTETS, self._room):
            self._kept[name] = found
            self._room -= entry.size
        return found

    def xml(self, name: str) -> Element:
        """Return the root element of a file, which nobody may change: lists and descriptions are looked at by several.

        Raises:
            TrustError: what `octets` and `esign.ofd.xml.parse_xml` raise.
        """
        kept = self._trees.get(name)
        if kept is not None:
            return kept
        octets = self.octets(name)
        root = parse_xml(octets, name)
        if len(octets) <= min(MAX_KEPT_TREE, self._tree_room):
            self._trees[name] = root
            self._tree_room -= len(octets)
        return root

    def _entry(self, name: str) -> Entry:
        found = self._entries.get(name)
        if found is None:
            raise TrustError(ErrorCode.OFD_MISSING, "the package has no such file", file=name[:120])
        return found


def open_package(data: bytes) -> Package:
    """Return the package in the octets of an archive. No file is unpacked yet.

    Raises:
        TrustError: OFD_ZIP, OFD_NAME (unsafe, or two files of one name), OFD_ENCRYPTED, OFD_LIMIT.
    """
    entries: dict[str, Entry] = {}
    directories: list[str] = []
    taken: dict[str, str] = {}
    found = read_directory(data)
    told = entry_names([entry[:2] for entry in found])
    for entry, chosen in zip(found, told.names, strict=True):
        name = entry.path or chosen  # a Unicode path says which reading is meant, and most readers heed it
        folder = name.endswith("/")
        bare = name.removesuffix("/")
        _require_safe(bare)
        key = same_place(bare)
        if key in taken:
            raise TrustError(ErrorCode.OFD_NAME, "two entries of one name", file=bare[:120])
        taken[key] = bare
        if not folder:
            entries[bare] = entry
        elif entry.size:
            raise TrustError(ErrorCode.OFD_NAME, "a directory with content", file=name[:120])
        else:
            directories.append(bare)
    _require_folders(taken, entries)
    readings = _other_readings(entries)
    notes = ((NAMES_GB18030,) if told.chinese else ()) + ((NAMES_UNFLAGGED,) if told.unflagged else ())
    return Package(data, entries, places=taken, readings=readings, directories=tuple(directories), notes=notes)


def same_place(name: str) -> str:
    """Return what names share that some file system holds for one: case folded, compatibility forms made one."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _require_folders(taken: dict[str, str], entries: dict[str, Entry]) -> None:
    """Refuse a file that stands where another entry needs a folder."""
    folders: set[str] = set()
    for key in taken:
        folder = key.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    for folder in folders:
        if taken.get(folder) in entries:
            raise TrustError(ErrorCode.OFD_NAME, "a file and a folder of one name", file=taken[folder][:120])


def _other_readings(entries: dict[str, Entry]) -> dict[str, tuple[str, ...]]:
    """Return the files by what else they are called, in lower case. Refuse one that is taken for another there is by its own name."""
    if all(map(str.isascii, entries)):
        return {}  # as most packages have them
    names = {name.lower() for name in entries}
    found: dict[str, list[str]] = {}
    for name, entry in entries.items():
        if name.isascii():
            continue  # it is ASCII in every encoding
        for reading in other_readings(entry.raw_name):
            small = reading.lower()
            if small == name.lower():
                continue
            if small in names:
                raise TrustError(ErrorCode.OFD_NAME, "two entries of one name, in another encoding", file=name[:120])
            if not entry.path:  # what it is called is told: no reader that heeds it knows another name
                found.setdefault(small, []).append(name)
    return {reading: tuple(files) for reading, files in found.items()}


def _require_safe(name: str) -> None:
    if _USUAL.fullmatch(name) and name.count("/") < MAX_NAME_DEPTH:
        return
    parts = name.split("/")
    if len(parts) > MAX_NAME_DEPTH:
        raise TrustError(ErrorCode.OFD_LIMIT, "folders above a file", depth=len(parts), limit=MAX_NAME_DEPTH)
    if any(part in {"", ".", ".."} or part != part.rstrip(". ") for part in parts):
        raise TrustError(ErrorCode.OFD_NAME, "a name that is absolute, climbs or is not plain", file=name[:120])
    if not _FORBIDDEN.isdisjoint(name) or not (name.isprintable() or all(map(is_shown, name))):
        raise TrustError(
            ErrorCode.OFD_NAME, "a name with characters that mean something else elsewhere", file=name[:120]
        )


def _unpack(data: bytes, entry: Entry) -> bytes:
    packed = memoryview(data)[entry.start : entry.start + entry.packed]
    if entry.method == STORED:
        found, complete = bytes(packed), entry.packed == entry.size
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            found = inflater.decompress(
                packed, entry.size + 1
            )  # one more than promised tells a liar, and costs no more
        except zlib.error as error:
            raise TrustError(ErrorCode.OFD_ZIP, "packed octets are damaged") from error
        complete = inflater.eof and not inflater.unused_data and not inflater.unconsumed_tail
    if not complete or len(found) != entry.size or zlib.crc32(found) != entry.crc:
        raise TrustError(ErrorCode.OFD_ZIP, "a file does not unpack to the promised length and checksum")
    return found
