"""Writing signed messages: GB/T 35275 and RFC 5652 SignedData with one signer, DER by construction.

    sign_message(
        content=octets, signer=signer, certificate=certificate, chain=(issuing,),
        dialect=Dialect.RFC5652, detached=True, attributes=SignedAttributes(),
    )

Everything but the signature costs well under a millisecond. The caller verifies what it gets before anyone else sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.model import Dialect
from trustkit.crypto.digest import DigestAlgorithm, digest, digest_oid
from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

DATA: Final = "data"  # the dialect's own data type
_GBT_ALGORITHM: Final = write.sequence(write.oid(oids.SM2_SIGN), write.null())  # as CFCA and other writers have it
_GBT_DIGEST: Final = write.sequence(write.oid(oids.SM3), write.null())
_SIGNED_TAG: Final = b"\xa0"
_UNSIGNED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAttributes:
    """Which signed attributes to write besides contentType and messageDigest, which are always there.

    Attributes:
        signing_time: claimed time (RFC 5652 11.3); None in PAdES, where the PDF's /M says it (EN 319 142-1 5.3).
        signing_certificate: bind the certificate by signingCertificateV2 (RFC 5035), as CAdES-B demands.
        extra: whole further Attributes, DER.
    """

    signing_time: datetime | None = None
    signing_certificate: bool = True
    extra: tuple[bytes, ...] = ()


CADES_B: Final = SignedAttributes()


def sign_message(
    *,
    content: bytes | None,
    content_digest: bytes | None = None,
    signer: Signer,
    certificate: Certificate,
    chain: tuple[Certificate, ...] = (),
    dialect: Dialect,
    detached: bool,
    attributes: SignedAttributes | None = CADES_B,
    crls: tuple[bytes, ...] = (),
    timestamp: Callable[[bytes], bytes] | None = None,
    content_type: str = DATA,
    include_certificates: bool = True,
) -> bytes:
    """Return the DER of a ContentInfo with SignedData of one signer.

    Args:
        content: the octets to sign; None when `content_digest` is given, detached and with attributes.
        content_digest: of the content by the suite's digest, without Z.
        signer: makes the signature; its suite decides the algorithms.
        certificate: the signer's; its key must be the signer's key.
        chain: further certificates to carry.
        dialect: whose identifiers are written.
        detached: leave the content out.
        attributes: CAdES-B by default; None signs the content octets themselves.
        crls: DER CRLs to carry.
        timestamp: given the signature octets, returns the token (DER) of CAdES-T (RFC 3161 appendix A).
        content_type: `DATA`, or the dotted OID of what the content is.
        include_certificates: False leaves them out, as RFC 3161 2.4.1 (certReq) wants it.

    Raises:
        TrustError: USAGE, ALGORITHM_MISMATCH (GB/T 35275 without SM2), and what the signer and `timestamp` raise.
    """
    if attributes is None and content_type not in {DATA, oids.DATA, oids.GBT_DATA}:
        raise TrustError(ErrorCode.USAGE, "content other than data needs signed attributes (RFC 5652 5.3)")
    _require_fit(content, content_digest, signer, detached=detached, attributes=attributes)
    require_party(dialect, signer, certificate)
    gbt = dialect is Dialect.GBT35275
    kind = (oids.GBT_DATA if gbt else oids.DATA) if content_type == DATA else content_type
    made = make_signer_info(
        content=content,
        content_digest=content_digest,
        kind=kind,
        signer=signer,
        certificate=certificate,
        dialect=dialect,
        attributes=attributes,
        timestamp=timestamp,
    )
    inner = write.sequence(write.oid(kind), _explicit_content(None if detached else content))
    carried = tuple(each.der for each in (certificate, *chain)) if include_certificates else ()
    version = 1 if gbt or kind == oids.DATA else 3  # RFC 5652 5.1
    signed_data = _signed_data(
        version, made.digest_algorithm, inner, _carried(0, carried) + _carried(1, crls), made.signer_info
    )
    return write.sequence(write.oid(oids.GBT_SIGNED_DATA if gbt else oids.SIGNED_DATA), write.explicit(0, signed_data))


@dataclass(frozen=True, slots=True)
class MadeSigner:
    """A SignerInfo just signed, and the AlgorithmIdentifier that digestAlgorithms must list; both DER."""

    digest_algorithm: bytes
    signer_info: bytes


def make_signer_info(
    *,
    content: bytes | None,
    content_digest: bytes | None = None,
    kind: str | None,
    signer: Signer,
    certificate: Certificate,
    dialect: Dialect,
    attributes: SignedAttributes | None,
    timestamp: Callable[[bytes], bytes] | None = None,
) -> MadeSigner:
    """Return one signer's SignerInfo over content or its digest, for `sign_message` and those who add signers.

    `kind` is the content type for the attribute; None leaves it out, as a countersignature must (RFC 5652 11.4).

    Raises:
        TrustError: what the signer and `timestamp` raise.
    """
    suite = signer.suite
    gbt = dialect is Dialect.GBT35275
    digest_algorithm = _GBT_DIGEST if gbt else _digest_identifier(suite)
    signed_set = b""
    if attributes is not None:
        known = content_digest or digest(suite.digest, content or b"")
        signed_set = write.set_of(*_attributes(kind, known, attributes, suite.digest, certificate))
    signature = signer.sign(signed_set or content or b"")
    return MadeSigner(
        digest_algorithm,
        _signer_info(
            certificate,
            digest_algorithm=digest_algorithm,
            signed_set=signed_set,
            signature_algorithm=_GBT_ALGORITHM if gbt else suite.algorithm_identifier(),
            signature=signature,
            token=timestamp(signature) if timestamp else None,
        ),
    )


def _signed_data(version: int, digest_algorithm: bytes, inner: bytes, carried: bytes, signer_info: bytes) -> bytes:
    """Return SignedData of one signer (RFC 5652 5.1)."""
    return write.sequence(
        write.integer(version), write.set_of(digest_algorithm), inner, carried, write.set_of(signer_info)
    )


def _carried(number: int, ders: tuple[bytes, ...]) -> bytes:
    """Return certificates [0] or crls [1], each once; nothing when there are none (RFC 5652 5.1)."""
    return write.implicit(number, write.set_of(*dict.fromkeys(ders))) if ders else b""


def _explicit_content(content: bytes | None) -> bytes:
    """Return the content as it stands inside, nothing when detached (RFC 5652 5.2)."""
    return b"" if content is None else write.explicit(0, write.octet_string(content))


def _signer_info(
    certificate: Certificate,
    *,
    digest_algorithm: bytes,
    signed_set: bytes,
    signature_algorithm: bytes,
    signature: bytes,
    token: bytes | None,
) -> bytes:
    """Return the SignerInfo of version 1, the signer named by issuer and serial number (RFC 5652 5.3)."""
    return write.sequence(
        write.integer(1),
        write.sequence(certificate.issuer_der, write.integer(certificate.serial)),
        digest_algorithm,
        _SIGNED_TAG + signed_set[1:] if signed_set else b"",
        signature_algorithm,
        write.octet_string(signature),
        _unsigned(token) if token is not None else b"",
    )


def signing_certificate_v2(certificate: Certificate, algorithm: DigestAlgorithm) -> bytes:
    """Return the signingCertificateV2 Attribute with one ESSCertIDv2 and its issuerSerial (RFC 5035 3 and 4)."""
    # X.690 11.5: a value equal to its DEFAULT (sha256) is left out.
    hash_algorithm = b""
    if algorithm is not DigestAlgorithm.SHA256:
        hash_algorithm = write.sequence(write.oid(digest_oid(algorithm)))
    issuer_serial = write.sequence(
        write.sequence(write.explicit(4, certificate.issuer_der)), write.integer(certificate.serial)
    )
    identifier = write.sequence(hash_algorithm, write.octet_string(digest(algorithm, certificate.der)), issuer_serial)
    return attribute(oids.SIGNING_CERTIFICATE_V2, write.sequence(write.sequence(identifier)))


def attribute(dotted: str, *values: bytes) -> bytes:
    """Return an Attribute of encoded values (RFC 5652 5.3)."""
    return write.sequence(write.oid(dotted), write.set_of(*values))


def _require_fit(
    content: bytes | None,
    content_digest: bytes | None,
    signer: Signer,
    *,
    detached: bool,
    attributes: SignedAttributes | None,
) -> None:
    if content is None and (content_digest is None or not detached or attributes is None):
        raise TrustError(ErrorCode.USAGE, "a digest alone signs detached and with attributes only")
    if content_digest is not None and len(content_digest) != signer.suite.digest.size:
        raise TrustError(ErrorCode.USAGE, "the digest has not the length of the suite's", octets=len(content_digest))
    if content is not None and content_digest is not None and digest(signer.suite.digest, content) != content_digest:
        raise TrustError(ErrorCode.USAGE, "the digest is not that of the content")


def require_party(dialect: Dialect, signer: Signer, certificate: Certificate) -> None:
    """Raise ALGORITHM_MISMATCH for GB/T 35275 without SM2, USAGE for a certificate of another key."""
    if dialect is Dialect.GBT35275 and signer.suite is not SignatureSuite.SM2_SM3:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "GB/T 35275 signs with SM2 and SM3", suite=signer.suite.value)
    require_own_key(signer, certificate)


def require_own_key(signer: Signer, certificate: Certificate) -> None:
    """Raise USAGE for a certificate of another key than the signer's."""
    if signer.public_key.subject_public_key != certificate.public_key.subject_public_key:
        raise TrustError(ErrorCode.USAGE, "the certificate is of another key than the signer's")


def _attributes(
    kind: str | None,
    content_digest: bytes,
    attributes: SignedAttributes,
    algorithm: DigestAlgorithm,
    certificate: Certificate,
) -> tuple[bytes, ...]:
    found = [
        *(() if kind is None else (attribute(oids.CONTENT_TYPE, write.oid(kind)),)),
        attribute(oids.MESSAGE_DIGEST, write.octet_string(content_digest)),
        *attributes.extra,
    ]
    if attributes.signing_time is not None:
        found.append(attribute(oids.SIGNING_TIME, write.time(attributes.signing_time)))
    if attributes.signing_certificate:
        found.append(signing_certificate_v2(certificate, algorithm))
    return tuple(found)


def _digest_identifier(suite: SignatureSuite) -> bytes:
    """RFC 5754 2: parameters are absent; SM3 likewise."""
    return write.sequence(write.oid(digest_oid(suite.digest)))


def _unsigned(token: bytes) -> bytes:
    return write.implicit(_UNSIGNED, write.set_of(attribute(oids.SIGNATURE_TIME_STAMP, token)))
