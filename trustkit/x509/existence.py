"""Proof that revocation data existed while their signer's key still counted (EN 319 102-1 5.6.2.2, step on its issuer).

A list from an archive is signed by an authority whose certificate may have ended, or been revoked, since. Whoever gets hold of
that key later can sign a list with any date in it; only a time stamp over the list, made in time, tells the true from the
false. While the signer's certificate still counts nothing needs to be proved.

    existence = Existence(moments={crl.der: stamped_at}, present=now)
    existence.require(crl.der, signer)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Existence:
    """What is proved of when evidence existed.

    Attributes:
        moments: DER of a list or an OCSP response to the earliest time at which it is proved to have existed.
        present: aware time the verification happens at; None when it judges the present itself, where paths see to it.
        ended: certificates known to be revoked, with the time since when their keys are not believed.
    """

    moments: Mapping[bytes, datetime] = field(default_factory=dict, repr=False)
    present: datetime | None = None
    ended: Mapping[Certificate, datetime] = field(default_factory=dict, repr=False)

    def require(self, octets: bytes, signer: Certificate) -> None:
        """Raise EVIDENCE_UNPROVED unless `signer` still counts, or the octets existed while it did."""
        last = self._last_day(signer)
        if last is None:
            return
        proved = self.moments.get(octets)
        if proved is None or proved > last:
            told = f"nothing proves that it existed before its signer's certificate ended on {last:%Y-%m-%d}"
            raise TrustError(ErrorCode.EVIDENCE_UNPROVED, told)

    def also_ended(self, certificate: Certificate, since: datetime) -> Existence:
        """Return this with a certificate that is revoked since a time; of two times the earlier one stands."""
        first = min(since, self.ended.get(certificate, since))
        return Existence(moments=self.moments, present=self.present, ended={**self.ended, certificate: first})

    def _last_day(self, signer: Certificate) -> datetime | None:
        ends = [self.ended[signer]] if signer in self.ended else []
        if self.present is not None and signer.not_after < self.present:
            ends.append(signer.not_after)
        return min(ends, default=None)


NOTHING_PROVED: Final = Existence()
