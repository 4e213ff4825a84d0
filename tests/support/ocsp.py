"""OCSP answers about members of a `PkiWorld`, with everything about them to be bent.

responder = make_responder(world)                                  # delegated by the issuing CA, with nocheck
answer(world, world.signer)                                        # OCSPResponse octets: good, of START, for a day
answer(world, world.revoked, status=CertStatus.REVOKED, by=world.issuing)   # signed by the issuer itself
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.support.pki import PkiWorld
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.encoding import der_write as w
from trustkit.x509 import extensions as ext
from trustkit.x509.ocsp_build import (
    StatusSpec,
    assemble_ocsp_response,
    build_response_data,
    responder_by_key,
)
from trustkit.x509.ocsp_cert_id import make_cert_id
from trustkit.x509.ocsp_response import CertStatus
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.pki import Member

DAY = timedelta(days=1)


def make_responder(world: PkiWorld, *, no_check: bool = True, **changes: Any) -> Member:
    """Return a delegated responder of the issuing CA."""
    usual: dict[str, Any] = {
        "usage": ("digitalSignature",),
        "purposes": ("ocspSigning",),
        "more_extensions": (ext.ocsp_no_check(),) if no_check else (),
    }
    return world.issue("OCSP", **{**usual, **changes})


def cert_id(
    world: PkiWorld,
    member: Member,
    digest: DigestAlgorithm = DigestAlgorithm.SHA1,
    *,
    issuer: Member | None = None,
) -> bytes:
    """Return the CertID of a member, DER."""
    by = (issuer or world.issuing).certificate
    return make_cert_id(by.subject_der, by.public_key, member.certificate.serial, digest).der


def answer(
    world: PkiWorld,
    member: Member,
    *,
    by: Member | None = None,
    issuer: Member | None = None,
    status: CertStatus = CertStatus.GOOD,
    this_update: datetime = PkiWorld.START,
    next_update: datetime | None = PkiWorld.START + DAY,
    produced_at: datetime | None = None,
    revoked_at: datetime = PkiWorld.START - 2 * DAY,
    reason: RevocationReason = RevocationReason.KEY_COMPROMISE,
    archive_cutoff: datetime | None = None,
    digests: tuple[DigestAlgorithm, ...] = (DigestAlgorithm.SHA1,),
    nonce: bytes | None = None,
    by_name: bool = False,
    extended_revoke: bool = False,
    certificates: tuple[bytes, ...] | None = None,
) -> bytes:
    """Return an OCSPResponse about `member`, signed by `by`: a fresh delegated responder unless told."""
    signing = by or make_responder(world)
    spec = StatusSpec(
        cert_ids=tuple(cert_id(world, member, digest, issuer=issuer) for digest in digests),
        status=status,
        this_update=this_update,
        next_update=next_update,
        revoked_at=revoked_at if status is CertStatus.REVOKED else None,
        reason=reason,
        archive_cutoff=archive_cutoff,
    )
    key = signing.signer.public_key
    tbs = build_response_data(
        w.explicit(1, signing.certificate.subject_der) if by_name else responder_by_key(key),
        (spec,),
        produced_at=produced_at or this_update,
        nonce=nonce,
        extended_revoke=extended_revoke,
    )
    carried = (signing.certificate.der,) if certificates is None else certificates
    return assemble_ocsp_response(tbs, signing.signer.suite, signing.signer.sign(tbs), certificates=carried)
