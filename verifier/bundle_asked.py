"""What a call for one verdict on several licences hands in, understood: the files, and what is demanded of them together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.errors import ErrorCode, TrustError
from verifier.asked import MAX_MARKS, Asked, asked_of_value, media_type_of, read_form, require_marks, text_of, time_of
from verifier.judgement.bundle import MAX_TYPES, BundleDemand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from starlette.requests import Request

    from verifier.submission import Submission

MAX_BUNDLE: Final = 20
MAX_TYPE: Final = 64  # characters of a type's code, which has 21
_KEYS: Final = frozenset({"licences", "types", "same_holder", "on", "at"})
_PARTS: Final = frozenset({"type", "same_holder", "on"})
_BOOLEANS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBundle:
    """A call understood: what to verify, as of when (None: now), and what all of it is to be."""

    submissions: tuple[Submission, ...]
    at: datetime | None
    demand: BundleDemand

    def digest(self) -> str:
        """Return what tells this call from every other, in hexadecimal digits."""
        demand = self.demand
        told = ("bundle", *demand.types, str(demand.same_holder), str(demand.on))
        return Asked(submissions=self.submissions, at=self.at).digest(*told)


async def read_bundle(request: Request, *, max_octets: int) -> AskedBundle:
    """Return what a request hands in. Raise REQUEST_TYPE, REQUEST_MALFORMED, JSON_*, BASE64_MALFORMED, or as the disk has it."""
    kind = media_type_of(request)
    if kind == "multipart/form-data":
        asked = _of_form(*await read_form(request, max_octets, more=_PARTS))
    elif kind == "application/json":
        asked = await run_in_threadpool(_of_json, await request.body(), max_octets)
    else:
        raise TrustError(ErrorCode.REQUEST_TYPE, "send multipart/form-data or application/json")
    if not 1 <= len(asked.submissions) <= MAX_BUNDLE:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "licences are one to so many", limit=MAX_BUNDLE)
    return asked


def _of_form(
    submissions: tuple[Submission, ...], at: datetime | None, more: Mapping[str, Sequence[str]]
) -> AskedBundle:
    for name in ("same_holder", "on"):
        if len(more.get(name, ())) > 1:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{name} stands once")
    holder = "".join(more.get("same_holder", ["false"]))
    if holder not in _BOOLEANS:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "same_holder is true or false")
    day = "".join(more.get("on", ()))
    demand = _demand(list(more.get("type", ())), _BOOLEANS[holder], day if "on" in more else None)
    return AskedBundle(submissions=submissions, at=at, demand=demand)


def _of_json(body: bytes, max_octets: int) -> AskedBundle:
    require_marks(body, MAX_MARKS * MAX_BUNDLE)
    value = parse_json(body, max_size=2 * max_octets)
    if not isinstance(value, dict) or set(value) - _KEYS:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"an object with {', '.join(sorted(_KEYS))} is due")
    licences, types = value.get("licences"), value.get("types", [])
    if not isinstance(licences, list) or not isinstance(types, list):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "licences and types are lists")
    each = [asked_of_value(licence) for licence in licences[: MAX_BUNDLE + 1]]
    if any(one.at is not None for one in each):
        raise TrustError(
            ErrorCode.REQUEST_MALFORMED, "all licences are judged as of one time: at stands beside licences"
        )
    return AskedBundle(
        submissions=tuple(one.submissions[0] for one in each),
        at=time_of(text_of(value["at"], "at")) if "at" in value else None,
        demand=_demand(types, value.get("same_holder", False), value.get("on")),
    )


def _demand(types: Sequence[JsonValue], same_holder: JsonValue, on: JsonValue) -> BundleDemand:
    names = tuple(text_of(each, "types") for each in types)
    if len(names) > MAX_TYPES or not all(0 < len(each) <= MAX_TYPE for each in names):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "so many types at most, each with a name", limit=MAX_TYPES)
    if not isinstance(same_holder, bool):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "same_holder is true or false")
    return BundleDemand(types=names, same_holder=same_holder, on=None if on is None else _day(text_of(on, "on")))


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.isoformat() != text or day == date.min:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "on is a day such as 2026-12-01")
    return day
