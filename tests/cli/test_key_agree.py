"""``trustkit key agree``: two people, four files between them, one key; a step that went wrong leaves no key and no way to go on."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from trustkit.app.cli.key_agree import _MAX_SIZE, _USUAL_ID
from trustkit.clock import SystemClock
from trustkit.crypto.kdf import derive_hkdf
from trustkit.crypto.mac import MacAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID
from trustkit.custody.agreement import MAX_AGREED
from trustkit.custody.agreement_files import ANSWER, parse_pending
from trustkit.custody.agreement_run import LIFETIME, KnownPeer, confirm, offer
from trustkit.custody.private_key import generate_key
from trustkit.custody.sec1 import encode_sec1
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.pem import encode_pem
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import ErrorCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal
    from trustkit.custody.private_key import PrivateKey

USAGE, DATA, UNREADABLE, CONFLICT = 64, 65, 66, 73


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a key in a folder of his own."""

    terminal: Terminal
    folder: Path
    key: PrivateKey

    @property
    def public(self) -> Path:
        return self.folder / "public.pem"

    def run(self, step: str, *arguments: str | Path) -> Ran:
        own = ("--key", self.folder / "own.pem", "--plain")
        return self.terminal.run("key", "agree", step, *arguments, *own, "--pending", self.folder / "pending")

    def first(self, step: str, other: Party, *arguments: str | Path) -> Ran:
        return self.run(step, *arguments, "--peer", other.public, "--out", self.folder / step)


def party(terminal: Terminal, folder: Path) -> Party:
    folder.mkdir()
    key = generate_key(KeyKind.SM2)
    own = folder / "own.pem"
    own.touch(mode=0o600)
    own.write_bytes(encode_pem("EC PRIVATE KEY", encode_sec1(key)))
    (folder / "public.pem").write_bytes(encode_pem("PUBLIC KEY", key.public_key.spki))
    return Party(terminal, folder, key)


@pytest.fixture
def alice(terminal: Terminal, tmp_path: Path) -> Party:
    return party(terminal, tmp_path / "alice")


@pytest.fixture
def bob(terminal: Terminal, tmp_path: Path) -> Party:
    return party(terminal, tmp_path / "bob")


def done(ran: Ran) -> Ran:
    assert ran.status == 0, ran.err
    return ran


def to_answer(alice: Party, bob: Party) -> Path:
    done(alice.first("offer", bob))
    done(bob.first("answer", alice, alice.folder / "offer"))
    return bob.folder / "answer"


def finish(alice: Party, answer: Path, *options: str) -> Ran:
    confirmation = ("--confirmation", alice.folder / "confirmation")
    return alice.run("finish", answer, "--out", alice.folder / "agreed.key", *confirmation, *options)


def confirmed(bob: Party, confirmation: Path, *options: str) -> Ran:
    return bob.run("confirm", confirmation, "--out", bob.folder / "agreed.key", *options)


def walk(alice: Party, bob: Party, *options: str) -> bytes:
    done(finish(alice, to_answer(alice, bob), *options))
    done(confirmed(bob, alice.folder / "confirmation", *options))
    key = (alice.folder / "agreed.key").read_bytes()
    assert (bob.folder / "agreed.key").read_bytes() == key
    return key


def test_two_people_have_one_key_and_nothing_else_is_left(alice: Party, bob: Party) -> None:
    answer = to_answer(alice, bob)
    for each in (alice, bob):
        assert stat.S_IMODE((each.folder / "pending").stat().st_mode) == 0o600
    ran = done(finish(alice, answer))
    key = (alice.folder / "agreed.key").read_bytes()
    assert len(key) == 16
    done(confirmed(bob, alice.folder / "confirmation"))
    for each in (alice, bob):
        agreed = each.folder / "agreed.key"
        assert agreed.read_bytes() == key
        assert stat.S_IMODE(agreed.stat().st_mode) == 0o600
        assert not (each.folder / "pending").exists()
        assert key.hex() not in ran.out + ran.err
    left = {path.name for path in (*alice.folder.iterdir(), *bob.folder.iterdir())}
    assert left == {"own.pem", "public.pem", "offer", "answer", "confirmation", "agreed.key"}


def test_a_key_for_a_purpose_is_derived_by_hkdf(alice: Party, bob: Party) -> None:
    answer = to_answer(alice, bob)
    kept = parse_pending((bob.folder / "pending").read_bytes())
    options = ("--info", "镜像加密 2026", "--salt", "00ff10", "--size", "48")
    done(finish(alice, answer, *options))
    confirmation = alice.folder / "confirmation"
    (told,) = done(confirmed(bob, confirmation, *options, "--format", "json")).objects()
    assert (told["octets"], told["derivation"]) == (48, "hkdf-sm3")
    now = SystemClock().now()
    secret = confirm(bob.key, kept, confirmation.read_bytes(), now=now, size=32)
    expected = derive_hkdf(
        MacAlgorithm.HMAC_SM3, secret, salt=bytes.fromhex("00ff10"), info="镜像加密 2026".encode(), size=48
    )
    assert (alice.folder / "agreed.key").read_bytes() == (bob.folder / "agreed.key").read_bytes() == expected


@pytest.mark.parametrize("options", [("--size", "32"), ("--info", "", "--size", "1024")])
def test_sizes(alice: Party, bob: Party, options: tuple[str, ...]) -> None:
    assert len(walk(alice, bob, *options)) == int(options[-1])


def test_both_say_the_ids_they_expect(alice: Party, bob: Party) -> None:
    done(alice.first("offer", bob, "--id", "张三", "--peer-id", "李四"))
    offered = alice.folder / "offer"
    bob.first("answer", alice, offered).require_refusal(ErrorCode.AGREEMENT_MISMATCH.value, DATA)
    done(bob.first("answer", alice, offered, "--id", "李四", "--peer-id", "张三"))
    done(finish(alice, bob.folder / "answer"))
    done(confirmed(bob, alice.folder / "confirmation"))


def test_an_answer_serves_once_and_a_wrong_one_ends_the_run(alice: Party, bob: Party) -> None:
    answer = to_answer(alice, bob)
    forged = alice.folder / "forged"
    forged.write_bytes(canonical_json({**json.loads(answer.read_bytes()), "confirmation": "A" * 43 + "="}))
    finish(alice, forged).require_refusal(ErrorCode.AGREEMENT_CONFIRMATION.value, DATA)
    assert not (alice.folder / "agreed.key").exists()
    assert not (alice.folder / "confirmation").exists()
    finish(alice, answer).require_refusal(ErrorCode.AGREEMENT_OVER.value, UNREADABLE)


def test_a_confirmation_serves_once(alice: Party, bob: Party) -> None:
    walk(alice, bob)
    (bob.folder / "agreed.key").unlink()
    confirmed(bob, alice.folder / "confirmation").require_refusal(ErrorCode.AGREEMENT_OVER.value, UNREADABLE)


def test_what_is_not_of_the_run_does_not_end_it(alice: Party, bob: Party) -> None:
    answer = to_answer(alice, bob)
    other = alice.folder / "other"
    for octets, code, status in (
        (answer.read_bytes()[:-1], ErrorCode.AGREEMENT_MALFORMED, DATA),
        (b"x" * 9000, ErrorCode.INPUT_TOO_LARGE, UNREADABLE),
        (b"", ErrorCode.INPUT_EMPTY, UNREADABLE),
        ((alice.folder / "offer").read_bytes(), ErrorCode.AGREEMENT_MALFORMED, DATA),
        (
            canonical_json({**json.loads(answer.read_bytes()), "offer": "0" * 64}),
            ErrorCode.AGREEMENT_MISMATCH,
            DATA,
        ),
    ):
        other.write_bytes(octets)
        finish(alice, other).require_refusal(code.value, status)
    done(finish(alice, answer))


def test_an_old_run_is_over_and_what_was_kept_is_gone(alice: Party, bob: Party) -> None:
    known = KnownPeer(public_key=bob.key.public_key, identity=DEFAULT_SIGNER_ID)
    long_ago = SystemClock().now() - LIFETIME - timedelta(minutes=1)
    sent = offer(alice.key, known, identity=DEFAULT_SIGNER_ID, now=long_ago)
    pending, offered = alice.folder / "pending", alice.folder / "offer"
    pending.touch(mode=0o600)
    pending.write_bytes(sent.pending.encode())
    offered.write_bytes(sent.message)
    bob.first("answer", alice, offered).require_refusal(ErrorCode.AGREEMENT_EXPIRED.value, DATA)
    answer = bob.folder / "answer"
    side = {"id": "1234567812345678", "key": encode_base64(bob.key.public_key.spki)}
    said = {"offer": sent.pending.sent, "confirmation": encode_base64(bytes(32)), "format": ANSWER}
    answer.write_bytes(canonical_json({**side, **said, "share": encode_base64(bytes(64))}))
    finish(alice, answer).require_refusal(ErrorCode.AGREEMENT_EXPIRED.value, DATA)
    assert not pending.exists()


def test_nothing_is_written_over_and_secrets_are_for_the_owner(alice: Party, bob: Party) -> None:
    done(alice.first("offer", bob))
    alice.first("offer", bob).require_refusal(ErrorCode.OUTPUT_EXISTS.value, CONFLICT)
    done(bob.first("answer", alice, alice.folder / "offer"))
    (alice.folder / "pending").chmod(0o644)
    refused = finish(alice, bob.folder / "answer")
    refused.require_refusal(ErrorCode.KEY_FILE_MODE.value, 78)
    (alice.folder / "pending").chmod(0o600)
    (alice.folder / "confirmation").touch()
    finish(alice, bob.folder / "answer").require_refusal(ErrorCode.OUTPUT_EXISTS.value, CONFLICT)
    (alice.folder / "confirmation").unlink()
    done(finish(alice, bob.folder / "answer"))


@pytest.mark.parametrize(
    "options",
    [
        ("--salt", "00"),
        ("--info", "x", "--salt", "no"),
        ("--info", "\udc80"),
        ("--size", "15"),
        ("--size", "1025"),
        ("--size", "many"),
    ],
)
def test_what_cannot_be_asked_for(alice: Party, bob: Party, options: tuple[str, ...]) -> None:
    answer = to_answer(alice, bob)
    assert finish(alice, answer, *options).status == USAGE
    done(finish(alice, answer))


def test_two_things_to_write_need_two_files(alice: Party, bob: Party) -> None:
    same, pending = alice.folder / "same", alice.folder / "pending"
    ran = alice.run("offer", "--peer", bob.public, "--out", pending)
    ran.require_refusal(ErrorCode.USAGE.value, USAGE)
    answer = to_answer(alice, bob)
    ran = alice.run("finish", answer, "--out", same, "--confirmation", same)
    ran.require_refusal(ErrorCode.USAGE.value, USAGE)
    assert pending.exists()


def test_a_bare_key_leads_to_no_anchor(alice: Party, bob: Party) -> None:
    alice.first("offer", bob, "--strict").require_refusal(ErrorCode.USAGE.value, USAGE)
    alice.first("offer", bob, "--trust", bob.public).require_refusal(ErrorCode.USAGE.value, USAGE)


def test_the_other_sides_certificate_is_judged(alice: Party, bob: Party) -> None:
    """As a recipient's is; and it must name keyAgreement."""
    world = PkiWorld()
    root = alice.folder / "root.pem"
    root.write_bytes(encode_pem("CERTIFICATE", world.root.der))
    chain = encode_pem("CERTIFICATE", world.issuing.der)
    for usage, code in (
        ("digitalSignature", ErrorCode.CERTIFICATE_PURPOSE),
        ("keyEncipherment", ErrorCode.CERTIFICATE_PURPOSE),
        ("keyAgreement", None),
    ):
        certificate = world.issue("对方", usage=(usage,), signer=bob.key.signer())
        bob.public.write_bytes(encode_pem("CERTIFICATE", certificate.der) + chain)
        ran = alice.first("offer", bob, "--trust", root, "--offline", "--format", "json")
        if code is not None:
            ran.require_refusal(code.value, DATA)
    (told,) = done(ran).objects()
    assert told["peer_key_id"] == bob.key.public_key.identifier.hex()
    assert told["doubts"]  # nobody said whether it is revoked


def test_choices_are_those_of_the_key_rooms() -> None:
    assert _USUAL_ID.encode() == DEFAULT_SIGNER_ID
    assert _MAX_SIZE == MAX_AGREED
