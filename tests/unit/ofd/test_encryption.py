from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from esign.ofd.archive_write import pack_files
from esign.ofd.encryption_model import ENCRYPTIONS_NAME, MAP_NAME, SEED_NAME, EncryptionScheme
from esign.ofd.encryption_open import CertificateKey, PasswordKey, open_encrypted
from esign.ofd.encryption_read import read_encryptions, read_keys, read_map
from esign.ofd.encryption_write import encrypt_package
from esign.ofd.package import open_package
from tests.support.ofd_attacks.documents import licence, root
from tests.support.pki import ENCRYPTION_USAGE, PkiWorld
from trustkit.crypto.cipher import CipherParameters, CipherSuite, decrypt, encrypt
from trustkit.crypto.kdf import derive_sm2
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.ofd.encryption_model import KeyDescription
    from trustkit.custody.private_key import PrivateKey
    from trustkit.error_family import Code
    from trustkit.x509.certificate import Certificate

Files = dict[str, bytes]
KEY, IV = bytes(range(16)), bytes(range(16, 32))
PARAMETERS = CipherParameters(suite=CipherSuite.SM4_CBC, iv=IV)


class Reader:
    """Somebody with an encryption certificate and the key to it."""

    def __init__(self, world: PkiWorld, name: str) -> None:
        self.key: PrivateKey = generate_key(KeyKind.SM2)
        member = world.issue(name, usage=ENCRYPTION_USAGE, signer=self.key.signer())
        self.certificate: Certificate = member.certificate

    def own(self) -> CertificateKey:
        return CertificateKey(decryptor=self.key.decryptor())


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def reader(world: PkiWorld) -> Reader:
    return Reader(world, "收件人")


@pytest.fixture(scope="module")
def other(world: PkiWorld) -> Reader:
    return Reader(world, "另一收件人")


def parts(data: bytes) -> Files:
    package = open_package(data)
    return {name: package.octets(name) for name in package.names}


def encrypted(*readers: Reader, files: Files | None = None) -> bytes:
    certificates = tuple(each.certificate for each in readers)
    return encrypt_package(pack_files(files or licence()), certificates, at=PkiWorld.START)


def test_each_recipient_gets_the_package_as_it_was(reader: Reader, other: Reader) -> None:
    data = encrypted(reader, other, reader)
    for each in (reader, other):
        opened = open_encrypted(data, each.own())
        assert list(parts(opened.octets).items()) == list(licence().items())
        assert (opened.files, opened.acts) == (len(licence()), 1)
        assert "octets" not in repr(opened)


def test_nothing_of_the_document_is_left_in_clear(reader: Reader) -> None:
    files = parts(encrypted(reader))
    assert set(files) == {ENCRYPTIONS_NAME, SEED_NAME, MAP_NAME, *(f"enc/{n}.dat" for n in range(len(licence())))}
    told = b"".join((*files.values(), *map(str.encode, files)))
    assert "营业执照".encode() not in told
    assert b"Doc_0" not in told
    keys = read_keys(files[SEED_NAME], SEED_NAME)
    assert keys.scheme is EncryptionScheme.CERTIFICATE
    assert keys.keys[0].certificate == reader.certificate.der


def test_two_encryptions_share_no_key(reader: Reader) -> None:
    one, two = (parts(encrypted(reader)) for _ in range(2))
    assert not {one[name] for name in one if name != ENCRYPTIONS_NAME} & set(two.values())


def test_others_do_not_open_it(reader: Reader, other: Reader) -> None:
    data = encrypted(reader)
    for key, code in (
        (other.own(), ErrorCode.CMS_NO_RECIPIENT),
        (PasswordKey(password=Passphrase(b"12345678")), ErrorCode.CMS_NO_RECIPIENT),
    ):
        with pytest.raises(TrustError) as caught:
            open_encrypted(data, key)
        assert caught.value.code is code


def test_whom_it_cannot_be_encrypted_to(world: PkiWorld, reader: Reader) -> None:
    rsa = world.issue("rsa", kind=KeyKind.RSA, usage=ENCRYPTION_USAGE).certificate
    data = pack_files(licence())
    cases = (
        (data, (), ErrorCode.USAGE),
        (data, (world.signer.certificate,), ErrorCode.CERTIFICATE_PURPOSE),
        (data, (rsa,), ErrorCode.ALGORITHM_MISMATCH),
        (encrypted(reader), (reader.certificate,), ErrorCode.OFD_ENCRYPTED),
        (b"PK", (reader.certificate,), ErrorCode.OFD_ZIP),
    )
    for octets, recipients, code in cases:
        with pytest.raises(TrustError) as caught:
            encrypt_package(octets, recipients, at=world.START)
        assert caught.value.code is code


# --- packages as others write them


def by_hand(
    files: Files,
    users: str,
    entries: str | None = None,
    *,
    case: str = ' EncryptCaseId="1.1.2"',
    inside: str = "",
    key: bytes = KEY,
    seed: str = "/decryptseed.dat",
    more: Files | None = None,
) -> Files:
    """Return parts of a package with some files encrypted beside others in clear, as GM/T 0099 allows."""
    lines = "".join(f'<ofd:EncryptEntry Path="/{name}" EPath="/{name}.dat"/>' for name in files)
    entries_map = root("EncryptEntries", lines if entries is None else entries, 'ID="1"')
    info = inside or (
        f"<ofd:DecryptSeedLoc>{seed}</ofd:DecryptSeedLoc><ofd:EntriesMapLoc>/entriesmap.dat</ofd:EntriesMapLoc>"
    )
    return {
        ENCRYPTIONS_NAME: root("Encryptions", f'<ofd:EncryptInfo ID="1">{info}</ofd:EncryptInfo>'),
        SEED_NAME: root("DecyptSeed", users, 'ID="1"' + case),
        MAP_NAME: encrypt(PARAMETERS, key, entries_map),
        **{f"{name}.dat": encrypt(PARAMETERS, key, octets) for name, octets in files.items()},
        **(more or {}),
    }


def user(wrapped: bytes, certificate: bytes | None = None, iv: bytes | None = IV) -> str:
    cert = "" if certificate is None else f"<ofd:UserCert>{encode_base64(certificate)}</ofd:UserCert>"
    vector = "" if iv is None else f"<ofd:IVValue>{encode_base64(iv)}</ofd:IVValue>"
    return f'<ofd:UserInfo UserName="u">{cert}<ofd:EncryptedWK>{encode_base64(wrapped)}</ofd:EncryptedWK>{vector}</ofd:UserInfo>'


def wrapped_for(reader: Reader, key: bytes = KEY) -> str:
    return user(encrypt_sm2(reader.certificate.public_key, key), reader.certificate.der)


def test_a_wrapped_key_that_says_not_whose_it_is_is_tried(reader: Reader, other: Reader) -> None:
    public = reader.certificate.public_key
    made = pack_files(by_hand({"a": b"x"}, user(encrypt_sm2(public, KEY)) + wrapped_for(other)))
    assert parts(open_encrypted(made, reader.own()).octets) == {"a": b"x"}
    stranger = pack_files(by_hand({"a": b"x"}, user(encrypt_sm2(public, KEY)), case=' EncryptCaseId="1.1.2"'))
    with pytest.raises(TrustError) as caught:
        open_encrypted(stranger, other.own())
    assert caught.value.code is ErrorCode.DECRYPTION_FAILED


def test_some_files_encrypted_and_a_harmless_one_in_their_place(reader: Reader) -> None:
    made = by_hand(
        {"Doc_0/a.xml": b"secret"}, wrapped_for(reader), more={"OFD.xml": b"<x/>", "Doc_0/a.xml": b"nothing"}
    )
    opened = open_encrypted(pack_files(made), reader.own())
    assert parts(opened.octets) == {"OFD.xml": b"<x/>", "Doc_0/a.xml": b"secret"}


def test_without_a_scheme_certificates_tell_and_without_an_iv_it_is_zeros(reader: Reader) -> None:
    zeros = CipherParameters(suite=CipherSuite.SM4_CBC, iv=bytes(16))
    made = by_hand(
        {"a": b"x"}, user(encrypt_sm2(reader.certificate.public_key, KEY), reader.certificate.der, None), case=""
    )
    line = root("EncryptEntries", '<ofd:EncryptEntry Path="/a" EPath="/a.dat"/>')
    made |= {MAP_NAME: encrypt(zeros, KEY, line), "a.dat": encrypt(zeros, KEY, b"x")}
    assert parts(open_encrypted(pack_files(made), reader.own()).octets) == {"a": b"x"}


def test_a_file_under_a_key_of_its_own(reader: Reader) -> None:
    own_key = bytes(reversed(KEY))
    line = '<ofd:EncryptEntry Path="/a" EPath="/a.dat" DecryptSeedLoc="/own.dat"/><ofd:EncryptEntry Path="/b" EPath="/b.dat"/>'
    made = by_hand({"a": b"1", "b": b"2"}, wrapped_for(reader), line)
    made |= {"own.dat": root("DecyptSeed", wrapped_for(reader, own_key)), "a.dat": encrypt(PARAMETERS, own_key, b"1")}
    assert parts(open_encrypted(pack_files(made), reader.own()).octets) == {"a": b"1", "b": b"2"}


def test_a_description_is_read_once_and_all_of_them_are_bounded(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"a": b"1", "b": b"2", "c": b"3"}
    read: list[str] = []

    def noted(octets: bytes, name: str) -> KeyDescription:
        read.append(name)
        return read_keys(octets, name)

    monkeypatch.setattr("esign.ofd.encryption_open.read_keys", noted)

    def made(*seeds: str) -> bytes:
        pairs = zip(names, seeds, strict=True)
        lines = "".join(f'<ofd:EncryptEntry Path="/{n}" EPath="/{n}.dat" DecryptSeedLoc="/{s}"/>' for n, s in pairs)
        own = {each: root("DecyptSeed", wrapped_for(reader), f'ID="{each}"') for each in seeds}
        return pack_files({**by_hand(names, wrapped_for(reader), lines), **own})

    assert parts(open_encrypted(made("x", "x", "x"), reader.own()).octets) == names
    assert read == [SEED_NAME, "x"]
    monkeypatch.setattr("esign.ofd.encryption_open.MAX_DESCRIPTIONS", 3)
    assert parts(open_encrypted(made("x", "y", "y"), reader.own()).octets) == names
    with pytest.raises(TrustError) as caught:
        open_encrypted(made("x", "y", "z"), reader.own())
    assert caught.value.code is ErrorCode.OFD_LIMIT


def test_a_key_that_cannot_be_meant_costs_nothing_of_a_files_length(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The padding tells: of sixteen keys, one decrypts the whole."""
    content, tried = b"x" * 50_000, []

    def noted(parameters: CipherParameters, key: bytes, ciphertext: bytes) -> bytes:
        tried.append(len(ciphertext))
        return decrypt(parameters, key, ciphertext)

    monkeypatch.setattr("esign.ofd.encryption_open.decrypt", noted)
    wrong = [bytes([number]) * 16 for number in range(1, 16)]
    line = '<ofd:EncryptEntry Path="/a" EPath="/a.dat" DecryptSeedLoc="/own.dat"/>'
    users = "".join(user(encrypt_sm2(reader.certificate.public_key, each)) for each in (*wrong, KEY))
    made = by_hand({"a": content}, wrapped_for(reader), line) | {
        "own.dat": root("DecyptSeed", users, 'EncryptCaseId="1.1.2"')
    }
    assert parts(open_encrypted(pack_files(made), reader.own()).octets) == {"a": content}
    assert sum(tried) < 2 * len(content)


def test_what_all_acts_decrypt_together_is_bounded(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    made = pack_files(by_hand({"a": b"x" * 900, "b": b"y" * 900}, wrapped_for(reader)))
    assert parts(open_encrypted(made, reader.own()).octets) == {"a": b"x" * 900, "b": b"y" * 900}
    monkeypatch.setattr("esign.ofd.encryption_open.MAX_DECRYPTED", 1500)
    with pytest.raises(TrustError) as caught:
        open_encrypted(made, reader.own())
    assert caught.value.code is ErrorCode.OFD_LIMIT


def test_one_encryption_over_another(reader: Reader, other: Reader) -> None:
    """The second encrypts what the first left, under the same names, as ofdrw does it."""
    first = by_hand({"a": b"innermost"}, wrapped_for(reader))
    again = [name for name in first if name != ENCRYPTIONS_NAME]
    lines = "".join(f'<ofd:EncryptEntry Path="/{name}" EPath="/e{n}"/>' for n, name in enumerate(again))
    second = by_hand({}, wrapped_for(reader), lines)
    info = first[ENCRYPTIONS_NAME].split(b"<ofd:EncryptInfo", 1)[1].split(b"</ofd:Encryptions>")[0]
    both = first[ENCRYPTIONS_NAME].replace(
        b"</ofd:Encryptions>", b"<ofd:EncryptInfo" + info.replace(b'"1"', b'"2"') + b"</ofd:Encryptions>"
    )
    made = {**second, ENCRYPTIONS_NAME: both}
    made |= {f"e{n}": encrypt(PARAMETERS, KEY, first[name]) for n, name in enumerate(again)}
    opened = open_encrypted(pack_files(made), reader.own())
    assert parts(opened.octets) == {"a": b"innermost"}
    assert opened.acts == 2
    with pytest.raises(TrustError) as caught:
        open_encrypted(pack_files(made), other.own())
    assert caught.value.code is ErrorCode.CMS_NO_RECIPIENT


def under_password(password: bytes) -> Files:
    return by_hand({"a": b"x"}, user(encrypt(PARAMETERS, derive_sm2(password, 16), KEY)), case=' EncryptCaseId="1.1.1"')


def test_a_password_is_read(reader: Reader) -> None:
    data = pack_files(under_password(b"12345678"))
    assert parts(open_encrypted(data, PasswordKey(password=Passphrase(b"12345678"))).octets) == {"a": b"x"}
    for key, code in (
        (PasswordKey(password=Passphrase(b"123456789")), ErrorCode.DECRYPTION_FAILED),
        (reader.own(), ErrorCode.CMS_NO_RECIPIENT),
    ):
        with pytest.raises(TrustError) as caught:
            open_encrypted(data, key)
        assert caught.value.code is code


def _replaced(name: str, old: bytes, new: bytes) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        assert old in files[name]
        return {**files, name: files[name].replace(old, new)}

    return change


def _without(name: str) -> Callable[[Files], Files]:
    return lambda files: {each: octets for each, octets in files.items() if each != name}


def _map(lines: str) -> Callable[[Files], Files]:
    return lambda files: {**files, MAP_NAME: encrypt(PARAMETERS, KEY, root("EncryptEntries", lines))}


_SEED = b"<ofd:DecryptSeedLoc>/decryptseed.dat</ofd:DecryptSeedLoc>"
_LINE = '<ofd:EncryptEntry Path="/{}" EPath="/a.dat"/>'
REFUSALS: list[tuple[str, Callable[[Files], Files], Code]] = [
    ("not encrypted", _without(ENCRYPTIONS_NAME), ErrorCode.OFD_MISSING),
    ("no key descriptions", _without(SEED_NAME), ErrorCode.OFD_MISSING),
    ("no map", _without(MAP_NAME), ErrorCode.OFD_MISSING),
    ("a ciphertext missing", _without("a.dat"), ErrorCode.OFD_MISSING),
    ("of nothing", lambda files: {**files, ENCRYPTIONS_NAME: root("Encryptions", "")}, ErrorCode.OFD_MALFORMED),
    ("nine times", lambda files: {**files, ENCRYPTIONS_NAME: root("Encryptions", "<ofd:EncryptInfo/>" * 9)}, ErrorCode.OFD_LIMIT),
    ("no place of the keys", _replaced(ENCRYPTIONS_NAME, _SEED, b""), ErrorCode.OFD_MALFORMED),
    ("two places of the keys", _replaced(ENCRYPTIONS_NAME, _SEED, _SEED * 2), ErrorCode.OFD_XML),
    ("keys out of the package", _replaced(ENCRYPTIONS_NAME, b"/decryptseed.dat", b"../../etc/shadow"), ErrorCode.OFD_PATH),
    ("keys and map in one", _replaced(ENCRYPTIONS_NAME, b"/decryptseed.dat", b"/entriesmap.dat"), ErrorCode.OFD_MALFORMED),
    ("nobody", lambda files: {**files, SEED_NAME: root("DecyptSeed", "")}, ErrorCode.OFD_MALFORMED),
    ("keys are no XML", lambda files: {**files, SEED_NAME: b"\0"}, ErrorCode.OFD_XML),
    ("unknown scheme", _replaced(SEED_NAME, b"1.1.2", b"1.1.3"), ErrorCode.ALGORITHM_UNKNOWN),
    ("no wrapped key", _replaced(SEED_NAME, b"EncryptedWK", b"EncryptedVK"), ErrorCode.OFD_MALFORMED),
    ("IV of another length", _replaced(SEED_NAME, encode_base64(IV).encode(), b"AAAA"), ErrorCode.OFD_MALFORMED),
    ("IV no base64", _replaced(SEED_NAME, encode_base64(IV).encode(), b"???"), ErrorCode.BASE64_MALFORMED),
    ("a wrapped key of nothing", lambda files: {**files, SEED_NAME: root("DecyptSeed", user(b"junk"), 'EncryptCaseId="1.1.2"')}, ErrorCode.DECRYPTION_FAILED),
    ("map bent", lambda files: {**files, MAP_NAME: files[MAP_NAME][:-1] + b"\0"}, ErrorCode.DECRYPTION_FAILED),
    ("map cut", lambda files: {**files, MAP_NAME: files[MAP_NAME][:-1]}, ErrorCode.DECRYPTION_FAILED),
    ("map out of the package", _map(_LINE.format("../../../tmp/x")), ErrorCode.OFD_PATH),
    ("map to an unsafe name", _map(_LINE.format("Doc_0/x. ./y")), ErrorCode.OFD_NAME),
    ("map to two names of one place", _map(_LINE.format("A") + '<ofd:EncryptEntry Path="/a" EPath="/b.dat"/>'), ErrorCode.OFD_NAME),
    ("map names one twice", _map(_LINE.format("a") * 2), ErrorCode.OFD_MALFORMED),
    ("map without a path", _map('<ofd:EncryptEntry EPath="/a.dat"/>'), ErrorCode.OFD_PATH),
    ("map of another root", lambda files: {**files, MAP_NAME: encrypt(PARAMETERS, KEY, root("Other", ""))}, ErrorCode.OFD_MALFORMED),
    ("a ciphertext bent", lambda files: {**files, "a.dat": files["a.dat"][:-1] + bytes((files["a.dat"][-1] ^ 1,))}, ErrorCode.DECRYPTION_FAILED),
    ("a ciphertext empty", lambda files: {**files, "a.dat": b""}, ErrorCode.DECRYPTION_FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_refusals(reader: Reader, change: Callable[[Files], Files], code: Code) -> None:
    made = change(by_hand({"a": b"x" * 40, "b": b"y"}, wrapped_for(reader)))
    with pytest.raises(TrustError) as caught:
        open_encrypted(pack_files(made), reader.own())
    assert caught.value.code is code


def test_what_is_read_in_clear(reader: Reader) -> None:
    files = parts(encrypted(reader))
    (act,) = read_encryptions(files[ENCRYPTIONS_NAME])
    assert (act.identifier, act.seed_name, act.map_name) == ("1", SEED_NAME, MAP_NAME)
    assert re.search(rb"<ofd:EncryptDate>2026-12-01T08:00:00</ofd:EncryptDate>", files[ENCRYPTIONS_NAME])
    (entry,) = read_map(root("EncryptEntries", '<ofd:EncryptEntry Path="a/b" EPath="/c"/>'), MAP_NAME)
    assert (entry.name, entry.encrypted_name, entry.seed_name) == ("a/b", "c", None)
