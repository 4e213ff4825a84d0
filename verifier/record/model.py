"""What a verdict rested on: enough to reach it again without a network, a home or a clock (as-of replay).

A record's octets are canonical JSON. The same judgement gives the same octets, so that their digest stands for it in a trail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import Final

from esign.copies.model import CopyDemand  # noqa: TC001 - as above
from esign.credential.binding import BindingDemand  # noqa: TC001 - as above
from trustkit.x509.certificate import Certificate  # noqa: TC001 - as above
from verifier.material import Evidence  # noqa: TC001 - as above
from verifier.policy import ValidationPolicy  # noqa: TC001 - as above

FORMAT: Final = "trustkit validation record"
VERSION: Final = 1
MAX_RECORD: Final = 192 * 1024 * 1024  # octets: revocation lists of a million entries, in base64
MAX_OBJECTS: Final = 4_000  # certificates, lists and answers of one record; a judgement looks at some hundreds at most


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMark:
    """Which octets were judged: their SM3 (hexadecimal) and number, and the octets where the record keeps them.

    A file's name is nobody's business here.
    """

    sm3: str
    octets: int
    kept: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRecord:
    """A record as read; that somebody vouches for it is another matter.

    Attributes:
        made_by: the program and its version.
        at: the time it was judged at.
        file: what was judged; `content` what a detached signature was told to cover, None without one.
        demand: what a credential's holder was asked for, None for nothing; `copy_demand` for whom and what a copy of a licence had to be.
        policy: what was demanded, from the octets of its files; with the defaults where there was no file.
        anchors: whom it trusted.
        evidence: all that was at hand.
        verdict: the verdict's substance as canonical JSON, see `verifier.record.substance`.
        reports: SM3 of the whole report by language.
    """

    made_by: str
    at: datetime
    file: FileMark
    content: FileMark | None
    demand: BindingDemand | None
    copy_demand: CopyDemand | None
    policy: ValidationPolicy
    anchors: tuple[Certificate, ...] = field(repr=False)
    evidence: Evidence = field(repr=False)
    verdict: bytes = field(repr=False)
    reports: tuple[tuple[str, str], ...]
