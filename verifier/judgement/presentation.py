"""Credentials shown for one question (OpenID4VP 1.0 clause 8.6): each judged by itself, and all held against what was asked. Pure.

    judge_presentation(query, (("pid", verdict),), same_holder=True, at=now).conclusion

What is missing leaves the question open, for it can be shown later; holders or families of algorithms that contradict each other fail it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.jose.model import JwsAlgorithm
from trustkit.verdict import (
    Check,
    CheckId,
    Conclusion,
    CredentialSaid,
    SubIndication,
    Verdict,
    conclude,
    failed,
    passed,
    unknown,
    warning,
    worst,
)
from verifier.dcql.match import Fit, fit_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from verifier.dcql.model import CredentialSet, DcqlQuery

_UNREAD: Final = Fit(lacking=("a credential that can be believed",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One credential that was shown: for which query of a credential, its verdict, and what it has of what was asked."""

    query: str
    verdict: Verdict
    fit: Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationVerdict:
    """What is known of a presentation, and of each credential in it."""

    at: datetime
    shown: tuple[Shown, ...]
    checks: tuple[Check, ...]
    conclusion: Conclusion


def judge_presentation(
    query: DcqlQuery, verdicts: Sequence[tuple[str, Verdict]], *, same_holder: bool, at: datetime, algorithm: str = ""
) -> PresentationVerdict:
    """Return the verdict on what was shown, each with the id of the query it answers: the worst of each, and of all together.

    Where an `algorithm` was asked for, nothing that is signed with another passes.
    A wallet that answers with nothing passes only where nothing was required. Raise KeyError for an id that is not in the query.
    """
    by_id = query.by_id
    shown = tuple(
        Shown(query=name, verdict=verdict, fit=fit_of(by_id[name], verdict.shown) if verdict.shown else _UNREAD)
        for name, verdict in verdicts
    )
    said = tuple(each.verdict.shown for each in shown)
    checks = (
        _query(query, shown),
        *_beyond(shown),
        *_suite(said, algorithm),
        *((_holder(said),) if same_holder else ()),
    )
    together = conclude(checks, frozenset({CheckId.PRESENTATION_QUERY}))
    conclusion = worst((*(each.verdict.conclusion for each in shown), together))
    return PresentationVerdict(at=at, shown=shown, checks=checks, conclusion=conclusion)


def _query(query: DcqlQuery, shown: Sequence[Shown]) -> Check:
    lacking = [f"{each.query}: {', '.join(each.fit.lacking)}" for each in shown if each.fit.lacking]
    answered = {each.query for each in shown if not each.fit.lacking}
    lacking += [
        f"none of: {_options(needed)}"
        for needed in query.needed
        if not any(set(option) <= answered for option in needed.options)
    ]
    if lacking:
        return unknown(CheckId.PRESENTATION_QUERY, SubIndication.DEMAND_UNMET, "; ".join(lacking))
    return passed(CheckId.PRESENTATION_QUERY)


def _options(needed: CredentialSet) -> str:
    return " | ".join(" + ".join(option) for option in needed.options)


def _beyond(shown: Sequence[Shown]) -> tuple[Check, ...]:
    """Tell of claims the wallet disclosed and nobody asked for: they are not handed on, and the wallet is to be mended."""
    told = [f"{each.query}: {', '.join(each.fit.beyond)}" for each in shown if each.fit.beyond]
    return (warning(CheckId.PRESENTATION_CLAIMS, "; ".join(told)),) if told else ()


def _suite(said: Sequence[CredentialSaid | None], algorithm: str) -> tuple[Check, ...]:
    """Credentials of one presentation are all Chinese or all international, as each is in itself (ADR 0049)."""
    used = {each.algorithm for each in said if each is not None}
    bound_by = {each.bound_by for each in said if each is not None and each.bound_by}
    if algorithm and (used | bound_by) - {algorithm}:
        told = f"signed with another algorithm than {algorithm}, which was asked for"
        return (failed(CheckId.PRESENTATION_SUITE, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)
    families = {each == JwsAlgorithm.SGD_SM3_SM2.value for each in used}
    if not families:
        return ()
    if len(families) > 1:
        told = "signed with SM2, and with algorithms of another family"
        return (failed(CheckId.PRESENTATION_SUITE, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)
    return (passed(CheckId.PRESENTATION_SUITE),)


def _holder(said: Sequence[CredentialSaid | None]) -> Check:
    """Whose they are is told by keys whose possession was proved: two keys may be one person's, and one key is nobody else's."""
    silent = [str(place) for place, each in enumerate(said, 1) if each is None or not each.holder]
    keys = {each.holder for each in said if each is not None and each.holder}
    if len(keys) > 1:
        told = "the credentials were issued to different keys"
        return failed(CheckId.PRESENTATION_HOLDER, SubIndication.HOLDER_MISMATCH, told)
    if silent or not keys:
        told = f"no key was proved by: {', '.join(silent)}" if silent else "nothing was shown"
        return unknown(CheckId.PRESENTATION_HOLDER, SubIndication.DEMAND_UNMET, told)
    return passed(CheckId.PRESENTATION_HOLDER)
