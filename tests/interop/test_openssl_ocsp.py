"""OCSP with OpenSSL on either side (classical algorithms: it knows no SM2 with the default ID), and pkilint on our answers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.ocsp import answer, make_responder
from tests.support.pki import Member, PkiWorld
from trustkit.clock import SystemClock
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.x509.ocsp_build import NEVER_ISSUED_AT
from trustkit.x509.ocsp_cert_id import make_cert_id
from trustkit.x509.ocsp_request import build_ocsp_request
from trustkit.x509.ocsp_response import CertStatus, parse_ocsp_response
from trustkit.x509.ocsp_verify import VerifiedOcspAnswer, verify_ocsp_answer, verify_ocsp_response
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus

pytestmark = pytest.mark.interop

KINDS = (KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.RSA)
DIGESTS = (DigestAlgorithm.SHA1, DigestAlgorithm.SHA256, DigestAlgorithm.SM3)
AT = str(int(PkiWorld.START.timestamp()))
YEARS = str(100 * 365 * 24 * 3600)  # OpenSSL compares an answer's times with the real clock alone
NONCE = b"0123456789abcdef"


@pytest.fixture(autouse=True)
def _openssl() -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")


@cache
def world_of(kind: KeyKind) -> PkiWorld:
    return PkiWorld(kind=kind)


def write(folder: Path, name: str, label: str, octets: bytes) -> str:
    (folder / name).write_bytes(encode_pem(label, octets) if label else octets)
    return str(folder / name)


def openssl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False, timeout=30)


def judged(folder: Path, world: PkiWorld, member: Member, octets: bytes, *, digest: str = "sha1") -> str:
    """Return what ``openssl ocsp`` prints about an answer of ours."""
    done = openssl(
        *("ocsp", "-respin", write(folder, "response.der", "", octets), "-no_nonce"),
        *("-issuer", write(folder, "issuer.pem", "CERTIFICATE", world.issuing.der), f"-{digest}"),
        *("-cert", write(folder, "leaf.pem", "CERTIFICATE", member.der)),
        *("-CAfile", write(folder, "root.pem", "CERTIFICATE", world.root.der)),
        *("-verify_other", str(folder / "issuer.pem")),
        *("-attime", AT, "-validity_period", YEARS),
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("delegated", [True, False])
def test_openssl_accepts_our_answers(tmp_path: Path, kind: KeyKind, *, delegated: bool) -> None:
    world = world_of(kind)
    by = make_responder(world) if delegated else world.issuing
    good = answer(world, world.signer, by=by, digests=DIGESTS)
    for digest in ("sha1", "sha256"):
        told = judged(tmp_path, world, world.signer, good, digest=digest)
        assert "Response verify OK" in told, told
        assert "leaf.pem: good" in told
    revoked = answer(world, world.revoked, by=by, status=CertStatus.REVOKED)
    told = judged(tmp_path, world, world.revoked, revoked)
    assert "Response verify OK" in told
    assert "leaf.pem: revoked" in told
    assert "Reason: keyCompromise" in told


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_refuses_what_we_refuse(tmp_path: Path, kind: KeyKind) -> None:
    world = world_of(kind)
    good = answer(world, world.signer)
    for octets in (
        answer(world, world.signer, by=world.tsa),
        answer(world, world.signer, by=make_responder(world, purposes=())),
        good[:-1] + bytes((good[-1] ^ 1,)) if kind is KeyKind.RSA else answer(world, world.signer, certificates=()),
    ):
        assert "Response verify OK" not in judged(tmp_path, world, world.signer, octets)


class Peer:
    """``openssl ocsp -index`` as the responder of the issuing CA."""

    def __init__(self, folder: Path, kind: KeyKind) -> None:
        self.world, self.folder = world_of(kind), folder
        key = generate_key(kind)
        wide: dict[str, Any] = {
            "not_before": PkiWorld.START - timedelta(days=3000),
            "not_after": PkiWorld.START + timedelta(days=9000),
        }
        responder = make_responder(self.world, signer=key.signer(), **wide)
        write(folder, "ca.pem", "CERTIFICATE", self.world.issuing.der)
        write(folder, "responder.pem", "CERTIFICATE", responder.der)
        write(folder, "responder.key", "PRIVATE KEY", key.private_key_info())
        lines = [
            f"V\t491201000000Z\t\t{self._hex(self.world.signer)}\tunknown\t/CN=a",
            f"R\t491201000000Z\t261101000000Z,superseded\t{self._hex(self.world.revoked)}\tunknown\t/CN=b",
        ]
        (folder / "index.txt").write_text("\n".join(lines) + "\n", "ascii")

    @staticmethod
    def _hex(member: Member) -> str:
        text = f"{member.certificate.serial:X}"
        return text.zfill(len(text) + len(text) % 2)

    def ask(self, member: Member, digest: DigestAlgorithm) -> VerifiedOcspAnswer:
        issuer = self.world.issuing.certificate
        wanted = make_cert_id(issuer.subject_der, issuer.public_key, member.certificate.serial, digest)
        write(self.folder, "request.der", "", build_ocsp_request((wanted,), nonce=NONCE))
        place = str(self.folder / "answer.der")
        done = openssl(
            *("ocsp", "-index", str(self.folder / "index.txt"), "-CA", str(self.folder / "ca.pem")),
            *("-rsigner", str(self.folder / "responder.pem"), "-rkey", str(self.folder / "responder.key")),
            *("-reqin", str(self.folder / "request.der"), "-respout", place, "-ndays", "1"),
        )
        assert done.returncode == 0, done.stderr
        at = SystemClock().now()
        proved = verify_ocsp_response(
            parse_ocsp_response(Path(place).read_bytes()),
            issuer,
            at=at,
            standing=lambda _: RevocationStatus(state=RevocationState.UNKNOWN, detail=""),
        )
        assert proved.response.nonce == NONCE
        return verify_ocsp_answer(proved, member.certificate, at=at)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("digest", [DigestAlgorithm.SHA1, DigestAlgorithm.SHA256])
def test_we_read_openssls_answers(tmp_path: Path, kind: KeyKind, digest: DigestAlgorithm) -> None:
    peer = Peer(tmp_path, kind)
    assert peer.ask(peer.world.signer, digest).status is CertStatus.GOOD
    revoked = peer.ask(peer.world.revoked, digest)
    assert (revoked.status, revoked.answer.reason) == (CertStatus.REVOKED, RevocationReason.SUPERSEDED)
    assert peer.ask(peer.world.tsa, digest).status is CertStatus.UNKNOWN


def lint(folder: Path, octets: bytes) -> str:
    tool = Path(sys.executable).parent / "lint_ocsp_response"
    if not tool.exists():
        pytest.skip("pkilint is not installed beside this Python")
    path = write(folder, "linted.der", "", octets)
    command = [str(tool), "lint", "-s", "WARNING", "--document-format", "DER", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert not done.stderr, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256, KeyKind.RSA])
def test_pkilint_finds_no_fault(tmp_path: Path, kind: KeyKind) -> None:
    world = world_of(kind)
    unissued = answer(
        world,
        world.signer,
        status=CertStatus.REVOKED,
        revoked_at=NEVER_ISSUED_AT,
        reason=RevocationReason.CERTIFICATE_HOLD,
        extended_revoke=True,
    )
    for octets in (
        answer(world, world.signer, digests=DIGESTS),
        answer(world, world.signer, nonce=b"n" * 32),
        answer(world, world.revoked, status=CertStatus.REVOKED, archive_cutoff=PkiWorld.START - timedelta(days=9)),
        answer(world, world.signer, status=CertStatus.UNKNOWN, by=world.issuing, by_name=True, certificates=()),
        unissued,
    ):
        assert not lint(tmp_path, octets)
