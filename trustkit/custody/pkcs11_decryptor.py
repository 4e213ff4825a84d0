"""An `OaepDecryptor` over an RSA key on a PKCS#11 token: padding and key are the module's (PKCS #11 v2.40, 2.1.8).

decryptor = Pkcs11OaepDecryptor.open(parse_module_uri("pkcs11:token=office;object=letters?module-path=…"), pin)

NOTE: a module may know fewer hashes than RSAES-OAEP has; SoftHSM 2.6 knows SHA-1 alone. It is asked for what the message says, and
what it does not know is said by name, before it has seen any ciphertext: the padding is never undone here.
"""

from __future__ import annotations

import secrets
from typing import Final

from pkcs11 import Mechanism
from pkcs11.exceptions import ArgumentsBad, MechanismInvalid, MechanismParamInvalid, PKCS11Error

from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.rsa_oaep import OaepParameters, encrypt_oaep
from trustkit.custody.pkcs11_hashes import HASHES
from trustkit.custody.pkcs11_opening import OpeningKey
from trustkit.errors import ErrorCode, TrustError

_CHALLENGE: Final = 32  # octets
# What a module answers to parameters it does not know, when it is told them. SoftHSM's word is the second.
_NOT_KNOWN: Final = (MechanismParamInvalid, ArgumentsBad, MechanismInvalid)


class Pkcs11OaepDecryptor(OpeningKey):
    """An `OaepDecryptor` over a key that stays on its token."""

    __slots__ = ()

    _KINDS = frozenset({KeyKind.RSA})
    _FOR = "RSAES-OAEP is for RSA"

    def decrypt_oaep(self, ciphertext: bytes, parameters: OaepParameters, /) -> bytes:
        """See `OaepDecryptor.decrypt_oaep`.

        Raise ALGORITHM_UNKNOWN for a hash the module does not do, MODULE_UNREACHABLE when the token is away and stays away.
        """
        told = (HASHES[parameters.digest][0], HASHES[parameters.mask][1], None)
        try:
            return self._on_token(
                lambda key: key.decrypt(ciphertext, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=told)
            )
        except _NOT_KNOWN:
            unknown = "the module does not do RSAES-OAEP with this hash"
            raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, unknown, hash=parameters.digest.value) from None
        except PKCS11Error:  # one answer, whatever the module says of padding, length or key
            raise TrustError(ErrorCode.DECRYPTION_FAILED, "RSAES-OAEP") from None

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
