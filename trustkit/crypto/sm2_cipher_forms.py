"""The layouts of SM2 ciphertexts, without a look at the curve: see `trustkit.crypto.sm2_ciphertext`.

SM2Cipher ::= SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, cipherText OCTET STRING } (GM/T 0009); raw octets
C1 ‖ C3 ‖ C2 (GB/T 32918.4) and C1 ‖ C2 ‖ C3 (before 2012).
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Final, NamedTuple

from trustkit.crypto.sm2 import ELEMENT_SIZE, POINT_SIZE
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, octet_string, sequence
from trustkit.errors import ErrorCode, TrustError

MAX_SM2_PLAINTEXT: Final = 64 * 1024  # SM2 carries keys; content goes under a symmetric cipher
HASH_SIZE: Final = 32  # C3
_OVERHEAD: Final = 128  # C1, C3 and every DER header
MARK: Final = b"\x04"  # SEC 1 2.3.3: an uncompressed point


@unique
class CiphertextForm(StrEnum):
    """How a ciphertext is laid out; C1 is the point, C2 the encrypted octets, C3 the hash."""

    ASN1 = "asn1"
    C1C3C2 = "04-c1c3c2"
    C1C3C2_BARE = "c1c3c2"
    C1C2C3 = "04-c1c2c3"
    C1C2C3_BARE = "c1c2c3"

    @property
    def hash_last(self) -> bool:
        """Whether C3 stands behind C2, as it did before 2012."""
        return self in {CiphertextForm.C1C2C3, CiphertextForm.C1C2C3_BARE}

    @property
    def marked(self) -> bool:
        """Whether the octet 04 stands before the point."""
        return self in {CiphertextForm.C1C3C2, CiphertextForm.C1C2C3}


# `encryptedType` of CFCA's SADK, by which its escrow messages say how a ciphertext is laid out.
CFCA_ENCRYPTED_TYPES: Final = {
    0: CiphertextForm.ASN1,
    2: CiphertextForm.C1C3C2,
    4: CiphertextForm.C1C3C2_BARE,
    8: CiphertextForm.C1C2C3,
    16: CiphertextForm.C1C2C3_BARE,
}


class Sm2Ciphertext(NamedTuple):
    """The parts of a ciphertext: C1 as X ‖ Y (64 octets, on the curve), C3 (32 octets), C2, and the form it came in."""

    point: bytes
    hash: bytes
    body: bytes
    form: CiphertextForm = CiphertextForm.ASN1


def encode_sm2_ciphertext(ciphertext: Sm2Ciphertext) -> bytes:
    """Return the DER of SM2Cipher, whatever form it came in. The inverse of `parse_sm2_ciphertext` for ASN1."""
    x, y = ciphertext.point[:ELEMENT_SIZE], ciphertext.point[ELEMENT_SIZE:]
    coordinates = (integer(int.from_bytes(value, "big")) for value in (x, y))
    return sequence(*coordinates, octet_string(ciphertext.hash), octet_string(ciphertext.body))


def split_sm2_ciphertext(data: bytes, form: CiphertextForm) -> Sm2Ciphertext:
    """Return the parts of a ciphertext in `form`; whether C1 is on the curve is not asked here.

    Raises:
        TrustError: CIPHERTEXT_MALFORMED (not of this form, cut short, empty), CIPHERTEXT_TOO_LARGE.
    """
    if len(data) > MAX_SM2_PLAINTEXT + _OVERHEAD:
        raise TrustError(ErrorCode.CIPHERTEXT_TOO_LARGE, "SM2 ciphertext", octets=len(data), limit=MAX_SM2_PLAINTEXT)
    found = _read_asn1(data) if form is CiphertextForm.ASN1 else _split(data, form)
    if not found.body:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "nothing is encrypted", form=form.value)
    if len(found.body) > MAX_SM2_PLAINTEXT:
        raise TrustError(ErrorCode.CIPHERTEXT_TOO_LARGE, "SM2 ciphertext", octets=len(found.body))
    return found


def _split(data: bytes, form: CiphertextForm) -> Sm2Ciphertext:
    if form.marked and not data.startswith(MARK):
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "04 expected before the point", form=form.value)
    raw = data[form.marked :]
    if len(raw) <= POINT_SIZE + HASH_SIZE:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "cut short", form=form.value, octets=len(data))
    point, rest = raw[:POINT_SIZE], raw[POINT_SIZE:]
    if form.hash_last:
        return Sm2Ciphertext(point, rest[-HASH_SIZE:], rest[:-HASH_SIZE], form)
    return Sm2Ciphertext(point, rest[:HASH_SIZE], rest[HASH_SIZE:], form)


def _read_asn1(data: bytes) -> Sm2Ciphertext:
    try:
        outer = der.parse_strict(data, max_size=MAX_SM2_PLAINTEXT + _OVERHEAD, max_depth=2)
        der.expect(data, outer, der.SEQUENCE, "SM2Cipher")
        x, y, digest, body = der.children(data, outer)
        point = _coordinate(der.expect(data, x, der.INTEGER, "x")) + _coordinate(der.expect(data, y, der.INTEGER, "y"))
        hash_ = der.expect(data, digest, der.OCTET_STRING, "hash")
        text = der.expect(data, body, der.OCTET_STRING, "cipherText")
    except (TrustError, ValueError) as error:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "not an SM2Cipher in DER") from error
    if len(hash_) != HASH_SIZE:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "hash is not 32 octets", octets=len(hash_))
    return Sm2Ciphertext(point, hash_, text)


def _coordinate(body: bytes) -> bytes:
    """Return 32 octets of a minimal INTEGER that is not negative. Raise DER_MALFORMED, DER_NOT_DER."""
    value = der.decode_integer(body)
    if value < 0 or value.bit_length() > 8 * ELEMENT_SIZE:
        raise TrustError(ErrorCode.DER_MALFORMED, "coordinate is negative or beyond 32 octets")
    return value.to_bytes(ELEMENT_SIZE, "big")
