"""Signing by one or several, adding a signature to a message that exists, countersigning one, and encrypting what was signed.

Earlier signatures are verified before another is put beside them: nobody should lend his name to a message that is broken.
What is made here is verified before anybody gets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.cms.cosign import SigningParty, add_signer, countersign, sign_together
from trustkit.cms.encrypt import encrypt_message
from trustkit.cms.envelope_read import parse_enveloped_message
from trustkit.cms.model import Dialect
from trustkit.cms.oids import COUNTERSIGNATURE
from trustkit.cms.read import parse_signed_message
from trustkit.cms.sign import SignedAttributes
from trustkit.cms.sign_encrypt import sign_and_encrypt
from trustkit.cms.verify import verify_countersignature, verify_signer
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.custody.policed import policed
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.own_keys import SigningKey
    from trustkit.clock import Clock
    from trustkit.cms.model import SignedMessage
    from trustkit.crypto.algorithm_policy import AlgorithmPolicy
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOrder:
    """What is to be signed, and how.

    Attributes:
        existing: a message (DER) over the same content that further signatures are added to; its form stays.
        countersign: number (from 0) of the signature in it to sign in place of the content.
        recipients: whom the signed message is encrypted to; none leaves it readable.
    """

    content: bytes = field(repr=False)
    dialect: Dialect
    attached: bool
    existing: bytes | None = field(default=None, repr=False)
    countersign: int | None = None
    recipients: tuple[Certificate, ...] = ()


def own_party(
    own: SigningKey, rules: AlgorithmPolicy, clock: Clock, *, stamp: Callable[[bytes], bytes] | None = None
) -> SigningParty:
    """Return who signs with a key of his own, claiming the clock's time, time-stamped by `stamp`.

    Raises:
        TrustError: USAGE without a certificate; ALGORITHM_SUNSET when the rules no longer let the key sign.
    """
    if own.certificate is None:
        raise TrustError(ErrorCode.USAGE, "who signs needs a certificate")
    return SigningParty(
        signer=policed(own.signer(), rules, AlgorithmUse.SIGNATURE, clock),
        certificate=own.certificate,
        chain=own.chain,
        attributes=SignedAttributes(signing_time=clock.now()),
        timestamp=stamp,
    )


def make_message(order: MessageOrder, parties: tuple[SigningParty, ...]) -> bytes:
    """Return the message (DER) the order asks for, signed by all parties.

    Encrypted: GB/T 35275 has SignedAndEnvelopedData. RFC 5652 has none, so that the signed message is the envelope's content.

    Raises:
        TrustError: USAGE; CMS_CONTENT_TWICE for other content than inside; what reading, verifying and signing raise.
    """
    if order.existing is not None:
        _require_sound(parse_signed_message(order.existing), order.content)
        message = _extended(order, order.existing, parties)
        made = parse_signed_message(message)
        _require_sound(made, order.content)
        if order.countersign is not None:
            _require_countersigned(parse_signed_message(order.existing), made, parties[0])
        return message
    if order.recipients and order.dialect is Dialect.GBT35275:
        message = sign_and_encrypt(order.content, parties, recipients=order.recipients)
        _require_sound(parse_enveloped_message(message).signatures(), order.content)
        return message
    detached = not (order.attached or order.recipients)
    message = sign_together(order.content, parties, dialect=order.dialect, detached=detached)
    _require_sound(parse_signed_message(message), order.content)
    return encrypt_message(message, order.recipients, dialect=order.dialect) if order.recipients else message


def _extended(order: MessageOrder, message: bytes, parties: tuple[SigningParty, ...]) -> bytes:
    if order.countersign is None:
        for party in parties:
            message = add_signer(message, party, content=order.content)
        return message
    if len(parties) != 1:
        raise TrustError(ErrorCode.USAGE, "one countersigns at a time")
    return countersign(message, order.countersign, parties[0])


def _require_countersigned(before: SignedMessage, after: SignedMessage, party: SigningParty) -> None:
    """Raise SIGNATURE_WRONG, or as `verify_countersignature`, unless what was added holds under the party's certificate."""
    known = {value for signer in before.signers for value in signer.unsigned_attributes.get(COUNTERSIGNATURE, ())}
    for index, signer in enumerate(after.signers):
        for number, value in enumerate(signer.unsigned_attributes.get(COUNTERSIGNATURE, ())):
            if value not in known and verify_countersignature(after, index, number).certificate == party.certificate:
                return
    raise TrustError(ErrorCode.SIGNATURE_WRONG, "the countersignature that was made")


def _require_sound(message: SignedMessage, content: bytes) -> None:
    """Raise what `verify_signer` raises unless every signature holds over the content."""
    for index in range(len(message.signers)):
        verify_signer(message, index, content=content)
