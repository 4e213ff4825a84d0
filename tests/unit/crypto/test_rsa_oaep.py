"""RSAES-OAEP: parameters both ways, and one answer for whatever does not decrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.digest import DigestAlgorithm, digest_oid
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.rsa_oaep import OAEP_OID, OaepParameters, encrypt_oaep, read_oaep_parameters
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

D = DigestAlgorithm
MGF1 = "1.2.840.113549.1.1.8"
CHOICES = [OaepParameters(), OaepParameters(D.SHA512, D.SHA256), OaepParameters(D.SHA1, D.SHA1)]


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return generate_key(KeyKind.RSA)


def _written(parameters: OaepParameters) -> bytes:
    identifier = parameters.algorithm_identifier()
    name, found = der.children(identifier, der.parse_strict(identifier))
    assert der.decode_oid(der.content(identifier, name)) == OAEP_OID
    return der.octets(identifier, found)


@pytest.mark.parametrize("parameters", CHOICES, ids=str)
def test_round_trip(key: PrivateKey, parameters: OaepParameters) -> None:
    assert read_oaep_parameters(_written(parameters)) == parameters
    decryptor = key.oaep_decryptor()
    assert decryptor.public_key == key.public_key
    ciphertext = encrypt_oaep(key.public_key, b"content key", parameters)
    assert decryptor.decrypt_oaep(ciphertext, parameters) == b"content key"
    assert "content" not in repr(decryptor)


def test_what_is_left_out_is_sha1() -> None:
    assert read_oaep_parameters(None) == OaepParameters(D.SHA1, D.SHA1)
    assert read_oaep_parameters(w.sequence()) == OaepParameters(D.SHA1, D.SHA1)
    empty_label = w.explicit(2, w.sequence(w.oid("1.2.840.113549.1.1.9"), w.octet_string(b"")))
    assert read_oaep_parameters(w.sequence(empty_label)) == OaepParameters(D.SHA1, D.SHA1)


def _hash(oid: str) -> bytes:
    return w.sequence(w.explicit(0, w.sequence(w.oid(oid), w.null())))


REFUSED = {
    "SM3": (_hash(digest_oid(D.SM3)), ErrorCode.ALGORITHM_UNKNOWN),
    "MD5": (_hash(digest_oid(D.MD5)), ErrorCode.ALGORITHM_UNKNOWN),
    "unknown hash": (_hash("1.2.3"), ErrorCode.ALGORITHM_UNKNOWN),
    "unknown mask": (w.sequence(w.explicit(1, w.sequence(w.oid("1.2.3"), w.null()))), ErrorCode.ALGORITHM_UNKNOWN),
    "mask without a hash": (w.sequence(w.explicit(1, w.sequence(w.oid(MGF1)))), ErrorCode.ALGORITHM_UNKNOWN),
    "label": (
        w.sequence(w.explicit(2, w.sequence(w.oid("1.2.840.113549.1.1.9"), w.octet_string(b"x")))),
        ErrorCode.ALGORITHM_UNKNOWN,
    ),
    "empty member": (w.sequence(w.tlv(0xA0, b"")), ErrorCode.CIPHERTEXT_MALFORMED),
    "no SEQUENCE": (w.null(), ErrorCode.DER_MALFORMED),
    "trailing": (w.sequence() + b"\x00", ErrorCode.DER_MALFORMED),
}


@pytest.mark.parametrize(("octets", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_parameters_that_are_refused(octets: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        read_oaep_parameters(octets)
    assert refusal.value.code is code


def test_one_answer(key: PrivateKey) -> None:
    good = encrypt_oaep(key.public_key, b"content key", OaepParameters())
    other = generate_key(KeyKind.RSA).oaep_decryptor()
    answers = set()
    for decryptor, octets, parameters in (
        (key.oaep_decryptor(), good[:-1] + bytes((good[-1] ^ 1,)), OaepParameters()),
        (key.oaep_decryptor(), good[:-1], OaepParameters()),
        (key.oaep_decryptor(), b"", OaepParameters()),
        (key.oaep_decryptor(), good, OaepParameters(D.SHA1, D.SHA1)),
        (other, good, OaepParameters()),
    ):
        with pytest.raises(TrustError) as refusal:
            decryptor.decrypt_oaep(octets, parameters)
        answers.add((refusal.value.code, refusal.value.detail, refusal.value.__cause__))
    assert answers == {(ErrorCode.DECRYPTION_FAILED, "RSAES-OAEP", None)}


def test_misuse(key: PrivateKey) -> None:
    sm2 = generate_key(KeyKind.SM2)
    with pytest.raises(TrustError) as refusal:
        encrypt_oaep(sm2.public_key, b"x", OaepParameters())
    assert refusal.value.code is ErrorCode.ALGORITHM_MISMATCH
    with pytest.raises(TrustError) as refusal:
        sm2.oaep_decryptor()
    assert refusal.value.code is ErrorCode.ALGORITHM_MISMATCH
    with pytest.raises(TrustError) as refusal:
        encrypt_oaep(key.public_key, bytes(400), OaepParameters())
    assert refusal.value.code is ErrorCode.ENCRYPTION_FAILED
