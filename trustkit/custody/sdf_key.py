"""Signing and decrypting with SM2 keys inside a device of GM/T 0018: `Signer` and `Decryptor` over its key index.

    signer = SdfSigner.open(parse_module_uri("sdf:index=1?module-path=/usr/lib/libsdf.so"), pin)

An index holds a signing pair and an encryption pair, and both are under one access code. Z and e = SM3(Z ‖ M) are computed here: the
device signs 32 octets (GM/T 0018, SDF_InternalSign_ECC).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, ELEMENT_SIZE, encode_sm2_signature, message_digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.module_challenge import require_pair
from trustkit.custody.port import require_digest
from trustkit.custody.sdf_library import MAX_CIPHER, SGD_SM2_3, SdfDevice, open_device
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.sm2_ciphertext import Sm2Ciphertext
    from trustkit.custody.module_uri import SdfUri
    from trustkit.custody.passphrase import Passphrase

_BITS: Final = 256


class _SdfKey(Secretive):
    """One half of an index: the pair that signs or the pair that decrypts."""

    __slots__ = ("_device", "_index", "_pin", "_public_key")

    def __init__(self, device: SdfDevice, index: int, pin: Passphrase, *, export: str) -> None:
        self._device, self._index, self._pin = device, index, pin
        key = device.structure("EccPublicKey")
        with device.session() as session:
            device.require(device.function(export)(session, index, key))
        if key.bits != _BITS:
            raise TrustError(ErrorCode.MODULE_SELF_CHECK, "the public key has not 256 bits", bits=int(key.bits))
        point = _element(bytes(key.x)) + _element(bytes(key.y))
        self._public_key = parse_public_key(SPKI_PREFIX + point)

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public_key

    def _granted(self, session: Any) -> None:  # noqa: ANN401 - a handle
        """Ask for the right to use the private key, which a device gives to one session at a time."""
        pin = self._pin.reveal()
        buffer = self._device.ffi.new("unsigned char[]", pin)
        try:
            answer = self._device.lib.SDF_GetPrivateKeyAccessRight(session, self._index, buffer, len(pin))
        finally:
            self._device.ffi.memmove(buffer, bytes(len(pin)), len(pin))
        self._device.require(answer, ErrorCode.MODULE_PIN)

    def _release(self, session: Any) -> None:  # noqa: ANN401 - a handle
        self._device.lib.SDF_ReleasePrivateKeyAccessRight(session, self._index)


class SdfSigner(_SdfKey):
    """A `BatchSigner` and `DigestSigner` whose key stays in its device."""

    __slots__ = ()

    @classmethod
    def open(cls, uri: SdfUri, pin: Passphrase) -> SdfSigner:
        """Return the signer of a key index, after one signature proved that its halves and the structures' width fit.

        Raises:
            TrustError: what `open_device` raises; KEY_MISSING, MODULE_PIN, KEY_MALFORMED, MODULE_SELF_CHECK, SIGNING_FAILED.
        """
        signer = cls(open_device(uri.library, uri.ecc_bits), uri.index, pin, export="SDF_ExportSignPublicKey_ECC")
        require_pair(signer)
        return signer

    @property
    def suite(self) -> SignatureSuite:
        """SM2 with SM3: the interface signs nothing else that trustkit uses."""
        return SignatureSuite.SM2_SM3

    def sign(self, message: bytes, /) -> bytes:
        """See `Signer.sign`. Raise MODULE_PIN, MODULE_UNREACHABLE besides."""
        return self.sign_batch((message,))[0]

    def sign_batch(self, messages: Sequence[bytes], /) -> tuple[bytes, ...]:
        """See `BatchSigner.sign_batch`: one session and one grant for all of them."""
        point = self._public_key.sm2_point
        return self._signed([message_digest(point, DEFAULT_SIGNER_ID, message) for message in messages])

    def sign_digest(self, suite: SignatureSuite, digest: bytes, /) -> bytes:
        """See `DigestSigner.sign_digest`. Raise MODULE_PIN, MODULE_UNREACHABLE besides."""
        require_digest(suite, self._public_key, digest)
        return self._signed([digest])[0]

    def _signed(self, digests: Sequence[bytes]) -> tuple[bytes, ...]:
        with self._device.session() as session:
            self._granted(session)
            try:
                return tuple(self._sign(session, digest) for digest in digests)
            finally:
                self._release(session)

    def _sign(self, session: Any, digest: bytes) -> bytes:  # noqa: ANN401 - a handle
        device = self._device
        signature, data = device.structure("EccSignature"), device.ffi.new("unsigned char[]", digest)
        answer = device.lib.SDF_InternalSign_ECC(session, self._index, data, len(digest), signature)
        device.require(answer, ErrorCode.SIGNING_FAILED)
        try:
            return encode_sm2_signature(_element(bytes(signature.r)), _element(bytes(signature.s)))
        except TrustError as error:
            raise TrustError(ErrorCode.SIGNING_FAILED, "the device's signature is no SM2 signature") from error

    def __repr__(self) -> str:
        return f"SdfSigner(identifier={self._public_key.identifier.hex()})"


class SdfDecryptor(_SdfKey):
    """A `Decryptor` whose key stays in its device."""

    __slots__ = ()

    @classmethod
    def open(cls, uri: SdfUri, pin: Passphrase) -> SdfDecryptor:
        """Return the decryptor of a key index. Raise as `SdfSigner.open`, and KEY_UNSUPPORTED without the function."""
        device = open_device(uri.library, uri.ecc_bits)
        device.function("SDF_InternalDecrypt_ECC")
        return cls(device, uri.index, pin, export="SDF_ExportEncPublicKey_ECC")

    def decrypt(self, ciphertext: Sm2Ciphertext, /) -> bytes:
        """See `Decryptor.decrypt`. Raise CIPHERTEXT_TOO_LARGE beyond what a device is handed, MODULE_* besides."""
        device, size = self._device, len(ciphertext.body)
        if size > MAX_CIPHER:
            raise TrustError(ErrorCode.CIPHERTEXT_TOO_LARGE, "for the device", octets=size, limit=MAX_CIPHER)
        cipher = device.structure("EccCipher")
        cipher.x = _padded(ciphertext.point[:ELEMENT_SIZE], device.element)
        cipher.y = _padded(ciphertext.point[ELEMENT_SIZE:], device.element)
        cipher.M, cipher.L = ciphertext.hash, size
        device.ffi.memmove(cipher.C, ciphertext.body, size)
        output, length = device.ffi.new("unsigned char[]", MAX_CIPHER), device.ffi.new("unsigned int *", MAX_CIPHER)
        try:
            with device.session() as session:
                self._granted(session)
                try:
                    decrypt = device.function("SDF_InternalDecrypt_ECC")
                    answer = decrypt(session, self._index, SGD_SM2_3, cipher, output, length)
                finally:
                    self._release(session)
            device.require(answer, ErrorCode.DECRYPTION_FAILED)
            if length[0] != size:
                raise TrustError(ErrorCode.DECRYPTION_FAILED, "SM2 ciphertext")
            return bytes(device.ffi.buffer(output, size))
        finally:
            device.ffi.memmove(output, bytes(MAX_CIPHER), MAX_CIPHER)


def _element(octets: bytes) -> bytes:
    """Return the last 32 octets of a field of 32 or 64: what stands before them is zeros."""
    padding = len(octets) - ELEMENT_SIZE
    if any(octets[:padding]):
        raise TrustError(ErrorCode.MODULE_SELF_CHECK, "a number of the device is larger than 256 bits")
    return octets[padding:]


def _padded(element: bytes, size: int) -> bytes:
    return element.rjust(size, b"\0")
