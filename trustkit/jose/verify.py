"""Verifying a compact JWS under one given key (RFC 7515 5.2 step 8). Which key may speak is the caller's judgement.

verified = verify_jws(parse_jws(text), key)
verified.payload
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.crypto.joined_signature import joined_to_der
from trustkit.crypto.public_key import PublicKey  # noqa: TC001 - a field type of a public dataclass
from trustkit.crypto.verify import verify_signature
from trustkit.encoding.canonical_json import JsonValue  # noqa: TC001 - as above
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from trustkit.jose.model import JwsAlgorithm, UnverifiedJws

_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedJws:
    """Header and payload that the owner of `key` signed."""

    algorithm: JwsAlgorithm
    header: Mapping[str, JsonValue]
    payload: bytes = field(repr=False)
    key: PublicKey
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedJws comes from verify_jws"
            raise TypeError(message)


def verify_jws(jws: UnverifiedJws, key: PublicKey) -> VerifiedJws:
    """Return the verified token. The algorithm's kind of key must be the key's: a token never chooses its own.

    Raises:
        TrustError: ALGORITHM_MISMATCH for another kind of key; SIGNATURE_MALFORMED, SIGNATURE_WRONG, SIGNATURE_WRONG_ID,
            SIGNATURE_WITHOUT_Z.
    """
    suite = jws.algorithm.suite
    if key.kind is not suite.key_kind:
        raise TrustError(
            ErrorCode.ALGORITHM_MISMATCH, "the algorithm is not for this kind of key", alg=jws.algorithm.value
        )
    signature = joined_to_der(jws.signature) if jws.algorithm.joined else jws.signature
    verify_signature(suite=suite, key=key, message=jws.signing_input, signature=signature)
    return VerifiedJws(algorithm=jws.algorithm, header=jws.header, payload=jws.payload, key=key, made_here=_MADE_HERE)
