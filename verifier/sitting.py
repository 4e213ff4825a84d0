"""What one worker asks once for all files of a portion: the registers of the home, and evidence that files have in common.

    sitting = service.sitting()
    sitting.verify(submission)          # as of the sitting's beginning

A sitting is short and one thread's own: what a register says in its middle is what it said when it was first asked, and all is judged as of
the moment it began. Between two sittings everything is asked again, so a revocation is seen by the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from verifier.evidence_memory import EvidenceMemory
from verifier.judgement.trust_memory import TrustMemory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.credential.type_metadata import TypeMetadata
    from esign.trustlist.verify import VerifiedTrustList
    from trustkit.errors import TrustError
    from verifier.evidence import Publications
    from verifier.issuer_evidence import KnownIssuers
    from verifier.type_evidence import KnownTypes

MOST_ADDRESSES: Final = 64  # of status lists and types: what files name is theirs to choose


@dataclass(slots=True)
class SittingMemory:
    """What the judgements of one sitting share."""

    evidence: EvidenceMemory = field(default_factory=EvidenceMemory)
    trust: TrustMemory = field(default_factory=TrustMemory)


class PublicationsOnce:
    """Publications asked once."""

    def __init__(self, source: Publications) -> None:
        self._source = source
        self._certificates: tuple[bytes, ...] | None = None
        self._crls: tuple[bytes, ...] | None = None
        self._tokens: dict[str, str | None] = {}

    def certificates(self) -> tuple[bytes, ...]:
        """Return the CA certificates as they were."""
        if self._certificates is None:
            self._certificates = self._source.certificates()
        return self._certificates

    def crls(self) -> tuple[bytes, ...]:
        """Return the revocation lists as they were."""
        if self._crls is None:
            self._crls = self._source.crls()
        return self._crls

    def status_token(self, uri: str) -> str | None:
        """Return the token of a status list as it was."""
        if uri in self._tokens:
            return self._tokens[uri]
        found = self._source.status_token(uri)
        if len(self._tokens) < MOST_ADDRESSES:
            self._tokens[uri] = found
        return found


class IssuersOnce:
    """Trust lists asked for once."""

    def __init__(self, source: KnownIssuers) -> None:
        self._source = source
        self._found: tuple[VerifiedTrustList | TrustError, ...] | None = None

    def trust_lists(self) -> Iterator[VerifiedTrustList | TrustError]:
        """Yield the lists as they were."""
        if self._found is None:
            self._found = tuple(self._source.trust_lists())
        return iter(self._found)


class TypesOnce:
    """Types of credentials looked up once each. One that cannot be read is looked up again, and refused again."""

    def __init__(self, source: KnownTypes) -> None:
        self._source = source
        self._found: dict[str, TypeMetadata | None] = {}

    def find(self, vct: str) -> TypeMetadata | None:
        """Return the metadata of a type as they were."""
        if vct in self._found:
            return self._found[vct]
        found = self._source.find(vct)
        if len(self._found) < MOST_ADDRESSES:
            self._found[vct] = found
        return found
