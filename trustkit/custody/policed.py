"""A signer that asks the algorithm policy before each signature: what must no longer be made is not made.

    signer = policed(keys.signer(…), policy, AlgorithmUse.SIGNATURE, clock)

The policy is asked when the signer is made too, so that an act which cannot end well does not begin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.crypto.algorithm_policy import require_for_making
from trustkit.custody.port import DigestSigner, sign_all
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.clock import Clock
    from trustkit.crypto.algorithm_policy import AlgorithmPolicy, AlgorithmUse
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.port import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicedSigner:
    """A `BatchSigner` over another signer; `policed` makes it."""

    inner: Signer = field(repr=False)
    policy: AlgorithmPolicy
    use: AlgorithmUse
    clock: Clock

    @property
    def suite(self) -> SignatureSuite:
        """The inner signer's suite."""
        return self.inner.suite

    @property
    def public_key(self) -> PublicKey:
        """The inner signer's key."""
        return self.inner.public_key

    def sign(self, message: bytes, /) -> bytes:
        """See `Signer.sign`. Raise ALGORITHM_SUNSET."""
        self.ask()
        return self.inner.sign(message)

    def sign_batch(self, messages: Sequence[bytes], /) -> tuple[bytes, ...]:
        """See `BatchSigner.sign_batch`. Raise ALGORITHM_SUNSET."""
        self.ask()
        return sign_all(self.inner, messages)

    def sign_digest(self, suite: SignatureSuite, digest: bytes, /) -> bytes:
        """See `DigestSigner.sign_digest`. Raise ALGORITHM_SUNSET; SIGNING_FAILED when the inner signer wants messages."""
        require_for_making(self.policy, suite, self.public_key, self.use, self.clock.now())
        if not isinstance(self.inner, DigestSigner):
            raise TrustError(ErrorCode.SIGNING_FAILED, "the key's holder signs messages, not digests")
        return self.inner.sign_digest(suite, digest)

    def ask(self) -> None:
        """Raise ALGORITHM_SUNSET when the policy no longer lets this key make such a signature."""
        require_for_making(self.policy, self.suite, self.public_key, self.use, self.clock.now())


def policed(signer: Signer, policy: AlgorithmPolicy, use: AlgorithmUse, clock: Clock) -> PolicedSigner:
    """Return a signer that makes what the policy lets it make. Raise ALGORITHM_SUNSET when that is nothing any more."""
    made = PolicedSigner(inner=signer, policy=policy, use=use, clock=clock)
    made.ask()
    return made
