"""What all keys share that open messages on a PKCS#11 token: how they are found, tried out, and asked again after a lost session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

from trustkit.custody.pkcs11_key import KeyUse, find_private_key, find_public_key, require_use
from trustkit.custody.pkcs11_token import open_token
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.crypto.public_key import KeyKind, PublicKey
    from trustkit.custody.module_uri import Pkcs11Uri
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.pkcs11_key import TokenPrivateKey
    from trustkit.custody.pkcs11_token import Pkcs11Token


class OpeningKey(Secretive, ABC):
    """A key that stays on its token. A class says which kinds of keys it is for, and how the pair is tried out."""

    __slots__ = ("_public_key", "_token", "_uri")

    _KINDS: ClassVar[frozenset[KeyKind]]
    _FOR: ClassVar[str]

    def __init__(self, token: Pkcs11Token, uri: Pkcs11Uri, public_key: PublicKey) -> None:
        self._token, self._uri, self._public_key = token, uri, public_key

    @classmethod
    def open(cls, uri: Pkcs11Uri, pin: Passphrase) -> Self:
        """Return the key a URI names, after it opened something sealed to the public half the token showed.

        Raises:
            TrustError: what `open_token` raises; KEY_MISSING, MODULE_URI (names no key, or several), KEY_UNSUPPORTED (another kind, not
                for this use, or what the module does not do), KEY_WEAK, KEY_MALFORMED, MODULE_SELF_CHECK.
        """
        if not uri.names_key:
            raise TrustError(ErrorCode.MODULE_URI, "object or id says which key")
        token = open_token(uri, pin)
        with token.session() as session:
            public_key = find_public_key(session, uri)
            if public_key.kind not in cls._KINDS:
                raise TrustError(ErrorCode.KEY_UNSUPPORTED, cls._FOR, kind=public_key.kind.value)
            require_use(session, uri, KeyUse.DECRYPT, public_key.kind)
        key = cls(token, uri, public_key)
        key._require_pair()
        return key

    @property
    def public_key(self) -> PublicKey:
        """The key they were encrypted to."""
        return self._public_key

    def _on_token(self, act: Callable[[TokenPrivateKey], bytes]) -> bytes:
        """Return what `act` makes of the private key object. Raise MODULE_UNREACHABLE, and PKCS11Error as the module does."""
        return self._token.use(lambda session: act(find_private_key(session, self._uri)))

    @abstractmethod
    def _require_pair(self) -> None:
        """Return when the key opens what was sealed to its public half. Raise MODULE_SELF_CHECK."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(identifier={self._public_key.identifier.hex()})"
