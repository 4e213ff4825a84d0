"""Whether certificates that sign in are still good: the home's own lists, and what the certificates name, as for any verification."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.x509.trust_store import TrustStore
from verifier.evidence import gather

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.x509.path import ValidatedPath
    from trustkit.x509.path_revocation import OwnEvidence
    from verifier.evidence import Publications
    from verifier.fetch import Fetcher


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredStanding:
    """`idp.connectors.certificate.CertificateStanding` by the verifier's gathering; without a fetcher by what the home publishes alone."""

    publications: Publications | None
    fetcher: Fetcher | None

    async def evidence(self, path: ValidatedPath, *, now: datetime) -> OwnEvidence:
        """See `CertificateStanding.evidence`."""
        return await asyncio.to_thread(self._gathered, path, now)

    def _gathered(self, path: ValidatedPath, now: datetime) -> OwnEvidence:
        return gather(
            path.leaf,
            supplied=tuple(each.der for each in path.certificates[1:]),
            publications=self.publications,
            fetcher=self.fetcher,
            anchors=TrustStore(anchors=(path.anchor,)),
            at=now,
        ).own
