"""OpenSSL's opinion of envelopes, several signers and streamed messages, both ways (classical algorithms)."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import ENCRYPTION_USAGE, PkiWorld
from trustkit.cms.bag import read_bag, write_bag
from trustkit.cms.cosign import SigningParty, sign_together
from trustkit.cms.encrypt import encrypt_message
from trustkit.cms.envelope_model import EnvelopedMessage, RecipientKind
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import Deviation, Dialect, SignedMessage
from trustkit.cms.open import Opener, open_message
from trustkit.cms.verify import verify_signer
from trustkit.crypto.cipher_suites import CipherSuite
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pki import Member

pytestmark = pytest.mark.interop

CONTENT = b"sealed content\n" * 300  # several segments when streamed
AT = str(int(PkiWorld.START.timestamp()))


@pytest.fixture(autouse=True)
def _openssl() -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")


@dataclass(frozen=True)
class Reader:
    member: Member
    key: PrivateKey


@cache
def one_world() -> PkiWorld:
    return PkiWorld()  # of one world, so that no two readers share issuer and serial number


@cache
def reader(kind: KeyKind) -> Reader:
    key = generate_key(kind)
    return Reader(one_world().issue("reader", usage=ENCRYPTION_USAGE, signer=key.signer()), key)


@dataclass(frozen=True)
class Desk:
    folder: Path

    def file(self, name: str, octets: bytes) -> str:
        (self.folder / name).write_bytes(octets)
        return str(self.folder / name)

    def key(self, key: PrivateKey) -> str:
        return self.file("key.pem", encode_pem("PRIVATE KEY", key.private_key_info()))

    def certificate(self, member: Member, name: str = "certificate.pem") -> str:
        return self.file(name, encode_pem("CERTIFICATE", member.der))

    def run(self, *arguments: str) -> bytes | None:
        """Return what OpenSSL wrote, None when it refused."""
        out = self.folder / "out"
        out.unlink(missing_ok=True)
        done = subprocess.run(
            ["openssl", arguments[0], "-out", str(out), *arguments[1:]], capture_output=True, check=False
        )
        return out.read_bytes() if done.returncode == 0 else None


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("by_key_identifier", [False, True], ids=["issuer", "keyid"])
@pytest.mark.parametrize(
    "suite",
    [CipherSuite.AES128_CBC, CipherSuite.AES256_CBC, CipherSuite.AES256_GCM, CipherSuite.SM4_CBC, CipherSuite.SM4_CTR],
)
@pytest.mark.parametrize("kind", [KeyKind.RSA, KeyKind.EC_P256, KeyKind.EC_P384])
def test_openssl_opens_ours(desk: Desk, kind: KeyKind, suite: CipherSuite, *, by_key_identifier: bool) -> None:
    person = reader(kind)
    message = encrypt_message(
        CONTENT,
        (person.member.certificate, reader(KeyKind.SM2).member.certificate),
        dialect=Dialect.RFC5652,
        suite=suite,
        by_key_identifier=by_key_identifier,
        malleable=suite is CipherSuite.SM4_CTR,
    )
    arguments = ["cms", "-decrypt", "-inform", "DER", "-binary", "-inkey", desk.key(person.key)]
    arguments += ["-recip", desk.certificate(person.member)]
    assert desk.run(*arguments, "-in", desk.file("message", message)) == CONTENT
    if suite.authenticates:
        bent = message[:-1] + bytes((message[-1] ^ 1,))
        assert desk.run(*arguments, "-in", desk.file("bent", bent)) != CONTENT


@pytest.mark.parametrize("stream", [[], ["-stream"]], ids=["whole", "stream"])
@pytest.mark.parametrize("oaep", [[], ["-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha256"]], ids=len)
@pytest.mark.parametrize("cipher", ["-aes128", "-aes-256-cbc", "-aes-256-gcm", "-sm4-ctr"])
def test_we_open_openssls(desk: Desk, cipher: str, oaep: list[str], stream: list[str]) -> None:
    person = reader(KeyKind.RSA)
    message = desk.run(
        "cms", "-encrypt", "-binary", "-outform", "DER", cipher, *stream, "-in", desk.file("content", CONTENT),
        "-recip", desk.certificate(person.member), "-keyopt", "rsa_padding_mode:oaep", *oaep,
    )  # fmt: skip
    assert message is not None
    parsed = parse_message(message)
    assert isinstance(parsed, EnvelopedMessage)
    opened = open_message(parsed, Opener(rsa=person.key.oaep_decryptor()), certificate=person.member.certificate)
    assert opened.content == CONTENT
    assert set(opened.notes) <= {Deviation.BER}


def test_pkcs1_key_transport_is_refused_by_name(desk: Desk) -> None:
    person = reader(KeyKind.RSA)
    message = desk.run(
        "cms", "-encrypt", "-binary", "-outform", "DER", "-aes128", "-in", desk.file("content", CONTENT),
        desk.certificate(person.member),
    )  # fmt: skip
    assert message is not None
    parsed = parse_message(message)
    assert isinstance(parsed, EnvelopedMessage)
    with pytest.raises(TrustError) as refusal:
        open_message(parsed, Opener(rsa=person.key.oaep_decryptor()))
    assert refusal.value.code is ErrorCode.ALGORITHM_WEAK


@pytest.mark.parametrize("options", [[], ["-keyopt", "ecdh_kdf_md:sha256"], ["-keyid"]], ids=len)
@pytest.mark.parametrize("cipher", ["-aes128", "-aes-256-gcm"])
@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.EC_P384])
def test_key_agreement(desk: Desk, kind: KeyKind, cipher: str, options: list[str]) -> None:
    person = reader(kind)
    message = desk.run(
        "cms", "-encrypt", "-binary", "-outform", "DER", cipher, "-in", desk.file("content", CONTENT),
        "-recip", desk.certificate(person.member), *options,
    )  # fmt: skip
    assert message is not None
    parsed = parse_message(message)
    assert isinstance(parsed, EnvelopedMessage)
    assert [each.kind for each in parsed.recipients] == [RecipientKind.KEY_AGREEMENT]
    opened = open_message(parsed, Opener(ec=person.key.ecdh_key()), certificate=person.member.certificate)
    assert opened.content == CONTENT


def test_openssl_verifies_two_signers_of_ours(desk: Desk) -> None:
    world = PkiWorld(kind=KeyKind.EC_P256)
    members = (world.signer, world.issue("second", kind=KeyKind.RSA))
    parties = tuple(
        SigningParty(signer=each.signer, certificate=each.certificate, chain=world.pool) for each in members
    )
    message = sign_together(CONTENT, parties, dialect=Dialect.RFC5652, detached=False)
    verify = ["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-attime", AT]
    verify += ["-CAfile", desk.certificate(world.root, "root.pem")]
    assert desk.run(*verify, "-in", desk.file("message", message)) == CONTENT
    bent = message.replace(CONTENT, CONTENT[:-1] + b"!")
    assert desk.run(*verify, "-in", desk.file("bent", bent)) != CONTENT


@pytest.mark.parametrize("options", [[], ["-noattr"], ["-keyid"]], ids=" ".join)
def test_we_read_what_openssl_streams(desk: Desk, options: list[str]) -> None:
    key = generate_key(KeyKind.EC_P256)
    member = PkiWorld(kind=KeyKind.EC_P256).issue("by openssl", signer=key.signer())
    message = desk.run(
        "cms", "-sign", "-binary", "-stream", "-nodetach", "-outform", "DER", "-md", "sha256", *options,
        "-signer", desk.certificate(member), "-inkey", desk.key(key), "-in", desk.file("content", CONTENT),
    )  # fmt: skip
    assert message is not None
    assert message[1] == 0x80
    parsed = parse_message(message)
    assert isinstance(parsed, SignedMessage)
    assert parsed.content == CONTENT
    assert verify_signer(parsed, 0, content=None).notes == (Deviation.BER,)


def test_bags_both_ways(desk: Desk) -> None:
    world = PkiWorld(kind=KeyKind.EC_P256)
    ours = desk.file("bag.p7b", write_bag((world.signer.certificate, *world.pool), crls=(world.crl().der,)))
    listed = desk.run("pkcs7", "-inform", "DER", "-print_certs", "-in", ours)
    assert listed is not None
    assert listed.count(b"BEGIN CERTIFICATE") == 3
    theirs = desk.run(
        "crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile", desk.certificate(world.signer),
        "-certfile", desk.certificate(world.issuing, "issuing.pem"),
    )  # fmt: skip
    assert theirs is not None
    assert set(read_bag(theirs).certificates) == {world.signer.der, world.issuing.der}
