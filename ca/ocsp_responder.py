"""What an OCSP responder says and signs: from the register's word to the octets (RFC 6960 2.2, 4.2).

A responder answers for one key of an authority with a key of its own, whose certificate that key signed: "Systems relying on
OCSP responses MUST recognize a delegation certificate as being issued by the CA that issued the certificate in question only
if the delegation certificate and the certificate being checked for revocation were signed by the same key" (RFC 6960
4.2.2.2). An authority that had its key replaced has a responder for each. It says ``good`` only of
a certificate the register has as issued and not revoked; of a serial number nobody issued it says ``unknown``, or, where the
authority is set up so, ``revoked`` as RFC 6960 4.4.8 describes. It is never ``good``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm
from trustkit.custody.private_key import SoftwareSigner
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.certificates import serial_text
from trustkit.store.ocsp_answers import OcspAnswerRow
from trustkit.x509.ocsp_build import (
    StatusSpec,
    assemble_ocsp_response,
    build_response_data,
    never_issued,
    responder_by_key,
)
from trustkit.x509.ocsp_cert_id import CERT_ID_DIGESTS, issuer_hashes, make_cert_id
from trustkit.x509.ocsp_response import CertStatus
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from trustkit.custody.port import Signer
    from trustkit.store.ocsp_answers import RegisterWord
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.ocsp_cert_id import CertId

# A prepared answer stands under the CertIDs clients write; one signature covers all three (RFC 6960 4.2.2.3 allows more
# answers than were asked for, for prepared ones). SHA-1 first: some clients look at the first alone.
PREPARED_DIGESTS: Final = (DigestAlgorithm.SHA1, DigestAlgorithm.SHA256, DigestAlgorithm.SM3)
_ONE_SECOND: Final = timedelta(seconds=1)


@unique
class Unissued(StrEnum):
    """What is said of a serial number nobody issued."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspAuthority:
    """One key of a certificate authority answers are given for: its name in the register, and its certificate of that key.

    `alone` says that the authority never had another key.
    """

    name: str
    certificate: Certificate
    alone: bool = True

    def hashes(self) -> frozenset[tuple[DigestAlgorithm, bytes, bytes]]:
        """Return what CertIDs may call it by: digest, name and key."""
        name, key = self.certificate.subject_der, self.certificate.public_key
        return frozenset((each, *issuer_hashes(name, key, each)) for each in CERT_ID_DIGESTS)

    def has_issued(self, word: RegisterWord) -> bool:
        """Tell whether a certificate was issued under this key, by the register's word."""
        if not word.issued or word.issuer != self.name:
            return False
        own = self.certificate.subject_key_id
        return self.alone or (own is not None and word.authority_key == own.hex())


class AuthorityIndex:
    """The authorities a process answers for, found by CertID."""

    __slots__ = ("_by_hashes",)

    def __init__(self, authorities: Iterable[OcspAuthority]) -> None:
        self._by_hashes = {hashes: authority for authority in authorities for hashes in authority.hashes()}

    def find(self, cert_id: CertId) -> OcspAuthority | None:
        """Return the authority a CertID names, None when it is not one of these."""
        if cert_id.algorithm is None:
            return None
        return self._by_hashes.get((cert_id.algorithm, cert_id.name_hash, cert_id.key_hash))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One CertID of a request, what the register says (None for nothing), and whether it names the responder's authority."""

    cert_id: CertId
    word: RegisterWord | None
    ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspResponder:
    """The signing side of one key of an authority. `lifetime` is that of an answer, which never outlives the certificate."""

    authority: OcspAuthority
    certificate: Certificate
    signer: Signer
    lifetime: timedelta
    unissued: Unissued = Unissued.UNKNOWN

    @property
    def is_prompt(self) -> bool:
        """Whether a signature costs nothing but the processor: a key in a module may keep whoever asks it waiting."""
        return isinstance(self.signer, SoftwareSigner)

    def ends(self, at: datetime) -> datetime:
        """Return the nextUpdate of an answer of a moment. Raise OWN_CERTIFICATE once the certificate has expired."""
        if at >= self.certificate.not_after:
            told = "the OCSP responder's certificate has expired; `trustkit ca renew ocsp` makes the next"
            raise TrustError(ErrorCode.OWN_CERTIFICATE, told, part="ocsp", state="expired")
        return min(at.replace(microsecond=0) + self.lifetime, self.certificate.not_after)

    def answer(self, questions: Iterable[Question], *, at: datetime, nonce: bytes | None = None) -> bytes:
        """Return a signed response of this moment, with an answer to each question.

        Raises:
            TrustError: OWN_CERTIFICATE, SIGNING_FAILED.
        """
        at = at.replace(microsecond=0)
        ends = self.ends(at)
        specs = tuple(
            self._spec((each.cert_id.der,), each.word, at, ends)
            if each.ours
            else StatusSpec(cert_ids=(each.cert_id.der,), status=CertStatus.UNKNOWN, this_update=at, next_update=ends)
            for each in questions
        )
        tbs = build_response_data(
            responder_by_key(self.signer.public_key),
            specs,
            produced_at=at,
            nonce=nonce,
            extended_revoke=self.unissued is Unissued.REVOKED,
        )
        return self.assemble(tbs, self.signer.sign(tbs))

    def prepare(self, word: RegisterWord, *, at: datetime) -> OcspAnswerRow:
        """Return a signed answer for the store about an issued certificate, good for `lifetime`, due at half of it.

        Raises:
            TrustError: OWN_CERTIFICATE, SIGNING_FAILED; BUG for a certificate that was not issued.
        """
        if not word.issued:
            raise TrustError(ErrorCode.BUG, "an answer is prepared for what was issued")
        at = at.replace(microsecond=0)
        ends = self.ends(at)
        issuer = self.authority.certificate
        number = int(word.serial, 16)
        cert_ids = tuple(
            make_cert_id(issuer.subject_der, issuer.public_key, number, each).der for each in PREPARED_DIGESTS
        )
        tbs = build_response_data(
            responder_by_key(self.signer.public_key), (self._spec(cert_ids, word, at, ends),), produced_at=at
        )
        return OcspAnswerRow(
            serial=word.serial,
            issuer=self.authority.name,
            responder=serial_text(self.certificate.serial),
            revoked_at=word.revoked_at,
            reason=word.reason if word.revoked_at is not None else None,
            this_update=at,
            next_update=ends,
            refresh_at=at + max((ends - at) / 2, _ONE_SECOND),
            tbs=tbs,
            suite=self.signer.suite.value,
            signature=self.signer.sign(tbs),
        )

    def assemble(self, tbs: bytes, signature: bytes) -> bytes:
        """Return the response around what was signed, with the responder's certificate."""
        return assemble_ocsp_response(tbs, self.signer.suite, signature, certificates=(self.certificate.der,))

    def _spec(self, cert_ids: tuple[bytes, ...], word: RegisterWord | None, at: datetime, ends: datetime) -> StatusSpec:
        if word is None or not self.authority.has_issued(word):
            if self.unissued is Unissued.REVOKED:
                return never_issued(cert_ids[0], at, ends)
            return StatusSpec(cert_ids=cert_ids, status=CertStatus.UNKNOWN, this_update=at, next_update=ends)
        # RFC 6960 4.4.4: told where it matters. This register forgets nothing since the authority's beginning.
        expired = word.not_after is not None and word.not_after < at
        cutoff = self.authority.certificate.not_before if expired else None
        if word.revoked_at is None:
            return StatusSpec(
                cert_ids=cert_ids, status=CertStatus.GOOD, this_update=at, next_update=ends, archive_cutoff=cutoff
            )
        return StatusSpec(
            cert_ids=cert_ids,
            status=CertStatus.REVOKED,
            this_update=at,
            next_update=ends,
            revoked_at=word.revoked_at,
            reason=RevocationReason(word.reason or RevocationReason.UNSPECIFIED.value),
            archive_cutoff=cutoff,
        )
