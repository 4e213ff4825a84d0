"""Writing seals and seal signatures: DER of GM/T 0031-2014 (v1), GB/T 38540-2020 (v4) and GM/T 0031-2025 (v5).

    info = write_seal_info(order)
    octets = write_seal(order.version, info, maker, algorithm, signature=signature)

The inverse of `esign.seal.read`. What is signed comes out as octets of its own, so that it is signed as it is written; nothing
here signs. A v1 timeInfo is a UTCTime always: what a token in its place would stamp is not established.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.seal.model import SealVersion
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding import der_write as write

if TYPE_CHECKING:
    from datetime import datetime

    from esign.seal.model import SealExtension
    from esign.seal.order import SealOrder

SM3_NAME: Final = "1.2.156.10197.1.401"  # CertDigestObj.type
_SEAL_ID: Final = write.ia5_string("ES")
_CERTIFICATES, _DIGESTS = 1, 2  # certListType of GB/T 38540


def write_seal_info(order: SealOrder) -> bytes:
    """Return the SES_SealInfo of an order, DER."""
    version, picture = order.version, order.picture
    listed = (
        tuple(_certificate_digest(user.der) for user in order.users)
        if order.by_digest
        else tuple(write.octet_string(user.der) for user in order.users)
    )
    list_type = b"" if version is SealVersion.V1 else write.integer(_DIGESTS if order.by_digest else _CERTIFICATES)
    return write.sequence(
        write.sequence(_SEAL_ID, write.integer(int(version)), write.ia5_string(order.vendor)),
        write.ia5_string(order.identifier),
        write.sequence(
            write.integer(order.kind),
            write.utf8_string(order.name),
            list_type,
            write.sequence(*listed),
            *(_time(version, moment) for moment in (order.created_at, order.valid_from, order.valid_until)),
        ),
        write.sequence(
            write.ia5_string(picture.type),
            write.octet_string(picture.data),
            write.integer(picture.width),
            write.integer(picture.height),
        ),
        # untagged in every edition: v1 prints EXPLICIT without a number, v4 and v5 have a fifth element
        _extensions(order.extensions) if order.extensions else b"",
    )


def seal_to_sign(version: SealVersion, info: bytes, maker: bytes, algorithm: str) -> bytes:
    """Return what the maker signs: v1 the SEQUENCE of info, certificate and algorithm (6.1.1.2), later editions the info."""
    if version is SealVersion.V1:
        return write.sequence(info, write.octet_string(maker), write.oid(algorithm))
    return info


def write_seal(
    version: SealVersion, info: bytes, maker: bytes, algorithm: str, *, signature: bytes, timestamp: bytes | None = None
) -> bytes:
    """Return the SESeal. `timestamp` is a token over the signature, DER, which v5 alone has a place for."""
    signed = (write.octet_string(maker), write.oid(algorithm), write.bit_string(signature))
    if version is SealVersion.V1:
        return write.sequence(info, write.sequence(*signed))
    return write.sequence(info, *signed, _timestamp(timestamp))


def signature_to_sign(
    seal: bytes,
    version: SealVersion,
    *,
    at: datetime,
    data_hash: bytes,
    property_info: str,
    certificate: bytes,
    algorithm: str,
) -> bytes:
    """Return the TBS_Sign: `seal` as found, `at` when, `data_hash` of what is protected, `property_info` ASCII."""
    time = _time(version, at)
    v1 = version is SealVersion.V1
    return write.sequence(
        write.integer(int(version)),
        seal,
        write.bit_string(time) if v1 else time,
        write.bit_string(data_hash),
        write.ia5_string(property_info),
        *((write.octet_string(certificate), write.oid(algorithm)) if v1 else ()),
    )


def write_seal_signature(
    version: SealVersion,
    to_sign: bytes,
    certificate: bytes,
    algorithm: str,
    *,
    signature: bytes,
    timestamp: bytes | None = None,
) -> bytes:
    """Return the SES_Signature. `timestamp` is a token over the signature, DER; v1 has no place for it."""
    if version is SealVersion.V1:
        return write.sequence(to_sign, write.bit_string(signature))
    return write.sequence(
        to_sign,
        write.octet_string(certificate),
        write.oid(algorithm),
        write.bit_string(signature),
        _timestamp(timestamp),
    )


def _time(version: SealVersion, moment: datetime) -> bytes:
    return write.time(moment) if version is SealVersion.V1 else write.generalized_time(moment)


def _timestamp(token: bytes | None) -> bytes:
    return b"" if token is None else write.explicit(0, write.bit_string(token))


def _certificate_digest(certificate: bytes) -> bytes:
    return write.sequence(
        write.printable_string(SM3_NAME), write.octet_string(digest(DigestAlgorithm.SM3, certificate))
    )


def _extensions(extensions: tuple[SealExtension, ...]) -> bytes:
    """Return ExtensionDatas; `critical` is left out when FALSE, which is its default (X.690 11.5)."""
    return write.sequence(
        *(
            write.sequence(
                write.oid(each.oid),
                write.boolean(value=True) if each.critical else b"",
                write.octet_string(each.value),
            )
            for each in extensions
        )
    )
