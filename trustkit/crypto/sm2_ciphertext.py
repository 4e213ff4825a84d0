"""SM2 ciphertexts as values: one written form, five that are read, each by name (GM/T 0009, GB/T 32918.4).

Written: SM2Cipher ::= SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, cipherText OCTET STRING }. Read besides: the
raw octets C1 ‖ C3 ‖ C2 of GB/T 32918.4 and C1 ‖ C2 ‖ C3 of before 2012, with and without the 04 that marks a point.

    parse_sm2_ciphertext(data, CiphertextForm.C1C2C3)

Raw octets do not say in which order they stand. `possible_forms` lists what the octets allow; only the hash inside,
with the private key, can decide between them. Nothing here guesses.
"""

from __future__ import annotations

from trustkit.crypto.engines.selection import current_engine
from trustkit.crypto.sm2_cipher_forms import (
    MARK,
    MAX_SM2_PLAINTEXT,
    CiphertextForm,
    Sm2Ciphertext,
    encode_sm2_ciphertext,
    split_sm2_ciphertext,
)
from trustkit.errors import ErrorCode, TrustError

__all__ = [
    "MAX_SM2_PLAINTEXT",
    "CiphertextForm",
    "Sm2Ciphertext",
    "encode_sm2_ciphertext",
    "parse_sm2_ciphertext",
    "possible_forms",
    "recognise_sm2_ciphertext",
]


def parse_sm2_ciphertext(data: bytes, form: CiphertextForm = CiphertextForm.ASN1) -> Sm2Ciphertext:
    """Read a ciphertext that is said to be in `form`; ASN1 strictly as DER.

    Raises:
        TrustError: CIPHERTEXT_MALFORMED (not of this form, cut short, empty), CIPHERTEXT_TOO_LARGE (plaintext beyond
            `MAX_SM2_PLAINTEXT`), CIPHERTEXT_POINT (C1 is not a point of the curve).
    """
    found = split_sm2_ciphertext(data, form)
    if not current_engine().is_on_curve(found.point):
        raise TrustError(ErrorCode.CIPHERTEXT_POINT, "C1 is not a point of the SM2 curve", form=form.value)
    return found


def possible_forms(data: bytes) -> tuple[CiphertextForm, ...]:
    """Return every form in which these octets parse: one for DER, two for raw octets, none for what is no ciphertext."""
    found = []
    for form in CiphertextForm:
        try:
            parse_sm2_ciphertext(data, form)
        except TrustError:
            continue
        found.append(form)
    return tuple(found)


def recognise_sm2_ciphertext(data: bytes) -> Sm2Ciphertext:
    """Read a ciphertext whose form the octets alone make certain, which is to say ASN1.

    Raises:
        TrustError: CIPHERTEXT_AMBIGUOUS (raw octets: the order is not written in them), and what `parse_sm2_ciphertext`
            raises for the form the octets look like.
    """
    forms = possible_forms(data)
    if len(forms) == 1:
        return parse_sm2_ciphertext(data, forms[0])
    if forms:
        raise TrustError(ErrorCode.CIPHERTEXT_AMBIGUOUS, "SM2 ciphertext", forms=", ".join(forms))
    return parse_sm2_ciphertext(data, CiphertextForm.C1C3C2 if data.startswith(MARK) else CiphertextForm.ASN1)
