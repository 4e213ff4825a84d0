"""Whether readers agree on how a stream of objects or cross-references is encoded (ISO 32000-1 7.4.1, 7.5.7, 7.5.8)."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, NullObject, NumberObject

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import StreamObject

_ELSEWHERE: Final = frozenset({"/F", "/FFilter", "/FDecodeParms"})  # the octets are in another file

_DIGITS: Final = 10


def is_one_to_all(stream: StreamObject) -> bool:
    """Return whether a stream is deflated once, or not at all, to every reader.

    Parameters stand in an array where filters do, and only there: in another place some readers heed them, and some do not.
    """
    raw = [stream.raw_get(key).get_object() if key in stream else NullObject() for key in ("/Filter", "/DecodeParms")]
    filters, parameters = (list(each) if isinstance(each, ArrayObject) else [each] for each in raw)
    if not _ELSEWHERE.isdisjoint(stream) or len(filters) > 1 or len(parameters) > 1:
        return False
    if not all(isinstance(each, NullObject | DictionaryObject) for each in parameters):
        return False
    if all(isinstance(each, NullObject) for each in filters):
        return all(isinstance(each, NullObject) for each in parameters)
    named = isinstance(filters[0], NameObject) and filters[0] == "/FlateDecode"
    bare = isinstance(raw[1], NullObject)
    return named and (bare or isinstance(raw[0], ArrayObject) == isinstance(raw[1], ArrayObject))


def members_of(holder: StreamObject) -> dict[int, tuple[int, int]]:
    """Return of each object in an object stream, by its number, the how manieth it is and where it begins (7.5.7).

    Raises:
        TrustError: PDF_MALFORMED for a stream that holds none, or one of them twice.
        PdfError: pyHanko's, for one that cannot be decoded.
    """
    data = holder.read_data(DecodePurpose.OBJECT_STREAM)
    first, count = (holder.raw_get(key).get_object() if key in holder else None for key in ("/First", "/N"))
    if not isinstance(first, NumberObject) or not isinstance(count, NumberObject) or not 0 <= first <= len(data):
        raise TrustError(ErrorCode.PDF_MALFORMED, "an object stream without a head")
    told = data[: int(first)].split(maxsplit=2 * max(0, int(count)))[: 2 * max(0, int(count))]
    if len(told) != 2 * count or not all(each.isdigit() and len(each) <= _DIGITS for each in told):
        raise TrustError(ErrorCode.PDF_MALFORMED, "an object stream without a head")
    numbers = [int(each) for each in told]
    pairs = enumerate(zip(numbers[0::2], numbers[1::2], strict=True))
    found = {number: (index, int(first) + place) for index, (number, place) in pairs}
    if len(found) != count:
        raise TrustError(ErrorCode.PDF_MALFORMED, "an object stream with an object twice")
    return found
