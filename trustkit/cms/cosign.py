"""Further signers: several over one content, one more on a message that exists, a countersignature over a signature.

    message = sign_together(content, (official, office), dialect=Dialect.RFC5652, detached=True)
    message = add_signer(message, third, content=content)
    message = countersign(message, 0, archive)

What others signed is carried over octet for octet: only the SET around it is written anew, in DER order (X.690 11.6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.cms import oids
from trustkit.cms.fields import Fields
from trustkit.cms.read import MAX_SIGNERS, open_content_info, parse_signed_message
from trustkit.cms.sign import CADES_B, SignedAttributes, attribute, make_signer_info, require_party, sign_message
from trustkit.encoding import der
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.cms.model import Dialect
    from trustkit.cms.sign import MadeSigner
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

_CERTIFICATES, _CRLS, _UNSIGNED = 0xA0, 0xA1, 0xA1


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningParty:
    """One who signs: key, certificate, further certificates to carry, attributes, and a time stamp for the signature."""

    signer: Signer = field(repr=False)
    certificate: Certificate
    chain: tuple[Certificate, ...] = ()
    attributes: SignedAttributes | None = CADES_B
    timestamp: Callable[[bytes], bytes] | None = None

    def sign_info(self, content: bytes, *, kind: str | None, dialect: Dialect) -> MadeSigner:
        """Return this party's SignerInfo over content; arguments and refusals as of `make_signer_info`."""
        return make_signer_info(
            content=content,
            kind=kind,
            signer=self.signer,
            certificate=self.certificate,
            dialect=dialect,
            attributes=self.attributes,
            timestamp=self.timestamp,
        )


def sign_together(content: bytes, parties: tuple[SigningParty, ...], *, dialect: Dialect, detached: bool) -> bytes:
    """Return one message over `content` by all parties, each with attributes, suite and time stamp of his own.

    Raises:
        TrustError: USAGE without parties; ALGORITHM_MISMATCH; what `sign_message` raises.
    """
    if not parties:
        raise TrustError(ErrorCode.USAGE, "a message needs a signer")
    first, *others = parties
    message = sign_message(
        content=content,
        signer=first.signer,
        certificate=first.certificate,
        chain=first.chain,
        dialect=dialect,
        detached=detached,
        attributes=first.attributes,
        timestamp=first.timestamp,
    )
    for party in others:
        message = add_signer(message, party, content=content)
    return message


def add_signer(octets: bytes, party: SigningParty, *, content: bytes | None = None) -> bytes:
    """Return the message with one more signer; the earlier ones are untouched, and not verified here.

    `content` is what a detached message covers; for an attached one None, or the same octets.

    Raises:
        TrustError: CMS_CONTENT_MISSING, CMS_CONTENT_TWICE; ALGORITHM_MISMATCH; USAGE (this certificate has signed already,
            too many signers, attributes left out where the type needs them); what `parse_signed_message` and the signer raise.
    """
    message = parse_signed_message(octets)
    covered = message.content if message.content is not None else content
    if covered is None:
        raise TrustError(ErrorCode.CMS_CONTENT_MISSING, "a detached message, and what it covers was not given")
    if content is not None and content != covered:
        raise TrustError(ErrorCode.CMS_CONTENT_TWICE, "content inside the message and other content beside it")
    require_party(message.dialect, party.signer, party.certificate)
    if len(message.signers) >= MAX_SIGNERS:
        raise TrustError(ErrorCode.USAGE, "the message has as many signers as are read", limit=MAX_SIGNERS)
    named = (party.certificate.issuer_der, party.certificate.serial)
    if named in {(signer.issuer_der, signer.serial) for signer in message.signers}:
        raise TrustError(ErrorCode.USAGE, "this certificate has signed the message already")
    if party.attributes is None and message.content_type not in {oids.DATA, oids.GBT_DATA}:
        raise TrustError(ErrorCode.USAGE, "content other than data needs signed attributes (RFC 5652 5.3)")
    made = party.sign_info(covered, kind=message.content_type, dialect=message.dialect)
    parts = _Parts(octets, party)
    parts.digests[made.digest_algorithm] = None
    parts.signers.append(made.signer_info)
    return parts.assembled()


def countersign(octets: bytes, index: int, party: SigningParty) -> bytes:
    """Return the message with a countersignature over signature number `index` (RFC 5652 11.4): an unsigned attribute.

    Raises:
        TrustError: CMS_NO_SIGNER (no such index), ALGORITHM_MISMATCH, USAGE, what reading and the signer raise.
    """
    message = parse_signed_message(octets)
    if not 0 <= index < len(message.signers):
        raise TrustError(ErrorCode.CMS_NO_SIGNER, "no such signer", index=index, signers=len(message.signers))
    require_party(message.dialect, party.signer, party.certificate)
    made = party.sign_info(message.signers[index].signature, kind=None, dialect=message.dialect)
    parts = _Parts(octets, party)
    parts.signers[index] = _with_unsigned(parts.signers[index], attribute(oids.COUNTERSIGNATURE, made.signer_info))
    return parts.assembled()


class _Parts:
    """The elements of a SignedData as found and a party's certificates, to be put together again with what he signed."""

    def __init__(self, octets: bytes, party: SigningParty) -> None:
        self.outer, wrapper = open_content_info(octets)
        fields = Fields(octets, wrapper.take(der.SEQUENCE, "SignedData"), "SignedData")
        self.version = fields.integer("version")
        self.digests = dict.fromkeys(_members(octets, fields.take(der.SET, "digestAlgorithms")))
        self.inner = der.octets(octets, fields.take(der.SEQUENCE, "contentInfo"))
        certificates, crls = fields.optional(_CERTIFICATES), fields.optional(_CRLS)
        self.certificates = dict.fromkeys(_members(octets, certificates) if certificates is not None else ())
        self.certificates.update(dict.fromkeys(each.der for each in (party.certificate, *party.chain)))
        self.crls = dict.fromkeys(_members(octets, crls) if crls is not None else ())
        self.signers = list(_members(octets, fields.take(der.SET, "signerInfos")))

    def assembled(self) -> bytes:
        """Return the ContentInfo. The version stays: nothing that is added here asks for another (RFC 5652 5.1)."""
        return write.sequence(
            write.oid(self.outer),
            write.explicit(
                0,
                write.sequence(
                    write.integer(self.version),
                    write.set_of(*self.digests),
                    self.inner,
                    write.implicit(0, write.set_of(*self.certificates)) if self.certificates else b"",
                    write.implicit(1, write.set_of(*self.crls)) if self.crls else b"",
                    write.set_of(*self.signers),
                ),
            ),
        )


def _members(octets: bytes, element: der.Tlv) -> tuple[bytes, ...]:
    return tuple(der.octets(octets, item) for item in der.children(octets, element))


def _with_unsigned(signer_info: bytes, more: bytes) -> bytes:
    """Return a SignerInfo with one more unsigned attribute; what is signed stays as found."""
    parts = list(_members(signer_info, der.read_tlv(signer_info, 0, len(signer_info))))
    known: tuple[bytes, ...] = ()
    if parts[-1][0] == _UNSIGNED:
        last = parts.pop()
        known = _members(last, der.read_tlv(last, 0, len(last)))
    return write.sequence(*parts, write.implicit(1, write.set_of(*known, more)))
