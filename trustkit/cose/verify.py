"""Verifying a COSE_Sign1 under one given key (RFC 9052 4.4). Which key may speak is the caller's judgement.

verified = verify_sign1(parse_sign1(octets), key)
verified.payload
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.capsule_codes import CapsuleCode
from trustkit.cose.model import CoseAlgorithm  # noqa: TC001 - a field type of a public dataclass
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.joined_signature import joined_to_der
from trustkit.crypto.public_key import PublicKey  # noqa: TC001 - as above
from trustkit.crypto.verify import verify_signature
from trustkit.encoding.cbor import CborKey, CborValue  # noqa: TC001 - as above
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.cose.model import UnverifiedSign1

_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSign1:
    """Protected header and payload that the owner of `key` signed."""

    algorithm: CoseAlgorithm
    protected: Mapping[CborKey, CborValue]
    payload: bytes = field(repr=False)
    key: PublicKey
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedSign1 comes from verify_sign1"
            raise TypeError(message)


def verify_sign1(sign1: UnverifiedSign1, key: PublicKey, *, external: bytes = b"") -> VerifiedSign1:
    """Return the verified message. The algorithm's kind of key must be the key's: a message never chooses its own.

    `external` is what both sides know and the message does not hold (RFC 9052 4.3). A thumbprint must be that of the certificate
    that came along.

    Raises:
        TrustError: ALGORITHM_MISMATCH for another kind of key; COSE_MALFORMED for a thumbprint of another certificate;
            SIGNATURE_MALFORMED, SIGNATURE_WRONG, SIGNATURE_WRONG_ID, SIGNATURE_WITHOUT_Z.
    """
    suite = sign1.algorithm.suite
    if key.kind is not suite.key_kind:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "the algorithm is not for this kind of key", alg=sign1.algorithm)
    if sign1.thumbprint and sign1.certificates:
        told = digest(DigestAlgorithm.SHA256, sign1.certificates[0])
        if not hmac.compare_digest(told, sign1.thumbprint):
            raise TrustError(CapsuleCode.COSE_MALFORMED, "x5t is of another certificate than x5chain begins with")
    signature = joined_to_der(sign1.signature) if sign1.algorithm.joined else sign1.signature
    verify_signature(suite=suite, key=key, message=sign1.signed_octets(external), signature=signature)
    return VerifiedSign1(
        algorithm=sign1.algorithm, protected=sign1.protected, payload=sign1.payload, key=key, made_here=_MADE_HERE
    )
