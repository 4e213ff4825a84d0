"""A root authority over a database, and orders for it: the real acts, with throw-away keys.

ca = SmallCa(database)
ca.authority.issue(ca.order("甲"), ACTOR)
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ca.authority import IssuingAuthority
from ca.issuance import CertificateIssuer
from ca.order import CertificateOrder
from ca.profile import load_profile
from tests.support.pki import BendableClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import SoftwareSigner, generate_key
from trustkit.identity import Principal
from trustkit.x509.name_build import build_name

if TYPE_CHECKING:
    from trustkit.clock import Clock
    from trustkit.store.database import Database

AT = datetime(2026, 12, 1, tzinfo=UTC)
ACTOR = Principal(id="operator:1")
POLICIES = Path(__file__).parents[2] / "policies" / "certificates"


class SmallCa:
    """See the module's docstring."""

    def __init__(self, database: Database, clock: Clock | None = None, kind: KeyKind = KeyKind.SM2) -> None:
        self.database = database
        self.clock = clock or BendableClock(AT)
        self.key = generate_key(kind).signer()
        own = self._authority(CertificateIssuer(self.key, None))
        self.root = own.issue(self.order("根", key=self.key, profile="root-ca", authority="root"), ACTOR)
        self.issuer = CertificateIssuer(self.key, self.root)
        self.authority = self._authority(self.issuer)

    def _authority(self, issuer: CertificateIssuer) -> IssuingAuthority:
        return IssuingAuthority(name="root", database=self.database, clock=self.clock, issuer=issuer)

    def order(
        self,
        name: str,
        *,
        key: SoftwareSigner | None = None,
        profile: str = "device",
        authority: str | None = None,
        not_after: datetime | None = None,
    ) -> CertificateOrder:
        return CertificateOrder(
            profile=load_profile(POLICIES, profile),
            subject_der=build_name((("C", "CN"), ("O", "示范局"), ("CN", name))),
            spki=(key or generate_key(KeyKind.SM2).signer()).public_key.spki,
            crl_url="http://127.0.0.1/crl",
            issuer_url="http://127.0.0.1/cer",
            not_after=not_after,
            authority=authority,
        )
