"""Writing encrypted messages: EnvelopedData and AuthEnvelopedData for several recipients, DER by construction.

    encrypt_message(content, (certificate,), dialect=Dialect.GBT35275, suite=CipherSuite.SM4_CBC)

The public half: whoever has certificates can do this, and nothing says who did. Opening is `trustkit.cms.open`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.envelope_read import MAX_RECIPIENTS
from trustkit.cms.model import Dialect
from trustkit.cms.read import MAX_MESSAGE_SIZE
from trustkit.crypto.cipher import encrypt, fresh_key, fresh_parameters
from trustkit.crypto.cipher_suites import CipherMode, CipherSuite
from trustkit.crypto.ecdh_wrap import CURVES, wrap_for
from trustkit.crypto.public_key import EC_PUBLIC_KEY, KeyKind
from trustkit.crypto.rsa_oaep import OaepParameters, encrypt_oaep
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.purpose import Purpose, require_purpose

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.x509.certificate import Certificate

MAX_SEALED_CONTENT: Final = (
    MAX_MESSAGE_SIZE - 4 * 1024 * 1024
)  # so that what is written can be read: recipients take room
USUAL_SUITE: Final = {Dialect.GBT35275: CipherSuite.SM4_CBC, Dialect.RFC5652: CipherSuite.SM4_GCM}
_SM2_ALGORITHM: Final = write.sequence(write.oid(oids.SM2_ENCRYPT))  # without parameters: GmSSL takes no others
_OAEP: Final = OaepParameters()
_AGREEMENT_VERSION: Final = 3  # RFC 5652 6.2.2
_BY_ISSUER, _BY_KEY_ID, _GBT_VERSION = 0, 2, 1  # RFC 5652 6.2.1; GB/T 35275


@dataclass(frozen=True, slots=True)
class Sealed:
    """Content encrypted under a fresh key, and that key encrypted to each recipient; all DER but the tag."""

    recipient_infos: bytes
    content_info: bytes
    tag: bytes


def encrypt_message(
    content: bytes,
    recipients: tuple[Certificate, ...],
    *,
    dialect: Dialect,
    suite: CipherSuite | None = None,
    by_key_identifier: bool = False,
    malleable: bool = False,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> bytes:
    """Return the DER of a ContentInfo that each recipient can open.

    Args:
        content: the octets to encrypt.
        recipients: their encryption certificates. Validity and trust are the caller's to check.
        dialect: GB/T 35275 takes SM2 recipients and SM4-CBC, RFC 5652 also RSA, P-256 and P-384 ones, AES and GCM (as
            AuthEnvelopedData).
        suite: `USUAL_SUITE` of the dialect when None.
        by_key_identifier: name recipients by subjectKeyIdentifier in place of issuer and serial number (RFC 5652 only).
        malleable: that counter mode is meant, under which any bit can be changed unseen.
        random: where the content key and the IV come from.

    Raises:
        TrustError: CERTIFICATE_PURPOSE (a certificate for signing only), KEY_UNSUPPORTED (a key nobody encrypts to),
            ALGORITHM_MISMATCH (dialect, suite and key do not go together), USAGE (no or too many recipients, CTR unless `malleable`),
            INPUT_TOO_LARGE (beyond `MAX_SEALED_CONTENT`).
    """
    chosen = suite or USUAL_SUITE[dialect]
    if dialect is Dialect.GBT35275 and (chosen is not CipherSuite.SM4_CBC or by_key_identifier):
        raise TrustError(
            ErrorCode.ALGORITHM_MISMATCH, "GB/T 35275 is written with SM4-CBC, recipients by issuer", suite=chosen.value
        )
    if chosen.mode is CipherMode.CTR and not malleable:
        raise TrustError(ErrorCode.USAGE, "counter mode lets messages be changed", suite=chosen.value)
    sealed = seal_content(
        content,
        recipients,
        kind=oids.GBT_DATA if dialect is Dialect.GBT35275 else oids.DATA,
        dialect=dialect,
        suite=chosen,
        by_key_identifier=by_key_identifier,
        random=random,
    )
    if chosen.mode is CipherMode.GCM:
        return write.sequence(
            write.oid(oids.AUTH_ENVELOPED_DATA),
            write.explicit(
                0,
                write.sequence(
                    write.integer(0), sealed.recipient_infos, sealed.content_info, write.octet_string(sealed.tag)
                ),
            ),
        )
    gbt = dialect is Dialect.GBT35275
    agreed = any(certificate.public_key.kind in CURVES for certificate in recipients)
    version = _GBT_VERSION if gbt else (2 if by_key_identifier or agreed else 0)  # RFC 5652 6.1
    return write.sequence(
        write.oid(oids.GBT_ENVELOPED_DATA if gbt else oids.ENVELOPED_DATA),
        write.explicit(0, write.sequence(write.integer(version), sealed.recipient_infos, sealed.content_info)),
    )


def seal_content(
    content: bytes,
    recipients: tuple[Certificate, ...],
    *,
    kind: str,
    dialect: Dialect,
    suite: CipherSuite,
    by_key_identifier: bool = False,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Sealed:
    """Return the encrypted parts that every kind of envelope is put together from. Raise as `encrypt_message` does."""
    if not 0 < len(recipients) <= MAX_RECIPIENTS:
        raise TrustError(ErrorCode.USAGE, "number of recipients", recipients=len(recipients), limit=MAX_RECIPIENTS)
    if len(content) > MAX_SEALED_CONTENT:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "content of an envelope", limit=MAX_SEALED_CONTENT)
    for certificate in recipients:
        require_recipient(certificate, dialect)
    key, parameters = fresh_key(suite, random=random), fresh_parameters(suite, random=random)
    encrypted = encrypt(parameters, key, content)
    body = encrypted[: len(encrypted) - parameters.tag_size]
    infos = [
        _recipient_info(certificate, key, dialect, by_key_identifier=by_key_identifier)
        for certificate in dict.fromkeys(recipients)
    ]
    content_info = write.sequence(
        write.oid(kind), parameters.algorithm_identifier(), write.implicit(0, write.octet_string(body))
    )
    return Sealed(write.set_of(*infos), content_info, encrypted[len(body) :])


def require_recipient(certificate: Certificate, dialect: Dialect) -> None:
    """Raise unless a certificate may be encrypted to: CERTIFICATE_PURPOSE, KEY_UNSUPPORTED, ALGORITHM_MISMATCH."""
    require_purpose(certificate, Purpose.ENCRYPTION)
    kind = certificate.public_key.kind
    if kind not in {KeyKind.SM2, KeyKind.RSA, *CURVES}:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "messages are encrypted to SM2, RSA and P-256 keys", key=kind.value)
    if dialect is Dialect.GBT35275 and kind is not KeyKind.SM2:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "GB/T 35275 encrypts to SM2 keys", key=kind.value)


def _recipient_info(certificate: Certificate, key: bytes, dialect: Dialect, *, by_key_identifier: bool) -> bytes:
    """Return KeyTransRecipientInfo (RFC 5652 6.2.1), RecipientInfo of GB/T 35275 likewise."""
    public = certificate.public_key
    if public.kind in CURVES:
        return _agreement_info(certificate, key, by_key_identifier=by_key_identifier)
    if by_key_identifier:
        version = _BY_KEY_ID
        identifier = write.implicit(0, write.octet_string(certificate.subject_key_id or public.identifier))
    else:
        version = _GBT_VERSION if dialect is Dialect.GBT35275 else _BY_ISSUER
        identifier = write.sequence(certificate.issuer_der, write.integer(certificate.serial))
    if public.kind is KeyKind.SM2:
        algorithm, encrypted = _SM2_ALGORITHM, encrypt_sm2(public, key)
    else:
        algorithm, encrypted = _OAEP.algorithm_identifier(), encrypt_oaep(public, key, _OAEP)
    return write.sequence(write.integer(version), identifier, algorithm, write.octet_string(encrypted))


def _agreement_info(certificate: Certificate, key: bytes, *, by_key_identifier: bool) -> bytes:
    """Return KeyAgreeRecipientInfo [1] with an ephemeral key of its own for the recipient (RFC 5652 6.2.2, RFC 5753 3.1)."""
    made = wrap_for(certificate.public_key, key)
    if by_key_identifier:
        name = certificate.subject_key_id or certificate.public_key.identifier
        identifier = write.implicit(0, write.sequence(write.octet_string(name)))
    else:
        identifier = write.sequence(certificate.issuer_der, write.integer(certificate.serial))
    originator = write.implicit(
        1, write.sequence(write.sequence(write.oid(EC_PUBLIC_KEY)), write.bit_string(made.point))
    )
    return write.implicit(
        1,
        write.sequence(
            write.integer(_AGREEMENT_VERSION),
            write.explicit(0, originator),
            write.sequence(write.oid(made.scheme), write.sequence(write.oid(made.wrap))),
            write.sequence(write.sequence(identifier, write.octet_string(made.wrapped))),
        ),
    )
