"""Time-stamp tokens from octets, strictly (RFC 3161 2.4.2, RFC 5816; SM2 and SM3 as GB/T 20520 has them).

token = parse_token(octets)
token.gen_time, token.imprint_algorithm
"""

from __future__ import annotations

from typing import Final

from trustkit.cms import oids
from trustkit.cms.model import Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.encoding.remembered import remembering
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.info import read_tst_info
from trustkit.timestamp.model import TimestampToken, TokenDeviation

MAX_TOKEN_SIZE: Final = 1024 * 1024  # certificates and a CRL may ride along
_KEPT_TOKENS: Final = 32  # of the files that are verified at once
_SMALL_TOKEN: Final = 64 * 1024


def parse_token(octets: bytes) -> TimestampToken:
    """Return the unverified TimeStampToken in DER `octets`.

    Raises:
        TrustError: TIMESTAMP_MALFORMED for another content type, missing TSTInfo, several signers, or TSTInfo that breaks
            its syntax; ALGORITHM_UNKNOWN and ALGORITHM_WEAK for the imprint's digest; what `parse_signed_message` raises.
    """
    if len(octets) > MAX_TOKEN_SIZE or not isinstance(octets, bytes):
        return _read_token(octets)
    return _kept_token(octets)


def _read_token(octets: bytes) -> TimestampToken:
    message = parse_signed_message(octets, max_size=MAX_TOKEN_SIZE)
    if message.content_type != oids.TST_INFO:
        raise TrustError(ErrorCode.TIMESTAMP_MALFORMED, "content is not TSTInfo", oid=message.content_type)
    if message.content is None:
        raise TrustError(ErrorCode.TIMESTAMP_MALFORMED, "TSTInfo is missing")
    if len(message.signers) != 1:
        # RFC 3161 2.4.2: "The time-stamp token MUST NOT contain any signatures other than the signature of the TSA."
        raise TrustError(ErrorCode.TIMESTAMP_MALFORMED, "not exactly one signer", signers=len(message.signers))
    info = read_tst_info(message.content)
    notes = list(info.notes)
    if message.dialect is not Dialect.RFC5652:
        notes.append(TokenDeviation.OUTER_TYPE_FOREIGN)
    return TimestampToken(
        gen_time=info.gen_time,
        serial=info.serial,
        policy=info.policy,
        imprint_algorithm=info.imprint_algorithm,
        imprint=info.imprint,
        accuracy=info.accuracy,
        ordering=info.ordering,
        nonce=info.nonce,
        tsa_der=info.tsa_der,
        extensions=info.extensions,
        message=message,
        notes=tuple(notes),
    )


# as with signed messages: read for its evidence, then to judge it
_kept_token: Final = remembering(_read_token, entries=_KEPT_TOKENS, largest=_SMALL_TOKEN)
