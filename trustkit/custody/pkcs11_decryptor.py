"""An `OaepDecryptor` over an RSA key on a PKCS#11 token: padding and key are the module's (PKCS #11 v2.40, 2.1.8).

decryptor = Pkcs11OaepDecryptor.open(parse_module_uri("pkcs11:token=office;object=letters?module-path=…"), pin)

NOTE: a module may know fewer hashes than RSAES-OAEP has; SoftHSM 2.6 knows SHA-1 alone. It is asked for what the message says, and
what it does not know is said by name, before it has seen any ciphertext: the padding is never undone here.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from pkcs11 import MGF, Mechanism
from pkcs11.exceptions import ArgumentsBad, MechanismInvalid, MechanismParamInvalid, PKCS11Error

from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.rsa_oaep import OaepParameters, encrypt_oaep
from trustkit.custody.pkcs11_errors import LOST, refusal
from trustkit.custody.pkcs11_key import KeyUse, find_private_key, find_public_key, require_use
from trustkit.custody.pkcs11_token import open_token
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.module_uri import Pkcs11Uri
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.pkcs11_token import Pkcs11Token

_TRIES: Final = 2  # the second after a new log-in, for a network module that was restarted
_CHALLENGE: Final = 32  # octets
_HASHES: Final = {
    DigestAlgorithm.SHA1: (Mechanism.SHA_1, MGF.SHA1),
    DigestAlgorithm.SHA256: (Mechanism.SHA256, MGF.SHA256),
    DigestAlgorithm.SHA384: (Mechanism.SHA384, MGF.SHA384),
    DigestAlgorithm.SHA512: (Mechanism.SHA512, MGF.SHA512),
}
# What a module answers to parameters it does not know, when it is told them. SoftHSM's word is the second.
_NOT_KNOWN: Final = (MechanismParamInvalid, ArgumentsBad, MechanismInvalid)


class Pkcs11OaepDecryptor(Secretive):
    """An `OaepDecryptor` over a key that stays on its token."""

    __slots__ = ("_public_key", "_token", "_uri")

    def __init__(self, token: Pkcs11Token, uri: Pkcs11Uri, public_key: PublicKey) -> None:
        self._token, self._uri, self._public_key = token, uri, public_key

    @classmethod
    def open(cls, uri: Pkcs11Uri, pin: Passphrase) -> Pkcs11OaepDecryptor:
        """Return the decryptor of the key a URI names, after it opened something sealed to the public half the token showed.

        Raises:
            TrustError: what `open_token` raises; KEY_MISSING, MODULE_URI (names no key, or several), KEY_UNSUPPORTED (not RSA, not
                for decryption, no OAEP in the module), KEY_WEAK, MODULE_SELF_CHECK.
        """
        if not uri.names_key:
            raise TrustError(ErrorCode.MODULE_URI, "object or id says which key")
        token = open_token(uri, pin)
        with token.session() as session:
            public_key = find_public_key(session, uri)
            if public_key.kind is not KeyKind.RSA:
                raise TrustError(
                    ErrorCode.KEY_UNSUPPORTED, "a token decrypts with RSA here", kind=public_key.kind.value
                )
            require_use(session, uri, KeyUse.DECRYPT)
        decryptor = cls(token, uri, public_key)
        decryptor._require_pair()
        return decryptor

    @property
    def public_key(self) -> PublicKey:
        """The key they were encrypted to."""
        return self._public_key

    def decrypt_oaep(self, ciphertext: bytes, parameters: OaepParameters, /) -> bytes:
        """See `OaepDecryptor.decrypt_oaep`.

        Raise ALGORITHM_UNKNOWN for a hash the module does not do, MODULE_UNREACHABLE when the token is away and stays away.
        """
        for attempt in range(_TRIES):
            try:
                return self._decrypt(ciphertext, parameters)
            except _NOT_KNOWN:
                told = "the module does not do RSAES-OAEP with this hash"
                raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, told, hash=parameters.digest.value) from None
            except LOST as error:
                if attempt == _TRIES - 1:
                    raise refusal(error) from None
            except PKCS11Error:  # one answer, whatever the module says of padding, length or key
                raise TrustError(ErrorCode.DECRYPTION_FAILED, "RSAES-OAEP") from None
        raise TrustError(ErrorCode.DECRYPTION_FAILED, "RSAES-OAEP")

    def _decrypt(self, ciphertext: bytes, parameters: OaepParameters) -> bytes:
        told = (_HASHES[parameters.digest][0], _HASHES[parameters.mask][1], None)
        with self._token.session() as session:
            key = find_private_key(session, self._uri)
            return key.decrypt(ciphertext, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=told)

    def _require_pair(self) -> None:
        challenge = secrets.token_bytes(_CHALLENGE)
        for known in (DigestAlgorithm.SHA256, DigestAlgorithm.SHA1):
            parameters = OaepParameters(known, known)
            try:
                opened = self.decrypt_oaep(encrypt_oaep(self._public_key, challenge, parameters), parameters)
            except TrustError as error:
                if error.code is ErrorCode.ALGORITHM_UNKNOWN:
                    continue
                if error.code is not ErrorCode.DECRYPTION_FAILED:
                    raise
                opened = b""
            if not secrets.compare_digest(opened, challenge):
                raise TrustError(ErrorCode.MODULE_SELF_CHECK, "it does not open what its public key sealed")
            return
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "the module does no RSAES-OAEP")

    def __repr__(self) -> str:
        return f"Pkcs11OaepDecryptor(identifier={self._public_key.identifier.hex()})"
