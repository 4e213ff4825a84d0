"""SM2 key agreement with BouncyCastle on the other side, in both roles: one key, and a wrong confirmation refused by both."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.agreement import PeerShare
from trustkit.custody.agreement_files import (
    Answer,
    Confirmation,
    Offer,
    name_of,
    parse_answer,
    parse_confirmation,
    parse_offer,
)
from trustkit.custody.agreement_run import KnownPeer, answer, confirm, finish, offer
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from tests.support.bouncycastle import Peer

pytestmark = pytest.mark.interop

NOW = PkiWorld.START
SIZES = (16, 32, 77)
IDS = ((b"1234567812345678", b"1234567812345678"), ("张三".encode(), b"b"))


class Other:
    """BouncyCastle's side of one run: its keys are made here and used there."""

    def __init__(self, process: Peer, identity: bytes) -> None:
        self.key, self.ephemeral = generate_key(KeyKind.SM2), generate_key(KeyKind.SM2)
        self.identity, self._process = identity, process
        self.known = KnownPeer(public_key=self.key.public_key, identity=identity)
        self.side = PeerShare(
            public_key=self.key.public_key, share=self.ephemeral.public_key.sm2_point, identity=identity
        )

    def agree(self, role: str, ours: PeerShare, size: int, *confirmation: str) -> list[str]:
        """Return what it says, in words; "REFUSED" first where it refuses."""
        own = (self._process.file(key.private_key_info()) for key in (self.key, self.ephemeral))
        theirs = (self._process.file(octets) for octets in (ours.public_key.spki, SPKI_PREFIX + ours.share))
        ids = self.identity.decode(), ours.identity.decode()
        words = (role, *own, ids[0], *theirs, ids[1], str(size), *confirmation)
        return self._process.ask("agree", *words).split(" ")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ids", IDS)
def test_it_answers_our_offer(peer: Peer, ids: tuple[bytes, bytes], size: int) -> None:
    ours, other = generate_key(KeyKind.SM2), Other(peer, ids[1])
    offered = offer(ours, other.known, identity=ids[0], now=NOW)
    verdict, key, s_b, s_a = other.agree("B", parse_offer(offered.message).side, size)
    reply = Answer(side=other.side, offer=name_of(offered.message), confirmation=bytes.fromhex(s_b)).encode()
    done = finish(ours, offered.pending, reply, now=NOW, size=size)
    assert (verdict, done.key.hex()) == ("OK", key)
    assert parse_confirmation(done.message).confirmation.hex() == s_a
    wrong = Answer(side=other.side, offer=name_of(offered.message), confirmation=bytes.fromhex(s_a)).encode()
    with pytest.raises(TrustError) as caught:
        finish(ours, offered.pending, wrong, now=NOW, size=size)
    assert caught.value.code is ErrorCode.AGREEMENT_CONFIRMATION


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ids", IDS)
def test_we_answer_its_offer(peer: Peer, ids: tuple[bytes, bytes], size: int) -> None:
    ours, other = generate_key(KeyKind.SM2), Other(peer, ids[0])
    offered = Offer(side=other.side, expires=NOW + timedelta(days=1)).encode()
    replied = answer(ours, offered, other.known, identity=ids[1], now=NOW)
    said = parse_answer(replied.message)
    assert other.agree("A", said.side, size, bytes(32).hex())[0] == "REFUSED"
    verdict, key, s_a = other.agree("A", said.side, size, said.confirmation.hex())
    confirmation = Confirmation(answer=name_of(replied.message), confirmation=bytes.fromhex(s_a)).encode()
    assert (verdict, confirm(ours, replied.pending, confirmation, now=NOW, size=size).hex()) == ("OK", key)
