"""A snapshot says all that verdicts rest on, and is read strictly."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.copies.model import CopyDemand
from esign.seal.standing import SealAct, SealChange, SealHistory, Standing
from tests.support.pki import PkiWorld
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.record_codes import RecordCode
from trustkit.verdict import Indication
from verifier.bulk.snapshot import Registered, Snapshot, read_snapshot, service_of, write_snapshot
from verifier.submission import Submission

NOW = datetime(2026, 12, 1, tzinfo=UTC)
CHANGE = SealChange(
    act=next(iter(SealAct)), standing=next(iter(Standing)), reason="r", since=NOW, recorded_at=NOW + timedelta(days=1)
)
HISTORY = SealHistory(number="1", made_at=NOW, valid_until=NOW, document_sm3="0" * 64, changes=(CHANGE,))
PLAIN = Snapshot(
    made_by="trustkit 0",
    now=NOW,
    at=NOW - timedelta(days=3),
    policy=None,
    algorithms=None,
    anchors=(),
    evidence=(b"e",),
    registered=None,
)
FULL = replace(
    PLAIN,
    registered=Registered(
        certificates=(b"c",),
        crls=(b"l", b"m"),
        tokens={"https://a.test/1": "t"},
        types={"https://a.test/t": b"type"},
        trust_lists=(b"list", TrustError(ErrorCode.INPUT_UNREADABLE, "why")),
        seals={"0" * 64: HISTORY, "1" * 64: TrustError(ErrorCode.SEAL_STATE, "altered")},
    ),
    copy_demand=CopyDemand(purpose="开户"),
    engine="openssl",
    production=True,
)


def _plain(snapshot: Snapshot) -> str:
    return repr(snapshot)


@pytest.mark.parametrize("snapshot", [PLAIN, FULL])
def test_what_is_written_is_read(snapshot: Snapshot) -> None:
    octets = write_snapshot(snapshot)
    assert _plain(read_snapshot(octets)) == _plain(snapshot)
    assert write_snapshot(read_snapshot(octets)) == octets


def test_it_judges_by_its_anchors_and_lists_alone() -> None:
    world = PkiWorld()
    lists = (world.crl().der, world.crl(issuer=world.root).der)
    registered = Registered(certificates=(world.issuing.der,), crls=lists)
    known = replace(PLAIN, at=NOW, anchors=(world.root.der,), evidence=(), registered=registered)
    submission = Submission(name="signer", data=world.signer.certificate.der)
    found = [service_of(each).judge(submission, each.at) for each in (known, replace(known, registered=None))]
    assert [each.conclusion.indication for each in found] == [Indication.TOTAL_PASSED, Indication.INDETERMINATE]
    assert (
        service_of(replace(known, anchors=())).judge(submission, NOW).conclusion.indication is Indication.INDETERMINATE
    )


def test_the_digest_of_trust_is_of_the_set() -> None:
    one, other = replace(PLAIN, anchors=(b"1", b"2")), replace(PLAIN, anchors=(b"2", b"1"))
    assert one.trust_sm3 == other.trust_sm3 != PLAIN.trust_sm3


def _changed(**values: JsonValue) -> bytes:
    told = parse_json(write_snapshot(FULL))
    assert isinstance(told, dict)
    return canonical_json({**told, **values})


@pytest.mark.parametrize(
    "octets",
    [
        b"[]",
        b"{}",
        _changed(version=2),
        _changed(more=1),
        _changed(at="yesterday"),
        _changed(anchors=["?"]),
        _changed(anchors=[1]),
        _changed(policy=1),
        _changed(registered={}),
        _changed(demand={"more": 1}),
        _changed(production="yes"),
    ],
)
def test_anything_else_is_refused(octets: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        read_snapshot(octets)
    assert caught.value.code in {RecordCode.RECORD_MALFORMED, ErrorCode.BASE64_MALFORMED}


@given(st.binary(max_size=300))
def test_any_octets_are_a_snapshot_or_refused(octets: bytes) -> None:
    with pytest.raises(TrustError):
        read_snapshot(octets)
    whole = bytearray(write_snapshot(FULL))
    for place, octet in enumerate(octets):
        whole[(place * 131 + octet) % len(whole)] = octet
    with suppress(TrustError):
        read_snapshot(bytes(whole))
