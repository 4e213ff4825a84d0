"""The maker of electronic seals (制章人): from an approved application to an SESeal, compared with what was approved.

maker = SealMaker(signer=signer, certificate=certificate, stamp=stamp)
order = maker.order(number, application, kind=kind, picture=octets, at=now)       # every refusal that needs no key
document = maker.make(order)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from esign.seal.model import SealVersion
from esign.seal.order import SealOrder
from esign.seal.read import parse_seal
from esign.seal.sign import make_seal
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.seal.application import SealApplication
    from esign.seal.kinds import SealKind
    from esign.seal.model import UnverifiedSeal
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class SealMaker:
    """Who makes seals: its key, its certificate, and what stamps seals of the editions that have a place for it."""

    signer: Signer
    certificate: Certificate
    stamp: Callable[[bytes], bytes]

    def order(
        self, number: str, application: SealApplication, *, kind: SealKind, picture: bytes, at: datetime
    ) -> SealOrder:
        """Return the seal to be made under a number, valid from `at` on.

        Raises:
            TrustError: SEAL_ORDER, SEAL_PICTURE, CERTIFICATE_MALFORMED, CERTIFICATE_PURPOSE; CA_ENDS_FIRST when the maker's
                certificate has ended.
        """
        application.require_kind(kind)
        moment = at.replace(microsecond=0)
        if moment > self.certificate.not_after:
            raise TrustError(ErrorCode.CA_ENDS_FIRST, "the seal maker's certificate has ended")
        return SealOrder(
            identifier=number,
            name=application.name,
            users=application.certificates(),
            created_at=moment,
            valid_from=moment,
            valid_until=moment + timedelta(days=application.days),
            picture=application.picture.with_octets(picture),
            version=application.version,
            kind=kind.type,
            by_digest=application.by_digest,
        )

    def make(self, order: SealOrder) -> bytes:
        """Return the seal, read again and compared with its order. Raise SIGNING_FAILED for another, and what `make_seal` raises."""
        stamp = self.stamp if order.version is SealVersion.V5 else None
        document = make_seal(order, signer=self.signer, certificate=self.certificate, stamp=stamp)
        if not _is_of(order, parse_seal(document)):  # `make_seal` has verified it
            raise TrustError(ErrorCode.SIGNING_FAILED, "the seal is not the one ordered")
        return document


def _is_of(order: SealOrder, made: UnverifiedSeal) -> bool:
    listed = tuple(user.der for user in order.users)
    digests = tuple(digest(DigestAlgorithm.SM3, der) for der in listed)
    users = (
        tuple(each.value for each in made.certificate_digests) == digests
        if order.by_digest
        else made.certificates == listed
    )
    return users and (
        (made.version, made.identifier, made.name, made.kind, made.picture)
        == (order.version, order.identifier, order.name, order.kind, order.picture)
        and (made.created_at, made.valid_from, made.valid_until)
        == (order.created_at, order.valid_from, order.valid_until)
    )
