"""Key agreement by messages: both sides arrive at one key, and every wrong, changed, old or foreign message is refused by its name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.public_key import KeyKind
from trustkit.custody.agreement import ExchangeRole
from trustkit.custody.agreement_files import (
    MAX_AGREEMENT_FILE,
    Pending,
    identity_octets,
    parse_answer,
    parse_confirmation,
    parse_offer,
    parse_pending,
)
from trustkit.custody.agreement_run import LIFETIME, KnownPeer, Sent, answer, confirm, finish, offer
from trustkit.custody.private_key import generate_key
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

NOW = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
ALICE, BOB, EVE = (generate_key(KeyKind.SM2) for _ in range(3))
A, B = KnownPeer(public_key=ALICE.public_key, identity=b"alice"), KnownPeer(public_key=BOB.public_key, identity=b"bob")


def begun() -> Sent:
    return offer(ALICE, B, identity=b"alice", now=NOW)


def answered(message: bytes) -> Sent:
    return answer(BOB, message, A, identity=b"bob", now=NOW)


def refused(act: Callable[[], object]) -> Code:
    with pytest.raises(TrustError) as caught:
        act()
    return caught.value.code


def changed(message: bytes, **members: JsonValue) -> bytes:
    return canonical_json({**json.loads(message), **members})


@pytest.mark.parametrize("size", [16, 32, 48])
def test_both_sides_have_one_key(size: int) -> None:
    offered = begun()
    replied = answered(offered.message)
    done = finish(ALICE, offered.pending, replied.message, now=NOW, size=size)
    assert confirm(BOB, replied.pending, done.message, now=NOW, size=size) == done.key
    assert len(done.key) == size
    assert done.key.hex() not in repr(done)


def test_what_is_kept_comes_back_and_holds_no_open_secret() -> None:
    offered = begun()
    replied = answered(offered.message)
    for sent, role in ((offered, ExchangeRole.INITIATOR), (replied, ExchangeRole.RESPONDER)):
        assert parse_pending(sent.pending.encode()) == sent.pending
        assert sent.pending.role is role
        assert sent.pending.expires == NOW + LIFETIME
    assert parse_offer(offered.message).encode() == offered.message
    assert parse_answer(replied.message).encode() == replied.message


def test_a_run_is_never_the_same_twice() -> None:
    first, second = begun(), begun()
    keys = set()
    for sent in (first, second):
        keys.add(finish(ALICE, sent.pending, answered(sent.message).message, now=NOW, size=16).key)
    assert len(keys) == 2


def test_a_replayed_offer_gives_nobody_a_key() -> None:
    """Who repeats an old offer gets an answer, and cannot confirm it: neither with the old confirmation nor with the answer's own."""
    offered = begun()
    first, again = answered(offered.message), answered(offered.message)
    done = finish(ALICE, offered.pending, first.message, now=NOW, size=16)
    assert confirm(BOB, first.pending, done.message, now=NOW, size=16) == done.key
    assert refused(lambda: confirm(BOB, again.pending, done.message, now=NOW, size=16)) is ErrorCode.AGREEMENT_MISMATCH
    forged = changed(done.message, answer=again.pending.sent)
    assert refused(lambda: confirm(BOB, again.pending, forged, now=NOW, size=16)) is ErrorCode.AGREEMENT_CONFIRMATION
    mirrored = changed(forged, confirmation=json.loads(again.message)["confirmation"])
    assert refused(lambda: confirm(BOB, again.pending, mirrored, now=NOW, size=16)) is ErrorCode.AGREEMENT_CONFIRMATION


def test_an_answer_to_another_offer_is_refused() -> None:
    first, second = begun(), begun()
    old = answered(first.message).message
    assert refused(lambda: finish(ALICE, second.pending, old, now=NOW, size=16)) is ErrorCode.AGREEMENT_MISMATCH
    forged = changed(old, offer=second.pending.sent)
    assert refused(lambda: finish(ALICE, second.pending, forged, now=NOW, size=16)) is ErrorCode.AGREEMENT_CONFIRMATION


OFF_CURVE = encode_base64(b"\1" * 64)
SHARE = encode_base64(EVE.public_key.sm2_point)
KEY = encode_base64(EVE.public_key.spki)
WRONG_ANSWERS: list[tuple[dict[str, JsonValue], Code]] = [
    ({"confirmation": encode_base64(bytes(32))}, ErrorCode.AGREEMENT_CONFIRMATION),
    ({"share": SHARE}, ErrorCode.AGREEMENT_CONFIRMATION),
    ({"share": OFF_CURVE}, ErrorCode.AGREEMENT_FAILED),
    ({"id": "mallory"}, ErrorCode.AGREEMENT_MISMATCH),
    ({"key": KEY}, ErrorCode.AGREEMENT_MISMATCH),
    ({"offer": "00" * 32}, ErrorCode.AGREEMENT_MISMATCH),
    ({"confirmation": encode_base64(bytes(31))}, ErrorCode.AGREEMENT_MALFORMED),
    ({"share": encode_base64(bytes(63))}, ErrorCode.AGREEMENT_MALFORMED),
    ({"share": ""}, ErrorCode.AGREEMENT_MALFORMED),
    ({"key": encode_base64(generate_key(KeyKind.EC_P256).public_key.spki)}, ErrorCode.AGREEMENT_MALFORMED),
    ({"format": "trustkit-agreement-offer/1"}, ErrorCode.AGREEMENT_MALFORMED),
    ({"id": ""}, ErrorCode.AGREEMENT_MALFORMED),
    ({"id": 5}, ErrorCode.AGREEMENT_MALFORMED),
    ({"offer": None}, ErrorCode.AGREEMENT_MALFORMED),
    ({"offer": ["00" * 32]}, ErrorCode.AGREEMENT_MALFORMED),
    ({"more": 1}, ErrorCode.AGREEMENT_MALFORMED),
]


@pytest.mark.parametrize(("members", "code"), WRONG_ANSWERS)
def test_wrong_answers(members: dict[str, JsonValue], code: Code) -> None:
    offered = begun()
    bad = changed(answered(offered.message).message, **members)
    assert refused(lambda: finish(ALICE, offered.pending, bad, now=NOW, size=16)) is code


WRONG_OFFERS: list[tuple[dict[str, JsonValue], Code]] = [
    ({"share": OFF_CURVE}, ErrorCode.AGREEMENT_FAILED),
    ({"id": "mallory"}, ErrorCode.AGREEMENT_MISMATCH),
    ({"key": KEY}, ErrorCode.AGREEMENT_MISMATCH),
    ({"expires": "2026-11-30T00:00:00Z"}, ErrorCode.AGREEMENT_EXPIRED),
    ({"expires": "2027-11-30T00:00:00Z"}, ErrorCode.AGREEMENT_EXPIRED),
    ({"expires": "soon"}, ErrorCode.AGREEMENT_MALFORMED),
    ({"expires": "2026-12-03T00:00:00"}, ErrorCode.AGREEMENT_MALFORMED),
    ({"id": "a\nb"}, ErrorCode.AGREEMENT_MALFORMED),
    ({"id": "x" * 256}, ErrorCode.AGREEMENT_MALFORMED),
    ({"share": encode_base64(b"\4" + EVE.public_key.sm2_point)}, ErrorCode.AGREEMENT_MALFORMED),
]


@pytest.mark.parametrize(("members", "code"), WRONG_OFFERS)
def test_wrong_offers(members: dict[str, JsonValue], code: Code) -> None:
    bad = changed(begun().message, **members)
    assert refused(lambda: answered(bad)) is code


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b"{" * 99, b"0" * (MAX_AGREEMENT_FILE + 1)])
@pytest.mark.parametrize("parse", [parse_offer, parse_answer, parse_confirmation, parse_pending])
def test_what_is_no_part_of_an_agreement(parse: Callable[[bytes], object], data: bytes) -> None:
    assert refused(lambda: parse(data)) is ErrorCode.AGREEMENT_MALFORMED


def test_every_cut_of_a_message_is_refused() -> None:
    message = begun().message
    for size in range(len(message)):
        assert refused(lambda size=size: parse_offer(message[:size])) is ErrorCode.AGREEMENT_MALFORMED  # type: ignore[misc]
    assert refused(lambda: parse_offer(message + b"\n")) is ErrorCode.AGREEMENT_MALFORMED


def test_a_share_changed_on_the_way_to_the_responder_is_found_by_the_initiator() -> None:
    """The man between who puts his own point into the offer: B answers it, and A sees that it is not the answer to A's offer."""
    offered = begun()
    bad = answered(changed(offered.message, share=SHARE)).message
    for message in (bad, changed(bad, offer=offered.pending.sent)):
        code = refused(lambda message=message: finish(ALICE, offered.pending, message, now=NOW, size=16))  # type: ignore[misc]
        assert code in {ErrorCode.AGREEMENT_MISMATCH, ErrorCode.AGREEMENT_CONFIRMATION}


def test_time_runs_out() -> None:
    offered = begun()
    replied = answered(offered.message)
    done = finish(ALICE, offered.pending, replied.message, now=NOW + LIFETIME, size=16)
    late = NOW + LIFETIME + timedelta(seconds=1)
    for act in (
        lambda: answer(BOB, offered.message, A, identity=b"bob", now=late),
        lambda: finish(ALICE, offered.pending, replied.message, now=late, size=16),
        lambda: confirm(BOB, replied.pending, done.message, now=late, size=16),
    ):
        assert refused(act) is ErrorCode.AGREEMENT_EXPIRED


def test_roles_and_keys_do_not_change_within_a_run() -> None:
    offered = begun()
    replied = answered(offered.message)
    done = finish(ALICE, offered.pending, replied.message, now=NOW, size=16)
    for act in (
        lambda: finish(BOB, replied.pending, replied.message, now=NOW, size=16),
        lambda: confirm(ALICE, offered.pending, done.message, now=NOW, size=16),
        lambda: finish(EVE, offered.pending, replied.message, now=NOW, size=16),
        lambda: confirm(EVE, replied.pending, done.message, now=NOW, size=16),
    ):
        assert refused(act) is ErrorCode.AGREEMENT_MISMATCH


def test_what_is_kept_cannot_be_changed() -> None:
    offered, other = begun(), begun()
    message = answered(offered.message).message
    later = replace(offered.pending, expires=offered.pending.expires + timedelta(days=300))
    exchanged = replace(offered.pending, sealed=other.pending.sealed)
    mine = replace(offered.pending, peer=replace(offered.pending.peer, identity=b"mallory"))
    theirs = changed(message, id="mallory")
    damaged = replace(offered.pending, sealed=b"\0")
    cases: tuple[tuple[Pending, bytes], ...] = (
        (later, message),
        (exchanged, message),
        (mine, theirs),
        (damaged, message),
    )
    for pending, answered_by in cases:
        act = lambda pending=pending, said=answered_by: finish(ALICE, pending, said, now=NOW, size=16)  # noqa: E731
        assert refused(act) is ErrorCode.AGREEMENT_MALFORMED


def test_who_may_agree() -> None:
    other = generate_key(KeyKind.EC_P256)
    classical = KnownPeer(public_key=other.public_key, identity=b"bob")
    assert refused(lambda: offer(other, B, identity=b"alice", now=NOW)) is ErrorCode.ALGORITHM_MISMATCH
    assert refused(lambda: offer(ALICE, classical, identity=b"alice", now=NOW)) is ErrorCode.ALGORITHM_MISMATCH
    assert refused(lambda: offer(ALICE, A, identity=b"alice", now=NOW)) is ErrorCode.USAGE


@pytest.mark.parametrize("text", ["", "a\tb", "a\x7f", "\x85", "\udc80", "人" * 256])
def test_an_id_is_a_line_of_text(text: str) -> None:
    assert refused(lambda: identity_octets(text)) is ErrorCode.USAGE


def test_an_id_may_be_chinese() -> None:
    assert identity_octets("张三" * 100) == ("张三" * 100).encode()
