"""OpenSSL's opinion of our messages and tokens with classical algorithms (it knows no SM2 in CMS with the default ID)."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from trustkit.cms.model import Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.cms.sign import CADES_B, SignedAttributes, sign_message
from trustkit.cms.verify import verify_signer
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.request import TimestampRequest, parse_request
from trustkit.timestamp.response import make_response
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pki import Member

pytestmark = pytest.mark.interop

CONTENT = b"signed content\n" * 20
KINDS = (KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.RSA)
AT = str(int(PkiWorld.START.timestamp()))


@pytest.fixture(autouse=True)
def _openssl() -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")


@cache
def world_of(kind: KeyKind) -> PkiWorld:
    return PkiWorld(kind=kind)


def _write(folder: Path, name: str, octets: bytes) -> str:
    (folder / name).write_bytes(octets)
    return str(folder / name)


def _anchors(folder: Path, world: PkiWorld) -> list[str]:
    root = _write(folder, "root.pem", encode_pem("CERTIFICATE", world.root.der))
    return ["-CAfile", root, "-attime", AT]


def _run(*arguments: str) -> bool:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=False).returncode == 0


def _flip(octets: bytes, position: int) -> bytes:
    position %= len(octets)
    return octets[:position] + bytes((octets[position] ^ 1,)) + octets[position + 1 :]


def _sign(world: PkiWorld, member: Member, *, detached: bool, attributes: SignedAttributes | None) -> bytes:
    return sign_message(
        content=CONTENT,
        signer=member.signer,
        certificate=member.certificate,
        chain=world.pool,
        dialect=Dialect.RFC5652,
        detached=detached,
        attributes=attributes,
        crls=(world.crl().der,),
    )


@pytest.mark.parametrize(
    "attributes", [None, CADES_B, SignedAttributes(signing_time=PkiWorld.START)], ids=["bare", "cades", "timed"]
)
@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
@pytest.mark.parametrize("kind", KINDS)
def test_message(tmp_path: Path, kind: KeyKind, *, detached: bool, attributes: SignedAttributes | None) -> None:
    world = world_of(kind)
    signed = _sign(world, world.signer, detached=detached, attributes=attributes)
    verify = ["cms", "-verify", "-binary", "-cades"] if attributes else ["cms", "-verify", "-binary"]
    verify += ["-inform", "DER", "-purpose", "any", "-out", str(tmp_path / "out"), *_anchors(tmp_path, world)]
    if detached:
        verify += ["-content", _write(tmp_path, "content", CONTENT)]
    assert _run(*verify, "-in", _write(tmp_path, "message", signed))
    assert (tmp_path / "out").read_bytes() == CONTENT
    assert not _run(*verify, "-in", _write(tmp_path, "tampered", _flip(signed, -3)))


def test_message_with_pss(tmp_path: Path) -> None:
    world = world_of(KeyKind.RSA)
    member = world.issue("PSS", signer=generate_key(KeyKind.RSA).signer(SignatureSuite.RSA_PSS_SHA256))
    message = _write(tmp_path, "message", _sign(world, member, detached=False, attributes=CADES_B))
    assert _run(
        "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-in", message, "-out", str(tmp_path / "out"),
        *_anchors(tmp_path, world),
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_token_over_its_own_request(tmp_path: Path, kind: KeyKind) -> None:
    """OpenSSL asks, we answer, OpenSSL checks the answer against its request."""
    world = world_of(kind)
    data = _write(tmp_path, "data", CONTENT)
    query = tmp_path / "query"
    assert _run("ts", "-query", "-data", data, "-sha384", "-cert", "-tspolicy", "1.2.3.4", "-out", str(query))
    request = parse_request(query.read_bytes())
    assert request.imprint == digest(DigestAlgorithm.SHA384, CONTENT)
    assert request.policy == "1.2.3.4"
    assert request.certificates
    response = _answer(world, request)
    verify = ["ts", "-verify", "-queryfile", str(query), *_anchors(tmp_path, world)]
    assert _run(*verify, "-in", _write(tmp_path, "response", response))
    assert not _run(*verify, "-in", _write(tmp_path, "tampered", _flip(response, -3)))


def _answer(world: PkiWorld, request: TimestampRequest) -> bytes:
    token = make_token(
        imprint=request.imprint,
        imprint_algorithm=request.imprint_algorithm,
        serial=3,
        gen_time=world.START,
        policy=request.policy or "1.2.3",
        signer=world.tsa.signer,
        certificate=world.tsa.certificate,
        chain=world.pool,
        nonce=request.nonce,
    )
    assert parse_token(token).nonce == request.nonce
    return make_response(token)


@pytest.mark.parametrize("options", [[], ["-noattr"], ["-keyid"], ["-nodetach"], ["-cades"]], ids=" ".join)
def test_messages_by_openssl(tmp_path: Path, options: list[str]) -> None:
    """The other direction: OpenSSL signs, we verify."""
    key = generate_key(KeyKind.EC_P256)
    member = world_of(KeyKind.EC_P256).issue("by openssl", signer=key.signer())
    pem = _write(tmp_path, "key.pem", encode_pem("PRIVATE KEY", key.private_key_info()))
    certificate = _write(tmp_path, "certificate.pem", encode_pem("CERTIFICATE", member.der))
    out = tmp_path / "message"
    assert _run(
        "cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256", *options, "-signer", certificate, "-inkey", pem,
        "-in", _write(tmp_path, "content", CONTENT), "-out", str(out),
    )  # fmt: skip
    message = parse_signed_message(out.read_bytes())
    verified = verify_signer(message, 0, content=CONTENT)
    assert verified.certificate == member.certificate
    assert verified.certificate_bound is ("-cades" in options)
    assert verified.notes == ()
