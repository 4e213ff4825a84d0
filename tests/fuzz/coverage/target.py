"""One parser to be fuzzed: what to do with octets, and good octets to begin from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")

MAX_LENGTH = 8 * 1024  # octets: what parsers do wrong, they do wrong with little


@dataclass(frozen=True, kw_only=True)
class Target:
    """A target of `make fuzz`.

    Attributes:
        act: reads octets and checks what was read; a TrustError is a refusal, every other exception a finding.
        seeds: makes good octets, when the target begins.
        outside: globs of other parties' files that are good octets too, relative to the folder of test data.
        binary: whether octets are DER, so that changes go along the tree.
    """

    name: str
    act: Callable[[bytes], None]
    seeds: Callable[[], tuple[bytes, ...]]
    outside: tuple[str, ...] = ()
    binary: bool = True
    max_length: int = MAX_LENGTH


def read_twice(parse: Callable[[bytes], Value], data: bytes) -> Value:
    """Return what `parse` makes of the octets; fail unless it makes the same of them again, field by field.

    Certificates and lists compare their octets only, which says nothing of how they were read.
    """
    first, second = parse(data), parse(data)
    assert _fields(first) == _fields(second)
    return first


def _fields(value: Any) -> dict[str, object]:
    public = (field.name for field in fields(value) if field.compare and not field.name.startswith("_"))
    return {name: getattr(value, name) for name in public}
