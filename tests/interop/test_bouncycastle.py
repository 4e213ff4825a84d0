"""BouncyCastle's opinion of what we write: messages, chains, revocation lists, time-stamp tokens; and of tampered copies."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.ocsp import answer
from tests.support.pki import PkiWorld
from trustkit.clock import format_rfc3339
from trustkit.cms.model import Dialect
from trustkit.cms.sign import CADES_B, SignedAttributes, sign_message
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.timestamp.sign import make_token
from trustkit.x509.ocsp_response import CertStatus

if TYPE_CHECKING:
    from tests.support.bouncycastle import Peer

pytestmark = pytest.mark.interop

CONTENT = "照面内容\n".encode() * 50
DATA = b"signature octets"
KINDS = (KeyKind.SM2, KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.RSA)


@cache
def world_of(kind: KeyKind) -> PkiWorld:
    return PkiWorld(kind=kind)


def _flip(octets: bytes, position: int) -> bytes:
    position %= len(octets)
    return octets[:position] + bytes((octets[position] ^ 1,)) + octets[position + 1 :]


DIALECTS = [(kind, Dialect.RFC5652) for kind in KINDS] + [(KeyKind.SM2, Dialect.GBT35275)]


@pytest.mark.parametrize(
    "attributes", [None, CADES_B, SignedAttributes(signing_time=PkiWorld.START)], ids=["bare", "cades", "timed"]
)
@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
@pytest.mark.parametrize(("kind", "dialect"), DIALECTS)
def test_message(
    peer: Peer, kind: KeyKind, dialect: Dialect, *, detached: bool, attributes: SignedAttributes | None
) -> None:
    world = world_of(kind)
    signed = sign_message(
        content=CONTENT,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=world.pool,
        dialect=dialect,
        detached=detached,
        attributes=attributes,
        crls=(world.crl().der,),
    )
    content = peer.file(CONTENT) if detached else "-"
    answer = peer.ask("cms", peer.file(signed), content)
    assert answer.startswith("OK ")
    assert "电子证照签发专用章" in answer
    assert peer.ask("cms", peer.file(_flip(signed, -3)), content).startswith("REFUSED ")
    if detached:
        assert peer.ask("cms", peer.file(signed), peer.file(CONTENT + b"!")).startswith("REFUSED ")
    else:
        tampered = signed.replace(CONTENT, _flip(CONTENT, 5))
        assert peer.ask("cms", peer.file(tampered), content).startswith("REFUSED ")


@pytest.mark.parametrize("kind", KINDS)
def test_chain(peer: Peer, kind: KeyKind) -> None:
    world = world_of(kind)
    moment = format_rfc3339(world.START)
    leaf, *helpers = (certificate.der for certificate in world.chain(world.signer))
    files = [peer.file(octets) for octets in helpers]
    assert peer.ask("chain", moment, peer.file(leaf), *files).startswith("OK ")
    assert peer.ask("chain", moment, peer.file(_flip(leaf, -3)), *files).startswith("REFUSED ")
    assert peer.ask("chain", moment, peer.file(world.expired.der), *files).startswith("REFUSED ")
    stranger = peer.file(PkiWorld(kind=KeyKind.EC_P256).root.der)
    assert peer.ask("chain", moment, peer.file(leaf), files[0], stranger).startswith("REFUSED ")


@pytest.mark.parametrize("kind", KINDS)
def test_revocation_list(peer: Peer, kind: KeyKind) -> None:
    world = world_of(kind)
    revoked, good = (str(member.certificate.serial) for member in (world.revoked, world.signer))
    octets = world.crl().der
    issuer = peer.file(world.issuing.der)
    assert peer.ask("crl", peer.file(octets), issuer, revoked) == "OK revoked"
    assert peer.ask("crl", peer.file(octets), issuer, good) == "OK good"
    assert peer.ask("crl", peer.file(_flip(octets, -3)), issuer, good).startswith("REFUSED ")
    assert peer.ask("crl", peer.file(octets), peer.file(world.root.der), good).startswith("REFUSED ")


@pytest.mark.parametrize("kind", KINDS)
def test_ocsp_answers(peer: Peer, kind: KeyKind) -> None:
    world = world_of(kind)
    issuer, serial = peer.file(world.issuing.der), str(world.signer.certificate.serial)
    digests = (DigestAlgorithm.SHA1, DigestAlgorithm.SHA256, DigestAlgorithm.SM3)
    good = answer(world, world.signer, digests=digests)
    assert peer.ask("ocsp", peer.file(good), issuer, serial) == "OK good good good"
    of_issuer = answer(world, world.signer, by=world.issuing, certificates=())
    assert peer.ask("ocsp", peer.file(of_issuer), issuer, serial) == "OK good"
    revoked = answer(world, world.revoked, status=CertStatus.REVOKED, nonce=b"n" * 32, by_name=True)
    assert peer.ask("ocsp", peer.file(revoked), issuer, str(world.revoked.certificate.serial)) == "OK revoked"
    unknown = answer(world, world.signer, status=CertStatus.UNKNOWN)
    assert peer.ask("ocsp", peer.file(unknown), issuer, serial) == "OK unknown"
    bent = good.replace(b"\x80\x00\x18", b"\x82\x00\x18", 1)
    assert peer.ask("ocsp", peer.file(bent), issuer, serial).startswith("REFUSED ")
    assert peer.ask("ocsp", peer.file(good), peer.file(world.root.der), serial).startswith("REFUSED ")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("algorithm", [DigestAlgorithm.SM3, DigestAlgorithm.SHA256])
def test_token(peer: Peer, kind: KeyKind, algorithm: DigestAlgorithm) -> None:
    world = world_of(kind)
    token = make_token(
        imprint=digest(algorithm, DATA),
        imprint_algorithm=algorithm,
        serial=77,
        gen_time=world.START,
        policy="1.2.156.10197.99.1",
        signer=world.tsa.signer,
        certificate=world.tsa.certificate,
        chain=world.pool,
        nonce=5,
    )
    data = peer.file(DATA)
    assert peer.ask("token", peer.file(token), data) == "OK 2026-12-01T00:00:00Z 77"
    assert peer.ask("token", peer.file(token), peer.file(DATA + b"!")).startswith("REFUSED ")
    assert peer.ask("token", peer.file(_flip(token, -3)), data).startswith("REFUSED ")
