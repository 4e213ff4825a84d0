"""Nonces for proofs of a wallet's key (`c_nonce`, OpenID4VCI 1.0 7): anybody may ask for one, so none is kept until it is used.

A nonce says when it was given out and carries a code over that; the key of the code is the same in all processes of a home. The store
remembers a nonce from its one use until nobody could use it any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from esign.wallet.handles import digest_of
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.mac import MacAlgorithm, compute_mac
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.errors import TrustError
from trustkit.jose.claims import numeric_date, same_text
from trustkit.store import op_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.unit_of_work import UnitOfWork

NONCE_AGE: Final = timedelta(minutes=5)
_SKEW: Final = timedelta(minutes=1)  # between machines that share a store
_TIME: Final = 8  # octets
_RANDOM: Final = 16
_SIZE: Final = _TIME + _RANDOM + MacAlgorithm.HMAC_SM3.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonces:
    """Gives nonces out, tells its own, and lets each be used once."""

    key: bytes = field(repr=False)
    entropy: Callable[[int], bytes] = field(repr=False)

    def fresh(self, now: datetime) -> str:
        """Return a new nonce."""
        body = numeric_date(now).to_bytes(_TIME, "big") + self.entropy(_RANDOM)
        return encode_base64url(body + self._code(body))

    def require_given(self, text: str, now: datetime) -> None:
        """Raise PROOF_NONCE unless a nonce was given out here, and lately."""
        given_at = self._given_at(text)
        if not -_SKEW <= now - given_at <= NONCE_AGE:
            raise TrustError(CredentialCode.PROOF_NONCE, "the nonce is over its time")

    def spend(self, uow: UnitOfWork, text: str, now: datetime) -> None:
        """Note the one use of a nonce that was required before, in the transaction of what it is used for. Raise PROOF_NONCE at the second."""
        op_once.forget(uow, before=now)
        if not op_once.see(uow, digest_of(text), expires_at=self._given_at(text) + NONCE_AGE + _SKEW):
            raise TrustError(CredentialCode.PROOF_NONCE, "the nonce was used before")

    def _given_at(self, text: str) -> datetime:
        try:
            octets = decode_base64url(text)
        except TrustError as error:
            raise TrustError(CredentialCode.PROOF_NONCE, "not a nonce of this issuer") from error
        body = octets[: _TIME + _RANDOM]
        if len(octets) != _SIZE or not same_text(encode_base64url(body + self._code(body)), text):
            raise TrustError(CredentialCode.PROOF_NONCE, "not a nonce of this issuer")
        return datetime.fromtimestamp(int.from_bytes(body[:_TIME], "big"), UTC)

    def _code(self, body: bytes) -> bytes:
        return compute_mac(MacAlgorithm.HMAC_SM3, self.key, message_of(Context.CREDENTIAL_NONCE, body))
