"""SM2 encryption: what one library encrypts another decrypts, and every way a ciphertext is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.engines.ipp_encryption import IppEncryption
from trustkit.crypto.engines.openssl_encryption import OpensslEncryption
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2_ciphertext import (
    MAX_SM2_PLAINTEXT,
    CiphertextForm,
    Sm2Ciphertext,
    encode_sm2_ciphertext,
    parse_sm2_ciphertext,
    possible_forms,
    recognise_sm2_ciphertext,
)
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.custody.decryption import decrypt_sm2, open_sm2
from trustkit.custody.private_key import generate_key
from trustkit.custody.sm2_ipp_decryption import IppSm2Decryption
from trustkit.custody.sm2_openssl import OpensslSm2Signing
from trustkit.custody.sm2_openssl_decryption import OpensslSm2Decryption
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

# GB/T 32918.5-2017 annex C.2: the example of public-key encryption on the recommended curve.
SAMPLE_SCALAR = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
SAMPLE_POINT = bytes.fromhex(
    "04EBFC718E8D17986204322 68E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"
    "E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0".replace(" ", "")
)
SAMPLE_HASH = bytes.fromhex("59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766")
SAMPLE_BODY = bytes.fromhex("21886CA989CA9C7D58087307CA93092D651EFA")
P = 2**256 - 2**224 - 2**96 + 2**64 - 1  # GB/T 32918.5 clause 2
SAMPLE_TEXT = b"encryption standard"
KEY = generate_key(KeyKind.SM2)
LAYOUTS = {
    CiphertextForm.C1C3C2: b"\x04" + SAMPLE_POINT + SAMPLE_HASH + SAMPLE_BODY,
    CiphertextForm.C1C3C2_BARE: SAMPLE_POINT + SAMPLE_HASH + SAMPLE_BODY,
    CiphertextForm.C1C2C3: b"\x04" + SAMPLE_POINT + SAMPLE_BODY + SAMPLE_HASH,
    CiphertextForm.C1C2C3_BARE: SAMPLE_POINT + SAMPLE_BODY + SAMPLE_HASH,
    CiphertextForm.ASN1: encode_sm2_ciphertext(Sm2Ciphertext(SAMPLE_POINT, SAMPLE_HASH, SAMPLE_BODY)),
}


def decryptions(scalar: bytes) -> tuple[IppSm2Decryption | OpensslSm2Decryption, ...]:
    try:
        return OpensslSm2Decryption(scalar), IppSm2Decryption(scalar)
    except TrustError:
        return (OpensslSm2Decryption(scalar),)


def encryptions() -> tuple[IppEncryption | OpensslEncryption, ...]:
    try:
        return OpensslEncryption(), IppEncryption()
    except TrustError:
        return (OpensslEncryption(),)


def refusal(data: bytes, form: CiphertextForm = CiphertextForm.ASN1) -> Code:
    with pytest.raises(TrustError) as caught:
        decrypt_sm2(KEY.decryptor(), data, form)
    return caught.value.code


@pytest.mark.parametrize("form", list(CiphertextForm))
def test_the_standards_example_in_every_layout(form: CiphertextForm) -> None:
    for decryption in decryptions(SAMPLE_SCALAR):
        assert decryption.decrypt(parse_sm2_ciphertext(LAYOUTS[form], form)) == SAMPLE_TEXT


@pytest.mark.parametrize("size", [1, 31, 32, 33, 1000, MAX_SM2_PLAINTEXT])
def test_what_one_library_encrypts_every_other_decrypts(size: int) -> None:
    scalar = SAMPLE_SCALAR
    point = OpensslSm2Signing(scalar).point
    text = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    for encryption in encryptions():
        ciphertext = encryption.encrypt(point, text)
        assert ciphertext.body != text
        for decryption in decryptions(scalar):
            assert decryption.decrypt(ciphertext) == text


def test_two_encryptions_of_one_text_differ_and_both_open() -> None:
    first, second = (encrypt_sm2(KEY.public_key, b"key") for _ in range(2))
    assert first != second
    assert decrypt_sm2(KEY.decryptor(), first) == decrypt_sm2(KEY.decryptor(), second) == b"key"


def test_octets_of_an_unstated_layout_say_which_it_was() -> None:
    ciphertext = parse_sm2_ciphertext(encrypt_sm2(KEY.public_key, b"a key of thirty-two octets, about"))
    point, digest, body, _ = ciphertext
    rows = {
        CiphertextForm.C1C3C2: b"\x04" + point + digest + body,
        CiphertextForm.C1C3C2_BARE: point + digest + body,
        CiphertextForm.C1C2C3: b"\x04" + point + body + digest,
        CiphertextForm.C1C2C3_BARE: point + body + digest,
        CiphertextForm.ASN1: encode_sm2_ciphertext(ciphertext),
    }
    for form, data in rows.items():
        opened = open_sm2(KEY.decryptor(), data)
        assert (opened.form, opened.plaintext) == (form, b"a key of thirty-two octets, about")
        assert form in possible_forms(data)
    assert possible_forms(rows[CiphertextForm.ASN1]) == (CiphertextForm.ASN1,)
    with pytest.raises(TrustError) as caught:
        recognise_sm2_ciphertext(rows[CiphertextForm.C1C3C2])
    assert caught.value.code is ErrorCode.CIPHERTEXT_AMBIGUOUS
    with pytest.raises(TrustError) as caught:
        open_sm2(KEY.decryptor(), LAYOUTS[CiphertextForm.C1C2C3])  # for another key
    assert caught.value.code is ErrorCode.DECRYPTION_FAILED


def _changed(position: int) -> bytes:
    data = bytearray(encrypt_sm2(KEY.public_key, b"a content key"))
    data[position] ^= 1
    return bytes(data)


def _asn1(x: bytes, y: bytes, digest: bytes = bytes(32), body: bytes = b"x") -> bytes:
    return w.sequence(x, y, w.octet_string(digest), w.octet_string(body))


GOOD_X, GOOD_Y = (w.integer(int.from_bytes(half, "big")) for half in (SAMPLE_POINT[:32], SAMPLE_POINT[32:]))
REFUSED: dict[str, tuple[bytes, CiphertextForm, Code]] = {
    "empty": (b"", CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "junk": (b"junk", CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "another-key": (LAYOUTS[CiphertextForm.ASN1], CiphertextForm.ASN1, ErrorCode.DECRYPTION_FAILED),
    "changed-body": (_changed(-1), CiphertextForm.ASN1, ErrorCode.DECRYPTION_FAILED),
    "changed-hash": (_changed(-16), CiphertextForm.ASN1, ErrorCode.DECRYPTION_FAILED),
    "order-swapped": (LAYOUTS[CiphertextForm.C1C2C3], CiphertextForm.C1C3C2, ErrorCode.DECRYPTION_FAILED),
    "trailing": (LAYOUTS[CiphertextForm.ASN1] + b"\0", CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "cut": (LAYOUTS[CiphertextForm.ASN1][:-1], CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "raw-cut": (LAYOUTS[CiphertextForm.C1C3C2][:97], CiphertextForm.C1C3C2, ErrorCode.CIPHERTEXT_MALFORMED),
    "no-mark": (b"\x05" + LAYOUTS[CiphertextForm.C1C3C2_BARE], CiphertextForm.C1C3C2, ErrorCode.CIPHERTEXT_MALFORMED),
    "ber-length": (b"\x30\x80" + LAYOUTS[CiphertextForm.ASN1][2:], CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "negative": (_asn1(w.tlv(0x02, b"\xff"), GOOD_Y), CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "not-minimal": (_asn1(w.tlv(0x02, b"\x00\x01"), GOOD_Y), CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "33-octets": (_asn1(w.integer(1 << 256), GOOD_Y), CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "off-the-curve": (_asn1(GOOD_X, w.integer(1)), CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_POINT),
    "zero-point": (_asn1(w.integer(0), w.integer(0)), CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_POINT),
    "beyond-p": (_asn1(w.integer(P), GOOD_Y), CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_POINT),
    "short-hash": (_asn1(GOOD_X, GOOD_Y, digest=bytes(31)), CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "no-body": (_asn1(GOOD_X, GOOD_Y, body=b""), CiphertextForm.ASN1, ErrorCode.CIPHERTEXT_MALFORMED),
    "huge": (bytes(1 << 20), CiphertextForm.C1C3C2_BARE, ErrorCode.CIPHERTEXT_TOO_LARGE),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refusals(name: str) -> None:
    data, form, code = REFUSED[name]
    assert refusal(data, form) is code


def test_both_libraries_refuse_alike_and_say_nothing_of_the_cause() -> None:
    good = parse_sm2_ciphertext(encrypt_sm2(KEY.public_key, b"a content key"))
    wrong = (good._replace(hash=bytes(32)), good._replace(body=bytes(13)), good._replace(point=SAMPLE_POINT))
    for decryption in decryptions(SAMPLE_SCALAR):
        told = set()
        for ciphertext in wrong:
            with pytest.raises(TrustError) as caught:
                decryption.decrypt(ciphertext)
            told.add((caught.value.code, caught.value.detail))
        assert told == {(ErrorCode.DECRYPTION_FAILED, "SM2 ciphertext")}
        with pytest.raises(TrustError) as caught:
            decryption.decrypt(good._replace(point=b"\1" * 64))
        assert caught.value.code is ErrorCode.CIPHERTEXT_POINT


@pytest.mark.parametrize("size", [0, MAX_SM2_PLAINTEXT + 1])
def test_a_text_that_cannot_be_encrypted(size: int) -> None:
    with pytest.raises(TrustError) as caught:
        encrypt_sm2(KEY.public_key, bytes(size))
    assert caught.value.code is ErrorCode.USAGE


def test_keys_of_another_kind() -> None:
    key = generate_key(KeyKind.EC_P256)
    for act in (lambda: encrypt_sm2(key.public_key, b"x"), key.decryptor, key.key_agreement):
        with pytest.raises(TrustError) as caught:
            act()
        assert caught.value.code is ErrorCode.ALGORITHM_MISMATCH


def test_many_threads() -> None:
    decryptor = KEY.decryptor()

    def work(number: int) -> bytes:
        return decrypt_sm2(decryptor, encrypt_sm2(KEY.public_key, b"%d" % number))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(200))) == [b"%d" % number for number in range(200)]
