"""Time stamps for any file: a request of one's own, the answer of an authority, and a look at it before it is kept.

What was asked is held against what came back (RFC 3161 2.2: nonce, imprint, policy), the token's signature is verified, and
trust in the authority is judged as ``trustkit verify`` judges it. Only then is a token handed out.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ca.stamp_policy import TIMESTAMP_POLICY
from ca.stamping import StampQuery
from trustkit.app.stamping import stamping_authority
from trustkit.app.stamping_units import ISSUING, require_unit
from trustkit.clock import SystemClock
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding import der_write
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.request import TimestampRequest, build_request, parse_request
from trustkit.timestamp.response import MAX_RESPONSE_SIZE, parse_response
from trustkit.timestamp.verify import verify_token
from trustkit.verdict import Indication
from verifier.address import parse_target
from verifier.fetch import HttpFetcher
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.timestamp.verify import VerifiedToken
    from trustkit.verdict import Verdict
    from verifier.service import VerificationService

ANSWER_SECONDS: Final = 20.0  # an authority that waits for a module or a clock takes longer than a list does
_NONCE_BITS: Final = 63  # with the top bit set: RFC 3161 2.4.1 has "e.g., a 64 bit integer"
_QUERY: Final = "application/timestamp-query"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStamp:
    """A token fit to be kept: what it says, and the verdict on it as anybody would get it."""

    token: VerifiedToken
    octets: bytes
    verdict: Verdict


def new_request(content: bytes, algorithm: DigestAlgorithm, *, policy: str | None = None) -> TimestampRequest:
    """Return a request for a stamp on `content` that no other is like, the authority's certificate wanted. Raise USAGE."""
    return imprint_request(digest(algorithm, content), algorithm, policy=policy)


def imprint_request(imprint: bytes, algorithm: DigestAlgorithm, *, policy: str | None = None) -> TimestampRequest:
    """Return such a request for what is known by its digest alone. Raise USAGE."""
    try:
        der_write.oid(policy or TIMESTAMP_POLICY)
    except ValueError as error:
        raise TrustError(ErrorCode.USAGE, "--tsa-policy takes a dotted OID") from error
    return TimestampRequest(
        imprint_algorithm=algorithm,
        imprint=imprint,
        policy=policy,
        nonce=secrets.randbits(_NONCE_BITS) | 1 << _NONCE_BITS,
    )


def own_request(octets: bytes, content: bytes) -> TimestampRequest:
    """Return a request written before. Raise TIMESTAMP_IMPRINT when it is for other content; as `parse_request`."""
    request = parse_request(octets)
    if not hmac.compare_digest(request.imprint, digest(request.imprint_algorithm, content)):
        raise TrustError(ErrorCode.TIMESTAMP_IMPRINT, "the request was made for other content")
    return request


def require_authority_address(url: str, option: str = "--tsa") -> None:
    """Raise USAGE for what is no address, naming the option it was given by: asked before an act, not in its midst."""
    _origin(url, option)


def _origin(url: str, option: str) -> str:
    try:
        parts = urlsplit(parse_target(url, allowed_bases=()).url)
    except TrustError as error:
        raise TrustError(ErrorCode.USAGE, f"{option} takes an http or https address: {error.detail}") from error
    return f"{parts.scheme}://{parts.netloc}/"


def ask_by_http(request: TimestampRequest, url: str, option: str = "--tsa") -> bytes:
    """Return what the authority at `url` answers, DER TimeStampResp still to be read (RFC 3161 3.4).

    The address is the caller's own word and not a document's, so it may be a private one; there are no redirects, and the
    answer is bounded in size and time.

    Raises:
        TrustError: USAGE for what is no address, naming the option it was given by; TIMESTAMP_UNREACHABLE.
    """
    origin = _origin(url, option)
    asked = HttpFetcher(clock=SystemClock(), allowed_bases=(origin,), seconds=ANSWER_SECONDS, octets=MAX_RESPONSE_SIZE)
    try:
        return asked.post(url, build_request(request), media_type=_QUERY)
    except TrustError as error:
        raise TrustError(ErrorCode.TIMESTAMP_UNREACHABLE, error.detail, **error.facts) from error


def ask_own_authority(request: TimestampRequest, home: OpenedHome, keys: Keys, *, unit: str = ISSUING) -> bytes:
    """Return the answer of one of the home's own units, told in the trail.

    Raise OWN_CERTIFICATE, KEY_*, ALGORITHM_SUNSET; refusals are answers.
    """
    require_unit(home, unit)
    query = StampQuery(octets=build_request(request), actor=home.operator)
    return stamping_authority(home, keys, unit=unit).answer(query)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAuthority:
    """An authority elsewhere that stamps signatures as they are made, and how its tokens are judged before they are kept.

    Attributes:
        url: where it answers.
        algorithm: what the signature's octets are condensed by.
        policy: dotted OID of the policy the stamp is to be made under; None leaves it to the authority.
        service: judges each token; `evidence` is given to it.
        trusted: keep only tokens whose authority is trusted.
    """

    url: str
    algorithm: DigestAlgorithm
    policy: str | None
    service: VerificationService
    evidence: tuple[bytes, ...]
    trusted: bool

    def stamp(self, signature: bytes) -> bytes:
        """Return the token (DER) over a signature value (RFC 3161 appendix A). Raise as `ask_by_http` and `keep_stamp`."""
        request = new_request(signature, self.algorithm, policy=self.policy)
        answer = ask_by_http(request, self.url)
        return keep_stamp(answer, request, signature, self.service, evidence=self.evidence, trusted=self.trusted).octets


def token_for(answer: bytes, request: TimestampRequest) -> bytes:
    """Return the token (DER) in an answer, once it answers the request and its signature holds. Trust is not looked at.

    Raises:
        TrustError: TIMESTAMP_REFUSED, TIMESTAMP_RESPONSE, TIMESTAMP_IMPRINT, TIMESTAMP_PURPOSE, TIMESTAMP_MALFORMED; what
            `verify_token` raises.
    """
    parsed = parse_response(answer, request)
    verify_token(parsed, imprint=request.imprint)
    return parsed.message.raw


def keep_stamp(
    answer: bytes,
    request: TimestampRequest,
    content: bytes,
    service: VerificationService,
    *,
    evidence: tuple[bytes, ...] = (),
    trusted: bool,
) -> KeptStamp:
    """Return the token in an answer, verified; with `trusted` only one whose authority is trusted.

    Raises:
        TrustError: TIMESTAMP_REFUSED, TIMESTAMP_RESPONSE, TIMESTAMP_IMPRINT, TIMESTAMP_PURPOSE, TIMESTAMP_MALFORMED; what
            `verify_token` raises; TIMESTAMP_UNTRUSTED when the verdict is TOTAL-FAILED, or with `trusted` not TOTAL-PASSED.
    """
    parsed = parse_response(answer, request)
    octets = parsed.message.raw
    token = verify_token(parsed, data=content)
    verdict = service.judge(Submission(name="time stamp", data=octets, content=content, evidence=evidence))
    found = verdict.conclusion
    if found.indication is Indication.TOTAL_FAILED or (trusted and found.indication is not Indication.TOTAL_PASSED):
        sub = found.sub_indication.value if found.sub_indication is not None else ""
        raise TrustError(ErrorCode.TIMESTAMP_UNTRUSTED, f"the token is {found.indication.value}", sub_indication=sub)
    return KeptStamp(token=token, octets=octets, verdict=verdict)
