"""Files judged and recorded in one step, for the tests of records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.clock import FixedClock
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.x509.trust_store import TrustStore
from verifier.policy import ValidationPolicy
from verifier.record.objects import sm3_name
from verifier.record.write import sealed
from verifier.service import Examination, Kept, VerificationService

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.verdict import Verdict
    from verifier.submission import Submission
    from verifier.view_evidence import PageViews

BY = "trustkit 1.2.3"


@dataclass
class Recorder:
    """A service whose records are caught."""

    at: datetime
    anchors: TrustStore = field(default_factory=TrustStore.none)
    policy: ValidationPolicy = field(default_factory=ValidationPolicy)
    views: PageViews | None = None

    def record(self, submission: Submission, *, with_file: bool = False) -> tuple[Verdict, bytes]:
        kept: list[bytes] = []
        service = VerificationService(
            anchors=self.anchors,
            policy=self.policy,
            publications=None,
            fetcher=None,
            clock=FixedClock(self.at),
            views=self.views,
        )

        def keep(examination: Examination) -> Kept:
            kept.append(service.record_of(examination, submission, made_by=BY, with_file=with_file))
            return Kept(record_sm3=sm3_name(kept[0]))

        verdict = service.verify_keeping(submission, keep=keep)
        (octets,) = kept
        return verdict, octets


def opened(octets: bytes) -> dict[str, JsonValue]:
    """Return a record as a table to be altered."""
    value = parse_json(octets)
    assert isinstance(value, dict)
    return value


def altered(octets: bytes, **changes: JsonValue) -> bytes:
    """Return a record with other members and a digest that fits: what somebody writes who means to deceive."""
    return sealed({**opened(octets), **changes, "sm3": ""})
