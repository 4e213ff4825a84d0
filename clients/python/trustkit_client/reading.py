"""Members of JSON objects, typed: what is missing or of another type is an `AnswerError`, what is not known is left alone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, cast

from trustkit_client.errors import AnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Object: TypeAlias = "Mapping[str, object]"


def read_object(octets: bytes) -> Object:
    """Return the JSON object in an answer. Raise AnswerError."""
    try:
        value = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise AnswerError("the answer is no JSON") from error
    return object_of(value)


def object_of(value: object) -> Object:
    """Return a value that has to be an object. Raise AnswerError."""
    if not isinstance(value, dict):
        raise AnswerError("an object was expected")
    return cast("Object", value)


def text_in(found: Object, key: str) -> str:
    """Return a member that is a text. Raise AnswerError."""
    value = found.get(key)
    if not isinstance(value, str):
        raise AnswerError(f"{key} is no text")
    return value


def optional_text_in(found: Object, key: str) -> str | None:
    """Return a member that is a text, None where it is null or missing. Raise AnswerError."""
    return None if found.get(key) is None else text_in(found, key)


def flag_in(found: Object, key: str) -> bool:
    """Return a member that is true or false. Raise AnswerError."""
    value = found.get(key)
    if not isinstance(value, bool):
        raise AnswerError(f"{key} is neither true nor false")
    return value


def number_in(found: Object, key: str) -> int:
    """Return a member that is a whole number. Raise AnswerError."""
    value = found.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise AnswerError(f"{key} is no whole number")
    return value


def time_in(found: Object, key: str) -> datetime:
    """Return a member that is a time with its zone (RFC 3339). Raise AnswerError."""
    return _time(text_in(found, key), key)


def optional_time_in(found: Object, key: str) -> datetime | None:
    """Return a member that is a time, None where it is null or missing. Raise AnswerError."""
    text = optional_text_in(found, key)
    return None if text is None else _time(text, key)


def objects_in(found: Object, key: str) -> tuple[Object, ...]:
    """Return the objects of a list. Raise AnswerError."""
    return tuple(object_of(each) for each in _list(found, key))


def texts_in(found: Object, key: str) -> tuple[str, ...]:
    """Return the texts of a list. Raise AnswerError."""
    values = _list(found, key)
    if not all(isinstance(each, str) for each in values):
        raise AnswerError(f"{key} holds more than texts")
    return tuple(cast("Sequence[str]", values))


def _list(found: Object, key: str) -> Sequence[object]:
    value = found.get(key)
    if not isinstance(value, list):
        raise AnswerError(f"{key} is no list")
    return cast("Sequence[object]", value)


def _time(text: str, key: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise AnswerError(f"{key} is no time") from error
    if moment.tzinfo is None:
        raise AnswerError(f"{key} has no time zone")
    return moment
