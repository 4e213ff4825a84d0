"""A wallet's answer (`vp_token`, OpenID4VP 1.0 clause 8.1) read against the query it answers, and judged.

shown = parse_vp_token(value, query)
answer = PresentedAnswer(query=query, shown=shown, audience=client_id, nonce=nonce)
judge_answer(service, answer)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final, Protocol

from esign.credential.binding import BINDING_AGE, BindingDemand
from esign.credential.model import MAX_SD_JWT, SEPARATOR
from trustkit.credential_codes import CredentialCode
from trustkit.encoding.canonical_json import JsonValue  # noqa: TC001 - a parameter of a public function
from trustkit.errors import TrustError
from verifier.judgement.presentation import PresentationVerdict, judge_presentation
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from trustkit.verdict import Verdict
    from verifier.dcql.model import DcqlQuery

MAX_PRESENTED: Final = 20  # credentials in one answer, as many as files of one matter


class VerifiesMany(Protocol):
    """What judging an answer needs of the verification service."""

    def verify_many(self, submissions: tuple[Submission, ...], at: datetime | None = None) -> Iterator[Verdict]:
        """Return verdicts in the order of the submissions."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedAnswer:
    """A wallet's answer, and what it was asked: the query, for whom (`client_id`), and the nonce.

    `shown` are ids of credential queries, each with a presentation. `evidence` is what stands beside, for this answer alone. `algorithm` is the one issuers
    and holders have to have signed with, where one was asked for, and `longest` how old a key binding may be.
    """

    query: DcqlQuery
    shown: tuple[tuple[str, str], ...] = field(repr=False)
    audience: str
    nonce: str = field(repr=False)
    same_holder: bool = False
    evidence: tuple[bytes, ...] = ()
    algorithm: str = ""
    longest: timedelta = BINDING_AGE

    @property
    def submissions(self) -> tuple[Submission, ...]:
        """Each presentation as a file to verify. A key binding that is there is judged, whether it was asked for or not."""
        demand = BindingDemand(audience=self.audience, nonce=self.nonce, longest=self.longest)
        by_id = self.query.by_id
        return tuple(
            Submission(
                name=name,
                data=text.encode("utf-8", "surrogatepass"),
                evidence=self.evidence,
                demand=demand if by_id[name].bound or not text.endswith(SEPARATOR) else None,
            )
            for name, text in self.shown
        )


def parse_vp_token(value: JsonValue, query: DcqlQuery) -> tuple[tuple[str, str], ...]:
    """Return the presentations of a `vp_token`, each with the id of the query it answers.

    Raises:
        TrustError: VP_TOKEN_MALFORMED for an id nobody asked for, a list that is empty, several where one was asked for, the same one
            twice, one that is no text or too long, or too many of them.
    """
    if not isinstance(value, dict):
        raise _malformed("vp_token is an object")
    by_id, found = query.by_id, []
    for name, texts in value.items():
        if name not in by_id:
            raise _malformed("vp_token answers an id nobody asked for")
        if not isinstance(texts, list) or not texts:
            raise _malformed(f"{name}: a list of one presentation at the least")
        if len(texts) > 1 and not by_id[name].multiple:
            raise _malformed(f"{name}: one presentation was asked for")
        for text in texts:
            if not isinstance(text, str) or not 0 < len(text) <= MAX_SD_JWT:
                raise _malformed(f"{name}: a presentation is a text", limit=MAX_SD_JWT)
            found.append((name, text))
    if len(found) > MAX_PRESENTED:
        raise _malformed("too many presentations", limit=MAX_PRESENTED)
    if len(set(found)) != len(found):
        raise _malformed("a presentation stands there twice")
    return tuple(found)


def judge_answer(service: VerifiesMany, answer: PresentedAnswer, *, at: datetime) -> PresentationVerdict:
    """Return the verdict on an answer as of `at`; each credential is told to the service's observer. Raise as that does."""
    submissions = answer.submissions
    verdicts = tuple(service.verify_many(submissions, at)) if submissions else ()
    pairs = tuple((each.name, verdict) for each, verdict in zip(submissions, verdicts, strict=True))
    return judge_presentation(answer.query, pairs, same_holder=answer.same_holder, at=at, algorithm=answer.algorithm)


def _malformed(detail: str, **facts: int) -> TrustError:
    return TrustError(CredentialCode.VP_TOKEN_MALFORMED, detail, **facts)
