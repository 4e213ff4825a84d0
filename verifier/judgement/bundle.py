"""Several licences for one matter: each judged by itself, and together by what the matter needs. Pure.

    judge_bundle(verdicts, BundleDemand(types=("11100000MB0143028R001",), same_holder=True), at=now).conclusion

What is missing or not told leaves the matter open, for it can be brought later; licences that contradict each other fail it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final

from trustkit.clock import CHINA
from trustkit.verdict import (
    Check,
    CheckId,
    CheckStatus,
    Conclusion,
    LicenceSaid,
    SubIndication,
    conclude,
    failed,
    passed,
    unknown,
    worst,
)
from verifier.judgement.licence_term import judge_term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustkit.verdict import Verdict

MAX_TYPES: Final = 50
_NOON: Final = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleDemand:
    """What a matter needs: a licence of each type, as often as it stands here; one holder of all; in force on a day (of Beijing)."""

    types: tuple[str, ...] = ()
    same_holder: bool = False
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVerdict:
    """What is known of several files together, and of each."""

    at: datetime
    verdicts: tuple[Verdict, ...]
    checks: tuple[Check, ...]
    conclusion: Conclusion


def judge_bundle(verdicts: tuple[Verdict, ...], demand: BundleDemand, *, at: datetime) -> BundleVerdict:
    """Return the verdict on some files, one at the least: the worst of theirs, and of what is demanded of them together."""
    said = tuple(verdict.said for verdict in verdicts)
    checks = (
        *((_types(said, demand.types),) if demand.types else ()),
        *((_holder(said),) if demand.same_holder else ()),
        *((_in_force(said, demand.on),) if demand.on is not None else ()),
    )
    together = conclude(checks, frozenset())
    return BundleVerdict(
        at=at, verdicts=verdicts, checks=checks, conclusion=worst((*(each.conclusion for each in verdicts), together))
    )


def _types(said: tuple[LicenceSaid | None, ...], needed: tuple[str, ...]) -> Check:
    """One licence serves once, in however many forms it was handed in and of however many types it counts as."""
    licences = {each.identifier: each.types for each in said if each is not None and each.identifier}
    missing = sorted(_unserved(needed, licences))
    if missing:
        return unknown(CheckId.BUNDLE_TYPES, SubIndication.DEMAND_UNMET, f"missing: {', '.join(missing)}")
    return passed(CheckId.BUNDLE_TYPES)


def _unserved(needed: tuple[str, ...], licences: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield the types that are left when as many as can be have a licence of their own: each makes room for the next by augmenting paths."""
    serves: dict[str, int] = {}  # a licence, and the place of the type it serves

    def find(place: int, asked: set[str]) -> bool:
        for licence in licences:
            if licence in asked or needed[place] not in licences[licence]:
                continue
            asked.add(licence)
            if licence not in serves or find(serves[licence], asked):
                serves[licence] = place
                return True
        return False

    for place, name in enumerate(needed):
        if not find(place, set()):
            yield name


def _holder(said: tuple[LicenceSaid | None, ...]) -> Check:
    """Who holds all of them is told by code alone: names are shared by many. The code itself is nobody's to print."""
    silent = [str(place) for place, each in enumerate(said, 1) if each is None or not each.holders]
    told = [each.holders for each in said if each is not None and each.holders]
    if told and not frozenset.intersection(*told):
        return failed(CheckId.BUNDLE_HOLDER, SubIndication.HOLDER_MISMATCH, "no holder is named in all of them")
    if silent:
        return unknown(
            CheckId.BUNDLE_HOLDER, SubIndication.DEMAND_UNMET, f"no holder's code is told by: {', '.join(silent)}"
        )
    return passed(CheckId.BUNDLE_HOLDER)


def _in_force(said: tuple[LicenceSaid | None, ...], on: date) -> Check:
    """One that names no day says nothing against any, as in its own verdict."""
    moment = datetime.combine(on, _NOON, tzinfo=CHINA)
    if None in said:
        places = [str(place) for place, each in enumerate(said, 1) if each is None]
        return unknown(CheckId.BUNDLE_TERM, SubIndication.DEMAND_UNMET, f"no licence: {', '.join(places)}")
    found = [
        (place, check) for place, each in enumerate(said, 1) if each for check in judge_term(dict(each.term), moment)
    ]
    for status, make in ((CheckStatus.FAILED, failed), (CheckStatus.UNKNOWN, unknown)):
        for place, check in found:
            if check.status is status and check.sub_indication is not None:
                return make(CheckId.BUNDLE_TERM, check.sub_indication, f"{place}: {check.detail}")
    return passed(CheckId.BUNDLE_TERM)
