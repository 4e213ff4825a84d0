"""Answering and reading answers: TimeStampResp (RFC 3161 2.4.2).

make_response(token)                        # granted
make_refusal(Failure.BAD_ALGORITHM, "SM3 or SHA-2")
token = parse_response(octets, request)     # for a client: the answer to that very request, still to be verified
"""

from __future__ import annotations

import hmac
from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.cms.fields import Fields, elements
from trustkit.encoding import der
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.read import MAX_TOKEN_SIZE, parse_token

if TYPE_CHECKING:
    from trustkit.encoding.der import Tlv
    from trustkit.error_family import Code
    from trustkit.timestamp.model import TimestampToken
    from trustkit.timestamp.request import TimestampRequest

MAX_RESPONSE_SIZE: Final = MAX_TOKEN_SIZE + 8 * 1024
_GRANTED: Final = frozenset({0, 1})  # granted, grantedWithMods
_REJECTION: Final = 2
_CODE: Final = ErrorCode.TIMESTAMP_MALFORMED
_MAX_WORDS: Final = 4  # one sentence is the rule
_MAX_TEXT: Final = 200


@unique
class Failure(IntEnum):
    """PKIFailureInfo: bit numbers of RFC 3161 2.4.2."""

    BAD_ALGORITHM = 0
    BAD_REQUEST = 2
    BAD_DATA_FORMAT = 5
    TIME_NOT_AVAILABLE = 14
    UNACCEPTED_POLICY = 15
    UNACCEPTED_EXTENSION = 16
    ADDITIONAL_INFORMATION_NOT_AVAILABLE = 17
    SYSTEM_FAILURE = 25


_FAILURES: Final[dict[Code, Failure]] = {
    ErrorCode.TIMESTAMP_CLOCK: Failure.TIME_NOT_AVAILABLE,
    ErrorCode.TIMESTAMP_POLICY: Failure.UNACCEPTED_POLICY,
    ErrorCode.TIMESTAMP_EXTENSION: Failure.UNACCEPTED_EXTENSION,
}


def make_response(token: bytes) -> bytes:
    """Return DER TimeStampResp granting a token (DER)."""
    return write.sequence(write.sequence(write.integer(0)), token)


def make_refusal(failure: Failure, reason: str = "") -> bytes:
    """Return DER TimeStampResp refusing, with the failure bit and a reason in words (UTF-8)."""
    text = write.sequence(write.utf8_string(reason)) if reason else b""
    return write.sequence(write.sequence(write.integer(_REJECTION), text, write.named_bits(failure)))


def failure_of(error: TrustError) -> Failure:
    """Return the failure to answer when reading a request or making its token raised `error`."""
    if error.code in {ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK}:
        return Failure.BAD_ALGORITHM
    if error.code in _FAILURES:
        return _FAILURES[error.code]
    if error.code.family is ErrorCode.TIMESTAMP_MALFORMED.family:
        return Failure.BAD_DATA_FORMAT
    return Failure.SYSTEM_FAILURE


def parse_response(octets: bytes, request: TimestampRequest) -> TimestampToken:
    """Return the token that answers `request`; it is unverified still.

    Raises:
        TrustError: TIMESTAMP_REFUSED with the authority's words; TIMESTAMP_RESPONSE when imprint, nonce or policy are not
            those asked for; TIMESTAMP_MALFORMED; what `parse_token` raises.
    """
    # RFC 3161 2.4.2 in the order of its fields; the token is walked by parse_token.
    if len(octets) > MAX_RESPONSE_SIZE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "TimeStampResp", octets=len(octets), limit=MAX_RESPONSE_SIZE)
    outer = der.read_tlv(octets, 0, len(octets))
    if outer.tag != der.SEQUENCE or outer.end != len(octets):
        raise TrustError(_CODE, "TimeStampResp is not one SEQUENCE")
    fields = Fields(octets, outer, "TimeStampResp", _CODE)
    status, reason = _status(octets, fields.take(der.SEQUENCE, "status"))
    token_element = fields.optional(der.SEQUENCE)
    fields.finish()
    if status not in _GRANTED:
        raise TrustError(ErrorCode.TIMESTAMP_REFUSED, reason or "the authority refused", status=status)
    if token_element is None:
        raise TrustError(_CODE, "granted, and no token")
    token = parse_token(der.octets(octets, token_element))
    _require_answer(token, request)
    return token


def _require_answer(token: TimestampToken, request: TimestampRequest) -> None:
    """RFC 3161 2.2: the client "SHALL verify" imprint, nonce and policy against what it asked."""
    same_imprint = hmac.compare_digest(token.imprint, request.imprint)
    if token.imprint_algorithm is not request.imprint_algorithm or not same_imprint:
        raise TrustError(ErrorCode.TIMESTAMP_RESPONSE, "imprint of another request")
    if token.nonce != request.nonce:
        raise TrustError(ErrorCode.TIMESTAMP_RESPONSE, "nonce of another request")
    if request.policy is not None and token.policy != request.policy:
        raise TrustError(ErrorCode.TIMESTAMP_RESPONSE, "another policy than the one asked for", policy=token.policy)


def _status(octets: bytes, element: Tlv) -> tuple[int, str]:
    """PKIStatusInfo ::= SEQUENCE { status, statusString PKIFreeText OPTIONAL, failInfo BIT STRING OPTIONAL }."""
    fields = Fields(octets, element, "status", _CODE)
    status = fields.integer("status")
    words = fields.optional(der.SEQUENCE)
    failure = fields.optional(der.BIT_STRING)
    fields.finish()
    parts: list[str] = []
    if words is not None:
        parts.extend(_text(octets, item) for item in elements(octets, words, _MAX_WORDS, "statusString", _CODE))
    if failure is not None:
        parts.append(", ".join(_failures(der.content(octets, failure))))
    return status, "; ".join(part for part in parts if part)


def _text(octets: bytes, element: Tlv) -> str:
    """Return foreign words fit for a log line: printable, and short."""
    text = der.content(octets, element)[: 4 * _MAX_TEXT].decode("utf-8", errors="replace")[:_MAX_TEXT]
    return "".join(character if character.isprintable() else "?" for character in text)


def _failures(body: bytes) -> tuple[str, ...]:
    bits = body[1:5]
    return tuple(
        failure.name.lower().replace("_", " ")
        for failure in Failure
        if failure // 8 < len(bits) and bits[failure // 8] & (0x80 >> failure % 8)
    )
