"""What a diagnostic report tells of evidence: names, times and digests, never the octets (a validation record has those)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from verifier.judgement.names import issuer_name, mask, signer_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate
    from verifier.material import Evidence
    from verifier.reports.model import ReportOrder

_Item = TypeVar("_Item")
KINDS: Final = ("anchors", "certificates", "crls", "ocsp_responses", "status_lists", "problems")
MAX_TOLD: Final = 200  # of each kind; how many more there were is told


def evidence_told(order: ReportOrder) -> dict[str, JsonValue]:
    """Return lists of evidence by kind, and how many of each were left out."""
    lists: dict[str, list[JsonValue]] = {"anchors": [_certificate(each) for each in order.anchors[:MAX_TOLD]]}
    counts = {"anchors": len(order.anchors)}
    if order.context is not None:
        evidence = order.context.evidence
        lists |= _lists(evidence)
        counts |= {
            "certificates": len(evidence.certificates),
            "crls": len(evidence.crls),
            "ocsp_responses": len(evidence.ocsp_responses),
            "status_lists": len(evidence.status_lists),
            "problems": len(evidence.problems),
        }
    left: dict[str, JsonValue] = {name: count - MAX_TOLD for name, count in counts.items() if count > MAX_TOLD}
    return {**lists, "left_out": left}


def _lists(evidence: Evidence) -> dict[str, list[JsonValue]]:
    return {
        "certificates": [_certificate(each) for each in evidence.certificates[:MAX_TOLD]],
        "crls": [
            {
                "sm3": _sm3(each.der),
                "issuer": mask(each.issuer),
                "this_update": _moment(each.this_update),
                "next_update": _moment(each.next_update),
                "entries": each.entry_count,
            }
            for each in _first(evidence.crls)
        ],
        "ocsp_responses": [
            {"sm3": _sm3(each.der), "produced_at": _moment(each.produced_at), "answers": len(each.answers)}
            for each in _first(evidence.ocsp_responses)
        ],
        "status_lists": [
            {
                "sm3": _sm3(each.octets),
                "uri": each.uri,
                "issued_at": _moment(each.issued_at),
                "expires_at": _moment(each.expires_at),
            }
            for each in _first(evidence.status_lists)
        ],
        "problems": [
            {"source": each.source, "code": each.code.value, "detail": each.detail}
            for each in _first(evidence.problems)
        ],
    }


def _first(items: Sequence[_Item]) -> Sequence[_Item]:
    return items[:MAX_TOLD]


def _certificate(certificate: Certificate) -> JsonValue:
    return {
        "sm3": certificate.fingerprint_sm3,
        "subject": signer_name(certificate),
        "issuer": issuer_name(certificate),
        "serial": f"{certificate.serial:x}",
        "not_before": _moment(certificate.not_before),
        "not_after": _moment(certificate.not_after),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else format_rfc3339(moment)


def _sm3(octets: bytes) -> str:
    return digest(DigestAlgorithm.SM3, octets).hex()
