"""Writing a record: the same judgement gives the same octets.

octets = record_of(verdict, evidence, submission, made_by="trustkit 1.0", anchors=service.anchors, policy=service.policy)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trustkit.clock import format_rfc3339
from trustkit.crypto.algorithm_policy import USUAL_ALGORITHM_POLICY
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.record_codes import RecordCode
from verifier.policy import ValidationPolicy
from verifier.record.demand_form import copy_demand_to_json, demand_to_json
from verifier.record.evidence_form import evidence_to_json
from verifier.record.model import FORMAT, MAX_OBJECTS, MAX_RECORD, VERSION
from verifier.record.objects import Objects, sm3_name, whole_text
from verifier.record.read import read_record
from verifier.record.substance import report_digests, substance

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.verdict import Verdict
    from trustkit.x509.trust_store import TrustStore
    from verifier.material import Evidence
    from verifier.submission import Submission


def record_of(
    verdict: Verdict,
    evidence: Evidence,
    submission: Submission,
    *,
    made_by: str,
    anchors: TrustStore,
    policy: ValidationPolicy,
    with_file: bool = False,
) -> bytes:
    """Return the record of a judgement as canonical JSON.

    Of the file it holds digest, size and the evidence it carries; itself only `with_file`.

    Raises:
        TrustError: INPUT_TOO_LARGE when its evidence is more than a record holds, or a reader of records takes.
    """
    if not policy.digest and replace(policy, algorithms=USUAL_ALGORITHM_POLICY) != ValidationPolicy():
        raise TrustError(ErrorCode.BUG, "a policy that came from no file cannot be recorded")
    objects = Objects()
    record: dict[str, JsonValue] = {
        "format": FORMAT,
        "version": VERSION,
        "made_by": made_by,
        "at": format_rfc3339(verdict.at),
        "sm3": "",
        "file": _mark(submission.data),
        "content": None if submission.content is None else _mark(submission.content),
        "demand": demand_to_json(submission.demand),
        **copy_demand_to_json(submission.copy_demand),
        "policy": {
            # an empty file has a digest as well
            "validation": objects.put(policy.octets) if policy.digest else None,
            "algorithms": objects.put(policy.algorithms.octets) if policy.algorithms.digest else None,
        },
        "anchors": objects.put_all(each.der for each in anchors.anchors),
        "evidence": evidence_to_json(evidence, objects),
        "verdict": parse_json(substance(verdict)),
        "reports": dict(report_digests(verdict)),
        "objects": {},
    }
    if with_file:
        objects.put_all(each for each in (submission.data, submission.content) if each is not None)
    record["objects"] = objects.to_json()
    octets = sealed(record)
    if len(octets) > MAX_RECORD or len(objects) > MAX_OBJECTS:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "a record of so much evidence", limit=MAX_RECORD)
    try:
        read_record(octets)
    except TrustError as error:
        if error.code is not RecordCode.RECORD_MALFORMED:
            raise
        told = f"a record that could not be read again: {error.detail}"
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, told, limit=MAX_RECORD) from error
    return octets


def sealed(record: dict[str, JsonValue]) -> bytes:
    """Return the octets of a record that holds the digest of all the rest of itself."""
    whole = whole_text(record)
    record["sm3"] = sm3_name(canonical_json(whole))
    return canonical_json({**whole, "sm3": record["sm3"]} if isinstance(whole, dict) else whole)


def _mark(octets: bytes) -> JsonValue:
    return {"sm3": sm3_name(octets), "octets": len(octets)}
