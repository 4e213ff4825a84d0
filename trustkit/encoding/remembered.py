"""Readers that remember what they made of small octets, so that what stands everywhere is read once.

    read_key_usage = remembering(read, entries=256, largest=512)
    read_key_usage(octets)

Bounded both ways: at most `entries` results are kept, the least used goes first, and octets of more than `largest` are read each
time, so that hostile ones cost entries times largest in memory at most. A refusal is not kept. What a reader returns must not be
changed by whoever gets it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar, cast

from trustkit.encoding import der
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

_Value = TypeVar("_Value")
_Read_co = TypeVar("_Read_co", covariant=True)
_More = ParamSpec("_More")


class Remembering(Protocol[_More, _Read_co]):
    """A reader that remembers; `cache_clear` makes it forget, for measurements."""

    @property
    def cache_clear(self) -> Callable[[], None]:
        """Forget everything."""
        ...

    def __call__(self, octets: bytes, /, *more: _More.args, **named: _More.kwargs) -> _Read_co:
        """Return what the reader makes of the octets. Raise what it raises."""
        ...


def remembering(
    read: Callable[Concatenate[bytes, _More], _Value], *, entries: int, largest: int
) -> Remembering[_More, _Value]:
    """Return the reader, remembering `entries` results of octets no longer than `largest`.

    Whatever more it takes, in its place and not by name, belongs to what is remembered, and must be small and hashable.
    """
    kept = lru_cache(maxsize=entries)(read)

    def remembered(octets: bytes, /, *more: object) -> _Value:
        return kept(octets, *more) if len(octets) <= largest else read(octets, *more)  # type: ignore[call-arg, arg-type]

    remembered.cache_clear = kept.cache_clear  # type: ignore[attr-defined] # a call through a class takes twice as long
    return cast("Remembering[_More, _Value]", remembered)


def remembering_elements(
    read: Callable[[bytes, der.Tlv], _Value], *, entries: int, largest: int
) -> Callable[[bytes, der.Tlv], _Value]:
    """Return the reader of DER elements inside other octets, remembering as `remembering` does.

    An element that is refused is read again where it stands, so that the refusal tells of its place in the whole.
    """
    kept = lru_cache(maxsize=entries)(lambda octets: read(octets, der.read_tlv(octets, 0, len(octets))))

    def remembered(data: bytes, element: der.Tlv) -> _Value:
        if element.end - element.start <= largest:
            try:
                return kept(der.octets(data, element))
            except TrustError:
                pass  # read again below
        return read(data, element)

    return remembered
