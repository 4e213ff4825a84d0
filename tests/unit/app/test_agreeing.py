"""Key agreement by files when things happen at once, or end in between: an ephemeral key serves once, whatever comes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from trustkit.app import agreeing
from trustkit.app.agreeing import KeyWanted, Places, answer_offer, confirm_answer, finish_offer, make_offer
from trustkit.app.files import write_output
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.agreement_run import KnownPeer
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.error_family import Code

NOW = PkiWorld.START
ALICE, BOB = generate_key(KeyKind.SM2), generate_key(KeyKind.SM2)


@dataclass(frozen=True)
class Desk:
    folder: Path

    def places(self, name: str) -> Places:
        return Places(message=self.folder / name, pending=self.folder / f"{name}.pending")

    def finish(self, number: int) -> None:
        wanted, told = self.wanted(f"a{number}.key"), self.folder / f"confirmation{number}"
        finish_offer(self.folder / "answer", ALICE, self.folder / "offer.pending", wanted, told, now=NOW)

    def confirm(self, number: int) -> None:
        (told,) = self.folder.glob("confirmation*")
        confirm_answer(told, BOB, self.folder / "answer.pending", self.wanted(f"b{number}.key"), now=NOW)

    def wanted(self, name: str) -> KeyWanted:
        return KeyWanted(out=self.folder / name, size=16)


def known(key: PrivateKey) -> KnownPeer:
    return KnownPeer(public_key=key.public_key, identity=b"1")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    make_offer(ALICE, known(BOB), desk.places("offer"), identity=b"1", now=NOW)
    answer_offer(tmp_path / "offer", BOB, known(ALICE), desk.places("answer"), identity=b"1", now=NOW)
    return desk


def at_once(act: Callable[[int], None], count: int) -> list[Code]:
    """Return what all but the ones that came through were refused with."""
    refused: list[Code] = []
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        gate.wait()
        try:
            act(number)
        except TrustError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def test_of_several_at_once_one_comes_through(desk: Desk) -> None:
    assert at_once(desk.finish, 8) == [ErrorCode.AGREEMENT_OVER] * 7
    assert at_once(desk.confirm, 8) == [ErrorCode.AGREEMENT_OVER] * 7
    (by_alice,), (by_bob,) = list(desk.folder.glob("a?.key")), list(desk.folder.glob("b?.key"))
    assert by_alice.read_bytes() == by_bob.read_bytes()


def test_what_ends_in_the_middle_cannot_be_taken_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a machine does that stops between the end of the pending file and the key."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(agreeing, "write_output", stop)
        with pytest.raises(KeyboardInterrupt):
            desk.finish(0)
    assert not (desk.folder / "a0.key").exists()
    with pytest.raises(TrustError) as caught:
        desk.finish(1)
    assert caught.value.code is ErrorCode.AGREEMENT_OVER


def test_a_key_that_is_there_can_be_confirmed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped between the two things it writes, the first step leaves a confirmation without a key, never a key without one."""
    written: list[str] = []

    def write_one(path: Path, data: bytes, *, mode: int = 0o644) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(path.name)
        write_output(path, data, mode=mode)

    monkeypatch.setattr(agreeing, "write_output", write_one)
    with pytest.raises(KeyboardInterrupt):
        desk.finish(0)
    assert written == ["confirmation0"]
    assert not (desk.folder / "a0.key").exists()


def test_a_pending_file_is_for_its_owner_and_of_its_form(desk: Desk) -> None:
    pending = desk.folder / "offer.pending"
    kept = pending.read_bytes()
    for octets, code in ((kept[:-1], ErrorCode.AGREEMENT_MALFORMED), (b"x" * 9000, ErrorCode.INPUT_TOO_LARGE)):
        pending.write_bytes(octets)
        with pytest.raises(TrustError) as caught:
            desk.finish(0)
        assert caught.value.code is code
    pending.unlink()
    pending.symlink_to(desk.folder / "answer.pending")
    with pytest.raises(TrustError) as caught:
        desk.finish(0)
    assert caught.value.code is ErrorCode.KEY_FILE_MODE
