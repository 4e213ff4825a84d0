"""Finding chains from a certificate to an anchor among helper certificates anybody may have sent.

The search goes depth first, the likeliest issuer first (anchors, then key identifiers that match, then certificates valid
at the time), and proves each signature before it goes on. Every dimension is bounded, so hostile helper certificates
cost a fixed amount of work at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.helper_pool import HelperPool
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.trust_store import TrustStore

MAX_CERTIFICATES: Final = 10  # of a chain, leaf and anchor included; deepest known government chains have six
MAX_SIGNATURE_CHECKS: Final = 14  # of one search; an honest one needs as many as the chain has links, or twice that
MAX_CHAINS: Final = 16  # complete chains offered; cross-certification yields two or three
MAX_STEPS: Final = 500  # partial chains looked at; a mesh of cross-certificates holds factorially many


class PathSearch:
    """One search. `chains` yields complete chains; `failure` says afterwards why there was none."""

    def __init__(
        self,
        *,
        anchors: TrustStore,
        pool: tuple[Certificate, ...] | HelperPool,
        at: datetime,
        links: LinkProofs | None = None,
    ) -> None:
        """Hold what to search in, and what is known of signatures. Raise PATH_LIMIT for too many helper certificates."""
        self._anchors = anchors
        self._pool = pool if isinstance(pool, HelperPool) else HelperPool(pool)
        self._at = at
        self._links = LinkProofs() if links is None else links
        self._seen: set[tuple[Certificate, bytes]] = set()
        self._refusals: list[tuple[bool, TrustError]] = []

    def chains(self, leaf: Certificate) -> Iterator[tuple[Certificate, ...]]:
        """Yield chains (leaf first, anchor last) whose names link and whose signatures are proved, MAX_CHAINS at most.

        Raise PATH_LIMIT when another bound is reached before the search is over.
        """
        found = 0
        steps = 0
        pending: list[tuple[Certificate, ...]] = [(leaf,)]
        while pending and found < MAX_CHAINS:
            chain = pending.pop()
            steps += 1
            if steps > MAX_STEPS:
                raise TrustError(ErrorCode.PATH_LIMIT, "partial chains", limit=MAX_STEPS)
            if len(chain) > 1 and chain[-1] in self._anchors:
                found += 1
                yield chain
            elif len(chain) < MAX_CERTIFICATES:
                # reversed: the likeliest issuer is taken from the end of the list first
                pending.extend((*chain, issuer) for issuer in reversed(self._issuers(chain)))

    def _issuers(self, chain: tuple[Certificate, ...]) -> list[Certificate]:
        """Return the certificates whose key signed the chain's last one, likeliest first."""
        child = chain[-1]
        candidates = [
            *self._anchors.named(child.issuer_der),
            *(c for c in self._pool.named(child.issuer_der) if c not in self._anchors and not _repeats(c, chain)),
        ]
        candidates.sort(key=lambda candidate: self._rank(candidate, child))
        return [candidate for candidate in candidates if self._signed(child, candidate)]

    def _rank(self, candidate: Certificate, child: Certificate) -> tuple[bool, int, bool]:
        in_period = candidate.not_before <= self._at <= candidate.not_after
        return candidate not in self._anchors, _key_distance(candidate, child), not in_period

    def _signed(self, child: Certificate, issuer: Certificate) -> bool:
        link = (child, issuer.spki)
        if link not in self._seen and len(self._seen) >= MAX_SIGNATURE_CHECKS:
            raise TrustError(ErrorCode.PATH_LIMIT, "signatures checked", limit=MAX_SIGNATURE_CHECKS)
        refusal = self._links.refusal(child, issuer)
        if refusal is not None and link not in self._seen:
            self._refusals.append((_key_distance(issuer, child) == 0, refusal))
        self._seen.add(link)
        return refusal is None

    def failure(self, leaf: Certificate) -> TrustError:
        """Return why no chain was found: the most telling signature refusal, else PATH_NO_ANCHOR.

        A diagnosed reason tells more than a wrong signature, and a candidate whose key identifier matches more than a
        mere namesake.
        """
        if not self._refusals and _self_signed(leaf):
            self._signed(leaf, leaf)
        if self._refusals:
            return min(self._refusals, key=lambda found: (found[1].code is ErrorCode.PATH_SIGNATURE, not found[0]))[1]
        return TrustError(ErrorCode.PATH_NO_ANCHOR, "no chain leads to a trust anchor")


def _repeats(candidate: Certificate, chain: tuple[Certificate, ...]) -> bool:
    """Tell whether name and key already stand in the chain: cross-certificates would otherwise lead in circles."""
    return any(candidate.spki == link.spki and names_equal(candidate.subject_der, link.subject_der) for link in chain)


def _key_distance(issuer: Certificate, child: Certificate) -> int:
    """Return 0 when the key identifiers match, 1 when there is none to compare, 2 when they differ: a hint, no more."""
    if child.authority_key_id is None or issuer.subject_key_id is None:
        return 1
    return 0 if child.authority_key_id == issuer.subject_key_id else 2


def _self_signed(certificate: Certificate) -> bool:
    return names_equal(certificate.subject_der, certificate.issuer_der) and _key_distance(certificate, certificate) < 2  # noqa: PLR2004 - the identifiers differ
