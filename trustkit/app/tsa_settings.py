"""Settings of the time-stamping authority: what it promises, and how much it asks of the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ca.stamp_policy import TIMESTAMP_POLICY
from trustkit.encoding import der_write
from trustkit.errors import ErrorCode, TrustError


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampSettings:
    """``[timestamp]``.

    Attributes:
        policies: dotted OIDs separated by blanks, the first for requests that name none; empty for trustkit's own.
        accuracy_milliseconds: promised in each token, and the step of the clock that is noticed.
        ordering: promise that tokens can be ordered by time alone; every token then waits for the one before.
        synchronised_clock: refuse to stamp unless the kernel says that a time service keeps its clock.
    """

    policies: str = ""
    accuracy_milliseconds: int = 1000
    ordering: bool = False
    synchronised_clock: bool = False

    @property
    def accuracy(self) -> timedelta:
        """The accuracy as a duration."""
        return timedelta(milliseconds=self.accuracy_milliseconds)

    def policy_oids(self) -> tuple[str, ...]:
        """Return the policies, at least one. Raise SETTINGS_MALFORMED for what is no OID."""
        found = tuple(self.policies.split()) or (TIMESTAMP_POLICY,)
        for oid in found:
            try:
                der_write.oid(oid)
            except ValueError as error:
                told = "[timestamp] policies are dotted OIDs separated by blanks"
                raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="timestamp.policies") from error
        return found
