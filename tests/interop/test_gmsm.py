"""gmsm's opinion of what we answer to a certificate request (GM/T 0092), and ours of what it answers."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ca.response import install_response, parse_response
from tests.support.databases import NOON
from tests.support.registration import TERMINAL, asked, crew, open_office
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.custody.private_key_info import parse_private_key_info, sm2_scalar
from trustkit.store.database import open_database
from trustkit.store.registrations import Decision

if TYPE_CHECKING:
    from ca.response import InstalledResponse
    from trustkit.custody.private_key import PrivateKey

pytestmark = pytest.mark.interop

SOURCE = Path(__file__).parent / "gmsm"
NEEDED = (1, 24)  # of gmsm's go.mod


@cache
def _go_version() -> tuple[int, ...]:
    if shutil.which("go") is None:
        return ()
    said = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True, timeout=60).stdout
    return tuple(int(part) for part in said.strip().removeprefix("go").split(".")[:2])


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if _go_version() < NEEDED:
        pytest.skip("no Go of version 1.24 or newer: gmsm cannot be built")
    program = tmp_path_factory.mktemp("gmsm") / "peer"
    subprocess.run(["go", "build", "-o", str(program), "."], cwd=SOURCE, check=True, timeout=600)
    return program


def ask(program: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=60)


def answered(folder: Path, holder: PrivateKey) -> bytes:
    with open_database(f"sqlite:///{folder}/office.db") as database:
        database.migrate()
        office = open_office(database, NOON)
        maker, checkers = crew(office)
        row = office.registration.submit(maker, asked(holder, encryption="encryption"))
        office.registration.decide(checkers[0], row.id, Decision.APPROVE)
        return office.work().carry_out(row.id, TERMINAL)


def scalar(key: PrivateKey) -> str:
    return sm2_scalar(parse_private_key_info(key.private_key_info()))[0].hex()


def installed(data: bytes, holder: PrivateKey) -> InstalledResponse:
    return install_response(parse_response(data), holder)


def test_gmsm_opens_our_response_and_finds_the_key_we_escrowed(peer: Path, tmp_path: Path) -> None:
    holder = generate_key(KeyKind.SM2)
    data = answered(tmp_path, holder)
    key, response = tmp_path / "key.der", tmp_path / "response.der"
    key.write_bytes(holder.private_key_info())
    response.write_bytes(data)
    said = ask(peer, "open", key, response)
    assert said.returncode == 0, said.stderr
    ours = installed(data, holder).encryption_key
    assert ours is not None
    assert said.stdout.strip() == scalar(ours)
    key.write_bytes(generate_key(KeyKind.SM2).private_key_info())
    assert ask(peer, "open", key, response).returncode != 0


def test_we_install_what_gmsm_answers(peer: Path, tmp_path: Path) -> None:
    holder = generate_key(KeyKind.SM2)
    ours = installed(answered(tmp_path, holder), holder)
    assert ours.encryption is not None
    assert ours.encryption_key is not None
    for name, data in (
        ("key.der", ours.encryption_key.private_key_info()),
        ("signing.cer", ours.signing.der),
        ("encryption.cer", ours.encryption.der),
    ):
        (tmp_path / name).write_bytes(data)
    said = ask(peer, "make", *(tmp_path / name for name in ("key.der", "signing.cer", "encryption.cer")))
    assert said.returncode == 0, said.stderr
    theirs = installed(bytes.fromhex(said.stdout.strip()), holder)
    assert theirs.encryption_key is not None
    assert scalar(theirs.encryption_key) == scalar(ours.encryption_key)
