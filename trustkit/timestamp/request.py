"""Asking for a time stamp: TimeStampReq (RFC 3161 2.4.1).

octets = build_request(TimestampRequest(imprint_algorithm=DigestAlgorithm.SM3, imprint=digest, nonce=nonce))
request = parse_request(octets)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trustkit.cms.fields import Fields
from trustkit.crypto.digest import DigestAlgorithm, digest_oid
from trustkit.encoding import der
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.info import bounded_integer, read_boolean, read_extensions, read_imprint, require_version

MAX_REQUEST_SIZE: Final = 8 * 1024  # an imprint, a policy, a nonce


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampRequest:
    """What a client asks: a stamp on `imprint`, perhaps under `policy`, with its certificates when `certificates`.

    `extensions` are the OIDs that stood in a request that was read, critical or not; none is written.
    """

    imprint_algorithm: DigestAlgorithm
    imprint: bytes
    policy: str | None = None
    nonce: int | None = None
    certificates: bool = True
    extensions: tuple[str, ...] = ()


def build_request(request: TimestampRequest) -> bytes:
    """Return DER TimeStampReq; the inverse of `parse_request`. Raise USAGE for an imprint of the wrong length."""
    return write.sequence(
        write.integer(1),
        message_imprint(request.imprint_algorithm, request.imprint),
        b"" if request.policy is None else write.oid(request.policy),
        b"" if request.nonce is None else write.integer(request.nonce),
        write.boolean(value=True) if request.certificates else b"",  # X.690 11.5: DEFAULT FALSE is left out
    )


def message_imprint(algorithm: DigestAlgorithm, imprint: bytes) -> bytes:
    """Return MessageImprint. Raise USAGE for a wrong length, ALGORITHM_WEAK for MD5 and SHA-1."""
    if algorithm.weak:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "imprint", algorithm=algorithm.value)
    if len(imprint) != algorithm.size:
        raise TrustError(ErrorCode.USAGE, "imprint has not the length of its digest", octets=len(imprint))
    return write.sequence(write.sequence(write.oid(digest_oid(algorithm))), write.octet_string(imprint))


def parse_request(octets: bytes) -> TimestampRequest:
    """Return the request in DER `octets`.

    Raises:
        TrustError: TIMESTAMP_MALFORMED; ALGORITHM_UNKNOWN, ALGORITHM_WEAK; DER_MALFORMED,
            DER_NOT_DER, INPUT_TOO_LARGE.
    """
    code = ErrorCode.TIMESTAMP_MALFORMED
    fields = Fields(octets, der.parse_strict(octets, max_size=MAX_REQUEST_SIZE), "TimeStampReq", code)
    require_version(fields)
    algorithm, imprint = read_imprint(octets, fields.take(der.SEQUENCE, "messageImprint"))
    policy = fields.optional(der.OID)
    nonce = fields.optional(der.INTEGER)
    certificates = fields.optional(der.BOOLEAN)
    extensions = fields.optional(0xA0)
    fields.finish()
    return TimestampRequest(
        imprint_algorithm=algorithm,
        imprint=imprint,
        policy=None if policy is None else der.decode_oid(der.content(octets, policy)),
        nonce=None if nonce is None else bounded_integer(octets, nonce),
        certificates=certificates is not None and read_boolean(octets, certificates),
        extensions=() if extensions is None else read_extensions(octets, extensions, critical_too=True),
    )
