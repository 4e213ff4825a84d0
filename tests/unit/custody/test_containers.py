"""Key files of every form: there and back, told apart by content, opened by their passphrase alone, refused by name."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12 as peer

from tests.support.pki import PkiWorld
from trustkit.crypto.mac import MacAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.certificate_key import subject_public_key_info
from trustkit.custody.cfca import write_cfca
from trustkit.custody.containers import (
    MAX_KEY_FILE,
    KeyFile,
    KeyFileForm,
    open_key_file,
    recognise_key_file,
    write_key_file,
)
from trustkit.custody.enveloped_key import wrap_key
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pbes2 import MIN_ITERATIONS, DerivedKey, Protection, Scheme
from trustkit.custody.pkcs12 import Pkcs12Contents, open_pkcs12, write_pkcs12
from trustkit.custody.pkcs12_mac import MAX_MAC_ITERATIONS, make_mac
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding import der_write as w
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.error_family import Code

PASSPHRASE, OTHER = Passphrase("correct horse 电子证照".encode()), Passphrase(b"another passphrase")
PLAIN = (KeyFileForm.PKCS8_PLAIN, KeyFileForm.SEC1)
MALFORMED, WEAK = ErrorCode.KEY_CONTAINER_MALFORMED, ErrorCode.ALGORITHM_WEAK
DATA, ENCRYPTED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
BAGS = "1.2.840.113549.1.12.10.1."


@cache
def key_of(kind: KeyKind) -> PrivateKey:
    return generate_key(kind)


@cache
def certificate_of(kind: KeyKind) -> bytes:
    return PkiWorld(kind=kind).issue("持有人", self_signed=True, signer=key_of(kind).signer()).der


def written(form: KeyFileForm, kind: KeyKind = KeyKind.SM2, protection: Protection = Protection.SM) -> bytes:
    certificates = (certificate_of(kind),) if form in {KeyFileForm.PKCS12, KeyFileForm.CFCA_SM2} else ()
    file = KeyFile(form=form, keys=(key_of(kind),), certificates=certificates, name="签名密钥")
    return write_key_file(file, PASSPHRASE, protection=protection, plain=form in PLAIN, iterations=MIN_ITERATIONS)


def refusal(act: Callable[[], object]) -> Code:
    with pytest.raises(TrustError) as caught:
        act()
    assert "horse" not in f"{caught.value!r} {caught.value}"
    return caught.value.code


@pytest.mark.parametrize("protection", Protection)
@pytest.mark.parametrize("kind", KeyKind)
@pytest.mark.parametrize("form", [KeyFileForm.PKCS8, KeyFileForm.PKCS12])
def test_protected_round_trip(form: KeyFileForm, kind: KeyKind, protection: Protection) -> None:
    data = written(form, kind, protection)
    opened = open_key_file(data, lambda: PASSPHRASE)
    assert opened.form is form
    assert [key.public_key for key in opened.keys] == [key_of(kind).public_key]
    assert refusal(lambda: open_key_file(data, lambda: OTHER)) is ErrorCode.PASSPHRASE_WRONG
    assert refusal(lambda: open_key_file(data)) is ErrorCode.PASSPHRASE_MISSING
    if form is KeyFileForm.PKCS12:
        assert (opened.certificates, opened.name) == ((certificate_of(kind),), "签名密钥")


@pytest.mark.parametrize(
    ("form", "kind"),
    [(KeyFileForm.PKCS8_PLAIN, kind) for kind in KeyKind]
    + [(KeyFileForm.SEC1, kind) for kind in (KeyKind.SM2, KeyKind.EC_P256, KeyKind.EC_P384)],
)
def test_open_forms_only_on_request(form: KeyFileForm, kind: KeyKind) -> None:
    data = written(form, kind)
    assert open_key_file(data, plain=True).keys[0].public_key == key_of(kind).public_key
    assert refusal(lambda: open_key_file(data, lambda: PASSPHRASE)) is ErrorCode.KEY_CONTAINER_PLAIN
    file = KeyFile(form=form, keys=(key_of(kind),))
    assert refusal(lambda: write_key_file(file, PASSPHRASE)) is ErrorCode.KEY_CONTAINER_PLAIN


def test_cfca() -> None:
    data = written(KeyFileForm.CFCA_SM2)
    opened = open_key_file(data, lambda: PASSPHRASE)
    assert opened.keys[0].public_key == key_of(KeyKind.SM2).public_key
    assert opened.certificates == (certificate_of(KeyKind.SM2),)
    assert refusal(lambda: open_key_file(data, lambda: OTHER)) is ErrorCode.PASSPHRASE_WRONG


@pytest.mark.parametrize("form", [form for form in KeyFileForm if form is not KeyFileForm.ENVELOPED])
def test_told_apart_by_content(form: KeyFileForm) -> None:
    found = recognise_key_file(written(form))
    assert found.form is form
    assert recognise_key_file(found.der).form is form  # DER as well as PEM and base64


def test_an_enveloped_key_is_recognised_and_needs_a_key() -> None:
    data = wrap_key(key_of(KeyKind.SM2), generate_key(KeyKind.SM2).public_key)
    assert recognise_key_file(data).form is KeyFileForm.ENVELOPED
    assert refusal(lambda: open_key_file(data, lambda: PASSPHRASE)) is ErrorCode.KEY_UNSUPPORTED
    file = KeyFile(form=KeyFileForm.ENVELOPED, keys=(key_of(KeyKind.SM2),))
    assert refusal(lambda: write_key_file(file, PASSPHRASE)) is ErrorCode.USAGE


def test_certificates_beside_a_key_in_one_text() -> None:
    data = encode_pem("CERTIFICATE", certificate_of(KeyKind.SM2)) + written(KeyFileForm.PKCS8)
    assert open_key_file(data, lambda: PASSPHRASE).certificates == (certificate_of(KeyKind.SM2),)


def test_two_keys_in_one_pkcs12() -> None:
    pair = (key_of(KeyKind.SM2), generate_key(KeyKind.SM2))
    data = write_pkcs12(Pkcs12Contents(pair), PASSPHRASE, protection=Protection.SM, iterations=MIN_ITERATIONS)
    assert [key.public_key for key in open_pkcs12(data, PASSPHRASE).keys] == [key.public_key for key in pair]


@pytest.mark.parametrize("protection", Protection)
def test_pbmac1(protection: Protection) -> None:
    contents = Pkcs12Contents((key_of(KeyKind.EC_P256),))
    data = write_pkcs12(contents, PASSPHRASE, protection=protection, iterations=MIN_ITERATIONS, pbmac1=True)
    assert open_pkcs12(data, PASSPHRASE).keys[0].public_key == key_of(KeyKind.EC_P256).public_key
    assert refusal(lambda: open_pkcs12(data, OTHER)) is ErrorCode.PASSPHRASE_WRONG


@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.RSA, KeyKind.ED25519])
def test_pyca_opens_our_pkcs12(kind: KeyKind) -> None:
    data = written(KeyFileForm.PKCS12, kind, Protection.AES)
    found = peer.load_pkcs12(data, PASSPHRASE.reveal())
    assert found.key is not None
    assert found.cert is not None
    assert found.cert.friendly_name is None


def pfx(
    *safes: bytes, mac: bytes | None = None, version: int = 3, kind: str = DATA, passphrase: Passphrase = PASSPHRASE
) -> bytes:
    content = w.sequence(*safes)
    code = make_mac(content, passphrase, MacAlgorithm.HMAC_SM3, iterations=1) if mac is None else mac
    return w.sequence(w.integer(version), info(kind, w.octet_string(content)), code)


def info(kind: str, content: bytes) -> bytes:
    return w.sequence(w.oid(kind), w.explicit(0, content))


def safe(*bags: bytes) -> bytes:
    return info(DATA, w.octet_string(w.sequence(*bags)))


def bag(number: int, value: bytes) -> bytes:
    return w.sequence(w.oid(BAGS + str(number)), w.explicit(0, value))


def shrouded(passphrase: Passphrase = PASSPHRASE, scheme: bytes | None = None) -> bytes:
    from trustkit.custody.pbes2 import fresh_scheme  # noqa: PLC0415

    fresh = fresh_scheme(Protection.SM, MIN_ITERATIONS)
    body = fresh.encrypt(passphrase, key_of(KeyKind.SM2).private_key_info())
    return bag(2, w.sequence(scheme or fresh.algorithm_identifier(), w.octet_string(body)))


def mac_of(digest: str, *, iterations: int = 1, salt: bytes = bytes(16)) -> bytes:
    identifier = w.sequence(w.oid(digest), w.null())
    return w.sequence(w.sequence(identifier, w.octet_string(bytes(32))), w.octet_string(salt), w.integer(iterations))


RC2 = w.sequence(w.oid("1.2.840.113549.1.12.1.6"), w.sequence(w.octet_string(bytes(8)), w.integer(2048)))
TRIPLE_DES = w.sequence(w.oid("1.2.840.113549.1.12.1.3"), w.sequence(w.octet_string(bytes(8)), w.integer(2048)))
SM3, SHA1 = "1.2.156.10197.1.401", "1.3.14.3.2.26"


def encrypted_safe(scheme: bytes) -> bytes:
    inner = w.sequence(w.oid(DATA), scheme, w.tlv(0x80, bytes(16)))
    return info(ENCRYPTED_DATA, w.sequence(w.integer(0), inner))


BAD_PKCS12: dict[str, tuple[Callable[[], bytes], Code]] = {
    "cut short": (lambda: written(KeyFileForm.PKCS12)[:-1], MALFORMED),
    "octets behind": (lambda: written(KeyFileForm.PKCS12) + b"\0", MALFORMED),
    "BER": (lambda: b"\x30\x80" + pfx(safe(shrouded()))[4:] + b"\0\0", ErrorCode.DER_NOT_DER),
    "version 1": (lambda: pfx(safe(shrouded()), version=1), MALFORMED),
    "no integrity code": (lambda: pfx(safe(shrouded()), mac=b""), MALFORMED),
    "signed instead": (lambda: pfx(safe(shrouded()), kind="1.2.840.113549.1.7.2"), ErrorCode.ALGORITHM_UNKNOWN),
    "SHA-1": (lambda: pfx(safe(shrouded()), mac=mac_of(SHA1)), WEAK),
    "wrong code": (lambda: pfx(safe(shrouded()), mac=mac_of(SM3)), ErrorCode.PASSPHRASE_WRONG),
    "endless code": (lambda: pfx(safe(shrouded()), mac=mac_of(SM3, iterations=MAX_MAC_ITERATIONS + 1)), MALFORMED),
    "no iterations": (lambda: pfx(safe(shrouded()), mac=mac_of(SM3, iterations=0)), MALFORMED),
    "no salt": (lambda: pfx(safe(shrouded()), mac=mac_of(SM3, salt=b"")), MALFORMED),
    "triple DES": (lambda: pfx(safe(shrouded(scheme=TRIPLE_DES))), WEAK),
    "RC2": (lambda: pfx(encrypted_safe(RC2), safe(shrouded())), WEAK),
    "for a public key": (lambda: pfx(info("1.2.840.113549.1.7.3", w.sequence())), ErrorCode.ALGORITHM_UNKNOWN),
    "open key": (lambda: pfx(safe(bag(1, key_of(KeyKind.SM2).private_key_info()))), ErrorCode.KEY_CONTAINER_PLAIN),
    "no key": (lambda: pfx(safe()), MALFORMED),
    "key under another passphrase": (lambda: pfx(safe(shrouded(OTHER))), ErrorCode.PASSPHRASE_WRONG),
    "too many bags": (lambda: pfx(safe(*[bag(5, w.null())] * 70)), MALFORMED),
    "bag without value": (lambda: pfx(safe(w.sequence(w.oid(BAGS + "2")))), MALFORMED),
    "bag under [1]": (lambda: pfx(safe(w.sequence(w.oid(BAGS + "2"), w.explicit(1, w.null())))), MALFORMED),
    "certificate of another kind": (
        lambda: pfx(safe(bag(3, w.sequence(w.oid("1.2.3"), w.explicit(0, w.octet_string(b"x")))))),
        MALFORMED,
    ),
}


@pytest.mark.parametrize("name", BAD_PKCS12)
def test_bad_pkcs12(name: str) -> None:
    make, code = BAD_PKCS12[name]
    assert refusal(lambda: open_pkcs12(make(), PASSPHRASE)) is code


def test_what_is_beside_the_key_is_left_alone() -> None:
    data = pfx(safe(bag(5, w.sequence(w.oid("1.2.3"), w.null())), shrouded(), bag(6, w.sequence())))
    assert open_pkcs12(data, PASSPHRASE).keys[0].public_key == key_of(KeyKind.SM2).public_key


def test_a_passphrase_that_is_no_text() -> None:
    contents = Pkcs12Contents((key_of(KeyKind.SM2),))
    octets = Passphrase(b"\xff" * 16)
    assert refusal(lambda: open_pkcs12(pfx(safe(shrouded())), octets)) is ErrorCode.USAGE
    assert refusal(lambda: write_pkcs12(contents, octets, protection=Protection.SM)) is ErrorCode.USAGE


def _cfca(*, version: int = 1, kind: str = "1.2.156.10197.6.1.4.2.1", cipher: str = "1.2.156.10197.1.104") -> bytes:
    key = w.sequence(w.oid(kind), w.oid(cipher), w.octet_string(bytes(48)))
    certificate = w.sequence(w.oid(kind), w.octet_string(certificate_of(KeyKind.SM2)))
    return w.sequence(w.integer(version), key, certificate)


def test_bad_cfca() -> None:
    assert refusal(lambda: open_key_file(_cfca(), lambda: PASSPHRASE)) is ErrorCode.PASSPHRASE_WRONG
    assert refusal(lambda: open_key_file(_cfca(version=2), lambda: PASSPHRASE)) is MALFORMED
    assert refusal(lambda: open_key_file(_cfca(cipher="1.2.3"), lambda: PASSPHRASE)) is ErrorCode.ALGORITHM_UNKNOWN
    stranger = generate_key(KeyKind.SM2)
    mismatch = ErrorCode.KEY_CONTAINER_CERTIFICATE
    assert refusal(lambda: write_cfca(stranger, certificate_of(KeyKind.SM2), PASSPHRASE)) is mismatch
    good = recognise_key_file(written(KeyFileForm.CFCA_SM2)).der
    other = PkiWorld().signer.der
    swapped = w.sequence(
        w.integer(1), good_part(good), w.sequence(w.oid("1.2.156.10197.6.1.4.2.1"), w.octet_string(other))
    )
    assert refusal(lambda: open_key_file(swapped, lambda: PASSPHRASE)) is mismatch
    ec = KeyFile(form=KeyFileForm.CFCA_SM2, keys=(key_of(KeyKind.EC_P256),), certificates=(other,))
    assert refusal(lambda: write_key_file(ec, PASSPHRASE)) is ErrorCode.ALGORITHM_MISMATCH
    bare = KeyFile(form=KeyFileForm.CFCA_SM2, keys=(key_of(KeyKind.SM2),))
    assert refusal(lambda: write_key_file(bare, PASSPHRASE)) is ErrorCode.USAGE


def good_part(data: bytes) -> bytes:
    from trustkit.encoding import der  # noqa: PLC0415

    return der.octets(data, der.children(data, der.parse_strict(data))[1])


LEGACY = b"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----"
NO_CURVE = w.sequence(w.integer(1), w.octet_string(bytes(31) + b"\1"))
EXPLICIT = w.sequence(w.integer(1), w.octet_string(bytes(31) + b"\1"), w.explicit(0, w.sequence(w.integer(1))))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", MALFORMED),
        (b"0", MALFORMED),
        (b"hello", MALFORMED),
        (b"\x30\x00", MALFORMED),
        (bytes(MAX_KEY_FILE + 1), ErrorCode.INPUT_TOO_LARGE),
        (encode_pem("RSA PRIVATE KEY", b"0"), MALFORMED),
        (encode_pem("CERTIFICATE", b"0"), MALFORMED),
        (2 * encode_pem("PRIVATE KEY", b"0"), MALFORMED),
        (LEGACY, WEAK),
        (NO_CURVE, ErrorCode.KEY_UNSUPPORTED),
        (EXPLICIT, ErrorCode.KEY_UNSUPPORTED),
        (
            w.sequence(w.integer(1), w.octet_string(bytes(31) + b"\1"), w.explicit(0, w.oid("1.3.132.0.10"))),
            ErrorCode.KEY_UNSUPPORTED,
        ),
    ],
)
def test_refused(data: bytes, code: Code) -> None:
    assert refusal(lambda: open_key_file(data, lambda: PASSPHRASE, plain=True)) is code


def test_a_damaged_certificate_has_no_key() -> None:
    for data in (b"", b"\x30\x00", w.sequence(w.sequence(w.integer(1)))):
        assert refusal(lambda data=data: subject_public_key_info(data)) is MALFORMED  # type: ignore[misc]


def test_the_sm_identifiers_of_pbes_are_read() -> None:
    """1.2.156.10197.6.4.1.5.2 and .1 in the places of PBES2 and PBKDF2, the PRF left out being HMAC-SM3."""
    from trustkit.crypto.cipher import fresh_parameters  # noqa: PLC0415

    salt = secrets.token_bytes(16)
    cipher = fresh_parameters(Protection.SM.cipher)
    body = Scheme(DerivedKey(MacAlgorithm.HMAC_SM3, salt, 1000), cipher).encrypt(
        PASSPHRASE, key_of(KeyKind.SM2).private_key_info()
    )
    for prf in (b"", w.sequence(w.oid("1.2.156.10197.1.401.2"), w.null())):
        kdf = w.sequence(w.oid("1.2.156.10197.6.4.1.5.1"), w.sequence(w.octet_string(salt), w.integer(1000), prf))
        scheme = w.sequence(w.oid("1.2.156.10197.6.4.1.5.2"), w.sequence(kdf, cipher.algorithm_identifier()))
        opened = open_key_file(w.sequence(scheme, w.octet_string(body)), lambda: PASSPHRASE)
        assert opened.keys[0].public_key == key_of(KeyKind.SM2).public_key


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command on this machine")
@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.RSA])
def test_openssl_and_we_read_each_others_pkcs12(kind: KeyKind, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_bytes(PASSPHRASE.reveal())
    ours = tmp_path / "ours.p12"
    ours.write_bytes(written(KeyFileForm.PKCS12, kind, Protection.AES))
    word = f"file:{secret}"
    read = ["openssl", "pkcs12", "-in", str(ours), "-passin", word, "-nodes"]
    done = subprocess.run(read, capture_output=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    theirs = tmp_path / "theirs.p12"
    both = tmp_path / "both.pem"
    both.write_bytes(done.stdout)
    make = ["openssl", "pkcs12", "-export", "-in", str(both), "-passout", word, "-out", str(theirs)]
    subprocess.run(make, capture_output=True, check=True, timeout=30)
    opened = open_key_file(theirs.read_bytes(), lambda: PASSPHRASE)
    assert opened.keys[0].public_key == key_of(kind).public_key
    assert opened.certificates == (certificate_of(kind),)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command on this machine")
@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.SM2])
def test_openssl_reads_our_sec1(kind: KeyKind) -> None:
    data = written(KeyFileForm.SEC1, kind)
    done = subprocess.run(
        ["openssl", "ec", "-pubout", "-outform", "DER"], input=data, capture_output=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == key_of(kind).public_key.spki
