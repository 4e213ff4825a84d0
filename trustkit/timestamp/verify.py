"""Verifying a time-stamp token: its signature, the purpose of its authority's certificate, the octets it stamps.

    token = verify_token(parse_token(octets), data=signature_octets)
    token.gen_time, token.certificate

Says nothing of trust in the authority: judge `certificate` with `certificates` at `gen_time` (RFC 3161 2.3, 4.3).
"""

from __future__ import annotations

import hmac
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta  # noqa: TC003 - field types of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.cms.verify import verify_signer
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.suites import SignatureSuite  # noqa: TC001 - a field type of a public dataclass
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.model import TokenDeviation
from trustkit.x509.certificate import Certificate  # noqa: TC001 - a field type of a public dataclass
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from trustkit.timestamp.model import TimestampToken

_TIME_STAMPING_ALONE: Final = ("timeStamping",)  # id-kp-timeStamping, 1.3.6.1.5.5.7.3.8
_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
_DIRECTORY_NAME: Final = 0xA4
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """A token that holds under `certificate` and over the octets given. Trust in the certificate is not said.

    Attributes:
        certificates, crls: what the token brings for path building and revocation (CRLs as DER).
        notes: `Deviation` and `TokenDeviation` names.
    """

    gen_time: datetime
    accuracy: timedelta | None
    serial: int
    policy: str
    nonce: int | None
    imprint_algorithm: DigestAlgorithm
    imprint: bytes
    certificate: Certificate
    suite: SignatureSuite
    certificates: tuple[Certificate, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(repr=False)
    notes: tuple[str, ...]
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedToken comes from verify_token"
            raise TypeError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticToken:
    """A token whose authority signed it; what it stamps was not compared. Only `verify_token` makes more of it."""

    token: TimestampToken
    certificate: Certificate
    suite: SignatureSuite
    certificates: tuple[Certificate, ...] = field(repr=False)
    notes: tuple[str, ...]
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "an AuthenticToken comes from authenticate_token"
            raise TypeError(message)


def verify_token(
    token: TimestampToken,
    *,
    data: bytes | None = None,
    imprint: bytes | None = None,
    extra_certificates: tuple[Certificate, ...] = (),
) -> VerifiedToken:
    """Return the verified token over `data`, or over octets whose digest by the token's algorithm is `imprint`.

    Raises:
        TrustError: CMS_CONTENT_MISSING when neither is given; TIMESTAMP_IMPRINT; what `authenticate_token` raises.
    """
    if data is None and imprint is None:
        raise TrustError(ErrorCode.CMS_CONTENT_MISSING, "what the token stamps was not given")
    for known in (None if data is None else digest(token.imprint_algorithm, data), imprint):
        if known is not None and not hmac.compare_digest(known, token.imprint):
            raise TrustError(ErrorCode.TIMESTAMP_IMPRINT, "the token stamps other octets")
    authentic = authenticate_token(token, extra_certificates=extra_certificates)
    return VerifiedToken(
        gen_time=token.gen_time,
        accuracy=token.accuracy,
        serial=token.serial,
        policy=token.policy,
        nonce=token.nonce,
        imprint_algorithm=token.imprint_algorithm,
        imprint=token.imprint,
        certificate=authentic.certificate,
        suite=authentic.suite,
        certificates=authentic.certificates,
        crls=token.message.crls,
        notes=authentic.notes,
        made_here=_MADE_HERE,
    )


def authenticate_token(token: TimestampToken, *, extra_certificates: tuple[Certificate, ...] = ()) -> AuthenticToken:
    """Return the token with the certificate it is signed under, for a report on a token whose data is not at hand.

    Raises:
        TrustError: TIMESTAMP_PURPOSE when the certificate is not for time stamping alone; what `verify_signer` raises.
    """
    signer = verify_signer(token.message, 0, content=None, extra_certificates=extra_certificates)
    require_timestamp_purpose(signer.certificate)
    notes = [*token.notes, *signer.notes]
    if not signer.certificate_bound:
        notes.append(TokenDeviation.NO_SIGNING_CERTIFICATE)
    if token.tsa_der is not None and not _names_subject(token.tsa_der, signer.certificate):
        notes.append(TokenDeviation.AUTHORITY_NAME_DIFFERS)
    return AuthenticToken(
        token=token,
        certificate=signer.certificate,
        suite=signer.suite,
        certificates=signer.certificates,
        notes=tuple(dict.fromkeys(notes)),
        made_here=_MADE_HERE,
    )


def require_timestamp_purpose(certificate: Certificate) -> None:
    """Refuse a certificate that is not for time stamping, critically and alone (RFC 3161 2.3). Raise TIMESTAMP_PURPOSE."""
    extension = certificate.extensions.get(_EXTENDED_KEY_USAGE)
    if extension is None or certificate.extended_key_usage != _TIME_STAMPING_ALONE:
        raise TrustError(ErrorCode.TIMESTAMP_PURPOSE, "extended key usage is not time stamping alone")
    if not extension.critical:
        raise TrustError(ErrorCode.TIMESTAMP_PURPOSE, "extended key usage is not critical")
    usage = certificate.key_usage
    if usage is not None and not usage & {"digitalSignature", "nonRepudiation"}:
        raise TrustError(ErrorCode.TIMESTAMP_PURPOSE, "key usage does not allow signing")


def _names_subject(tsa_der: bytes, certificate: Certificate) -> bool:
    """Tell whether a directoryName is the subject; other kinds of name are left to the reader."""
    element = der.read_tlv(tsa_der, 0, len(tsa_der))
    if element.tag != _DIRECTORY_NAME:
        return True
    return names_equal(der.content(tsa_der, element), certificate.subject_der)
