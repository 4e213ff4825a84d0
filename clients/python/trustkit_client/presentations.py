"""What a wallet presented (OpenID4VP 1.0), judged: what was asked for and is there, and the verdict on each credential."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, cast

from trustkit_client.errors import AnswerError
from trustkit_client.reading import Object, object_of, objects_in, optional_text_in, text_in, texts_in, time_in
from trustkit_client.results import Check, Indication, Verdict, checks_in, indication_in, require_passed, verdict_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownClaim:
    """A claim that was asked for: its path (DCQL), and what it selects."""

    path: tuple[str | int | None, ...]
    values: tuple[object, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCredential:
    """A credential that was shown: for which `query`, of which type (`vct`), what of it was asked for, and what is lacking."""

    query: str
    type: str | None
    claims: tuple[ShownClaim, ...] = field(repr=False)
    lacking: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationVerdict:
    """What is concluded of all that was shown together: the worst of it, and whether the query is met and the holder one (`checks`).

    Claims are those of whoever presented them only where this is TOTAL-PASSED.
    """

    indication: Indication
    sub_indication: str | None
    at: datetime
    checks: tuple[Check, ...] = field(repr=False)
    credentials: tuple[ShownCredential, ...] = field(repr=False)
    raw: Object = field(repr=False, compare=False)

    def require_passed(self) -> PresentationVerdict:
        """Return this verdict. Raise NotPassedError unless it is TOTAL-PASSED."""
        every = (*self.checks, *(check for each in self.credentials for check in each.verdict.checks))
        require_passed(self.indication, self.sub_indication, every)
        return self


def presentation_of(found: Object) -> PresentationVerdict:
    """Return the verdict on a presentation an object tells. Raise AnswerError."""
    return PresentationVerdict(
        indication=indication_in(found),
        sub_indication=optional_text_in(found, "sub_indication"),
        at=time_in(found, "at"),
        checks=checks_in(found),
        credentials=tuple(map(_shown, objects_in(found, "credentials"))),
        raw=found,
    )


def _shown(found: Object) -> ShownCredential:
    return ShownCredential(
        query=text_in(found, "query"),
        type=optional_text_in(found, "type"),
        claims=tuple(map(_claim, objects_in(found, "claims"))),
        lacking=texts_in(found, "lacking"),
        verdict=verdict_of(object_of(found.get("verdict"))),
    )


def _claim(found: Object) -> ShownClaim:
    path, values = found.get("path"), found.get("values")
    if not isinstance(path, list) or not isinstance(values, list):
        raise AnswerError("a claim has a path and values")
    if not all(each is None or (isinstance(each, str | int) and not isinstance(each, bool)) for each in path):
        raise AnswerError("a path has names, places and null")
    return ShownClaim(
        path=tuple(cast("Sequence[str | int | None]", path)), values=tuple(cast("Sequence[object]", values))
    )
