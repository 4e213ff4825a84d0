"""What every step of one judgement shares: evidence, anchors, policy and the time it is judged at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.x509.answer_proofs import AnswerProofs
from trustkit.x509.existence import Existence
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.list_proofs import ListProofs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from esign.copies.model import CopyDemand
    from esign.credential.binding import BindingDemand
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.trust_store import TrustStore
    from verifier.judgement.trust_memory import TrustMemory
    from verifier.material import Evidence
    from verifier.policy import ValidationPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The validation context of EN 319 102-1 5.2.4. `at` is aware; nothing in a judgement reads a clock.

    `demand` is what the caller asked a holder for, None when he does not say, `copy_demand` whom and what for a copy has to be. `existed` tells of certificates, lists and OCSP answers (DER) since when they are proved to exist (EN 319 102-1 5.6.2.3, POEs).
    `links`, `lists` and `answers` remember signatures of certificates, of revocation lists and of OCSP answers: a bound on the work of one judgement, and
    no part of what is judged. `memory` is what a sitting has found of certificates so far, None where each file is judged by itself.
    """

    evidence: Evidence
    anchors: TrustStore
    policy: ValidationPolicy
    at: datetime
    demand: BindingDemand | None = None
    copy_demand: CopyDemand | None = None
    existed: Mapping[bytes, datetime] = field(default_factory=dict, repr=False)
    links: LinkProofs = field(default_factory=LinkProofs, repr=False, compare=False)
    lists: ListProofs = field(default_factory=ListProofs, repr=False, compare=False)
    answers: AnswerProofs = field(default_factory=AnswerProofs, repr=False, compare=False)
    memory: TrustMemory | None = field(default=None, repr=False, compare=False)

    @property
    def existence(self) -> Existence:
        """What is proved of the age of evidence, judged at this time."""
        return Existence(moments=self.existed, present=self.at)

    @property
    def now(self) -> BestTime:
        """The time of judging, for what nothing proves to be older."""
        return BestTime(moment=self.at, proved=False)

    def pool(self, *more: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
        """Return every certificate at hand for path building, without duplicates."""
        found = dict.fromkeys(each for group in (*more, self.evidence.certificates) for each in group)
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTime:
    """The earliest moment at which the signature is known to exist (EN 319 102-1 5.5.4, best-signature-time).

    `proved` says that a trusted time stamp tells so; otherwise `moment` is the time of judging.
    """

    moment: datetime
    proved: bool
