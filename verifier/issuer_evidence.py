"""Evidence about issuers: the trust lists a home has chosen. None comes from a file, nor from who hands it in: a list says whom to trust."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from esign.trustlist.read import parse_trust_list
from esign.trustlist.verify import VerifiedTrustList, verify_trust_list
from trustkit.errors import TrustError
from verifier.judgement.licence_carrier import carried_licence
from verifier.material import Evidence, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


class KnownIssuers(Protocol):
    """The trust lists somebody goes by."""

    def trust_lists(self) -> Iterator[VerifiedTrustList | TrustError]:
        """Yield each list, signed by a key it is pinned to, or why it cannot be used."""
        ...


def with_issuers(evidence: Evidence, document: object, known: KnownIssuers | None) -> Evidence:
    """Return evidence that tells of issuers where a document carries a licence. A list that cannot be used is told, and leaves doubt."""
    if known is None or not carried_licence(document).copies:
        return evidence
    lists: list[VerifiedTrustList] = []
    problems: list[Problem] = []
    for each in known.trust_lists():
        if isinstance(each, TrustError):
            problems.append(Problem(source="a trust list", code=each.code, detail=each.detail))
        else:
            lists.append(each)
    return replace(evidence, trust_lists=tuple(lists), problems=(*evidence.problems, *problems))


def read_trust_list(octets: bytes) -> VerifiedTrustList:
    """Return the list whose signature holds. Raise as `parse_trust_list` and `verify_trust_list`."""
    return verify_trust_list(parse_trust_list(octets))
