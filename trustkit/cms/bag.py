"""Bags of certificates: SignedData without content and without signers, the usual ``.p7b`` (RFC 5652 5.1, RFC 8551 3.2.2).

    write_bag((certificate, issuing, root), crls=(crl,), dialect=Dialect.RFC5652)
    read_bag(octets).certificates

A bag proves nothing about what is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.cms import oids
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import Dialect, SignedMessage
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate


def write_bag(
    certificates: tuple[Certificate, ...], *, crls: tuple[bytes, ...] = (), dialect: Dialect = Dialect.RFC5652
) -> bytes:
    """Return the DER of a bag, each certificate and list once. Raise USAGE for an empty one."""
    if not certificates and not crls:
        raise TrustError(ErrorCode.USAGE, "a bag of nothing")
    gbt = dialect is Dialect.GBT35275
    members = dict.fromkeys(certificate.der for certificate in certificates)
    return write.sequence(
        write.oid(oids.GBT_SIGNED_DATA if gbt else oids.SIGNED_DATA),
        write.explicit(
            0,
            write.sequence(
                write.integer(1),
                write.set_of(),
                write.sequence(write.oid(oids.GBT_DATA if gbt else oids.DATA)),
                write.implicit(0, write.set_of(*members)) if members else b"",
                write.implicit(1, write.set_of(*dict.fromkeys(crls))) if crls else b"",
                write.set_of(),
            ),
        ),
    )


def read_bag(octets: bytes) -> SignedMessage:
    """Return a message as a carrier of certificates and lists, whoever signed it; its signatures are not looked at.

    Raises:
        TrustError: CMS_UNSUPPORTED for a message of another type, and what `parse_message` raises.
    """
    message = parse_message(octets)
    if not isinstance(message, SignedMessage):
        raise TrustError(ErrorCode.CMS_UNSUPPORTED, "a message that is no carrier of certificates")
    return message
