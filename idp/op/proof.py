"""Proofs that a client holds a key (DPoP, RFC 9449), as the provider's endpoints ask for them; and to what its tokens are bound.

A token is bound to a key when a proof came with the request for it, or to the certificate of the connection where the client is
registered so (RFC 8705 3). Once a grant is bound, everything that comes of it is bound to the same: nothing is ever loosened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from idp.op.grants import KEY_BOUND, TLS_BOUND
from idp.op.handles import HandleKind
from idp.op.once import Once
from trustkit.encoding.text64 import encode_base64url
from trustkit.error_family import PASSING
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.dpop import VerifiedProof, verify_dpop
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.op.client_authentication import Proven
    from idp.op.rules import ProviderRules
    from idp.sealing import Sealing

PROOF_ALGORITHMS: Final = (
    JwsAlgorithm.ES256,
    JwsAlgorithm.ES384,
    JwsAlgorithm.EDDSA,
    JwsAlgorithm.PS256,
    JwsAlgorithm.RS256,
    JwsAlgorithm.SGD_SM3_SM2,
)
_WINDOW: Final = timedelta(minutes=5)
_NONCE: Final = "op-proof-nonce"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenKey:
    """A key somebody proved to have with this very request."""

    thumbprint: str
    once: tuple[Once, ...]


@dataclass(frozen=True, slots=True)
class ProofNonces:
    """Nonces of ours: a keyed digest of five minutes each, so that nothing is kept; the window before is good as well."""

    sealing: Sealing

    def at(self, now: datetime) -> str:
        """Return the nonce to use now."""
        return self._of(int(now.timestamp() // _WINDOW.total_seconds()))

    def good(self, now: datetime) -> frozenset[str]:
        """Return the nonces taken now."""
        window = int(now.timestamp() // _WINDOW.total_seconds())
        return frozenset((self._of(window), self._of(window - 1)))

    def _of(self, window: int) -> str:
        return encode_base64url(self.sealing.mac(_NONCE, str(window).encode()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDesk:
    """Reads proofs. `nonces` is None where none is asked for."""

    rules: ProviderRules
    nonces: ProofNonces | None = None

    def read(
        self, headers: Sequence[str], *, method: str, path: str, now: datetime, access_token: str = ""
    ) -> ProvenKey | None:
        """Return the key of a request's proof, None when it has none.

        Raises:
            TrustError: OP_PROOF; OP_PROOF_NONCE.
        """
        if not headers:
            return None
        if len(headers) != 1:
            raise TrustError(IdentityCode.OP_PROOF, "more than one DPoP header")  # RFC 9449 4.3 (1)
        proof = self._verified(headers[0], method, path, now, access_token)
        seen = Once(
            seen_sm3=HandleKind.SEEN.digest(f"proof {proof.once}"),
            until=proof.expires_at,
            refusal=IdentityCode.OP_PROOF,
        )
        return ProvenKey(thumbprint=proof.thumbprint, once=(seen,))

    def fresh_nonce(self, now: datetime) -> str:
        """Return the nonce for the DPoP-Nonce header, empty where none is asked for."""
        return "" if self.nonces is None else self.nonces.at(now)

    def _verified(self, text: str, method: str, path: str, now: datetime, access_token: str) -> VerifiedProof:
        refusal: TrustError | None = None
        for beginning in filter(None, (self.rules.issuer, self.rules.tls_issuer)):
            try:
                return verify_dpop(
                    text,
                    method=method,
                    url=f"{beginning}{path}",
                    algorithms=PROOF_ALGORITHMS,
                    now=now,
                    access_token=access_token,
                    nonces=None if self.nonces is None else self.nonces.good(now),
                    skew=self.rules.skew,
                )
            except TrustError as error:
                refusal = error
                if error.code is not ErrorCode.DPOP_TARGET:
                    break
        code = (
            IdentityCode.OP_PROOF_NONCE if refusal and refusal.code is ErrorCode.DPOP_NONCE else IdentityCode.OP_PROOF
        )
        if refusal is not None and refusal.code.family in PASSING:
            raise refusal
        raise TrustError(code, refusal.detail if refusal is not None else "") from refusal


def require_bound(proven: Proven, proof: ProvenKey | None, *, kept: str) -> str:
    """Return what a token is bound to: what its grant was bound to (`kept`), else what this request shows; empty for nothing.

    Raises:
        TrustError: OP_PROOF, OP_GRANT_REFUSED when it does not show what it has to.
    """
    registration, certificate = proven.client.registration, proven.certificate_binding
    key = "" if proof is None else f"{KEY_BOUND}{proof.thumbprint}"
    if kept.startswith(KEY_BOUND) or (registration.bound_to_key and not kept):
        if not key:
            raise TrustError(IdentityCode.OP_PROOF, "a DPoP proof is needed")
        if kept and key != kept:
            raise TrustError(IdentityCode.OP_PROOF, "the grant is bound to another key")
        return key
    if kept or (registration.bound_to_tls and not key):
        shown = f"{TLS_BOUND}{certificate}" if certificate else ""
        if not shown or (kept and shown != kept):
            raise TrustError(IdentityCode.OP_GRANT_REFUSED, "the client's certificate is needed on this connection")
        return shown
    return key
