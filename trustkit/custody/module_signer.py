"""The signer or decryptor of a key in a module, whichever interface the module speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.crypto.ecdh_wrap import CURVES
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.module_uri import SdfUri
from trustkit.custody.pkcs11_decryptor import Pkcs11OaepDecryptor
from trustkit.custody.pkcs11_ecdh import Pkcs11EcdhKey
from trustkit.custody.pkcs11_key import find_public_key
from trustkit.custody.pkcs11_signer import Pkcs11Signer
from trustkit.custody.pkcs11_token import open_token
from trustkit.custody.sdf_key import SdfDecryptor, SdfSigner
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import KeyKind
    from trustkit.custody.module_uri import Pkcs11Uri
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import BatchSigner, Decryptor, EcdhKey, OaepDecryptor


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


def open_module_decryptor(uri: Pkcs11Uri | SdfUri, pin: Passphrase) -> Decryptor | OaepDecryptor | EcdhKey:
    """Return the decryptor of the key a URI names: SM2 in an SDF device; RSA by OAEP, P-256 and P-384 by ECDH on a PKCS#11 token.

    Raises:
        TrustError: MODULE_*, KEY_MISSING, KEY_UNSUPPORTED, KEY_WEAK, KEY_MALFORMED.
    """
    if isinstance(uri, SdfUri):
        return SdfDecryptor.open(uri, pin)
    by_curve = uri.names_key and _kind_on_token(uri, pin) in CURVES
    return Pkcs11EcdhKey.open(uri, pin) if by_curve else Pkcs11OaepDecryptor.open(uri, pin)


def _kind_on_token(uri: Pkcs11Uri, pin: Passphrase) -> KeyKind:
    with open_token(uri, pin).session() as session:
        return find_public_key(session, uri).kind
