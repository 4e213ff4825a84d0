"""A PDF reader whose work is bounded, and the one place where pyHanko's failures become ours.

pyHanko reads strictly and knows the history of a file, but trusts three numbers of a hostile one: how many entries a
cross-reference stream announces, how many paths lead to an object, and how often a stream is decoded anew. This module
counts all three.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import logging
import math
import re
import struct
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from pyhanko.pdf_utils import reader as pyhanko_reader
from pyhanko.pdf_utils import xref as pyhanko_xref
from pyhanko.pdf_utils.decode_limits import DecodeContext
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    Reference,
    StreamObject,
    read_object,
)
from pyhanko.pdf_utils.misc import PdfDecodeLimitError, PdfError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

from esign.pdf import names, predictors
from esign.pdf.bounded_sections import BoundedXRefBuilder, PlainSectionData
from esign.pdf.filters import is_one_to_all, members_of
from esign.pdf.lent_streams import LentStream, lent_on, with_lent_payload
from esign.pdf.limits import (
    DECODE_LIMITS,
    MAX_CONTENT_OCTETS,
    MAX_DEREFERENCES,
    MAX_OBJECTS,
    MAX_PDF_OCTETS,
)
from esign.pdf.linearized import is_two_files
from esign.pdf.metered import Meter, MeteredStream
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyhanko.pdf_utils.generic import PdfObject

    from esign.pdf.letter_areas import LetterAreas

FAILURES: Final = (  # what pyHanko has been seen to raise on malformed files, beside its own errors
    PdfError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,  # pyHanko's own, for what it does not read
    OSError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_ADDRESS: Final = re.compile(r" (?:object )?at 0x[0-9A-Fa-f]+")
_SET: Final = re.compile(r"\{([^{}]*)\}")
_SHARED: Final = re.compile(r"Reference\(.* is also used in .*", re.DOTALL)
_DIRECT: Final = frozenset({NumberObject, FloatObject, NameObject})  # what stands for itself
_LOOKS: Final = 16  # at objects, which cost as much as a step of comparing
VALUES_A_STEP: Final = 128  # in an object, which cost as much as a step to look at
_HEADER: Final = re.compile(rb"[\0\t\n\f\r ]{0,64}(\d{1,10})[\0\t\n\f\r ]{1,64}(\d{1,5})[\0\t\n\f\r ]{1,64}obj")


@contextmanager
def refusals() -> Iterator[None]:
    """Turn whatever pyHanko raises into PDF_MALFORMED or PDF_LIMIT; a TrustError passes."""
    try:
        yield
    except TrustError:
        raise
    except (RecursionError, MemoryError, PdfDecodeLimitError) as error:
        raise TrustError(ErrorCode.PDF_LIMIT, f"nested or inflated too far: {type(error).__name__}") from error
    except FAILURES as error:
        raise TrustError(ErrorCode.PDF_MALFORMED, f"{type(error).__name__}: {told(error)[:200]}") from error


def told(error: Exception) -> str:
    """Return what an error of pyHanko's says, the same each time: places in memory and the order of sets differ from run to run."""
    words = _SHARED.sub("an object is also used elsewhere", _ADDRESS.sub("", str(error)))
    return _SET.sub(lambda match: f"{{{', '.join(sorted(match[1].split(', ')))}}}", words)


# what pyHanko wants to say about odd files is in our errors; without a handler Python would print it to stderr
logging.getLogger("pyhanko").addHandler(logging.NullHandler())
# pyHanko's reader offers no argument for its builder; every reader in the process gets the bounded one
pyhanko_reader.XRefBuilder = BoundedXRefBuilder  # type: ignore[misc,attr-defined,unused-ignore]
pyhanko_xref.XRefSectionData = PlainSectionData  # type: ignore[misc,unused-ignore]
predictors.install()
names.install()


class _SharedBudget(DecodeContext):
    """One budget for a file and all its revisions: pyHanko would grant each revision a fresh one."""

    def fresh(self) -> DecodeContext:
        """Return this very budget."""
        return self


def new_budget(size: int) -> DecodeContext:
    """Return the budget of decoded octets for a file of so many, one for all its revisions."""
    return _SharedBudget(DECODE_LIMITS, input_size=size)


class BoundedReader(PdfFileReader):
    """A strict reader over octets that stops after `MAX_DEREFERENCES` steps, counted over all revisions.

    `ends` says of each place from which an object was read where its octets end, `weights` what looking at an object of a
    revision costs. `letters` and `covered` are where `esign.pdf.covering` keeps what it read of pages, by revision and page, and which boxes lie over it; `others` and `overlaid` likewise of pictures and what lies over them, `unread` of fields filled in later that nobody can read, `shown` on which pages annotations of a revision stand beside another; `plain_ends` where
    `esign.pdf.added_octets` keeps where the revision ends that begins at an octet, or why it is not plain.
    """

    def __init__(self, data: bytes) -> None:
        self.steps = 0
        self.size = len(data)
        self.octets = data
        self.ends: dict[int, int] = {}
        self.letters: dict[tuple[int, int, int], LetterAreas] = {}
        self.weights: dict[tuple[int, int, int], int] = {}
        self.covered: dict[tuple[int, int, int, tuple[float, float, float, float]], bool] = {}
        self.others: dict[tuple[int, int, int], LetterAreas] = {}
        self.overlaid: dict[int, dict[tuple[int, tuple[float, float, float, float]], tuple[bool, bool]]] = {}
        self.unread: dict[int, set[str]] = {}
        self.shown: dict[tuple[int, int], dict[Reference, list[tuple[int, Any]]]] = {}
        self.plain_ends: dict[int, int | str] = {}
        self._members: dict[int, tuple[bytes, dict[int, tuple[int, int]]]] = {}  # of object streams
        self._content = 0
        self.leaves_unread = False
        self._budget = new_budget(len(data))
        self.meter = Meter()
        super().__init__(MeteredStream(data, self.meter), strict=True, decode_limits=DECODE_LIMITS)

    @property
    def decode_context(self) -> DecodeContext:
        """The budget that every decoded stream is charged to."""
        return self._budget

    def step(self, cost: int = 1) -> None:
        """Count a dereference, or as much other work. Raise PDF_LIMIT when there was too much."""
        self.steps += cost
        if self.steps > MAX_DEREFERENCES:
            raise TrustError(ErrorCode.PDF_LIMIT, "references followed", limit=MAX_DEREFERENCES)

    def count_content(self, octets: int) -> None:
        """Count octets of content. Raise PDF_LIMIT when there were too many."""
        self._content += octets
        if self._content > MAX_CONTENT_OCTETS:
            raise TrustError(ErrorCode.PDF_LIMIT, "content read as operators", limit=MAX_CONTENT_OCTETS)

    @contextmanager
    def read_apart(self) -> Iterator[None]:
        """Read content that may be left unread: too much of it ends this block and not the reading of the file, once."""
        before = self._content
        try:
            yield
        except TrustError as error:
            if error.code is not ErrorCode.PDF_LIMIT:
                raise
            self._content, self.leaves_unread = before, True

    def get_object(self, ref: Reference, *args: Any, **kwargs: Any) -> PdfObject:  # noqa: ANN401 - handed through
        """Return the object behind a reference, counting the step."""
        self.step()
        found: PdfObject = super().get_object(ref, *args, **kwargs)
        return found

    def _read_object(self, ref: Reference, marker: Any, *args: Any, **kwargs: Any) -> PdfObject:  # noqa: ANN401
        with self.stream.lending(isinstance(marker, int)):
            found = with_lent_payload(super()._read_object(ref, marker, *args, **kwargs))
        if isinstance(marker, int):
            self.ends[marker] = self.stream.tell()
        return found

    def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> PdfObject:
        """Return an object that lies in a stream: pyHanko's own way reads the head anew for each, and counts nothing."""
        if stmnum not in self._members:
            holder = self.get_object(Reference(stmnum, 0, self))
            if not isinstance(holder, StreamObject) or holder["/Type"] != "/ObjStm" or not is_one_to_all(holder):
                raise TrustError(ErrorCode.PDF_MALFORMED, "an object stream that readers decode differently")
            self._members[stmnum] = holder.data, members_of(holder)
        data, members = self._members[stmnum]
        index, place = members.get(idnum, (-1, 0))
        if index != idx:
            raise TrustError(ErrorCode.PDF_MALFORMED, "an object stream lists its objects otherwise", object=idnum)
        stream = MeteredStream(data, self.meter)
        stream.seek(place)
        found: PdfObject = read_object(stream, Reference(idnum, 0, self))
        if isinstance(found, StreamObject | IndirectObject):
            raise TrustError(ErrorCode.PDF_MALFORMED, "an object stream holds what may not be in one", object=idnum)
        return found

    def is_older(self, ref: Reference, revision: int) -> bool:
        """Return whether an object is in a revision, and no later one wrote it anew."""
        there = self.xrefs.get_historical_ref(ref, revision) is not None
        return there and self.xrefs.get_last_change(ref) <= revision

    def begins(self, place: int, number: int, generation: int) -> bool:
        """Return whether an object of that number and generation begins at a place, blanks before it left aside."""
        found = _HEADER.match(self.octets, place)
        return found is not None and (int(found[1]), int(found[2])) == (number, generation)

    def get_historical_resolver(self, revision: int) -> HistoricalResolver:
        """Return the view of one revision, which counts its steps here."""
        cache: dict[int, HistoricalResolver] = self._historical_resolver_cache
        if revision not in cache:
            cache[revision] = _CountingResolver(self, revision)
        return cache[revision]


class _CountingResolver(HistoricalResolver):
    """The view of one revision. Comparing revisions walks every path to an object, and paths can be exponential."""

    reader: BoundedReader

    def get_object(self, ref: Reference, *args: Any, **kwargs: Any) -> PdfObject:  # noqa: ANN401 - handed through
        found = self.look(ref, *args, **kwargs)
        key = self.revision, ref.idnum, ref.generation
        if key not in self.reader.weights:
            self.reader.weights[key] = 1 + _values_in(found) // VALUES_A_STEP
        self.reader.step(self.reader.weights[key])
        return found

    def _subsume_object(self, obj: PdfObject) -> PdfObject:
        if not isinstance(obj, LentStream):
            found: PdfObject = super()._subsume_object(obj)
            return found
        return lent_on(obj, {key: self._subsume_object(value) for key, value in obj.items()}, self)

    def look(self, ref: Reference, *args: Any, **kwargs: Any) -> PdfObject:  # noqa: ANN401 - handed through
        """Return the object behind a reference, counting nothing."""
        if ref not in self.cache and not self._is_there(ref):
            return NullObject()  # what a reference into nothing stands for (7.3.10)
        found: PdfObject = super().get_object(ref, *args, **kwargs)
        return found

    def _is_there(self, ref: Reference) -> bool:
        return self.reader.xrefs.get_historical_ref(ref, self.revision) is not None

    def _collect_indirect_references(self, obj: object, seen: object, since_revision: int | None = None) -> None:
        if not isinstance(obj, IndirectObject) or self._is_there(obj.reference):
            super()._collect_indirect_references(obj, seen, since_revision)


def _values_in(value: object) -> int:
    """Return how many values an object is: whoever follows a reference to it looks at all of them."""
    count, inside = 0, [value]
    while inside:
        each = inside.pop()
        count += 1
        if isinstance(each, DictionaryObject | ArrayObject):
            inside.extend(each.values() if isinstance(each, DictionaryObject) else each)
    return count


def written_anew(old: HistoricalResolver, new: HistoricalResolver) -> Iterator[tuple[Reference, PdfObject, PdfObject]]:
    """Yield what a revision wrote: reference, object before (null for none) and object now.

    It is one look at each, so a step is counted for many of them.
    """
    if not isinstance(old, _CountingResolver) or not isinstance(new, _CountingResolver):
        raise TypeError(type(old))
    for count, reference in enumerate(new.explicit_refs_in_revision()):
        if count % _LOOKS == 0:
            new.reader.step()
        yield reference, old.look(reference), new.look(reference)


def charge(value: PdfObject, octets: int) -> None:
    """Count octets of content that are about to be read. Raise PDF_LIMIT when the file of `value` has had too many read."""
    if value.container_ref is None:
        return  # of no file
    handler = value.get_container_ref().get_pdf_handler()
    reader = getattr(handler, "reader", handler)  # the view of a revision leads to its reader
    if isinstance(reader, BoundedReader):
        reader.count_content(octets)


def entry(dictionary: DictionaryObject, key: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the value under `key`, references followed; the default for null and a reference into nothing (7.3.7)."""
    try:
        found = dictionary[key]  # get() would hand out the reference itself
    except KeyError:  # what pyHanko says of null
        return default
    return default if isinstance(found, NullObject) else found


def name_of(dictionary: DictionaryObject, key: str) -> str | None:
    """Return the name under `key`, None where there is none: pyHanko takes a string of the same letters for equal to it."""
    value = entry(dictionary, key)
    return str(value) if isinstance(value, NameObject) else None


def numbers(array: Any, count: int) -> tuple[float, ...] | None:  # noqa: ANN401 - whatever the file holds
    """Return the numbers of an array of so many, None for anything else: a string is none, whatever it spells."""
    found = items(array)
    if len(found) != count or not all(isinstance(each, NumberObject | FloatObject) for each in found):
        return None
    values = tuple(map(float, found))
    return values if all(map(math.isfinite, values)) else None


def items(array: Any) -> list[Any]:  # noqa: ANN401 - whatever the file holds
    """Return the members of an array, references followed; none when it is no array."""
    if not isinstance(array, ArrayObject):
        return []
    return [each if type(each) in _DIRECT else array[index] for index, each in enumerate(list.__iter__(array))]


def raw_items(array: Any) -> list[Any]:  # noqa: ANN401 - whatever the file holds
    """Return the members of an array as they stand there, references as references; none when it is no array."""
    return list(array.iterate()) if isinstance(array, ArrayObject) else []


def raw_entries(dictionary: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the file holds
    """Return the entries of a dictionary as they stand there, references as references; none when it is no dictionary."""
    return {key: dictionary.raw_get(key) for key in dictionary} if isinstance(dictionary, DictionaryObject) else {}


def open_reader(data: bytes) -> BoundedReader:
    """Return a reader over a whole, unencrypted PDF. Raise PDF_LIMIT, PDF_ENCRYPTED or PDF_MALFORMED."""
    if len(data) > MAX_PDF_OCTETS:
        raise TrustError(ErrorCode.PDF_LIMIT, "octets", limit=MAX_PDF_OCTETS)
    with refusals():
        reader = BoundedReader(data)
        if is_two_files(data, reader.last_startxref):
            raise TrustError(
                ErrorCode.PDF_MALFORMED, "linearized, and changed since: readers may disagree about what it shows"
            )
        if "/Encrypt" in reader.trailer:
            raise TrustError(ErrorCode.PDF_ENCRYPTED, "the file is encrypted")
        if int(reader.trailer["/Size"]) > MAX_OBJECTS:
            raise TrustError(ErrorCode.PDF_LIMIT, "objects", limit=MAX_OBJECTS)
        return reader
