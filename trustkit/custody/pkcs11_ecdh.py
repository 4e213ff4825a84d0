"""An `EcdhKey` over a key of P-256 or P-384 on a PKCS#11 token: CKM_ECDH1_DERIVE (PKCS #11 v2.40, 2.3.6).

    key = Pkcs11EcdhKey.open(parse_module_uri("pkcs11:token=office;object=letters?module-path=…"), pin)

The static private key stays on the token. The shared x coordinate comes out of it, as a session object that is read once and destroyed,
because what is derived from it (X9.63 with SHA-2, RFC 5753) is more than modules do; it serves one message, and opens no other.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from pkcs11 import KDF, Attribute, KeyType, Mechanism
from pkcs11.exceptions import PKCS11Error

from trustkit.crypto.ecdh_wrap import CURVES, on_curve_of, unwrap_shared, wrap_for
from trustkit.crypto.public_key import parse_public_key
from trustkit.custody.pkcs11_opening import OpeningKey
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.pkcs11_key import TokenPrivateKey

_CHALLENGE: Final = 16  # octets, as a content key
# Of the shared secret, which is read out and gone at once.
_READABLE: Final = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True, Attribute.TOKEN: False}


class Pkcs11EcdhKey(OpeningKey):
    """An `EcdhKey` over a key that stays on its token."""

    __slots__ = ()

    _KINDS = CURVES
    _FOR = "ECDH is for P-256 and P-384"

    def shared_secret(self, peer: PublicKey, /) -> bytes:
        """See `EcdhKey.shared_secret`. Raise MODULE_UNREACHABLE when the token is away and stays away."""
        try:
            if peer.kind is self._public_key.kind:
                shared = self._on_token(lambda key: _derived(key, peer))
                if len(shared) == _coordinate(peer):
                    return shared
        except PKCS11Error:
            pass  # one answer, whatever the module says of the point or the key
        raise TrustError(ErrorCode.DECRYPTION_FAILED, "ECDH")

    def _require_pair(self) -> None:
        challenge = secrets.token_bytes(_CHALLENGE)
        made = wrap_for(self._public_key, challenge)
        shared = self.shared_secret(parse_public_key(on_curve_of(self._public_key, made.point)))
        try:
            opened = unwrap_shared(shared, made.scheme, made.wrap, None, made.wrapped)
        except TrustError:
            opened = b""
        if not secrets.compare_digest(opened, challenge):
            raise TrustError(ErrorCode.MODULE_SELF_CHECK, "it does not open what its public key sealed")


def _coordinate(peer: PublicKey) -> int:
    """Return the octets of a coordinate of a point: 04, X and Y."""
    return len(peer.subject_public_key) // 2


def _derived(key: TokenPrivateKey, peer: PublicKey) -> bytes:
    found = key.derive_key(
        KeyType.GENERIC_SECRET,
        8 * _coordinate(peer),
        mechanism=Mechanism.ECDH1_DERIVE,
        mechanism_param=(KDF.NULL, None, peer.subject_public_key),
        template=_READABLE,
    )
    try:
        return bytes(found[Attribute.VALUE])
    finally:
        found.destroy()
