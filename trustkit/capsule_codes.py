"""What can go wrong with CBOR, COSE, QR capsules and trust lists."""

from __future__ import annotations

from enum import unique

from trustkit.error_family import Code, Family

_M, _U = Family.MALFORMED, Family.UNTRUSTED


@unique
class CapsuleCode(Code):
    """Stable names of what can go wrong with capsules and what they are made of, sorted by value within a room."""

    BASE32_MALFORMED = ("encoding:base32:malformed", _M)
    CBOR_DEPTH = ("encoding:cbor:depth", _M)
    CBOR_MALFORMED = ("encoding:cbor:malformed", _M)
    CBOR_NOT_DETERMINISTIC = ("encoding:cbor:not-deterministic", _M)
    COSE_MALFORMED = ("cose:message:malformed", _M)
    CAPSULE_MALFORMED = ("esign:capsule:malformed", _M)
    CAPSULE_TOO_LARGE = ("esign:capsule:too-large", Family.CONFLICT)
    TRUST_LIST_EXPIRED = ("esign:trust-list:expired", _U)
    TRUST_LIST_MALFORMED = ("esign:trust-list:malformed", _M)
    TRUST_LIST_MISSING = ("esign:trust-list:missing", Family.MISSING)
    TRUST_LIST_NOT_ENTITLED = ("esign:trust-list:not-entitled", _U)
    TRUST_LIST_OLDER = ("esign:trust-list:older", Family.CONFLICT)
    TRUST_LIST_PLACE = ("esign:trust-list:place", Family.USAGE)
    TRUST_LIST_SIGNER = ("esign:trust-list:signer", _U)
    TRUST_LIST_UNLISTED = ("esign:trust-list:unlisted", _U)
