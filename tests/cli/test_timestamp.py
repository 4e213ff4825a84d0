"""``trustkit timestamp``: by the home's own authority, by one elsewhere, and carried by hand; and every refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ca.stamping import CLOCK_MARK
from tests.support.pki import PkiWorld
from tests.support.stamping import listening, reply_to
from trustkit.app.wiring import open_authority
from trustkit.cms import oids
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.encoding import der_write as w
from trustkit.store import clock_marks
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.request import TimestampRequest, parse_request
from trustkit.timestamp.response import Failure, make_refusal
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

CONTENT = "会议纪要\n".encode()
JSON = ("--format", "json")
USAGE, UNTRUSTED, MALFORMED, NO_INPUT, TAKEN, LATER = 64, 65, 65, 66, 73, 75


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@dataclass(frozen=True)
class Desk:
    """A file to stamp and the option that names the passphrase."""

    file: Path
    secret: tuple[str, str]

    @property
    def token(self) -> Path:
        return self.file.with_name("minutes.txt.tst")

    @property
    def query(self) -> Path:
        return self.file.with_name("minutes.txt.tsq")


@pytest.fixture
def desk(tmp_path: Path, passphrase_file: Path) -> Desk:
    path = tmp_path / "minutes.txt"
    path.write_bytes(CONTENT)
    return Desk(path, ("--passphrase-file", str(passphrase_file)))


def test_a_unit_of_another_kind_is_made_and_stamps(terminal: Terminal, desk: Desk, home: Path) -> None:
    place = ("--home", home)
    create = ("ca", "create", "web", "--profile", "root", "--keys", "rsa-3072", "--subject", "O=示范局")
    assert terminal.run(*create, "--subject", "CN=示范根", "--yes", *place, *desk.secret).status == 0
    renew = ("ca", "renew", "timestamping", "--under", "web", "--yes", *place, *desk.secret)
    (made,) = terminal.run(*renew, *JSON).objects()
    assert (made["unit"], made["key_kind"], made["replaces"]) == ("web", "rsa", None)
    stamp = ("timestamp", desk.file, "--unit", "web", "--digest", "sha256", *place, *desk.secret)
    assert terminal.run(*stamp).status == 0
    token = verify_token(parse_token(desk.token.read_bytes()), data=CONTENT)
    assert token.certificate.public_key.kind.value == "rsa"
    (again,) = terminal.run(*renew, *JSON).objects()
    assert again["replaces"] == made["serial"]
    refused = (
        (("ca", "renew", "seal", "--under", "web", "--yes"), "app:call:usage", USAGE),
        (("ca", "renew", "timestamping", "--under", "web", "--same-key", "--yes"), "app:call:usage", USAGE),
        (("timestamp", desk.file, "--unit", "nobody", "--out", desk.query), "ca:certificate:unfit", None),
        (("timestamp", desk.file, "--unit", "web", "--query", "--out", desk.query), "app:call:usage", USAGE),
    )
    for words, code, status in refused:
        ran = terminal.run(*words, *place, *desk.secret)
        assert code in ran.err, ran.err
        assert status is None or ran.status == status


@pytest.mark.parametrize("digest", ["sm3", "sha512"])
def test_the_homes_own_authority_stamps(terminal: Terminal, desk: Desk, home: Path, digest: str) -> None:
    (told,) = terminal.run(
        "timestamp", desk.file, "--home", home, "--digest", digest, *desk.secret, *JSON
    ).objects()  # fmt: skip
    token = verify_token(parse_token(desk.token.read_bytes()), data=CONTENT)
    assert (told["file"], told["serial"], told["digest"]) == (str(desk.token), f"{token.serial:x}", digest)
    assert (told["indication"], token.nonce is not None) == ("TOTAL-PASSED", True)
    verified = terminal.run("verify", desk.token, "--content", desk.file, "--home", home, "--offline")
    assert verified.status == 0
    told_of = terminal.run("audit", "list", "--home", home, *JSON).objects()
    assert [each["object_id"] for each in told_of if each["type"] == "ca:timestamp:issued"] == [str(token.serial)]


def test_a_token_is_never_written_over(terminal: Terminal, desk: Desk, home: Path) -> None:
    desk.token.write_bytes(b"kept")
    refused = terminal.run("timestamp", desk.file, "--home", home, *desk.secret)
    refused.require_refusal("app:output:exists", TAKEN)
    assert desk.token.read_bytes() == b"kept"


def test_an_authority_elsewhere(terminal: Terminal, desk: Desk, world: PkiWorld) -> None:
    asked: list[TimestampRequest] = []

    def answer(body: bytes) -> bytes:
        asked.append(parse_request(body))
        return reply_to(world, asked[-1])

    with listening(answer) as url:
        for number in ("first", "second"):
            out = desk.file.with_name(number)
            words = ("timestamp", desk.file, "--url", url, "--digest", "sha256", "--tsa-policy", "1.2.9", "--out", out)
            (told,) = terminal.run(*words, *JSON).objects()
            assert (told["policy"], told["serial"]) == ("1.2.9", "7")
            assert told["indication"] == "INDETERMINATE"  # nobody is trusted here
            assert verify_token(parse_token(out.read_bytes()), data=CONTENT).certificate == world.tsa.certificate
    first, second = asked
    assert first.nonce != second.nonce
    assert first.nonce is not None
    assert first.nonce.bit_length() == 64
    assert first.certificates
    assert first.imprint_algorithm is DigestAlgorithm.SHA256


def _other_nonce(world: PkiWorld, request: TimestampRequest) -> bytes:
    return reply_to(world, request, nonce=(request.nonce or 0) ^ 1)


def _other_imprint(world: PkiWorld, request: TimestampRequest) -> bytes:
    return reply_to(world, request, imprint=bytes(32))


def _forged(world: PkiWorld, request: TimestampRequest) -> bytes:
    good = bytearray(reply_to(world, request))
    good[-1] ^= 1
    return bytes(good)


def _no_authority(_: PkiWorld, request: TimestampRequest) -> bytes:
    assert request.nonce is not None
    return make_refusal(Failure.BAD_ALGORITHM, "SHA-2 only")


REFUSED = {
    "nonce": (_other_nonce, "timestamp:response:mismatch", UNTRUSTED),
    "imprint": (_other_imprint, "timestamp:response:mismatch", UNTRUSTED),
    "signature": (_forged, "crypto:signature:wrong", UNTRUSTED),
    "refusal": (_no_authority, "timestamp:response:refused", LATER),
    "rubbish": (lambda _, __: b"<html>", "encoding:der:malformed", MALFORMED),
    "truncated": (lambda world, request: reply_to(world, request)[:-1], "encoding:der:malformed", MALFORMED),
    "empty": (lambda _, __: b"", "encoding:der:malformed", MALFORMED),
    "huge": (lambda _, __: bytes(11 * 1024 * 1024), "timestamp:authority:unreachable", LATER),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_answer_to_the_request_is_not_kept(
    terminal: Terminal, desk: Desk, world: PkiWorld, case: str
) -> None:
    bent, code, status = REFUSED[case]
    with listening(lambda body: bent(world, parse_request(body))) as url:
        terminal.run("timestamp", desk.file, "--url", url).require_refusal(code, status)
    assert not desk.token.exists()


def test_an_answer_other_than_200(terminal: Terminal, desk: Desk) -> None:
    with listening(lambda _: b"", status=503) as url:
        refused = terminal.run("timestamp", desk.file, "--url", url)
    refused.require_refusal("timestamp:authority:unreachable", LATER)
    terminal.run("timestamp", desk.file, "--url", url).require_refusal("timestamp:authority:unreachable", LATER)


def test_with_trust_only_a_trusted_authority_is_kept(
    terminal: Terminal, desk: Desk, world: PkiWorld, tmp_path: Path
) -> None:
    other, own = tmp_path / "other.cer", tmp_path / "own.cer"
    other.write_bytes(PkiWorld().root.der)
    own.write_bytes(world.root.der)
    with listening(lambda body: reply_to(world, parse_request(body))) as url:
        refused = terminal.run("timestamp", desk.file, "--url", url, "--trust", other)
        refused.require_refusal("timestamp:authority:untrusted", UNTRUSTED)
        refused = terminal.run("timestamp", desk.file, "--url", url, "--trust", own)  # no revocation list at hand
        refused.require_refusal("timestamp:authority:untrusted", UNTRUSTED)
    assert not desk.token.exists()


def test_carried_by_hand(terminal: Terminal, desk: Desk, world: PkiWorld, tmp_path: Path) -> None:
    (told,) = terminal.run("timestamp", desk.file, "--query", *JSON).objects()
    request = parse_request(desk.query.read_bytes())
    assert (told["file"], told["imprint"]) == (str(desk.query), request.imprint.hex())
    reply = tmp_path / "answer.tsr"
    reply.write_bytes(reply_to(world, request))
    (kept,) = terminal.run("timestamp", desk.file, "--reply", reply, "--offline", *JSON).objects()
    assert kept["file"] == str(desk.token)
    assert verify_token(parse_token(desk.token.read_bytes()), data=CONTENT).nonce == request.nonce


def test_a_reply_to_another_request_is_refused(terminal: Terminal, desk: Desk, world: PkiWorld, tmp_path: Path) -> None:
    reply, earlier = tmp_path / "answer.tsr", tmp_path / "earlier.tsq"
    reply.write_bytes(make_refusal(Failure.SYSTEM_FAILURE))
    missing = terminal.run("timestamp", desk.file, "--reply", reply, "--offline")
    missing.require_refusal("app:input:unreadable", NO_INPUT)
    terminal.run("timestamp", desk.file, "--query", "--out", earlier)
    terminal.run("timestamp", desk.file, "--query")
    reply.write_bytes(reply_to(world, parse_request(desk.query.read_bytes())))
    replayed = terminal.run("timestamp", desk.file, "--reply", reply, "--request", earlier, "--offline")
    replayed.require_refusal("timestamp:response:mismatch", UNTRUSTED)
    desk.file.write_bytes(b"changed since")
    changed = terminal.run("timestamp", desk.file, "--reply", reply, "--offline")
    changed.require_refusal("timestamp:imprint:mismatch", UNTRUSTED)
    desk.query.write_bytes(w.sequence(w.oid(oids.SM3)))
    broken = terminal.run("timestamp", desk.file, "--reply", reply, "--offline")
    broken.require_refusal("timestamp:token:malformed", MALFORMED)


@pytest.mark.parametrize(
    "words",
    [
        ("--url", "http://tsa.example/", "--query"),
        ("--url", "http://tsa.example/", "--reply", "x"),
        ("--query", "--reply", "x"),
        ("--request", "x"),
        ("--url", "http://tsa.example/", "--offline"),
        ("--url", "file:///etc/passwd"),
        ("--url", "http://user@tsa.example/"),
        ("--query", "--tsa-policy", "no.oid"),
    ],
    ids=" ".join,
)
def test_words_that_do_not_fit(terminal: Terminal, desk: Desk, words: tuple[str, ...]) -> None:
    terminal.run("timestamp", desk.file, *words).require_refusal("app:call:usage", USAGE)
    assert not desk.token.exists()
    assert not desk.query.exists()


def test_refusals_speak_chinese(terminal: Terminal, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    with listening(lambda _: b"", status=500) as url:
        refused = terminal.run("timestamp", desk.file, "--url", url)
    assert "未能从时间戳服务取得可用的应答" in refused.err


def test_an_operator_accepts_the_clock_after_it_had_run_ahead(terminal: Terminal, desk: Desk, home: Path) -> None:
    with open_authority(home) as authority, authority.database.unit_of_work() as uow:
        clock_marks.advance(uow, CLOCK_MARK, authority.clock.now() + timedelta(hours=1))
    stamping = ("timestamp", desk.file, "--home", home, *desk.secret)
    terminal.run(*stamping).require_refusal("timestamp:response:refused", LATER)
    terminal.run("ca", "accept-clock", "--home", home).require_refusal("app:call:usage", USAGE)  # nobody to ask
    (told,) = terminal.run("ca", "accept-clock", "--home", home, "--yes", *JSON).objects()
    assert told["seen"] > told["clock"]
    assert terminal.run(*stamping).status == 0
