"""A PDF and a message signed by the seal of an authority elsewhere: only hashes go there, and its trail tells of them."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import PASSPHRASE, make_home
from tests.support.electronic_seals import drawn_seal
from tests.support.ofd_pages import sample_ofd
from tests.support.pki import PkiWorld
from tests.support.service import free_port, service
from tests.support.signed_pdf import sample_page
from tests.support.terminal import terminal
from trustkit.app.keys import KeyName
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.terminal import Terminal

__all__ = ["terminal"]

FORBIDDEN, USAGE = 77, 64


@dataclass
class Tap:
    """A wire to a port, and every octet that went there."""

    target: int
    port: int = 0
    seen: bytearray = field(default_factory=bytearray)

    def carry(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            back = threading.Thread(target=self._copy, args=(far, near, bytearray()), daemon=True)
            back.start()
            self._copy(near, far, self.seen)
            back.join()
            near.close()
            far.close()

    def _copy(self, source: socket.socket, sink: socket.socket, seen: bytearray) -> None:
        while octets := source.recv(65536):
            seen += octets
            sink.sendall(octets)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def tapped(port: int) -> Iterator[Tap]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        tap = Tap(port, listening.getsockname()[1])
        thread = threading.Thread(target=tap.carry, args=(listening,), daemon=True)
        thread.start()
        try:
            yield tap
        finally:
            listening.shutdown(socket.SHUT_RDWR)


@dataclass
class Elsewhere:
    """The authority elsewhere, and the wire to it."""

    home: Path
    passphrase: Path
    tap: Tap

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.tap.port}"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    folder = tmp_path_factory.mktemp("elsewhere")
    home, port = make_home(folder / "home"), free_port()
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[ca_server]\nport = {port}\n\n[csc]\nenabled = true\n")
    passphrase = folder / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_bytes(PASSPHRASE)
    options = ("--passphrase-file", passphrase)
    with service(home, port, folder / "log", *options, command=("ca", "serve")), tapped(port) as tap:
        yield Elsewhere(home, passphrase, tap)


def client(terminal: Terminal, elsewhere: Elsewhere, name: str, folder: Path, *grant: str) -> Path:
    """Register a client, as the authority's operator does, and return the file of its secret."""
    words = ("--home", elsewhere.home, "--passphrase-file", elsewhere.passphrase, "--format", "json")
    (told,) = terminal.run("ca", "client", "add", name, "--role", "signer", *grant, *words).objects()
    secret = folder / f"{name}.secret"
    secret.touch(mode=0o600)
    secret.write_text(told["credential"])
    return secret


def trail_of(terminal: Terminal, elsewhere: Elsewhere) -> list[dict[str, str]]:
    words = ("--home", elsewhere.home, "--format", "json", "--limit", "1000")
    return terminal.run("audit", "list", *words).objects()


def test_a_pdf_and_a_message_are_signed_by_a_seal_elsewhere(
    terminal: Terminal, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    secret = client(terminal, elsewhere, "registry", tmp_path, "--may", "sign", "--credential", "seal")
    remote = ("--remote", elsewhere.url, "--credential", "seal", "--passphrase-file", secret)
    contract, letter = tmp_path / "contract.pdf", tmp_path / "letter.txt"
    contract.write_bytes(sample_page(tmp_path))
    letter.write_bytes(b"a letter nobody else shall read\n" * 500)
    elsewhere.tap.seen.clear()
    before = len(trail_of(terminal, elsewhere))
    assert terminal.run("sign", contract, *remote, "--reason", "同意").status == 0
    assert terminal.run("sign", letter, *remote).status == 0
    judging = ("--home", elsewhere.home, "--offline", "--format", "json")
    for words in ((contract.with_name("contract.signed.pdf"),), (f"{letter}.p7s", "--content", letter)):
        (verdict,) = terminal.run("verify", *words, *judging).objects()
        assert verdict["signatures"][0]["indication"] == "TOTAL-PASSED", verdict
    told = [event for event in trail_of(terminal, elsewhere)[before:] if event["type"].startswith("ca:hash")]
    assert [event["type"] for event in told] == ["ca:hash:intended", "ca:hash:signed"] * 2
    assert {event["actor"].partition(":")[0] for event in told} == {"client"}
    assert len({event["object_id"] for event in told}) == 2
    seen = bytes(elsewhere.tap.seen)
    assert seen.count(b"POST /csc/v2/signatures/signHash") == 2
    assert len(seen) < 6000
    for octets in (contract.read_bytes(), letter.read_bytes()):
        assert not any(octets[start : start + 16] in seen for start in range(0, len(octets) - 16, 16))


def test_a_folder_is_signed_by_a_seal_elsewhere(terminal: Terminal, elsewhere: Elsewhere, tmp_path: Path) -> None:
    secret = client(terminal, elsewhere, "batch", tmp_path, "--may", "sign", "--credential", "seal")
    folder, page = tmp_path / "papers", sample_page(tmp_path)
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.pdf").write_bytes(page)
    remote = ("--remote", elsewhere.url, "--credential", "seal", "--passphrase-file", secret)
    ran = terminal.run("sign", folder, *remote, "--out-dir", tmp_path / "signed", "--jobs", "1", "--format", "json")
    assert (ran.status, [each["status"] for each in ran.objects()]) == (0, ["signed"] * 3)


def test_an_electronic_seal_is_put_on_by_a_key_elsewhere(
    terminal: Terminal, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """The seal is here, the key of whom it lists is not: PDF and OFD are sealed, hashes go to the service, nothing else."""
    with open_authority(elsewhere.home) as authority:
        certificate = authority.certificate(KeyName.SEAL)
        (tmp_path / "root.cer").write_bytes(authority.certificate(KeyName.ROOT).der)
    world = PkiWorld()
    seal, stranger = tmp_path / "seal.esl", tmp_path / "stranger.esl"
    seal.write_bytes(drawn_seal(world, certificate))
    stranger.write_bytes(drawn_seal(world, world.signer.certificate))
    secret = client(terminal, elsewhere, "sealer", tmp_path, "--may", "sign", "--credential", "seal")
    remote = ("--remote", elsewhere.url, "--credential", "seal", "--passphrase-file", secret)
    contract, permit = tmp_path / "contract.pdf", tmp_path / "permit.ofd"
    contract.write_bytes(sample_page(tmp_path))
    permit.write_bytes(sample_ofd())
    elsewhere.tap.seen.clear()
    for file in (contract, permit):
        assert terminal.run("sign", file, *remote, "--esl", stranger).code == "esign:seal:signer"
    assert b"signHash" not in elsewhere.tap.seen
    for file, form in ((contract, "ses-v4"), (permit, "ofd-seal-v4")):
        signed = file.with_name(f"{file.stem}.signed{file.suffix}")
        ran = terminal.run("sign", file, *remote, "--esl", seal, "--page", "1", "--at", "5,5")
        assert ran.status == 0, ran.err
        words = ("--trust", tmp_path / "root.cer", "--home", elsewhere.home, "--offline", "--format", "json")
        (verdict,) = terminal.run("verify", signed, *words).objects()
        (told,) = verdict["signatures"]
        assert told["form"] == form
        checks = {each["id"]: each["status"] for each in told["checks"]}
        assert checks["signature:content:digest"] == checks["seal:signature:valid"] == "PASSED"
    folder = tmp_path / "permits"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.ofd").write_bytes(sample_ofd())
    many = terminal.run("sign", folder, *remote, "--esl", seal, "--out-dir", tmp_path / "signed", "--format", "json")
    assert [each["status"] for each in many.objects()] == ["signed"] * 2
    assert bytes(elsewhere.tap.seen).count(b"POST /csc/v2/signatures/signHash") == 4
    complete = terminal.run("sign", permit, *remote, "--esl", seal, "--level", "b-lt", "--out", tmp_path / "no.ofd")
    complete.require_refusal("app:call:usage", USAGE)


def test_who_was_not_granted_the_seal_writes_nothing(terminal: Terminal, elsewhere: Elsewhere, tmp_path: Path) -> None:
    letter, out = tmp_path / "letter.txt", tmp_path / "out.p7s"
    letter.write_bytes(b"a letter")
    for number, grant in enumerate(((), ("--may", "sign"))):
        secret = client(terminal, elsewhere, f"bare-{number}", tmp_path, *grant)
        remote = ("--remote", elsewhere.url, "--credential", "seal", "--passphrase-file", secret)
        terminal.run("sign", letter, *remote, "--out", out).require_refusal("app:remote:refused", FORBIDDEN)
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("0" * 32 + ".wrong")
    remote = ("--remote", elsewhere.url, "--credential", "seal", "--passphrase-file", wrong)
    terminal.run("sign", letter, *remote, "--out", out).require_refusal("app:remote:refused", FORBIDDEN)
    assert not out.exists()


WORDS = {
    "a credential without a service": ("--credential", "seal"),
    "a service without a credential": ("--remote", "http://127.0.0.1:9"),
    "a service and a key": ("--remote", "http://127.0.0.1:9", "--credential", "seal", "--key", "k.pem"),
    "a certificate of the TLS without a service": ("--remote-ca", "ca.pem"),
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_words_that_do_not_go_together(terminal: Terminal, tmp_path: Path, words: tuple[str, ...]) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_bytes(b"a letter")
    terminal.run("sign", letter, *words).require_refusal("app:call:usage", USAGE)
