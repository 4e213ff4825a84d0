"""Messages over the digest of one part of a package: Type=Sign signatures, and the list of files (GM/T 0099-2020 7.2.2, 7.4.3).

    content, notes = signed_content(message, description)              # what `verify_signer` is to be given
    verify_signed_digest(parse_signed_message(octets), covered=entries)

Writers do it in several ways, told apart by structure (facts of ofdrw and of e-licences in use): the digest is the content,
without attributes; the content is absent and the attribute messageDigest is the digest; the content is the digest's base64, or the part.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

from esign.ofd.model import OfdDeviation
from trustkit.cms.content import ContentDigests
from trustkit.cms.verify import VerifiedSigner, verify_signer
from trustkit.crypto.digest import digest_from_oid
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.cms.model import SignedMessage
    from trustkit.x509.certificate import Certificate


def signed_content(message: SignedMessage, covered: bytes) -> tuple[ContentDigests | None, tuple[str, ...]]:
    """Return what a message covers, None where it holds it itself; by structure, in the order of the shapes in use.

    a) the digest of the part as content, b) the part detached, c) the digest in base64; and the part inside.

    Raises:
        TrustError: CMS_NO_SIGNER; CMS_DIGEST_MISMATCH when the content is none of these; ALGORITHM_WEAK, ALGORITHM_UNKNOWN.
    """
    if not message.signers:
        raise TrustError(ErrorCode.CMS_NO_SIGNER, "a signed value that nobody signed")
    digests = ContentDigests(covered)
    if message.content is None:
        return digests, ()
    own = digests.digest(digest_from_oid(message.signers[0].digest_oid))
    if hmac.compare_digest(message.content, own):
        return None, ()
    if hmac.compare_digest(b"".join(message.content.split()), base64.b64encode(own)):
        return None, (OfdDeviation.CONTENT_BASE64,)
    if hmac.compare_digest(message.content, covered):
        return None, (OfdDeviation.CONTENT_WHOLE,)
    raise TrustError(ErrorCode.CMS_DIGEST_MISMATCH, "the message holds neither what it should cover nor its digest")


def verify_signed_digest(
    message: SignedMessage,
    *,
    covered: bytes,
    extra_certificates: tuple[Certificate, ...] = (),
    accepted: frozenset[str] = frozenset(),
) -> tuple[VerifiedSigner, ...]:
    """Return every signer of a message, each of whose signatures holds over `covered` or its digest.

    Raises:
        TrustError: what `signed_content` and `verify_signer` raise.
    """
    content, _ = signed_content(message, covered)
    return tuple(
        verify_signer(message, index, content=content, extra_certificates=extra_certificates, accepted=accepted)
        for index in range(len(message.signers))
    )
