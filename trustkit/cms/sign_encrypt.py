"""Writing SignedAndEnvelopedData of GB/T 35275: signed by several, encrypted to several, in one message.

    sign_and_encrypt(content, (party,), recipients=(certificate,))

The signatures are over the content itself and stand beside the ciphertext: only who opens it can verify them, and who sees
it knows who signed. SM2, SM3 and SM4-CBC, version 1 (facts of open implementations; the clause was not at hand).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from trustkit.cms import oids
from trustkit.cms.encrypt import seal_content
from trustkit.cms.model import Dialect
from trustkit.cms.sign import require_party
from trustkit.crypto.cipher_suites import CipherSuite
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.cms.cosign import SigningParty
    from trustkit.x509.certificate import Certificate


def sign_and_encrypt(
    content: bytes,
    parties: tuple[SigningParty, ...],
    *,
    recipients: tuple[Certificate, ...],
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> bytes:
    """Return the DER of a ContentInfo with SignedAndEnvelopedData (1.2.156.10197.6.1.4.2.4).

    Raises:
        TrustError: USAGE without parties or recipients, ALGORITHM_MISMATCH (keys other than SM2), CERTIFICATE_PURPOSE, and
            what the signers raise.
    """
    if not parties:
        raise TrustError(ErrorCode.USAGE, "a message needs a signer")
    for party in parties:
        require_party(Dialect.GBT35275, party.signer, party.certificate)
    sealed = seal_content(
        content,
        recipients,
        kind=oids.GBT_DATA,
        dialect=Dialect.GBT35275,
        suite=CipherSuite.SM4_CBC,
        random=random,
    )
    made = [party.sign_info(content, kind=oids.GBT_DATA, dialect=Dialect.GBT35275) for party in parties]
    carried = dict.fromkeys(each.der for party in parties for each in (party.certificate, *party.chain))
    return write.sequence(
        write.oid(oids.GBT_SIGNED_AND_ENVELOPED_DATA),
        write.explicit(
            0,
            write.sequence(
                write.integer(1),
                sealed.recipient_infos,
                write.set_of(*dict.fromkeys(each.digest_algorithm for each in made)),
                sealed.content_info,
                write.implicit(0, write.set_of(*carried)),
                write.set_of(*(each.signer_info for each in made)),
            ),
        ),
    )
