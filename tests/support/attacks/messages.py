"""Messages built by hand into a PDF's /Contents: attributes, certificates, algorithms and time stamps bent one at a time (RFC 5652 5.3, RFC 5035).

Everything is really signed by the member named; what is bent is what the signature says of itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.support.attacks.model import BYTE_RANGE, DIGEST, FORM, PASSED, Row, Told, doubtful, failed
from tests.support.attacks.surgery import cut, fill_gap
from tests.support.message_forge import MessageForge
from tests.support.pki import PkiWorld
from trustkit.cms import oids
from trustkit.cms.sign import attribute, signing_certificate_v2
from trustkit.crypto.digest import DigestAlgorithm, digest, digest_oid
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode
from trustkit.timestamp.sign import make_token
from trustkit.verdict import SubIndication

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library
    from tests.support.pki import Member

_SM3: Final = DigestAlgorithm.SM3
_SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
_DAY: Final = timedelta(days=1)


class PdfForge:
    """A contract with room in its gap, to be signed by a member with whatever is bent."""

    def __init__(self, library: Library, member: Member | None = None) -> None:
        self.world = library.world
        self._octets = library.roomy
        found = cut(self._octets)
        self.member = member or self.world.signer
        self._forge = MessageForge(self.member, self._octets[: found.start] + self._octets[found.end :])
        self.attributes = self._forge.good_attributes()
        self.signer_info = self._forge.signer_info

    def named(self, certificate: bytes, serial: int) -> bytes:
        """Return an IssuerAndSerialNumber."""
        return w.sequence(certificate, w.integer(serial))

    def file(self, *signers: bytes, certificates: tuple[bytes, ...] = (), behind: bytes = b"", **bent: object) -> bytes:
        """Return the contract with a message of these signers in its gap; `certificates` stand before the signer's own."""
        held = b"".join((*certificates, self.member.der, self.world.issuing.der))
        told = {"content": None, "certificates": w.tlv(0xA0, held), **bent}
        message = self._forge.message(signers=signers or (self.signer_info(),), **told) + behind  # type: ignore[arg-type]
        found = cut(self._octets)
        digits = message.hex().encode().ljust(found.end - found.start - 2, b"0")
        return fill_gap(self._octets, b"<%s>" % digits)

    def stamped(self, authority: Member, at: datetime, *, over: bytes | None = None) -> bytes:
        """Return the contract with a time stamp beside its signature."""
        body = b"".join(sorted(self.attributes.values()))
        value = self.member.signer.sign(w.tlv(0x31, body))
        token = make_token(
            imprint=digest(_SM3, over or value),
            imprint_algorithm=_SM3,
            serial=1,
            gen_time=at,
            policy="1.2.3.4",
            signer=authority.signer,
            certificate=authority.certificate,
        )
        return self.file(self.signer_info(signature=value, unsigned=(attribute(oids.SIGNATURE_TIME_STAMP, token),)))


def two_signers(library: Library) -> bytes:
    forge = PdfForge(library)
    return forge.file(forge.signer_info(), forge.signer_info())


def without(library: Library, name: str) -> bytes:
    forge = PdfForge(library)
    return forge.file(forge.signer_info(attributes=[each for key, each in forge.attributes.items() if key != name]))


def twice(library: Library, name: str) -> bytes:
    forge = PdfForge(library)
    return forge.file(forge.signer_info(attributes=[*forge.attributes.values(), forge.attributes[name]]))


def with_attribute(library: Library, name: str, told: Callable[[PdfForge], bytes]) -> bytes:
    forge = PdfForge(library)
    return forge.file(forge.signer_info(attributes=list({**forge.attributes, name: told(forge)}.values())))


def two_digests(library: Library) -> bytes:
    """One attribute of two values, the right one first."""

    def told(forge: PdfForge) -> bytes:
        right = forge.attributes["digest"][-34:]
        return w.sequence(w.oid(oids.MESSAGE_DIGEST), w.tlv(0x31, right + w.octet_string(bytes(32))))

    return with_attribute(library, "digest", told)


def of_type(library: Library, inner: str) -> bytes:
    """Content of another type, inside and in the attribute alike: signed for another purpose than a document's."""
    forge = PdfForge(library)
    bent = {**forge.attributes, "content type": attribute(oids.CONTENT_TYPE, w.oid(inner))}
    return forge.file(forge.signer_info(attributes=list(bent.values())), inner=inner)


def of_another_certificate(library: Library) -> bytes:
    other = library.world.tsa.certificate
    return with_attribute(library, "certificate", lambda _: signing_certificate_v2(other, _SM3))


def condensed_otherwise(library: Library) -> bytes:
    own = library.world.signer.certificate
    return with_attribute(library, "certificate", lambda _: signing_certificate_v2(own, DigestAlgorithm.SHA256))


def under_another_name(library: Library) -> bytes:
    """Somebody else's certificate for the same key, named in place of the signer's."""
    world = library.world
    other = world.issue("another name", signer=world.signer.signer)
    forge = PdfForge(library)
    named = forge.named(other.certificate.issuer_der, other.certificate.serial)
    return forge.file(forge.signer_info(identifier=named), certificates=(other.der,))


def beside_a_double(library: Library) -> bytes:
    """A stranger's certificate of the same issuer and number stands before the signer's own."""
    own = library.world.signer.certificate
    double = library.world.issue("double", self_signed=True, serial=own.serial, issuer_der=own.issuer_der)
    return PdfForge(library).file(certificates=(double.der,))


def by_key_identifier(library: Library) -> bytes:
    forge = PdfForge(library)
    key = forge.member.certificate.subject_key_id or b""
    return forge.file(forge.signer_info(version=3, identifier=w.tlv(0x80, key)), version=3)


def with_parameters(library: Library, parameters: bytes) -> bytes:
    forge = PdfForge(library)
    named = w.sequence(w.oid(_SM2_WITH_SM3), parameters)
    return forge.file(forge.signer_info(signature_algorithm=named))


def of_another_digest(library: Library) -> bytes:
    forge = PdfForge(library)
    return forge.file(forge.signer_info(digest_algorithm=w.sequence(w.oid(digest_oid(DigestAlgorithm.SHA256)))))


def dated_back(library: Library, authority: str, days: int) -> bytes:
    """A signer whose certificate has ended, and a time stamp of before that."""
    world = library.world
    return PdfForge(library, world.expired).stamped(getattr(world, authority), PkiWorld.START - days * _DAY)


def dated_back_over_another(library: Library) -> bytes:
    world = library.world
    return PdfForge(library, world.expired).stamped(world.tsa, PkiWorld.START - 20 * _DAY, over=b"another")


_ATTRIBUTES: Final = failed(SubIndication.FORMAT_FAILURE, ErrorCode.CMS_ATTRIBUTES)
_UNKNOWN: Final = doubtful(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, ErrorCode.ALGORITHM_UNKNOWN)
_NO_POE: Final = doubtful(SubIndication.OUT_OF_BOUNDS_NO_POE, ErrorCode.CERTIFICATE_EXPIRED)


def _row(name: str, build: Callable[[Library], bytes], told: Told) -> Row:
    return Row(f"message-{name}", "roomy", build, told)


ROWS: Final = (
    _row("two-signers", two_signers, FORM),
    _row("without-content-type", partial(without, name="content type"), _ATTRIBUTES),
    _row("without-digest", partial(without, name="digest"), _ATTRIBUTES),
    _row("without-certificate", partial(without, name="certificate"), PASSED),  # not PAdES, and told so
    _row("content-type-twice", partial(twice, name="content type"), _ATTRIBUTES),
    _row("digest-twice", partial(twice, name="digest"), _ATTRIBUTES),
    _row("certificate-twice", partial(twice, name="certificate"), _ATTRIBUTES),
    _row("two-digests", two_digests, _ATTRIBUTES),
    _row("content-of-a-time-stamp", partial(of_type, inner=oids.TST_INFO), FORM),
    _row("content-of-a-message", partial(of_type, inner=oids.SIGNED_DATA), FORM),
    _row("content-of-no-known-type", partial(of_type, inner="1.2.3.4"), FORM),
    _row("content-of-gbt35275", partial(of_type, inner=oids.GBT_DATA), PASSED),
    _row("certificate-of-another", of_another_certificate, _ATTRIBUTES),
    _row("certificate-condensed-otherwise", condensed_otherwise, PASSED),
    _row("under-another-name", under_another_name, _ATTRIBUTES),
    _row("beside-a-double", beside_a_double, PASSED),
    _row("by-key-identifier", by_key_identifier, PASSED),
    _row("null-parameters", partial(with_parameters, parameters=w.null()), PASSED),
    _row("odd-parameters", partial(with_parameters, parameters=w.octet_string(b"odd")), _UNKNOWN),
    _row("of-another-digest", of_another_digest, DIGEST),
    _row("octets-behind", lambda library: PdfForge(library).file(behind=b"\x01"), BYTE_RANGE),
    _row("dated-back", partial(dated_back, authority="tsa", days=20), PASSED),
    _row("dated-back-before-its-authority", partial(dated_back, authority="tsa", days=40), _NO_POE),
    _row("dated-back-over-another", dated_back_over_another, _NO_POE),
)
