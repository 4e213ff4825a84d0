"""ofdrw's opinion of packages we encrypt and whose files we list (GM/T 0099-2020), and ours of its."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from esign.ofd.archive_write import pack_files
from esign.ofd.encryption_open import CertificateKey, PasswordKey, open_encrypted
from esign.ofd.encryption_write import encrypt_package
from esign.ofd.integrity_read import read_integrity
from esign.ofd.integrity_sign import protect_package
from esign.ofd.integrity_verify import verify_integrity
from esign.ofd.package import open_package
from tests.support.ofd_attacks.documents import PAGE, licence
from tests.support.ofd_attacks.library import Library
from tests.support.ofd_attacks.signing import token
from tests.support.ofdrw import ofdrw_program
from tests.support.pki import ENCRYPTION_USAGE
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.bouncycastle import Peer
    from trustkit.custody.private_key import PrivateKey

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with ofdrw_program("Protection", tmp_path_factory.mktemp("ofdrw")) as program:
        yield program


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


class Reader:
    """Somebody with an encryption certificate, and the key to it as Java reads it."""

    def __init__(self, library: Library, name: str) -> None:
        self.key: PrivateKey = generate_key(KeyKind.SM2)
        self.member = library.world.issue(name, usage=ENCRYPTION_USAGE, signer=self.key.signer())

    def own(self) -> CertificateKey:
        return CertificateKey(decryptor=self.key.decryptor())


def parts(data: bytes) -> dict[str, bytes]:
    package = open_package(data)
    return {name: package.octets(name) for name in package.names}


def target(peer: Peer, name: str) -> Path:
    return peer.folder / name


def test_ofdrw_opens_what_we_encrypt(peer: Peer, library: Library) -> None:
    readers = [Reader(library, name) for name in ("one", "two")]
    data = encrypt_package(library.sealed, tuple(each.member.certificate for each in readers), at=library.world.START)
    source = peer.file(data)
    wanted = {f"/{name}": digest(DigestAlgorithm.SM3, octets).hex() for name, octets in library.parts("sealed").items()}
    for each in readers:
        answer = peer.ask("open", source, peer.file(each.key.private_key_info()))
        assert dict(line.split("=") for line in answer.removeprefix("OK ").split(" ")) == wanted
    stranger = peer.ask("open", source, peer.file(Reader(library, "three").key.private_key_info()))
    assert stranger.startswith("REFUSED ")


@pytest.mark.parametrize("times", [1, 2])
def test_we_open_what_ofdrw_encrypts(peer: Peer, library: Library, times: int) -> None:
    reader, other = Reader(library, "one"), Reader(library, "two")
    certificates = [peer.file(each.member.der) for each in (other, reader)]
    source = peer.file(library.sealed)
    for number in range(times):
        made = target(peer, f"encrypted-{times}-{number}.ofd")
        assert peer.ask("encrypt", source, str(made), *certificates) == "OK encrypted"
        source = str(made)
    opened = open_encrypted(Path(source).read_bytes(), reader.own())
    assert parts(opened.octets) == library.parts("sealed")
    assert opened.acts == times
    with pytest.raises(TrustError) as caught:
        open_encrypted(Path(source).read_bytes(), Reader(library, "three").own())
    assert caught.value.code is ErrorCode.CMS_NO_RECIPIENT


def test_we_open_what_ofdrw_encrypts_under_a_password(peer: Peer) -> None:
    made = target(peer, "password.ofd")
    assert peer.ask("password", peer.file(pack_files(licence())), str(made), "口令12345678") == "OK encrypted"
    opened = open_encrypted(made.read_bytes(), PasswordKey(password=Passphrase("口令12345678".encode())))
    assert parts(opened.octets) == licence()


def test_ofdrw_finds_our_list_of_files_right(peer: Peer, library: Library) -> None:
    world = library.world
    data = protect_package(
        library.sealed,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(world.issuing.certificate,),
        at=world.START,
        timestamp=lambda value: token(world, value),
    )
    assert peer.ask("list", peer.file(data)) == "OK true"
    smuggled = pack_files({**parts(data), "Doc_0/Res/payload.bin": b"MZ"})
    assert peer.ask("list", peer.file(smuggled)) == "OK false"
    other = pack_files({**parts(data), "OFDEntries.xml": parts(data)["OFDEntries.xml"] + b"\n"})
    assert not peer.ask("list", peer.file(other)).startswith("OK true")


def test_we_find_ofdrws_list_of_files_right(peer: Peer, library: Library) -> None:
    key = generate_key(KeyKind.SM2)
    member = library.world.issue("composer", signer=key.signer())
    made = target(peer, "protected.ofd")
    words = (peer.file(library.sealed), str(made), peer.file(key.private_key_info()), peer.file(member.der))
    assert peer.ask("protect", *words) == "OK protected"
    package = open_package(made.read_bytes())
    found = read_integrity(package)
    assert found is not None
    assert verify_integrity(package, found).signers[0].certificate == member.certificate
    for changed in ({"new.bin": b""}, {PAGE: None}):
        files = {**parts(made.read_bytes()), **changed}
        again = open_package(pack_files({name: octets for name, octets in files.items() if octets is not None}))
        with pytest.raises(TrustError) as caught:
            verify_integrity(again, found)
        assert caught.value.code is ErrorCode.OFD_FILE_SET
