"""OpenSSL reads and verifies our revocation lists and time stamps, by ECDSA and RSA; SM2 chains are beyond OpenSSL 3.0."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from ca.clock_guard import ClockGuard
from ca.stamp_serials import StampSerials
from ca.stamping import ACCURACY, StampQuery, TimestampAuthority
from tests.support.pki import PkiWorld
from tests.support.published_lists import PublishedLists
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.pem import encode_pem
from trustkit.identity import ANONYMOUS
from trustkit.store.crls import ListKind
from trustkit.store.database import Database, open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop
OPENSSL = shutil.which("openssl") or "openssl"
KINDS = (KeyKind.EC_P256, KeyKind.RSA)


def openssl(folder: Path, *words: str) -> str:
    done = subprocess.run([OPENSSL, *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.value)
def world(request: pytest.FixtureRequest) -> PkiWorld:
    return PkiWorld(kind=request.param)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite:///{tmp_path / 's.sqlite'}") as opened:
        opened.migrate()
        yield opened


def test_openssl_verifies_every_kind_of_list(world: PkiWorld, database: Database, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(encode_pem("CERTIFICATE", world.issuing.der))
    for (scope, kind), octets in PublishedLists(world, database).lists.items():
        (tmp_path / "list.crl").write_bytes(octets)
        told = openssl(
            tmp_path, "crl", "-inform", "DER", "-in", "list.crl", "-CAfile", "ca.pem", "-verify", "-noout", "-text"
        )
        assert "verify OK" in told
        assert ("Delta CRL Indicator: critical" in told) == (kind is ListKind.DELTA)
        assert ("Issuing Distribution Point: critical" in told) == (not scope.whole)
        assert ("Remove From CRL" in told) == (kind is ListKind.DELTA)


def test_openssl_verifies_our_replies_to_its_queries(world: PkiWorld, database: Database, tmp_path: Path) -> None:
    authority = TimestampAuthority(
        database=database,
        guard=ClockGuard(clock=world.clock, floor=world.START, tolerance=ACCURACY),
        serials=StampSerials(database=database),
        signer=world.tsa.signer,
        certificate=world.tsa.certificate,
        chain=(world.issuing.certificate,),
    )
    (tmp_path / "data").write_bytes(b"stamped")
    (tmp_path / "root.pem").write_bytes(encode_pem("CERTIFICATE", world.root.der))
    for digest in ("sha256", "sha384", "sha512", "sm3"):
        openssl(tmp_path, "ts", "-query", "-data", "data", f"-{digest}", "-cert", "-out", "query.tsq")
        query = StampQuery(octets=(tmp_path / "query.tsq").read_bytes(), actor=ANONYMOUS)
        (tmp_path / "reply.tsr").write_bytes(authority.answer(query))
        assert "Granted" in openssl(tmp_path, "ts", "-reply", "-in", "reply.tsr", "-text")
        moment = str(int(world.START.timestamp()) + 1)
        told = openssl(
            tmp_path, "ts", "-verify", "-queryfile", "query.tsq", "-in", "reply.tsr", "-CAfile", "root.pem",
            "-attime", moment,
        )  # fmt: skip
        assert "Verification: OK" in told
    openssl(tmp_path, "ts", "-query", "-data", "data", "-sha1", "-out", "query.tsq")
    query = StampQuery(octets=(tmp_path / "query.tsq").read_bytes(), actor=ANONYMOUS)
    (tmp_path / "reply.tsr").write_bytes(authority.answer(query))
    assert "unrecognized or unsupported algorithm" in openssl(tmp_path, "ts", "-reply", "-in", "reply.tsr", "-text")
