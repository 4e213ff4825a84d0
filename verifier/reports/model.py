"""What a report is of and how much it tells (in the manner of ETSI TS 119 102-2, which it does not claim to conform to)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.texts.catalogue import Language

if TYPE_CHECKING:
    from trustkit.verdict import Verdict
    from trustkit.x509.certificate import Certificate
    from verifier.judgement.context import Context

TITLE: Final = "trustkit validation report"
FORM: Final = 1


@unique
class ReportKind(StrEnum):
    """How much is told."""

    SIMPLE = "simple"  # the conclusion, who signed, and what decided
    DETAILED = "detailed"  # every check besides
    DIAGNOSTIC = "diagnostic"  # and what evidence was at hand


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """A report to be written.

    Attributes:
        file: the caller's own label for what was judged; `sm3` and `octets` say which octets these were.
        context: what it was judged by; None for a file nobody could read.
        made_by: the program and its version.
    """

    kind: ReportKind
    verdict: Verdict
    context: Context | None = field(default=None, repr=False)
    file: str
    sm3: str
    octets: int
    made_by: str
    language: Language = Language.EN

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """Whom the judgement trusted."""
        return () if self.context is None else self.context.anchors.anchors
