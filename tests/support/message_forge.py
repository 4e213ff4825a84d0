"""Signed messages with any part bent, for tables of refusals: each part is given whole, nothing is checked.

forge = MessageForge(world.signer)
forge.message()                                             # a good one: RFC 5652, SM2, attributes, attached
forge.message(signers=(forge.signer_info(version=7),))      # one part bent
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.cms import oids
from trustkit.cms.sign import attribute, signing_certificate_v2
from trustkit.crypto.digest import digest, digest_oid
from trustkit.encoding import der_write as w

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.pki import Member

CONTENT = b"Hello Secret World!"


@dataclass(frozen=True)
class MessageForge:
    """Builds messages by one member over `content`."""

    member: Member
    content: bytes = field(default=CONTENT, repr=False)

    def good_attributes(self, *, content_type: str = oids.DATA) -> dict[str, bytes]:
        """Return the Attributes a good signer writes, by name."""
        suite = self.member.signer.suite
        return {
            "content type": attribute(oids.CONTENT_TYPE, w.oid(content_type)),
            "digest": attribute(oids.MESSAGE_DIGEST, w.octet_string(digest(suite.digest, self.content))),
            "certificate": signing_certificate_v2(self.member.certificate, suite.digest),
        }

    def signer_info(
        self,
        *,
        version: int = 1,
        identifier: bytes | None = None,
        digest_algorithm: bytes | None = None,
        attributes: Sequence[bytes] | bool | None = True,
        ordered: bool = True,
        signed: bytes | None = None,
        signature_algorithm: bytes | None = None,
        signature: bytes | None = None,
        unsigned: Sequence[bytes] = (),
        more: bytes = b"",
    ) -> bytes:
        """Return a SignerInfo. `attributes` True writes good ones, None none; `signed` is signed in place of the right octets."""
        suite = self.member.signer.suite
        certificate = self.member.certificate
        parts = tuple(self.good_attributes().values()) if attributes is True else tuple(attributes or ())
        body = b"".join(sorted(parts) if ordered else parts)
        if signed is None:
            signed = self.content if attributes is None else w.tlv(0x31, body)
        return w.sequence(
            w.integer(version),
            identifier or w.sequence(certificate.issuer_der, w.integer(certificate.serial)),
            digest_algorithm or w.sequence(w.oid(digest_oid(suite.digest))),
            b"" if attributes is None else w.tlv(0xA0, body),
            signature_algorithm or suite.algorithm_identifier(),
            w.octet_string(signature if signature is not None else self.member.signer.sign(signed)),
            w.tlv(0xA1, b"".join(sorted(unsigned))) if unsigned else b"",
            more,
        )

    def message(
        self,
        *,
        outer: str = oids.SIGNED_DATA,
        version: int = 1,
        digests: bytes | None = None,
        inner: str = oids.DATA,
        content: bytes | None = b"",
        encapsulated: bytes | None = None,
        certificates: bytes | None = b"",
        crls: bytes = b"",
        signers: Sequence[bytes] | None = None,
        more: bytes = b"",
    ) -> bytes:
        """Return a ContentInfo. `content` None detaches; `encapsulated` and `certificates` replace those elements whole."""
        suite = self.member.signer.suite
        inside = b"" if content is None else w.explicit(0, w.octet_string(content or self.content))
        known = w.tlv(0xA0, self.member.certificate.der) if certificates == b"" else certificates or b""
        signed_data = w.sequence(
            w.integer(version),
            digests if digests is not None else w.set_of(w.sequence(w.oid(digest_oid(suite.digest)))),
            encapsulated if encapsulated is not None else w.sequence(w.oid(inner), inside),
            known,
            crls,
            w.tlv(0x31, b"".join(signers if signers is not None else (self.signer_info(),))),
            more,
        )
        return w.sequence(w.oid(outer), w.explicit(0, signed_data))
