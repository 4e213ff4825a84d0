"""Opening encrypted messages with a recipient's key: GB/T 35275 and RFC 5652 EnvelopedData, RFC 5083 AuthEnvelopedData.

    opened = open_message(message, Opener(sm2=decryptor), certificate=certificate)
    opened.content, opened.authenticated

The private side: nothing that verifies may import this module. One answer for every way a key, a padding or a tag can be
wrong (DECRYPTION_FAILED): a service that opens messages for others must not tell them apart, and this module cannot.

NOTE: RSA with PKCS#1 v1.5 is refused by name, not tried. Its padding can be asked about (Bleichenbacher); the remedy of
RFC 3218 2.3.2 needs a content cipher that hides a wrong key, which CBC with its own padding does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.envelope_model import EnvelopeKind, RecipientKind
from trustkit.crypto.cipher import decrypt
from trustkit.crypto.cipher_suites import CipherParameters, cipher_from_algorithm
from trustkit.crypto.ecdh_wrap import on_curve_of, unwrap_shared
from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.rsa_oaep import read_oaep_parameters
from trustkit.crypto.sm2_ciphertext import parse_sm2_ciphertext
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from trustkit.cms.envelope_model import EnvelopedMessage, Recipient
    from trustkit.custody.port import Decryptor, EcdhKey, OaepDecryptor
    from trustkit.x509.certificate import Certificate

MAX_TRIED: Final = 16  # recipients tried when no certificate says which one is meant
_SM2: Final = frozenset({oids.SM2_ENCRYPT, oids.SM2_KEY_EXCHANGE})
_MUTE: Final = frozenset(
    {
        ErrorCode.DECRYPTION_FAILED,
        ErrorCode.CIPHERTEXT_POINT,
        ErrorCode.CIPHERTEXT_MALFORMED,
        ErrorCode.CIPHERTEXT_TOO_LARGE,
        ErrorCode.DER_MALFORMED,
        ErrorCode.DER_NOT_DER,
        ErrorCode.KEY_MALFORMED,
        ErrorCode.KEY_UNSUPPORTED,
    }
)
# Said of what a message names openly, before the key is used: no secret shows in it.
_UNUSABLE: Final = frozenset({ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener(Secretive):
    """What a recipient decrypts with: an SM2 key, an RSA key, a key for ECDH, or several."""

    sm2: Decryptor | None = field(default=None, repr=False)
    rsa: OaepDecryptor | None = field(default=None, repr=False)
    ec: EcdhKey | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedMessage(Secretive):
    """The content of an encrypted message.

    Attributes:
        content_type: dotted OID of what it is.
        authenticated: whether a changed ciphertext would have been noticed; CBC notices nothing by itself.
        recipient: number of the recipient in the message.
        notes: `Deviation` names.
    """

    content: bytes = field(repr=False)
    content_type: str
    suite: str
    authenticated: bool
    recipient: int
    notes: tuple[str, ...]


def open_message(
    message: EnvelopedMessage, opener: Opener, *, certificate: Certificate | None = None, content: bytes | None = None
) -> OpenedMessage:
    """Return the content. `content` is the ciphertext when the message does not carry it.

    With `certificate` only the recipients it is named by are tried, without it the first `MAX_TRIED` of the key's kind. One whose
    algorithms nobody here knows is passed over; that is said when no other was left to try.

    Raises:
        TrustError: CMS_NO_RECIPIENT (nobody the key could be); CMS_CONTENT_MISSING; ALGORITHM_UNKNOWN, ALGORITHM_WEAK
            (content cipher, or PKCS#1 v1.5 or what is unknown for every recipient there is); CIPHERTEXT_MALFORMED (IV, length: public
            facts); DECRYPTION_FAILED for everything else.
    """
    encrypted = message.content.octets if message.content.octets is not None else content
    if encrypted is None:
        raise TrustError(ErrorCode.CMS_CONTENT_MISSING, "the ciphertext travels apart, and was not given")
    named = message.content.algorithm
    parameters = cipher_from_algorithm(named.oid, named.parameters)
    if message.kind is EnvelopeKind.AUTH_ENVELOPED:
        encrypted += _tag(message, parameters)
    elif parameters.suite.authenticates:
        # RFC 5084 1: an authenticating cipher belongs into AuthEnvelopedData; elsewhere the tag has no place.
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "GCM outside AuthEnvelopedData", suite=parameters.suite.value)
    passed_over: list[TrustError] = []
    candidates = _candidates(message, opener, certificate)
    for number, recipient in candidates:
        try:
            key = _content_key(recipient, opener)
            opened = decrypt(parameters, key, encrypted, associated=message.authenticated)
        except TrustError as error:
            if error.code in _UNUSABLE:
                passed_over.append(error)
            elif error.code not in _MUTE:
                raise
            continue
        return OpenedMessage(
            content=opened,
            content_type=message.content.content_type,
            suite=parameters.suite.value,
            authenticated=parameters.suite.authenticates,
            recipient=number,
            notes=message.notes,
        )
    if len(passed_over) == len(candidates):
        raise passed_over[0]
    raise TrustError(ErrorCode.DECRYPTION_FAILED, message.kind.value) from None


def _tag(message: EnvelopedMessage, parameters: CipherParameters) -> bytes:
    """Return the tag to put behind the ciphertext; its length is stated twice and must agree."""
    if not parameters.suite.authenticates:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "AuthEnvelopedData without GCM", suite=parameters.suite.value)
    if len(message.tag) != parameters.tag_size:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "tag length", octets=len(message.tag))
    return message.tag


def _candidates(
    message: EnvelopedMessage, opener: Opener, certificate: Certificate | None
) -> tuple[tuple[int, Recipient], ...]:
    usable = {*(_SM2 if opener.sm2 is not None else ()), *((oids.RSA_OAEP,) if opener.rsa is not None else ())}
    found, weak = [], False
    for number, recipient in enumerate(message.recipients):
        if recipient.algorithm is None:
            continue
        if certificate is not None and not _names(recipient, certificate):
            continue
        weak = weak or (recipient.algorithm.oid == oids.RSA_PKCS1 and opener.rsa is not None)
        by_agreement = recipient.agreement is not None and bool(recipient.agreement.point) and opener.ec is not None
        if by_agreement or (recipient.kind is RecipientKind.KEY_TRANSPORT and recipient.algorithm.oid in usable):
            found.append((number, recipient))
    if not found and weak:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "RSA key transport by PKCS#1 v1.5; OAEP is read")
    if not found:
        kinds = ", ".join(sorted({recipient.kind.value for recipient in message.recipients}))
        raise TrustError(ErrorCode.CMS_NO_RECIPIENT, "no recipient this key could be", recipients=kinds)
    return tuple(found[:MAX_TRIED])


def _names(recipient: Recipient, certificate: Certificate) -> bool:
    if recipient.subject_key_id is not None:
        return recipient.subject_key_id in {certificate.subject_key_id, certificate.public_key.identifier}
    return (
        recipient.serial == certificate.serial
        and recipient.issuer_der is not None
        and names_equal(recipient.issuer_der, certificate.issuer_der)
    )


def _content_key(recipient: Recipient, opener: Opener) -> bytes:
    if recipient.agreement is not None and recipient.algorithm is not None and opener.ec is not None:
        terms, key = recipient.agreement, opener.ec.public_key
        shared = opener.ec.shared_secret(parse_public_key(on_curve_of(key, terms.point)))
        return unwrap_shared(shared, recipient.algorithm.oid, terms.wrap, terms.ukm, recipient.encrypted_key)
    if recipient.algorithm is not None and recipient.algorithm.oid == oids.RSA_OAEP and opener.rsa is not None:
        return opener.rsa.decrypt_oaep(recipient.encrypted_key, read_oaep_parameters(recipient.algorithm.parameters))
    if opener.sm2 is not None:
        return opener.sm2.decrypt(parse_sm2_ciphertext(recipient.encrypted_key))
    raise TrustError(ErrorCode.DECRYPTION_FAILED, "content key")
