"""Records that are not believed: changed, of another file, of another version, or made to do harm."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import NOW, status_token
from tests.unit.verifier.recording import BY, Recorder, altered, opened
from trustkit.clock import FixedClock
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64url, encode_base64, encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.record_codes import RecordCode
from trustkit.x509.trust_store import TrustStore
from verifier.evidence import read_status_list
from verifier.policy import ValidationPolicy
from verifier.record import evidence_form, model
from verifier.record.objects import sm3_name
from verifier.record.read import read_record
from verifier.record.replay import replay
from verifier.service import Examination, Kept, VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from datetime import datetime

    from esign.status.verify import VerifiedStatusList
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.error_family import Code

CHANGED, DIFFERS, MALFORMED = RecordCode.RECORD_CHANGED, RecordCode.RECORD_DIFFERS, RecordCode.RECORD_MALFORMED
OTHER_FILE, OTHER_VERSION = RecordCode.RECORD_OTHER_FILE, RecordCode.RECORD_OTHER_VERSION


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def submission(world: PkiWorld) -> Submission:
    evidence = (world.issuing.der, world.crl().der, world.crl(issuer=world.root).der)
    return Submission(name="x", data=world.signer.der, evidence=evidence)


@pytest.fixture(scope="module")
def record(world: PkiWorld, submission: Submission) -> bytes:
    return Recorder(at=NOW, anchors=world.anchors).record(submission)[1]


def _refused(octets: bytes, submission: Submission, *, by: str = BY) -> Code:
    with pytest.raises(TrustError) as caught:
        replay(read_record(octets), submission, by=by)
    return caught.value.code


def _table(record: bytes, name: str) -> dict[str, JsonValue]:
    value = opened(record)[name]
    assert isinstance(value, dict)
    return value


def test_a_change_of_any_octet_is_refused(record: bytes, submission: Submission) -> None:
    for place in range(0, len(record), 41):
        changed = bytearray(record)
        changed[place] ^= 1
        assert _refused(bytes(changed), submission) in {
            CHANGED,
            MALFORMED,
            OTHER_VERSION,
            ErrorCode.JSON_MALFORMED,
            ErrorCode.JSON_DUPLICATE_KEY,
            ErrorCode.JSON_DEPTH,
        }


def test_half_written_records_and_more_than_one_are_refused(record: bytes, submission: Submission) -> None:
    for octets in (record[:-1], record[: len(record) // 2], b"{}", b"[]", record + b"\n", record + record):
        assert _refused(octets, submission) in {MALFORMED, ErrorCode.JSON_MALFORMED}


def test_what_a_deceiver_alters_with_a_digest_that_fits(record: bytes, submission: Submission) -> None:
    evidence, verdict, reports = (_table(record, name) for name in ("evidence", "verdict", "reports"))
    objects = _table(record, "objects")
    other = b"other octets"
    rows: tuple[tuple[dict[str, JsonValue], Code], ...] = (
        ({"at": "2036-12-01T00:00:00Z"}, DIFFERS),
        ({"anchors": []}, DIFFERS),
        ({"evidence": {**evidence, "crls": [], "own": {**_inner(evidence, "own"), "crls": []}}}, DIFFERS),
        ({"verdict": {**verdict, "indication": "INDETERMINATE"}}, DIFFERS),
        ({"verdict": {**verdict, "format": "pdf"}}, DIFFERS),
        ({"reports": {**reports, "zh": sm3_name(b"")}}, DIFFERS),
        ({"policy": {"validation": None, "algorithms": "no name"}}, MALFORMED),
        ({"policy": {"validation": sm3_name(b""), "algorithms": None}}, MALFORMED),
        ({"objects": {}}, MALFORMED),
        ({"objects": {name: encode_base64(other) for name in objects}}, MALFORMED),
        ({"objects": dict.fromkeys(objects, 1)}, MALFORMED),
        ({"objects": dict.fromkeys(objects, "not base64!")}, ErrorCode.BASE64_MALFORMED),
        ({"objects": {str(number): "" for number in range(model.MAX_OBJECTS + 1)}}, MALFORMED),
        ({"evidence": {**evidence, "problems": [{}]}}, MALFORMED),
        ({"evidence": {**evidence, "problems": [_problem("no:such:code")]}}, MALFORMED),
        ({"evidence": {**evidence, "problems": [_problem("verifier:record:changed")] * 3000}}, MALFORMED),
        ({"evidence": {**evidence, "views": [{"doubt": None, "overlay": _overlay("nan")}]}}, MALFORMED),
        ({"evidence": {**evidence, "views": [{"doubt": None, "overlay": _overlay("0x1p99999")}]}}, MALFORMED),
        ({"evidence": {**evidence, "more": []}}, MALFORMED),
        ({"demand": {"audience": "", "nonce": "n", "longest_seconds": 1, "skew_seconds": 1}}, MALFORMED),
        ({"demand": {"audience": "a", "nonce": "n", "longest_seconds": -1, "skew_seconds": 1}}, MALFORMED),
        ({"content": {"sm3": sm3_name(b""), "octets": 0}}, OTHER_FILE),
        ({"file": {"sm3": sm3_name(other), "octets": len(other)}}, OTHER_FILE),
        ({"file": {"sm3": sm3_name(submission.data), "octets": 2**53 - 1}}, MALFORMED),
        ({"at": "2026-12-01T00:00:00"}, MALFORMED),
        ({"more": 1}, MALFORMED),
        ({"format": "something else"}, MALFORMED),
        ({"version": 2}, OTHER_VERSION),
        ({"version": "1"}, MALFORMED),
    )
    for changes, code in rows:
        assert _refused(altered(record, **changes), submission) is code, changes


def _inner(table: dict[str, JsonValue], name: str) -> dict[str, JsonValue]:
    value = table[name]
    assert isinstance(value, dict)
    return value


def _problem(code: str) -> JsonValue:
    return {"source": "x", "code": code, "detail": ""}


def _overlay(side: str) -> JsonValue:
    return {"signed": 1, "page": 0, "part": [side] * 4, "alike": True, "placed": True}


def test_another_file_or_other_content_is_refused(record: bytes, submission: Submission) -> None:
    assert _refused(record, Submission(name="x", data=submission.data + b"\0")) is OTHER_FILE
    assert _refused(record, Submission(name="x", data=submission.data, content=b"content")) is OTHER_FILE


def test_a_version_that_judges_otherwise_is_named(record: bytes, submission: Submission) -> None:
    reworded = altered(record, reports={"en": sm3_name(b""), "zh": sm3_name(b"")})
    with pytest.raises(TrustError) as caught:
        replay(read_record(reworded), submission, by="trustkit 9")
    assert caught.value.code is OTHER_VERSION
    assert BY in str(caught.value)
    assert "trustkit 9" in str(caught.value)
    # another version that reaches the same report is as good
    assert replay(read_record(record), submission, by="trustkit 9").signatures == ()


def test_a_status_list_that_unpacks_to_too_much_is_refused(record: bytes, world: PkiWorld) -> None:
    evidence, objects = _table(record, "evidence"), _table(record, "objects")
    header, payload, value = status_token(world).split(b".")
    claims = parse_json(decode_base64url(payload))
    assert isinstance(claims, dict)
    bomb = encode_base64url(zlib.compress(bytes(64 * 1024 * 1024), 9))
    packed = canonical_json({**claims, "status_list": {"bits": 1, "lst": bomb}})
    token = b".".join((header, encode_base64url(packed).encode(), value))
    name = sm3_name(token)
    changes: dict[str, JsonValue] = {
        "evidence": {**evidence, "status_lists": [name]},
        "objects": {**objects, name: encode_base64(token)},
    }
    with pytest.raises(TrustError) as caught:
        read_record(altered(record, **changes))
    assert caught.value.code is ErrorCode.STATUS_LIST_MALFORMED


def test_a_status_list_named_over_and_over_is_read_once_and_many_are_refused(
    record: bytes, world: PkiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence, objects = _table(record, "evidence"), _table(record, "objects")
    token = status_token(world)
    name = sm3_name(token)
    read: list[bytes] = []

    def counted(octets: bytes) -> VerifiedStatusList:
        read.append(octets)
        return read_status_list(octets)

    monkeypatch.setattr(evidence_form, "read_status_list", counted)

    def named(times: int) -> bytes:
        changes: dict[str, JsonValue] = {
            "evidence": {**evidence, "status_lists": [name] * times},
            "objects": {**objects, name: encode_base64(token)},
        }
        return altered(record, **changes)

    assert (
        len(read_record(named(evidence_form.MAX_STATUS_LISTS)).evidence.status_lists) == evidence_form.MAX_STATUS_LISTS
    )
    assert len(read) == 1
    with pytest.raises(TrustError) as caught:
        read_record(named(evidence_form.MAX_STATUS_LISTS + 1))
    assert caught.value.code is RecordCode.RECORD_MALFORMED


def test_what_could_not_be_read_again_is_not_written(submission: Submission, judged_at: datetime) -> None:
    junk = replace(submission, evidence=tuple(b"junk %d" % number for number in range(evidence_form.MAX_PROBLEMS + 1)))
    with pytest.raises(TrustError) as caught:
        Recorder(judged_at).record(junk)
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE


def test_more_than_a_record_holds_is_refused(record: bytes, monkeypatch: pytest.MonkeyPatch, world: PkiWorld) -> None:
    monkeypatch.setattr("verifier.record.read.MAX_RECORD", len(record) - 1)
    with pytest.raises(TrustError) as caught:
        read_record(record)
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE
    monkeypatch.setattr("verifier.record.write.MAX_RECORD", 100)
    with pytest.raises(TrustError) as caught:
        Recorder(at=NOW).record(Submission(name="x", data=world.signer.der))
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE


def test_nobody_is_told_of_a_verdict_whose_record_is_not_kept(submission: Submission) -> None:
    told: list[Kept] = []
    service = VerificationService(
        anchors=TrustStore.none(),
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
        observe=lambda _submission, _verdict, kept: told.append(kept),
    )

    def full(_examination: Examination) -> Kept:
        raise TrustError(ErrorCode.DISK_FULL)

    with pytest.raises(TrustError):
        service.verify_keeping(submission, keep=full)
    assert told == []
    service.verify_keeping(submission, keep=lambda _: Kept(record_sm3="ab", report_sm3="cd"))
    service.verify(submission)
    assert told == [Kept(record_sm3="ab", report_sm3="cd"), Kept()]
