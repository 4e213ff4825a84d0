"""Proof, before anything real is signed, that a module's private key and the public key it showed belong together."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.verify import verify_signature
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.port import Signer

_OCTETS: Final = 32


def require_pair(signer: Signer) -> None:
    """Raise MODULE_SELF_CHECK unless a signature over fresh random octets verifies; what `Signer.sign` raises besides."""
    message = message_of(Context.MODULE_CHALLENGE, secrets.token_bytes(_OCTETS))
    signature = signer.sign(message)
    try:
        verify_signature(suite=signer.suite, key=signer.public_key, message=message, signature=signature)
    except TrustError as error:
        told = "its signature does not verify with its public key"
        raise TrustError(ErrorCode.MODULE_SELF_CHECK, told, answer=error.code.value) from error
