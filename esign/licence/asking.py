"""What is about to be done, as the whole order that a second person agrees to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.licence.lifecycle_rules import ISSUE, ISSUE_MANY
from esign.licence.proposal_order import ProposedOrder, rows_digest
from esign.licence.type_digest import digest_of_type
from trustkit.crypto.digest import DigestAlgorithm, digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from esign.licence.formats import LicenceFormat
    from esign.licence.lifecycle import ActOrder
    from esign.licence.ordering import LicenceOrder
    from esign.licence.types import LicenceType
    from trustkit.store.licences import LicenceRow
    from trustkit.x509.certificate import Certificate


def asked_to_issue(
    order: LicenceOrder,
    data: bytes,
    signer: Certificate,
    *,
    seal: str | None,
    effective_at: datetime | None = None,
    before: LicenceRow | None = None,
    wanted: ActOrder | None = None,
) -> ProposedOrder:
    """Return the order of a licence made from `data`, signed by the key of `signer`; `before` and `wanted` of a further version."""
    return ProposedOrder(
        act=ISSUE if wanted is None else wanted.act.value,
        kind=order.kind.name,
        type_code=order.type_code,
        type_sm3=digest_of_type(order.kind),
        identifier="" if before is None else before.identifier,
        changes=0 if before is None else before.changes,
        data=data.decode("utf-8"),
        formats=tuple(each.value for each in order.formats),
        seal=seal or "",
        seal_sm3="" if order.seal is None else digest(DigestAlgorithm.SM3, order.seal).hex(),
        signer_sm3=digest(DigestAlgorithm.SM3, signer.public_key.spki).hex(),
        reason="" if wanted is None else wanted.reason,
        basis="" if wanted is None else wanted.basis,
        effective_at=effective_at if wanted is None else wanted.effective_at,
    )


def asked_for_rows(
    kind: LicenceType,
    keys: Sequence[str],
    signer: Certificate,
    *,
    formats: Sequence[LicenceFormat],
    seal: str | None,
    seal_octets: bytes | None,
    batch: str,
) -> ProposedOrder:
    """Return the order of a file of licences of a type; `keys` are those of its rows (`esign.licence.filing.row_key`)."""
    return ProposedOrder(
        act=ISSUE_MANY,
        kind=kind.name,
        type_code=kind.code,
        type_sm3=digest_of_type(kind),
        formats=tuple(each.value for each in formats),
        seal=seal or "",
        seal_sm3="" if seal_octets is None else digest(DigestAlgorithm.SM3, seal_octets).hex(),
        signer_sm3=digest(DigestAlgorithm.SM3, signer.public_key.spki).hex(),
        rows=len(keys),
        rows_sm3=rows_digest(keys),
        batch=batch,
    )


def asked_to_act(row: LicenceRow, wanted: ActOrder) -> ProposedOrder:
    """Return the order of an act on a licence that needs no new document."""
    return ProposedOrder(
        act=wanted.act.value,
        type_code=row.type_code,
        identifier=row.identifier,
        changes=row.changes,
        reason=wanted.reason,
        basis=wanted.basis,
        effective_at=wanted.effective_at,
    )
