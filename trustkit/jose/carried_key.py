"""Signed texts that carry the public key they are verified with, to prove that its private half is there: DPoP, a wallet's proof.

jws, key = parse_with_key(text, kind="dpop+jwt", max_size=8192, malformed=ErrorCode.DPOP_MALFORMED)
verify_jws(jws, key.public_key)          # by whoever holds the key, whoever that is
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import Jwk, parse_jwk
from trustkit.jose.jwt import MAX_TOKEN_HEADER
from trustkit.jose.read import REFUSED_HEADERS, parse_jws

if TYPE_CHECKING:
    from trustkit.error_family import Code
    from trustkit.jose.model import UnverifiedJws

_REFUSED: Final = tuple(name for name in REFUSED_HEADERS if name != "jwk")


def parse_with_key(
    text: str, *, kind: str, max_size: int, malformed: Code, refused: tuple[str, ...] = ()
) -> tuple[UnverifiedJws, Jwk]:
    """Return a compact JWS and the key of its header (RFC 7515 4.1.3), neither verified.

    Args:
        text: the JWS.
        kind: what `typ` is to be (RFC 8725 3.11).
        max_size: characters it may have.
        refused: members of the header that are refused besides those that always are.
        malformed: what a wrong form, type or key is refused with; a private key is one.

    Raises:
        TrustError: `malformed`; INPUT_TOO_LARGE, ALGORITHM_UNKNOWN.
    """
    try:
        jws = parse_jws(text, max_size=max_size, max_header=MAX_TOKEN_HEADER, refused=(*_REFUSED, *refused))
        key = parse_jwk(jws.header.get("jwk"))
    except TrustError as error:
        if error.code in {ErrorCode.INPUT_TOO_LARGE, ErrorCode.ALGORITHM_UNKNOWN}:
            raise
        raise TrustError(malformed, error.detail) from error
    if jws.type != kind:
        raise TrustError(malformed, f"typ is {kind}")
    return jws, key
