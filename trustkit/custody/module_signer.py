"""The signer or decryptor of a key in a module, whichever interface the module speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.module_uri import SdfUri
from trustkit.custody.pkcs11_decryptor import Pkcs11OaepDecryptor
from trustkit.custody.pkcs11_signer import Pkcs11Signer
from trustkit.custody.sdf_key import SdfDecryptor, SdfSigner
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.module_uri import Pkcs11Uri
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import BatchSigner, Decryptor, OaepDecryptor


def open_module_signer(uri: Pkcs11Uri | SdfUri, pin: Passphrase, suite: SignatureSuite | None = None) -> BatchSigner:
    """Return the signer of the key a URI names, for `suite` or its kind's usual one.

    Raises:
        TrustError: MODULE_*, KEY_MISSING, KEY_UNSUPPORTED, KEY_WEAK, KEY_MALFORMED, ALGORITHM_MISMATCH, SIGNING_FAILED.
    """
    if isinstance(uri, SdfUri):
        if suite not in {None, SignatureSuite.SM2_SM3}:
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", suite=str(suite))
        return SdfSigner.open(uri, pin)
    return Pkcs11Signer.open(uri, pin, suite)


def open_module_decryptor(uri: Pkcs11Uri | SdfUri, pin: Passphrase) -> Decryptor | OaepDecryptor:
    """Return the decryptor of the key a URI names: SM2 in an SDF device, RSA by OAEP on a PKCS#11 token.

    Raises:
        TrustError: MODULE_*, KEY_MISSING, KEY_UNSUPPORTED, KEY_WEAK, KEY_MALFORMED.
    """
    return SdfDecryptor.open(uri, pin) if isinstance(uri, SdfUri) else Pkcs11OaepDecryptor.open(uri, pin)
