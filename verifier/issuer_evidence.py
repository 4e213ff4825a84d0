"""Evidence about issuers: the trust lists a home has chosen. None comes from a file, nor from who hands it in: a list says whom to trust."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from esign.trustlist.read import parse_trust_list
from esign.trustlist.verify import VerifiedTrustList, verify_trust_list
from trustkit.capsule_codes import CapsuleCode
from trustkit.errors import TrustError
from verifier.judgement.licence_carrier import carried_licence
from verifier.material import Evidence, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_SOURCE: Final = "a trust list"  # of problems, as `verifier.judgement.entitlement` looks for it


class KnownIssuers(Protocol):
    """The trust lists somebody goes by."""

    def trust_lists(self) -> Iterator[VerifiedTrustList | TrustError]:
        """Yield each list, signed by a key it is pinned to, or why it cannot be used."""
        ...


def with_issuers(evidence: Evidence, document: object, known: KnownIssuers | None, *, now: datetime) -> Evidence:
    """Return evidence that tells of issuers where a document carries a licence. A list that cannot be used is told, and leaves doubt.

    One that has expired `now`, by the clock, is told as such (TRUST_LIST_EXPIRED) whatever time is judged at: it says nothing of who
    was struck off since.
    """
    if known is None or not carried_licence(document).is_any:
        return evidence
    lists: list[VerifiedTrustList] = []
    problems: list[Problem] = []
    for each in known.trust_lists():
        if isinstance(each, TrustError):
            problems.append(Problem(source=_SOURCE, code=each.code, detail=each.detail))
        elif now >= each.content.expires_at:
            told = f"{each.content.uri} number {each.content.number}"
            problems.append(Problem(source=_SOURCE, code=CapsuleCode.TRUST_LIST_EXPIRED, detail=told))
        else:
            lists.append(each)
    return replace(evidence, trust_lists=tuple(lists), problems=(*evidence.problems, *problems))


def read_trust_list(octets: bytes) -> VerifiedTrustList:
    """Return the list whose signature holds. Raise as `parse_trust_list` and `verify_trust_list`."""
    return verify_trust_list(parse_trust_list(octets))
