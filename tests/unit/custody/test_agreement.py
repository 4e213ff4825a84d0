"""SM2 key agreement: the standard's example, two libraries with each other, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.custody.agreement import MAX_AGREED, ExchangeRole, PeerShare
from trustkit.custody.ephemeral import EphemeralScalar
from trustkit.custody.private_key import generate_key
from trustkit.custody.sm2_ipp_agreement import IppSm2Exchange
from trustkit.custody.sm2_openssl import OpensslSm2Signing
from trustkit.custody.sm2_openssl_agreement import OpensslSm2Exchange
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.port import KeyExchange

# GB/T 32918.5-2017 annex B.2: the example of key agreement on the recommended curve, both with the usual ID.
ID = b"1234567812345678"
D_A = bytes.fromhex("81EB26E941BB5AF16DF116495F90695272AE2CD63D6C4AE1678418BE48230029")
D_B = bytes.fromhex("785129917D45A9EA5437A59356B82338EAADDA6CEB199088F14AE10DEFA229B5")
R_A = bytes.fromhex("D4DE15474DB74D06491C440D305E012400990F3E390C7E87153C12DB2EA60BB3")
R_B = bytes.fromhex("7E07124814B309489125EAED101113164EBF0F3458C5BD88335C1F9D596243D6")
K = bytes.fromhex("6C89347354DE2484C60B4AB1FDE4C6E5")
A, B = ExchangeRole.INITIATOR, ExchangeRole.RESPONDER
LIBRARIES = (OpensslSm2Exchange, IppSm2Exchange)


def point_of(scalar: bytes) -> bytes:
    return OpensslSm2Signing(scalar).point


def peer(scalar: bytes, exchange: KeyExchange, identity: bytes = ID) -> PeerShare:
    key = parse_public_key(SPKI_PREFIX + point_of(scalar))
    return PeerShare(public_key=key, share=exchange.share, identity=identity)


def told(scalar: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the next ephemeral scalar a told one."""

    def draw(self: EphemeralScalar) -> bool:
        self._libc.ffi.memmove(self.octets, scalar, 32)
        return True

    monkeypatch.setattr(EphemeralScalar, "draw", draw)


@pytest.mark.parametrize("first", LIBRARIES)
@pytest.mark.parametrize("second", LIBRARIES)
def test_the_standards_example(
    first: type[OpensslSm2Exchange | IppSm2Exchange],
    second: type[OpensslSm2Exchange | IppSm2Exchange],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(R_A, monkeypatch)
    a = first(D_A, point_of(D_A), A, ID)
    told(R_B, monkeypatch)
    b = second(D_B, point_of(D_B), B, ID)
    assert (a.share, b.share) == (point_of(R_A), point_of(R_B))
    by_a = a.agree(peer(D_B, b), size=16)
    by_b = b.agree(peer(D_A, a), size=16)
    assert by_a.key == by_b.key == K
    by_a.confirm(by_b.confirmation)
    by_b.confirm(by_a.confirmation)
    assert by_a.confirmation != by_b.confirmation
    for wrong in (by_a.confirmation, bytes(32), b"", by_b.confirmation[:31]):
        with pytest.raises(TrustError) as caught:
            by_a.confirm(wrong)
        assert caught.value.code is ErrorCode.AGREEMENT_CONFIRMATION


@pytest.mark.parametrize("size", [1, 32, 33, MAX_AGREED])
def test_two_keys_agree_through_the_port(size: int) -> None:
    alice, bob = generate_key(KeyKind.SM2), generate_key(KeyKind.SM2)
    a = alice.key_agreement().start(A, b"alice")
    b = bob.key_agreement().start(B, b"bob")
    theirs = PeerShare(public_key=bob.public_key, share=b.share, identity=b"bob")
    ours = PeerShare(public_key=alice.public_key, share=a.share, identity=b"alice")
    by_a, by_b = a.agree(theirs, size=size), b.agree(ours, size=size)
    assert by_a.key == by_b.key
    assert len(by_a.key) == size
    by_b.confirm(by_a.confirmation)


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_id_or_the_same_role_gives_another_key(library: type[OpensslSm2Exchange | IppSm2Exchange]) -> None:
    for role, identity in ((A, ID), (B, b"somebody else")):
        a = library(D_A, point_of(D_A), A, ID)
        b = library(D_B, point_of(D_B), role, ID)
        by_a = a.agree(peer(D_B, b, identity), size=16)
        by_b = b.agree(peer(D_A, a), size=16)
        assert by_a.key != by_b.key
        with pytest.raises(TrustError) as caught:
            by_a.confirm(by_b.confirmation)
        assert caught.value.code is ErrorCode.AGREEMENT_CONFIRMATION


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("share", [b"", bytes(64), b"\1" * 64, point_of(R_B)[:63], b"\4" + point_of(R_B)])
def test_points_off_the_curve_are_refused(library: type[OpensslSm2Exchange | IppSm2Exchange], share: bytes) -> None:
    key = parse_public_key(SPKI_PREFIX + point_of(D_B))
    with pytest.raises(TrustError) as caught:
        library(D_A, point_of(D_A), A, ID).agree(PeerShare(public_key=key, share=share, identity=ID), size=16)
    assert caught.value.code is ErrorCode.AGREEMENT_FAILED


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_share_serves_once_and_sizes_are_bounded(library: type[OpensslSm2Exchange | IppSm2Exchange]) -> None:
    a, b = library(D_A, point_of(D_A), A, ID), library(D_B, point_of(D_B), B, ID)
    for size in (0, -1, MAX_AGREED + 1):
        with pytest.raises(TrustError) as caught:
            a.agree(peer(D_B, b), size=size)
        assert caught.value.code is ErrorCode.USAGE
    assert a.agree(peer(D_B, b), size=16).key
    with pytest.raises(TrustError) as caught:
        a.agree(peer(D_B, b), size=16)
    assert caught.value.code is ErrorCode.USAGE


def test_a_key_of_another_kind_is_no_peer() -> None:
    other = generate_key(KeyKind.EC_P256).public_key
    share = point_of(R_B)
    for library in LIBRARIES:
        with pytest.raises(TrustError) as caught:
            library(D_A, point_of(D_A), A, ID).agree(PeerShare(public_key=other, share=share, identity=ID), size=16)
        assert caught.value.code is ErrorCode.AGREEMENT_FAILED
