"""A wallet's answer in a file, judged against the query in another: what ``trustkit verify --query`` is told (OpenID4VP 1.0 clauses 6 and 8.1).

    verdict = verify_presented(request, home)

The answer is a ``vp_token``, by itself or as a member of the object it came in, or one presentation as it stands where one credential was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.files import read_input
from trustkit.app.verification import evidence_of, verification_for
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from verifier.dcql.read import parse_dcql
from verifier.presentation import PresentedAnswer, judge_answer, parse_vp_token

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.opened import OpenedHome
    from trustkit.app.verify_request import VerifyRequest
    from trustkit.encoding.canonical_json import JsonValue
    from verifier.dcql.model import DcqlQuery
    from verifier.judgement.presentation import PresentationVerdict

MAX_QUERY: Final = 64 * 1024
MAX_ANSWER: Final = 8 * 1024 * 1024
_QUERY, _TOKEN = "dcql_query", "vp_token"


def verify_presented(request: VerifyRequest, home: OpenedHome | None) -> PresentationVerdict:
    """Return the verdict on the answer in the one file of a request, told to the trail as files are.

    Raises:
        TrustError: USAGE for a request without `query` and `demand`, or with another number of files; INPUT_UNREADABLE, INPUT_TOO_LARGE, INPUT_EMPTY; JSON_*; DCQL_MALFORMED,
            DCQL_UNSUPPORTED; VP_TOKEN_MALFORMED; as `trustkit.app.verification.verify_files` of anchors, policy and evidence.
    """
    if request.query is None or request.demand is None or len(request.files) != 1:
        raise TrustError(ErrorCode.USAGE, "--query stands with --audience, --nonce and one file, the answer")
    query = parse_dcql(_member(read_input(request.query, limit=MAX_QUERY), _QUERY))
    service = verification_for(request, home)
    answer = PresentedAnswer(
        query=query,
        shown=parse_vp_token(_token(request.files[0], query), query),
        audience=request.demand.audience,
        nonce=request.demand.nonce,
        same_holder=request.same_holder,
        evidence=evidence_of(request),
        longest=request.demand.longest,
    )
    return judge_answer(service, answer, at=request.at or service.clock.now())


def _token(path: Path, query: DcqlQuery) -> JsonValue:
    data = read_input(path, limit=MAX_ANSWER).strip()
    if data.startswith(b"{"):
        return _member(data, _TOKEN)
    if len(query.credentials) != 1:
        raise TrustError(ErrorCode.USAGE, "several credentials were asked for: give the answer as a vp_token")
    return {query.credentials[0].id: ["".join(data.decode("ascii", "replace").split())]}


def _member(data: bytes, name: str) -> JsonValue:
    """Return a value, taken out of the object it came in where it lies in one."""
    value = parse_json(data, max_size=MAX_ANSWER)
    return value[name] if isinstance(value, dict) and name in value else value
