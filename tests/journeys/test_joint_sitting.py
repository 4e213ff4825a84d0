"""Requests judged in one sitting: each has the verdict it would have alone, in the trail under its own name before it is told."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.authority import copy_home
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import NOW, status_token
from tests.unit.verifier.test_credential import make_credential
from trustkit.app import joint_sitting
from trustkit.app.home import TRUST
from trustkit.app.joint_sitting import MOST, JointSittings, joins
from trustkit.app.verification import Asker, tell_each
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication, Verdict
from verifier.report import verdict_to_json
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from trustkit.app.authority import Authority


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture
def home(tmp_path: Path, world: PkiWorld) -> Iterator[Authority]:
    place = copy_home(tmp_path / "home")
    (place / TRUST).mkdir(exist_ok=True)
    (place / TRUST / "world.pem").write_bytes(encode_pem("CERTIFICATE", world.root.certificate.der))
    with open_authority(place) as opened:
        yield opened


def _evidence(world: PkiWorld) -> tuple[bytes, ...]:
    return (status_token(world), world.crl().der, world.crl(issuer=world.root).der)


def _files(world: PkiWorld, count: int) -> list[Submission]:
    own = _evidence(world)
    files = [Submission(name=str(each), data=make_credential(world).encode(), evidence=own) for each in range(count)]
    files[1] = replace(files[1], data=files[1].data.replace(b".", b".A", 1))  # a forgery among them
    files[2] = replace(files[2], evidence=())  # says less
    return files


def _together(
    joint: JointSittings, files: list[Submission], at: datetime | None = NOW
) -> list[Verdict | BaseException]:
    async def ask() -> list[Verdict | BaseException]:
        asked = (joint.verify(each, at, Asker(request_id=f"r{place}")) for place, each in enumerate(files))
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(ask())


def _told(home: Authority) -> list[str]:
    with home.database.reading() as unit:
        return [each.request_id for each in trail.list_events(unit, type=EventType.FILE_VERIFIED)]


def _octets(verdict: Verdict | BaseException) -> bytes:
    assert isinstance(verdict, Verdict)
    return canonical_json(verdict_to_json(verdict, file="x"))


def test_each_verdict_is_what_it_is_alone_to_the_byte_and_in_the_trail(home: Authority, world: PkiWorld) -> None:
    service = replace(home.verification, fetcher=None)
    files = _files(world, 2 * MOST + 3)  # of several sittings
    found = _together(JointSittings(home, lambda: service), files)
    assert [_octets(each) for each in found] == [_octets(service.judge(each, NOW)) for each in files]
    indications = [each.conclusion.indication for each in found if isinstance(each, Verdict)]
    assert indications[0] is Indication.TOTAL_PASSED
    assert Indication.TOTAL_FAILED in indications[1:2]
    assert indications[2] is Indication.INDETERMINATE
    assert sorted(_told(home)) == sorted(f"r{each}" for each in range(len(files)))


def test_who_comes_while_one_is_held_is_judged_in_the_next(
    home: Authority, world: PkiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    sittings: list[int] = []

    def tell(home: Authority, told: list[Any]) -> None:
        sittings.append(len(told))
        tell_each(home, told)

    monkeypatch.setattr(joint_sitting, "tell_each", tell)
    _together(JointSittings(home, lambda: replace(home.verification, fetcher=None)), _files(world, MOST + 3))
    assert sum(sittings) == MOST + 3
    assert len(sittings) <= 3
    assert max(sittings) <= MOST


def test_a_file_that_needs_the_network_is_judged_by_itself_and_keeps_nobody(home: Authority, world: PkiWorld) -> None:
    waiting, threads = threading.Event(), set[str]()

    class Slow:
        def fetch(self, uri: str) -> bytes:
            threads.add(uri)
            waiting.wait(30)
            raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "nobody there")

        def post(self, uri: str, _body: bytes, *, media_type: str) -> bytes:
            return self.fetch(f"{media_type} {uri}")

        def nonce(self, _question: str) -> bytes:
            return bytes(32)

    service = replace(home.verification, fetcher=Slow())
    lacking, whole = _files(world, 3)[2], _files(world, 3)[0]
    lacking = replace(lacking, evidence=_evidence(world)[1:])  # all but its status list

    async def ask() -> tuple[Verdict, Verdict]:
        joint = JointSittings(home, lambda: service)
        late = asyncio.create_task(joint.verify(lacking, NOW, Asker(request_id="late")))
        early = await joint.verify(whole, NOW, Asker(request_id="early"))
        while not threads:  # noqa: ASYNC110 - it is asked for in another thread
            await asyncio.sleep(0.01)
        again = await joint.verify(whole, NOW, Asker(request_id="again"))
        assert not late.done()
        assert early == again
        waiting.set()
        return early, await late

    early, late = asyncio.run(ask())
    assert early.conclusion.indication is Indication.TOTAL_PASSED
    assert late.conclusion.indication is Indication.INDETERMINATE
    assert _told(home) == ["early", "again", "late"]


def test_nobody_has_a_verdict_the_trail_did_not_take(
    home: Authority, world: PkiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise TrustError(ErrorCode.DISK_FULL, "the trail")

    monkeypatch.setattr(joint_sitting, "tell_each", full)
    found = _together(JointSittings(home, lambda: home.verification), _files(world, 4)[:1] * 4)
    assert [each.code for each in found if isinstance(each, TrustError)] == [ErrorCode.DISK_FULL] * 4


def test_an_asker_the_trail_does_not_take_stands_in_no_others_way(home: Authority, world: PkiWorld) -> None:
    joint = JointSittings(home, lambda: replace(home.verification, fetcher=None))
    file = _files(world, 3)[0]

    async def ask() -> list[Verdict | BaseException]:
        named = joint.verify(file, NOW, Asker(request_id="not a form\n"))
        others = (joint.verify(file, NOW, Asker(request_id=f"r{each}")) for each in range(3))
        return await asyncio.gather(others.__next__(), named, *others, return_exceptions=True)

    found = asyncio.run(ask())
    assert [type(each) for each in found] == [Verdict, TrustError, Verdict, Verdict]
    assert sorted(_told(home)) == ["r0", "r1", "r2"]


def test_a_fault_in_one_file_is_its_own(home: Authority, world: PkiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = joint_sitting._judge

    def faulty(sitting: object, one: object) -> object:
        if one.submission.name == "1":  # type: ignore[attr-defined]
            return ValueError("ours")
        return judge(sitting, one)  # type: ignore[arg-type]

    monkeypatch.setattr(joint_sitting, "_judge", faulty)
    found = _together(JointSittings(home, lambda: replace(home.verification, fetcher=None)), _files(world, 4))
    assert [type(each) for each in found] == [Verdict, ValueError, Verdict, Verdict]


@pytest.mark.parametrize(
    ("data", "evidence", "answer"),
    [
        (b"%PDF-1.7\n", (), False),  # slow to judge
        (b"{}", (), False),
        (b"", (), False),
        (None, (bytes(70_000),), False),  # too large with what it brings
        (None, (), True),
    ],
)
def test_only_what_is_short_joins(
    world: PkiWorld, data: bytes | None, evidence: tuple[bytes, ...], *, answer: bool
) -> None:
    data = make_credential(world).encode() if data is None else data
    assert joins(Submission(name="x", data=data, evidence=evidence)) is answer
