"""Making time-stamp tokens (RFC 3161 2.4.2, RFC 5816): what a time-stamp authority does once it trusts its clock.

    token = make_token(
        imprint=digest, imprint_algorithm=DigestAlgorithm.SM3, serial=17, gen_time=now, policy="1.2.3.4",
        signer=signer, certificate=certificate, chain=(issuing,),
    )

The serial number must never repeat under one authority (2.4.2); keeping count is the caller's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.model import Dialect
from trustkit.cms.sign import CADES_B, sign_message
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.request import message_imprint
from trustkit.timestamp.verify import require_timestamp_purpose

if TYPE_CHECKING:
    from trustkit.crypto.digest import DigestAlgorithm
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

MAX_SERIAL_BITS: Final = 160  # RFC 3161 2.4.2: clients must cope with up to 160 bits
_MILLI: Final = timedelta(milliseconds=1)
_SECOND: Final = timedelta(seconds=1)


def make_token(
    *,
    imprint: bytes,
    imprint_algorithm: DigestAlgorithm,
    serial: int,
    gen_time: datetime,
    policy: str,
    signer: Signer,
    certificate: Certificate,
    chain: tuple[Certificate, ...] = (),
    accuracy: timedelta | None = None,
    ordering: bool = False,
    nonce: int | None = None,
    include_certificates: bool = True,
) -> bytes:
    """Return a DER TimeStampToken.

    `gen_time` is aware; its microseconds are written. `accuracy` is whole microseconds. `nonce` repeats the request's.

    Raises:
        TrustError: TIMESTAMP_PURPOSE when the certificate is not for time stamping alone; USAGE for arguments out of range;
            what `sign_message` raises.
    """
    require_timestamp_purpose(certificate)
    if not 0 < serial < 1 << MAX_SERIAL_BITS:
        raise TrustError(ErrorCode.USAGE, "serial number out of range")
    if gen_time.tzinfo is None:
        raise TrustError(ErrorCode.USAGE, "the time needs a time zone")
    info = write.sequence(
        write.integer(1),
        write.oid(policy),
        message_imprint(imprint_algorithm, imprint),
        write.integer(serial),
        write.generalized_time(gen_time, fraction=True),
        b"" if accuracy is None else _accuracy(accuracy),
        write.boolean(value=True) if ordering else b"",
        b"" if nonce is None else write.integer(nonce),
    )
    return sign_message(
        content=info,
        signer=signer,
        certificate=certificate,
        chain=chain,
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=CADES_B,  # contentType, messageDigest and the certificate's hash, as 2.4.2 demands
        content_type=oids.TST_INFO,
        include_certificates=include_certificates,
    )


def _accuracy(accuracy: timedelta) -> bytes:
    if accuracy <= timedelta(0):
        raise TrustError(ErrorCode.USAGE, "an accuracy is more than nothing")
    seconds, rest = divmod(accuracy, _SECOND)
    millis, rest = divmod(rest, _MILLI)
    parts = [write.integer(seconds)] if seconds else []
    for number, value in ((0, millis), (1, rest.microseconds)):
        if value:
            parts.append(write.implicit(number, write.integer(value)))
    return write.sequence(*parts)
