"""Software adapters of `Decryptor` and `KeyAgreement`, and decryption of octets whose byte order nobody stated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.crypto.sm2_ciphertext import (
    CiphertextForm,
    Sm2Ciphertext,
    parse_sm2_ciphertext,
    possible_forms,
    recognise_sm2_ciphertext,
)
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.agreement import ExchangeRole
    from trustkit.custody.port import Decryptor, KeyExchange
    from trustkit.custody.sm2_material import Sm2Material


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Secretive):
    """A plaintext and the form its ciphertext was found to be in."""

    plaintext: bytes = field(repr=False)
    form: CiphertextForm


class _SoftwareSm2Key(Secretive):
    """An SM2 key in memory, for one of its uses."""

    __slots__ = ("_material", "_public_key")

    def __init__(self, material: Sm2Material, public_key: PublicKey) -> None:
        self._material, self._public_key = material, public_key

    @property
    def public_key(self) -> PublicKey:
        """The public half, which the other side needs."""
        return self._public_key


class SoftwareDecryptor(_SoftwareSm2Key):
    """A `Decryptor` over a key in memory."""

    __slots__ = ()

    def decrypt(self, ciphertext: Sm2Ciphertext, /) -> bytes:
        """See `Decryptor.decrypt`."""
        return self._material.decrypt(ciphertext)


class SoftwareKeyAgreement(_SoftwareSm2Key):
    """A `KeyAgreement` over a key in memory."""

    __slots__ = ()

    def start(self, role: ExchangeRole, own_id: bytes, /) -> KeyExchange:
        """See `KeyAgreement.start`."""
        return self._material.exchange(role, own_id)

    def resume(self, role: ExchangeRole, own_id: bytes, ephemeral: SoftwareKeyAgreement, /) -> KeyExchange:
        """Return a run whose ephemeral key was made before, and kept: where another process made it. Raise USAGE."""
        return self._material.exchange(role, own_id, ephemeral._material)


def decrypt_sm2(decryptor: Decryptor, data: bytes, form: CiphertextForm = CiphertextForm.ASN1) -> bytes:
    """Return the plaintext of octets said to be in `form`. The inverse of `trustkit.crypto.sm2_encrypt.encrypt_sm2`.

    Raises:
        TrustError: CIPHERTEXT_MALFORMED, CIPHERTEXT_TOO_LARGE, CIPHERTEXT_POINT, DECRYPTION_FAILED.
    """
    return decryptor.decrypt(parse_sm2_ciphertext(data, form))


def open_sm2(decryptor: Decryptor, data: bytes) -> Opened:
    """Return the plaintext of octets of an unstated form, and which form it was.

    The hash inside decides: the octets are tried in every form they allow, and one whose hash of 256 bits comes out is
    the one that was written. Nothing is guessed, and the caller is told.

    Raises:
        TrustError: DECRYPTION_FAILED (in no form), and what `recognise_sm2_ciphertext` raises for what has no form.
    """
    forms = possible_forms(data)
    if not forms:
        recognise_sm2_ciphertext(data)  # raises, and says why
    for form in forms:
        try:
            return Opened(plaintext=decryptor.decrypt(parse_sm2_ciphertext(data, form)), form=form)
        except TrustError as error:
            if error.code is not ErrorCode.DECRYPTION_FAILED:
                raise
    raise TrustError(ErrorCode.DECRYPTION_FAILED, "SM2 ciphertext")
