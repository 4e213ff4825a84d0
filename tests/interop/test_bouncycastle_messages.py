"""BouncyCastle's opinion of envelopes, several signers and countersigned messages; and our opinion of what it streams."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import ENCRYPTION_USAGE, Member, PkiWorld
from trustkit.cms.cosign import SigningParty, countersign, sign_together
from trustkit.cms.encrypt import encrypt_message
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import Deviation, Dialect, SignedMessage
from trustkit.cms.sign_encrypt import sign_and_encrypt
from trustkit.cms.verify import verify_signer
from trustkit.crypto.cipher_suites import CipherSuite
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import PrivateKey, generate_key

if TYPE_CHECKING:
    from tests.support.bouncycastle import Peer

pytestmark = pytest.mark.interop

CONTENT = "密封的内容\n".encode() * 300
DIGEST = f"{int(hashlib.sha256(CONTENT).hexdigest(), 16):x}"


@cache
def world() -> PkiWorld:
    return PkiWorld()


@cache
def reader(kind: KeyKind) -> tuple[Member, PrivateKey]:
    key = generate_key(kind)
    return world().issue("reader", usage=ENCRYPTION_USAGE, signer=key.signer()), key


def _party(member: Member) -> SigningParty:
    return SigningParty(signer=member.signer, certificate=member.certificate, chain=world().pool)


def _flip(octets: bytes, position: int) -> bytes:
    position %= len(octets)
    return octets[:position] + bytes((octets[position] ^ 1,)) + octets[position + 1 :]


@pytest.mark.parametrize("dialect", Dialect)
def test_several_sm2_signers(peer: Peer, dialect: Dialect) -> None:
    parties = (_party(world().signer), _party(world().issue("second")), _party(world().issue("third")))
    message = sign_together(CONTENT, parties, dialect=dialect, detached=False)
    answer = peer.ask("cms", peer.file(message), "-")
    assert answer.startswith("OK ")
    assert answer.count(";") == 2
    assert peer.ask("cms", peer.file(message.replace(CONTENT, _flip(CONTENT, 5))), "-").startswith("REFUSED ")


def test_mixed_signers_and_a_countersignature(peer: Peer) -> None:
    parties = (_party(world().signer), _party(world().issue("rsa", kind=KeyKind.RSA)))
    message = sign_together(CONTENT, parties, dialect=Dialect.RFC5652, detached=True)
    message = countersign(message, 0, _party(world().issue("witness")))
    assert peer.ask("cms", peer.file(message), peer.file(CONTENT)).startswith("OK ")
    assert peer.ask("cms", peer.file(message), peer.file(CONTENT + b"!")).startswith("REFUSED ")


@pytest.mark.parametrize(
    ("dialect", "suite"),
    [(Dialect.GBT35275, CipherSuite.SM4_CBC), (Dialect.RFC5652, CipherSuite.SM4_CBC), (Dialect.RFC5652, CipherSuite.SM4_GCM)],
)  # fmt: skip
def test_sm2_envelopes(peer: Peer, dialect: Dialect, suite: CipherSuite) -> None:
    member, key = reader(KeyKind.SM2)
    message = encrypt_message(CONTENT, (member.certificate,), dialect=dialect, suite=suite)
    secret = peer.file(key.private_key_info())
    assert peer.ask("sm2-envelope", peer.file(message), secret) == f"OK {DIGEST}"
    stranger = peer.file(generate_key(KeyKind.SM2).private_key_info())
    assert peer.ask("sm2-envelope", peer.file(message), stranger).startswith("REFUSED ")


@pytest.mark.parametrize("suite", [CipherSuite.AES256_CBC, CipherSuite.AES256_GCM])
def test_rsa_envelopes(peer: Peer, suite: CipherSuite) -> None:
    member, key = reader(KeyKind.RSA)
    message = encrypt_message(CONTENT, (member.certificate,), dialect=Dialect.RFC5652, suite=suite)
    secret = peer.file(key.private_key_info())
    assert peer.ask("rsa-envelope", peer.file(message), secret) == f"OK {DIGEST}"
    if suite.authenticates:
        assert peer.ask("rsa-envelope", peer.file(_flip(message, -1)), secret).startswith("REFUSED ")


def test_signed_and_enveloped(peer: Peer) -> None:
    member, key = reader(KeyKind.SM2)
    parties = (_party(world().signer), _party(world().issue("second")))
    message = sign_and_encrypt(CONTENT, parties, recipients=(member.certificate,))
    answer = peer.ask("sm2-signed-envelope", peer.file(message), peer.file(key.private_key_info()))
    assert answer.startswith(f"OK {DIGEST} ")
    assert answer.count("second") == 1
    bent = peer.ask("sm2-signed-envelope", peer.file(_flip(message, -3)), peer.file(key.private_key_info()))
    assert bent.startswith("REFUSED ")


def test_what_bouncycastle_streams(peer: Peer) -> None:
    key = generate_key(KeyKind.SM2)
    member = world().issue("streaming", signer=key.signer())
    out = peer.file(b"")
    words = (peer.file(key.private_key_info()), peer.file(member.der), peer.file(CONTENT), out)
    assert peer.ask("stream", *words) == "OK written"
    with open(out, "rb") as file:  # noqa: PTH123 - a path of the peer's
        octets = file.read()
    assert octets[1] == 0x80
    message = parse_message(octets)
    assert isinstance(message, SignedMessage)
    assert message.content == CONTENT
    found = verify_signer(message, 0, content=None)
    assert found.certificate == member.certificate
    assert Deviation.BER in found.notes
