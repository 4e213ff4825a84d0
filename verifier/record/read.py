"""Reading a record, strictly: an object under another digest than its own, an unknown member or a wrong type is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from trustkit.crypto.algorithm_policy import USUAL_ALGORITHM_POLICY, parse_algorithm_policy
from trustkit.encoding.canonical_json import MAX_SAFE_INTEGER, canonical_json, parse_json
from trustkit.errors import TrustError
from trustkit.record_codes import RecordCode
from trustkit.texts.catalogue import Language
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.trust_store import MAX_ANCHORS
from verifier.policy import ValidationPolicy, parse_policy
from verifier.record.demand_form import COPY_DEMAND, read_copy_demand, read_demand
from verifier.record.evidence_form import read_evidence
from verifier.record.members import Members, malformed
from verifier.record.model import FORMAT, MAX_OBJECTS, MAX_RECORD, VERSION, FileMark, ValidationRecord
from verifier.record.objects import KeptObjects, sm3_name

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

_WORD: Final = 64
_MAX_MADE_BY: Final = 128
_MAX_OCTETS: Final = 2**40


def read_record(octets: bytes) -> ValidationRecord:
    """Return the record in octets of canonical JSON.

    Raises:
        TrustError: INPUT_TOO_LARGE; JSON_*; RECORD_MALFORMED, naming the place; RECORD_OTHER_VERSION for a form this program does
            not read; RECORD_CHANGED unless the digest inside is that of all the rest; what the readers of policies and evidence raise.
    """
    value = parse_json(octets, max_size=MAX_RECORD)
    if canonical_json(value) != octets:
        raise malformed("record", "canonical JSON")
    record = Members(value, "record")
    if record.take("format") != FORMAT:
        raise malformed("record.format", FORMAT)
    form = record.whole("version", MAX_SAFE_INTEGER)
    if form != VERSION:
        raise TrustError(RecordCode.RECORD_OTHER_VERSION, f"a record of form {form}; this program reads {VERSION}")
    _require_unchanged(value, record.text("sm3", _WORD))
    objects = KeptObjects(record.table("objects", MAX_OBJECTS))
    found = ValidationRecord(
        made_by=record.text("made_by", _MAX_MADE_BY),
        at=record.moment("at"),
        file=_mark(record.inner("file"), objects),
        content=_optional_mark(record.optional("content"), objects),
        demand=read_demand(record.optional("demand")),
        copy_demand=read_copy_demand(record.inner(COPY_DEMAND) if COPY_DEMAND in record.names() else None),
        policy=_policy(record.inner("policy"), objects),
        anchors=tuple(parse_certificate(objects.get(each)) for each in record.listed("anchors", MAX_ANCHORS)),
        evidence=read_evidence(record.inner("evidence"), objects),
        verdict=canonical_json(record.table("verdict", _WORD)),
        reports=_reports(record.inner("reports")),
    )
    record.close()
    return found


def _require_unchanged(value: JsonValue, told: str) -> None:
    whole: dict[str, JsonValue] = {**value, "sm3": ""} if isinstance(value, dict) else {}
    if sm3_name(canonical_json(whole)) != told:
        raise TrustError(RecordCode.RECORD_CHANGED, "the record has another digest than it says")


def _mark(members: Members, objects: KeptObjects) -> FileMark:
    sm3 = members.text("sm3", _WORD)
    found = FileMark(sm3=sm3, octets=members.whole("octets", _MAX_OCTETS), kept=objects.find(sm3))
    members.close()
    return found


def _optional_mark(members: Members | None, objects: KeptObjects) -> FileMark | None:
    return None if members is None else _mark(members, objects)


def _reports(members: Members) -> tuple[tuple[str, str], ...]:
    found = tuple((language.value, members.text(language.value, _WORD)) for language in Language)
    members.close()
    return found


def _policy(members: Members, objects: KeptObjects) -> ValidationPolicy:
    def octets(name: JsonValue) -> bytes | None:
        return None if name is None else objects.get(name)

    validation, algorithms = octets(members.take("validation")), octets(members.take("algorithms"))
    members.close()
    policy = ValidationPolicy() if validation is None else parse_policy(validation)
    return replace(
        policy, algorithms=USUAL_ALGORITHM_POLICY if algorithms is None else parse_algorithm_policy(algorithms)
    )
