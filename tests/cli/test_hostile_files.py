"""What ``trustkit verify`` says to files that are broken, foreign or malicious: a verdict, a reason, and nothing of theirs."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import io
import secrets
import zipfile
from typing import TYPE_CHECKING, Final

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from tests.support.authority import PASSPHRASE, passphrase
from tests.support.message_forge import MessageForge
from tests.support.pki import PkiWorld
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.custody.software import SoftwareKeystore
from trustkit.encoding.der_write import null, oid, sequence
from trustkit.encoding.pem import encode_pem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.authority import Issued
    from tests.support.pki import Member
    from tests.support.terminal import Terminal

AT: Final = ("--at", "2026-12-01T00:00:00Z", "--offline")
FAILED, OPEN = 1, 2
DEEP: Final = 100_000


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _nested(depth: int) -> bytes:
    """Return SEQUENCEs in SEQUENCEs, their lengths in four octets each."""
    return b"".join(b"\x30\x84" + (6 * (depth - level - 1)).to_bytes(4, "big") for level in range(depth))


def _zip(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def _encrypted(document: bytes) -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(document)))
    writer.encrypt("owner", "user")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


GARBAGE: Final = {
    "noise": secrets.token_bytes(4096),
    "zeros": bytes(4096),
    "text": "一封信".encode(),
    "one octet": b"\x30",
    "a lie about its length": b"\x30\x84\xff\xff\xff\xff\x06\x09\x2a\x86\x48",
    "deep DER": _nested(DEEP),
    "deep JSON": b"[" * DEEP,
    "deep PDF": b"%PDF-1.7\n1 0 obj\n" + b"[" * DEEP + b"\nendobj\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n",
    "PDF header alone": b"%PDF-1.7\n",
    "PDF that points at itself": b"%PDF-1.7\nxref\n0 0\ntrailer <</Prev 9 /Size 1>>\nstartxref\n9\n%%EOF\n",
    "archive": _zip("a.txt", b"a"),
    "archive bomb named as a document": _zip("OFD.xml", bytes(30_000_000)),
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "PEM without an end": b"-----BEGIN CERTIFICATE-----\nMIIB\n",
    "PEM of nonsense": b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "JWS without a signature": b"eyJhbGciOiJub25lIn0.e30.",
    "lines of dots": b".\n" * 5000,
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_gets_a_verdict_with_a_reason(terminal: Terminal, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    ran = terminal.run("verify", tmp_path / "file", *AT, "--format", "json")
    (verdict,) = ran.objects()
    assert ran.status in {FAILED, OPEN}
    assert verdict["indication"] != "TOTAL-PASSED"
    assert verdict["sub_indication"] in {"FORMAT_FAILURE", "FORMAT_NOT_SUPPORTED"}
    assert any(check["message"] and check["remedy"] for check in verdict["checks"])


def test_a_huge_file_is_not_read_to_its_end(terminal: Terminal, tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(3 * 1024**3)  # sparse
    terminal.run("verify", tmp_path / "huge", *AT).require_refusal("app:input:too-large", 66)


@pytest.mark.parametrize("kept", [0.001, 0.3, 0.9, 0.999])
def test_a_truncated_licence_never_passes(terminal: Terminal, issued: Issued, tmp_path: Path, kept: float) -> None:
    whole = issued.document.read_bytes()
    (tmp_path / "part.pdf").write_bytes(whole[: int(len(whole) * kept)])
    ran = terminal.run("verify", tmp_path / "part.pdf", "--home", issued.home, "--offline")
    assert ran.status in {FAILED, OPEN}


def test_an_encrypted_pdf_is_named(terminal: Terminal, issued: Issued, tmp_path: Path) -> None:
    (tmp_path / "closed.pdf").write_bytes(_encrypted(issued.document.read_bytes()))
    ran = terminal.run("verify", tmp_path / "closed.pdf", *AT, "--format", "json")
    (verdict,) = ran.objects()
    assert ran.status in {FAILED, OPEN}
    assert "esign:pdf:encrypted" in {check["code"] for check in verdict["checks"]}


@pytest.mark.parametrize("armour", [True, False])
@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256])
def test_a_private_key_is_told_and_not_repeated(
    terminal: Terminal, tmp_path: Path, kind: KeyKind, *, armour: bool
) -> None:
    secret = generate_key(kind).private_key_info()
    data = encode_pem("PRIVATE KEY", secret) if armour else secret
    (tmp_path / "key").write_bytes(data)
    for form in ("text", "json"):
        ran = terminal.run("verify", tmp_path / "key", *AT, "--format", form)
        assert ran.status in {FAILED, OPEN}
        assert "private" in ran.out
        for line in encode_pem("PRIVATE KEY", secret).decode().splitlines()[1:-1]:
            assert line not in ran.out + ran.err
        assert secret[30:62].hex() not in (ran.out + ran.err).lower()


def test_a_key_container_is_told_and_not_opened(terminal: Terminal, tmp_path: Path) -> None:
    SoftwareKeystore(tmp_path / "keys", iterations=10_000).create("seal", KeyKind.SM2, passphrase())
    ran = terminal.run("verify", tmp_path / "keys" / "seal.key.pem", *AT)
    assert ran.status in {FAILED, OPEN}
    assert "private" in ran.out
    assert PASSPHRASE.decode() not in ran.out


def _signed_by(member: Member) -> bytes:
    return sign_message(
        content=b"content",
        signer=member.signer,
        certificate=member.certificate,
        chain=(),
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=SignedAttributes(),
    )


def _weak(world: PkiWorld, digest: str, signature: str) -> bytes:
    forge = MessageForge(world.signer)
    algorithm = sequence(oid(digest), null())
    info = forge.signer_info(digest_algorithm=algorithm, signature_algorithm=sequence(oid(signature), null()))
    return forge.message(signers=(info,))


MESSAGES: Final[dict[str, tuple[Callable[[PkiWorld], bytes], str, str]]] = {
    "encryption certificate": (lambda w: _signed_by(w.encryption), "TOTAL-FAILED", "x509:certificate:purpose"),
    "a CA as signer": (lambda w: _signed_by(w.issuing), "TOTAL-FAILED", "x509:certificate:purpose"),
    "revoked": (lambda w: _signed_by(w.revoked), "INDETERMINATE", "REVOKED_NO_POE"),
    "expired": (lambda w: _signed_by(w.expired), "INDETERMINATE", "OUT_OF_BOUNDS_NO_POE"),
    "MD5": (
        lambda w: _weak(w, "1.2.840.113549.2.5", "1.2.840.113549.1.1.4"),
        "INDETERMINATE",
        "crypto:algorithm:weak",
    ),
    "SHA-1": (lambda w: _weak(w, "1.3.14.3.2.26", "1.2.840.113549.1.1.5"), "INDETERMINATE", "crypto:algorithm:weak"),
    "unknown digest": (
        lambda w: _weak(w, "1.2.3.4", "1.2.156.10197.1.501"),
        "INDETERMINATE",
        "crypto:algorithm:unknown",
    ),
    "unknown suite": (
        lambda w: _weak(w, "1.2.156.10197.1.401", "1.2.3.4"),
        "INDETERMINATE",
        "crypto:algorithm:unknown",
    ),
    "no signer": (lambda w: MessageForge(w.signer).message(signers=()), "INDETERMINATE", "cms:signer:none"),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_that_must_not_pass(terminal: Terminal, world: PkiWorld, tmp_path: Path, name: str) -> None:
    make, indication, reason = MESSAGES[name]
    for file, data in (
        ("message", make(world)),
        ("root.cer", world.root.der),
        ("issuing.cer", world.issuing.der),
        ("issuing.crl", world.crl().der),
        ("root.crl", world.crl(issuer=world.root).der),
    ):
        (tmp_path / file).write_bytes(data)
    evidence = [part for file in ("issuing.cer", "issuing.crl", "root.crl") for part in ("--evidence", tmp_path / file)]
    ran = terminal.run(
        "verify", tmp_path / "message", "--trust", tmp_path / "root.cer", *evidence, *AT, "--format", "json"
    )
    (verdict,) = ran.objects()
    checks = [check for each in (verdict, *verdict["signatures"]) for check in each["checks"]]
    told = {check[key] for check in checks for key in ("code", "sub_indication")}
    assert (verdict["indication"], reason in told) == (indication, True), (verdict["sub_indication"], told)
