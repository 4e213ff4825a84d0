"""Making seals and signing with them: the one module of this room that sees a Signer.

    seal = make_seal(order, signer=maker_key, certificate=maker)
    signature = seal_message(
        seal, data_hash=sm3, property_info="/Doc_0/Signs/Sign_0/Signature.xml", signer=key, certificate=certificate, at=now
    )

What the standards ask for before a signature is looked at first. A seal that comes out was read and verified again; a signature is by
whoever puts it into a document (`esign.ofd.sign`, `esign.pdf.sign`), where it is verified with all it covers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.seal import write
from esign.seal.model import SealVersion
from esign.seal.read import parse_seal
from esign.seal.verify import require_listed, require_seal_period, require_stamp, verify_seal
from trustkit.cms.sign import require_own_key
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.path_rules import require_period
from trustkit.x509.purpose import Purpose, require_purpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.seal.model import UnverifiedSeal
    from esign.seal.order import SealOrder
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

MAX_PROPERTY_INFO: Final = 256  # characters; the path of a Signature.xml has some forty
_ALGORITHM: Final = SignatureSuite.SM2_SM3.oid


def make_seal(
    order: SealOrder, *, signer: Signer, certificate: Certificate, stamp: Callable[[bytes], bytes] | None = None
) -> bytes:
    """Return the SESeal of an order, signed by its maker, DER.

    `certificate` is the maker's; `stamp` returns a token over the signature (DER), for v5.

    Raises:
        TrustError: SEAL_ORDER for a stamp that the edition has no place for; ALGORITHM_MISMATCH without SM2, USAGE for a
            certificate of another key; CERTIFICATE_PURPOSE, CERTIFICATE_EXPIRED or CERTIFICATE_NOT_YET_VALID for a maker who
            may not make this seal at `order.created_at`, CERTIFICATE_PURPOSE for a user's certificate that is not for
            signing; what the signer, `stamp` and `verify_seal` raise.
    """
    if stamp is not None and order.version is not SealVersion.V5:
        raise TrustError(ErrorCode.SEAL_ORDER, "a seal is time-stamped from GM/T 0031-2025 on", field="version")
    _require_sm2(signer)
    require_own_key(signer, certificate)
    # The maker's certificate comes first when a seal is generated (GM/T 0031-2025, by an article that explains it).
    require_purpose(certificate, Purpose.SEAL_MAKING)
    require_period(certificate, order.created_at)
    for user in order.users:
        require_purpose(user, Purpose.DOCUMENT_SIGNING)
    version, maker = order.version, certificate.der
    info = write.write_seal_info(order)
    signature = signer.sign(write.seal_to_sign(version, info, maker, _ALGORITHM))
    token = None if stamp is None else stamp(signature)
    if token is not None and require_stamp(token, signature).gen_time < order.created_at:
        raise TrustError(ErrorCode.SEAL_VALIDITY, "the seal was stamped before it was made")
    octets = write.write_seal(version, info, maker, _ALGORITHM, signature=signature, timestamp=token)
    made = verify_seal(parse_seal(octets))
    if (made.seal.version, made.maker) != (version, certificate):
        raise TrustError(ErrorCode.SIGNING_FAILED, "the seal is not the one ordered")
    return octets


def seal_message(
    seal: bytes,
    *,
    data_hash: bytes,
    property_info: str,
    signer: Signer,
    certificate: Certificate,
    at: datetime,
    stamp: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """Return the SES_Signature over octets whose SM3 is `data_hash`, of the edition the seal is of, DER; not verified yet.

    `property_info` says what was protected (in OFD the path of Signature.xml), `at` is the time of signing, `stamp`
    returns a token over the signature (DER), from v4 on.

    Raises:
        TrustError: what `parse_seal` and `verify_seal` raise; SEAL_SIGNER when the seal does not list the certificate octet
            for octet (GM/T 0031-2014 6.2.2), SEAL_VALIDITY outside the seal's period; CERTIFICATE_PURPOSE,
            CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID; ALGORITHM_MISMATCH without SM2; USAGE for a certificate of
            another key, a time without zone, a stamp in v1, a `property_info` that is no ASCII; what the signer and
            `stamp` raise.
    """
    found = parse_seal(seal)
    _require_words(found, property_info, at, stamped=stamp is not None)
    _require_sm2(signer)
    require_own_key(signer, certificate)
    require_listed(found, certificate.der)
    require_purpose(certificate, Purpose.DOCUMENT_SIGNING)
    require_period(certificate, at)
    require_seal_period(verify_seal(found), at)
    to_sign = write.signature_to_sign(
        found.raw,
        found.version,
        at=at,
        data_hash=data_hash,
        property_info=property_info,
        certificate=certificate.der,
        algorithm=_ALGORITHM,
    )
    signature = signer.sign(to_sign)
    token = None if stamp is None else stamp(signature)
    return write.write_seal_signature(
        found.version, to_sign, certificate.der, _ALGORITHM, signature=signature, timestamp=token
    )


def _require_sm2(signer: Signer) -> None:
    if signer.suite is not SignatureSuite.SM2_SM3:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "seals are signed with SM2 and SM3", suite=signer.suite.value)


def _require_words(seal: UnverifiedSeal, property_info: str, at: datetime, *, stamped: bool) -> None:
    if at.tzinfo is None:
        raise TrustError(ErrorCode.USAGE, "the time of signing needs a time zone")
    if not (property_info.isascii() and property_info.isprintable() and 0 < len(property_info) <= MAX_PROPERTY_INFO):
        raise TrustError(ErrorCode.USAGE, "propertyInfo is an IA5String", characters=len(property_info))
    if stamped and seal.version is SealVersion.V1:
        # a token could stand in timeInfo only, inside what is signed, and what it would stamp there is not established
        raise TrustError(
            ErrorCode.USAGE, "a v1 seal signature has no place for a time stamp over it: another seal, or level b-b"
        )
