"""Keys on a PKCS#11 token: found, made, described. The private half never leaves the token.

ECDSA on P-256 and P-384, RSA, and Ed25519 where the module has it. PKCS#11 has no SM2 of its own; for SM2 in a device use
`trustkit.custody.sdf_signer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import NoSuchKey, PKCS11Error
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

from trustkit.crypto.public_key import RSA_ENCRYPTION, KeyKind, PublicKey, parse_public_key
from trustkit.custody.pkcs11_errors import refusal
from trustkit.custody.private_key import RSA_BITS
from trustkit.encoding.der_write import bit_string, null, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pkcs11.types import PublicKey as TokenPublicKey
    from pkcs11.types import Session

    from trustkit.custody.module_uri import Pkcs11Uri
    from trustkit.custody.pkcs11_token import Pkcs11Token


class TokenPrivateKey(Protocol):
    """What is used of a private key object of the binding, whose types do not say that it signs or decrypts."""

    key_type: KeyType
    label: str | None
    id: bytes | None

    def sign(self, data: bytes, **arguments: Any) -> bytes:  # noqa: ANN401 - the binding's mechanism parameters
        """Return the signature; raise PKCS11Error."""

    def decrypt(self, data: bytes, **arguments: Any) -> bytes:  # noqa: ANN401 - the binding's mechanism parameters
        """Return the plaintext; raise PKCS11Error."""

    def derive_key(self, kind: KeyType, bits: int, **arguments: Any) -> Any:  # noqa: ANN401 - as above; a key object
        """Return a key derived on the token; raise PKCS11Error."""

    def __getitem__(self, attribute: Attribute, /) -> Any: ...  # noqa: ANN401 - any attribute's value


MAX_KEYS: Final = 1000  # listed of one token; a person reads the list
_CURVES: Final = {KeyKind.EC_P256: "secp256r1", KeyKind.EC_P384: "secp384r1"}
# What a key made here may never do: be read, be taken out, serve another use. Modules differ in their defaults.
_GUARDED: Final = {
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.SIGN: False,
    Attribute.DECRYPT: False,
    Attribute.UNWRAP: False,
    Attribute.DERIVE: False,
}


@unique
class KeyUse(StrEnum):
    """What a key on a token is made for: one thing, and nothing else. Messages to a curve's key are opened by derivation."""

    SIGN = "sign"
    DECRYPT = "decrypt"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """A key on a token, as a list shows it. `extractable` is True when the module would give the private half out."""

    label: str
    id: bytes
    public_key: PublicKey | None
    extractable: bool


def find_public_key(session: Session, uri: Pkcs11Uri) -> PublicKey:
    """Return the public half of the key a URI names.

    Raises:
        TrustError: KEY_MISSING, MODULE_URI (several keys answer), KEY_UNSUPPORTED, KEY_WEAK, KEY_MALFORMED,
            MODULE_UNREACHABLE.
    """
    try:
        private = find_private_key(session, uri)
        return _public_half(session, private)
    except PKCS11Error as error:
        raise refusal(error) from None


def find_private_key(session: Session, uri: Pkcs11Uri) -> TokenPrivateKey:
    """Return the private key object a URI names, good for that token session only. Raise PKCS11Error as the module does."""
    found = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=uri.label or None, id=uri.id or None)
    return cast("TokenPrivateKey", found)  # the class that was asked for


def require_use(session: Session, uri: Pkcs11Uri, use: KeyUse, kind: KeyKind) -> None:
    """Raise KEY_UNSUPPORTED unless the key a URI names, of this kind, is there for this use; as `find_public_key`."""
    try:
        allowed = bool(find_private_key(session, uri)[_attribute(use, kind)])
    except PKCS11Error as error:
        raise refusal(error) from None
    if not allowed:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "the key on the token is for something else", use=use.value)


def _attribute(use: KeyUse, kind: KeyKind) -> Attribute:
    if use is KeyUse.SIGN:
        return Attribute.SIGN
    return Attribute.DECRYPT if kind is KeyKind.RSA else Attribute.DERIVE


def make_key(token: Pkcs11Token, uri: Pkcs11Uri, kind: KeyKind, use: KeyUse = KeyUse.SIGN) -> PublicKey:
    """Make a key pair on the token under the URI's label and id, and return its public half; durable on return.

    Raises:
        TrustError: KEY_EXISTS, KEY_UNSUPPORTED (SM2, or what the module lacks), MODULE_URI without a label, MODULE_TOKEN,
            MODULE_UNREACHABLE.
    """
    if not uri.label:
        raise TrustError(ErrorCode.MODULE_URI, "object is the new key's name")
    try:
        with token.session(writing=True) as session:
            try:
                find_private_key(session, uri)
            except NoSuchKey:
                pass
            else:
                raise TrustError(ErrorCode.KEY_EXISTS, "a key of this name is on the token")
            _generate(session, uri, kind, use)
            return find_public_key(session, uri)
    except PKCS11Error as error:
        raise refusal(error, ErrorCode.SIGNING_FAILED) from None


def list_keys(token: Pkcs11Token) -> tuple[TokenKey, ...]:
    """Return the private keys of a token, MAX_KEYS at most. Raise MODULE_UNREACHABLE."""
    try:
        with token.session() as session:
            # Read to its end first: a session runs one search at a time, and describing a key searches for its public half.
            privates = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
            found = [_describe(session, cast("TokenPrivateKey", private)) for private in privates[:MAX_KEYS]]
    except PKCS11Error as error:
        raise refusal(error) from None
    return tuple(sorted(found, key=lambda key: (key.label, key.id)))


def _describe(session: Session, private: TokenPrivateKey) -> TokenKey:
    try:
        public = _public_half(session, private)
    except (TrustError, PKCS11Error):
        public = None  # a kind trustkit does not use, or a token that keeps no public half: shown without one
    return TokenKey(
        label=private.label or "", id=private.id or b"", public_key=public, extractable=_extractable(private)
    )


def _extractable(private: TokenPrivateKey) -> bool:
    try:
        return bool(private[Attribute.EXTRACTABLE]) or not private[Attribute.SENSITIVE]
    except PKCS11Error:
        return True  # a module that does not say is not believed to guard it


def _generate(session: Session, uri: Pkcs11Uri, kind: KeyKind, use: KeyUse) -> None:
    guarded = _GUARDED | {_attribute(use, kind): True}
    identity = uri.id or uri.label.encode()[:64]
    if kind is KeyKind.RSA:
        session.generate_keypair(
            KeyType.RSA,
            RSA_BITS,
            id=identity,
            label=uri.label,
            store=True,
            private_template=guarded,
        )
    elif kind in _CURVES:
        session.create_domain_parameters(
            KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVES[kind])}, local=True
        ).generate_keypair(
            mechanism=Mechanism.EC_KEY_PAIR_GEN, id=identity, label=uri.label, store=True, private_template=guarded
        )
    else:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "PKCS#11 makes RSA and NIST curves here", kind=kind.value)


def _public_half(session: Session, private: TokenPrivateKey) -> PublicKey:
    try:
        if private.key_type is KeyType.RSA:  # the private object holds modulus and exponent too (PKCS #11 2.1.3)
            return parse_public_key(_rsa_spki(encode_rsa_public_key(private)))  # type: ignore[arg-type]  # the same attributes
        if private.key_type is KeyType.EC:
            public = session.get_key(
                object_class=ObjectClass.PUBLIC_KEY, label=private.label or None, id=private.id or None
            )
            return parse_public_key(encode_ec_public_key(cast("TokenPublicKey", public)))
    except (ValueError, TypeError):
        raise TrustError(ErrorCode.KEY_MALFORMED, "the token's public key cannot be read") from None
    raise TrustError(ErrorCode.KEY_UNSUPPORTED, "kind of key on the token", kind=private.key_type.name)


def _rsa_spki(public_key: bytes) -> bytes:
    return sequence(sequence(oid(RSA_ENCRYPTION), null()), bit_string(public_key))
