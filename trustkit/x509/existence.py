"""Proof that lists, answers and certificates existed while their signer's key still counted (EN 319 102-1 5.6.2.2).

A list or a certificate from an archive is signed by an authority whose certificate may have ended, or been revoked, since.
Whoever gets hold of that key later can sign either with any date in it; only a time stamp over it, made in time, tells the true
from the false. While the signer's certificate still counts nothing needs to be proved.

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
        moments: DER of a list, an OCSP response or a certificate to the earliest time at which it is proved to have existed.
        present: aware time the verification happens at; None when it judges the present itself, where paths see to it.
        ended: certificates whose keys are not believed since a time: revoked themselves, or below one that has ended.
    """

    moments: Mapping[bytes, datetime] = field(default_factory=dict, repr=False)
    present: datetime | None = None
    ended: Mapping[Certificate, datetime] = field(default_factory=dict, repr=False)

    def require(self, octets: bytes, signer: Certificate) -> None:
        """Raise EVIDENCE_UNPROVED unless `signer` still counts, or the octets existed while it did."""
        self.require_before(octets, self.end_of(signer))

    def require_before(self, octets: bytes, end: datetime | None) -> None:
        """Raise EVIDENCE_UNPROVED unless the octets existed at a time; nothing need be proved for None."""
        if end is not None and not self.proves(octets, end):
            told = f"nothing proves that it existed before its signer's certificate, or one above it, ended on {end:%Y-%m-%d}"
            raise TrustError(ErrorCode.EVIDENCE_UNPROVED, told)

    def proves(self, octets: bytes, end: datetime) -> bool:
        """Tell whether the octets are proved to have existed at a time."""
        proved = self.moments.get(octets)
        return proved is not None and proved <= end

    def end_of(self, signer: Certificate) -> datetime | None:
        """Return since when what a certificate's key signed must be proved to be older, None while it counts."""
        expired = self.present is not None and signer.not_after < self.present
        return earliest(self.ended.get(signer), signer.not_after if expired else None)

    def also_ended(self, certificate: Certificate, since: datetime | None) -> Existence:
        """Return this with a certificate that has ended, None for one that has not; of two times the earlier one stands."""
        first = earliest(since, self.ended.get(certificate))
        if first is None or first == self.ended.get(certificate):
            return self
        return Existence(moments=self.moments, present=self.present, ended={**self.ended, certificate: first})


def earliest(*moments: datetime | None) -> datetime | None:
    """Return the earliest of the times that there are."""
    return min((each for each in moments if each is not None), default=None)


NOTHING_PROVED: Final = Existence()
