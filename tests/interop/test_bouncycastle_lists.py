"""BouncyCastle judges our revocation lists, complete, delta and partitioned, and the time stamps of our authority."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import pytest

from ca.clock_guard import ClockGuard
from ca.list_scope import ALL, ListScope
from ca.stamp_serials import StampSerials
from ca.stamping import ACCURACY, StampQuery, TimestampAuthority
from tests.interop.test_bouncycastle import KINDS
from tests.support.pki import PkiWorld
from tests.support.published_lists import BASE, FATES, PublishedLists
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.identity import ANONYMOUS
from trustkit.store.crls import ListKind
from trustkit.store.database import Database, open_database
from trustkit.timestamp.request import TimestampRequest, build_request
from trustkit.timestamp.response import parse_response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bouncycastle import Peer
    from tests.support.pki import Member
    from trustkit.crypto.public_key import KeyKind

pytestmark = pytest.mark.interop
DATA = b"stamped octets"
HALVES = (ListScope(partitions=2, partition=0), ListScope(partitions=2, partition=1))


class PastWorld(PkiWorld):
    """A world that was: BouncyCastle judges revocation as of no time ahead of its own clock."""

    START: ClassVar[datetime] = datetime(2024, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.value)
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedLists]:
    with open_database(f"sqlite:///{tmp_path_factory.mktemp('lists') / 's.sqlite'}") as opened:
        opened.migrate()
        yield PublishedLists(PastWorld(kind=request.param), opened)


def _entries(published: PublishedLists, scope: ListScope, kind: ListKind) -> str:
    says = {
        ListKind.FULL: {
            "revoked": "KEY_COMPROMISE:dated",
            "held": "CERTIFICATE_HOLD",
            "released-later": "CERTIFICATE_HOLD",
        },
        ListKind.DELTA: {"revoked-later": "SUPERSEDED", "released-later": "REMOVE_FROM_CRL"},
    }[kind]
    found = (
        f"{member.certificate.serial}:{says[fate]}"
        for (fate, partition), member in published.members.items()
        if fate in says and (scope.whole or scope.partition == partition)
    )
    return ",".join(sorted(found))


@pytest.mark.parametrize("kind", ListKind)
@pytest.mark.parametrize("scope", [ALL, *HALVES], ids=lambda scope: scope.text)
def test_what_a_list_says_of_itself(peer: Peer, published: PublishedLists, scope: ListScope, kind: ListKind) -> None:
    octets = published.lists[scope, kind]
    issuer = peer.file(published.world.issuing.der)
    told = peer.ask("list", peer.file(octets), issuer)
    words = dict(word.split("=", 1) for word in told.removeprefix("OK ").split())
    whole = published.lists[scope, ListKind.FULL]
    base = peer.ask("list", peer.file(whole), issuer).split()[1].removeprefix("number=")
    assert words["entries"] == _entries(published, scope, kind)
    assert words["base"] == (base if kind is ListKind.DELTA else "-")
    assert words["point"] == ("-" if scope.whole else scope.url(BASE, "issuing"))
    assert words["freshest"] == (scope.url(BASE, "issuing", delta=True) if kind is ListKind.FULL else "-")
    bent = octets[:-3] + bytes((octets[-3] ^ 1,)) + octets[-2:]
    assert peer.ask("list", peer.file(bent), issuer).startswith("REFUSED ")
    assert peer.ask("list", peer.file(octets), peer.file(published.world.root.der)).startswith("REFUSED ")


def _judge(peer: Peer, published: PublishedLists, member: Member, *lists: bytes) -> str:
    world = published.world
    files = [peer.file(certificate.der) for certificate in world.chain(member)]
    of_root = world.crl(issuer=world.root).der
    moment = format_rfc3339(world.START.replace(minute=1))
    return peer.ask("judge", moment, *files, "-", *(peer.file(octets) for octets in (of_root, *lists)))


@pytest.mark.parametrize("partition", [0, 1])
@pytest.mark.parametrize("fate", FATES)
def test_a_path_by_the_list_of_a_partition_and_its_delta(
    peer: Peer, published: PublishedLists, fate: str, partition: int
) -> None:
    member, scope = published.members[fate, partition], HALVES[partition]
    full, delta = (published.lists[scope, kind] for kind in (ListKind.FULL, ListKind.DELTA))
    alone = _judge(peer, published, member, full)
    together = _judge(peer, published, member, full, delta)
    assert (alone == "OK good") == (fate in {"good", "revoked-later"}), alone
    assert (together == "OK good") == (fate in {"good", "released-later"}), together


def test_the_list_of_another_partition_says_nothing(peer: Peer, published: PublishedLists) -> None:
    good = published.members["good", 0]
    other = published.lists[HALVES[1], ListKind.FULL]
    assert _judge(peer, published, good, other).startswith("REFUSED ")
    assert _judge(peer, published, good).startswith("REFUSED ")
    assert _judge(peer, published, good, published.lists[ALL, ListKind.FULL]) == "OK good"


@cache
def _world(kind: KeyKind) -> PkiWorld:
    return PkiWorld(kind=kind)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite:///{tmp_path}/s.sqlite") as opened:
        opened.migrate()
        yield opened


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("certificates", [True, False], ids=["with-certificates", "without"])
def test_replies_of_our_authority(peer: Peer, database: Database, kind: KeyKind, *, certificates: bool) -> None:
    world = _world(kind)
    authority = TimestampAuthority(
        database=database,
        guard=ClockGuard(clock=world.clock, floor=world.START, tolerance=ACCURACY),
        serials=StampSerials(database=database),
        signer=world.tsa.signer,
        certificate=world.tsa.certificate,
        chain=(world.issuing.certificate,),
    )
    for algorithm in (DigestAlgorithm.SM3, DigestAlgorithm.SHA512):
        request = TimestampRequest(
            imprint_algorithm=algorithm, imprint=digest(algorithm, DATA), nonce=2**64 - 1, certificates=certificates
        )
        reply = authority.answer(StampQuery(octets=build_request(request), actor=ANONYMOUS))
        query, answer, own = (
            peer.file(octets) for octets in (build_request(request), reply, world.tsa.certificate.der)
        )
        token = parse_response(reply, request)
        assert peer.ask("reply", query, answer, own) == f"OK {format_rfc3339(token.gen_time)} {token.serial}"
        other = peer.file(build_request(TimestampRequest(imprint_algorithm=algorithm, imprint=bytes(algorithm.size))))
        assert peer.ask("reply", other, answer, own).startswith("REFUSED ")
        bent = reply[:-3] + bytes((reply[-3] ^ 1,)) + reply[-2:]
        assert peer.ask("reply", query, peer.file(bent), own).startswith("REFUSED ")
    weak = authority.answer(StampQuery(octets=b"\x30\x00", actor=ANONYMOUS))
    assert peer.ask("reply", query, peer.file(weak), own).startswith("REFUSED ")
