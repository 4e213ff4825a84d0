"""Revocation by certificate revocation lists (RFC 5280 6.3).

The answer has three values. GOOD and REVOKED need a list that the issuer signed, that is about the certificate, and that
is fresh; anything less is UNKNOWN, with the reason in words. What could not be had is never taken for revoked, and never
for good.

    status = revocation_from_crls(leaf, issuer, crls, at=moment)
    status.state, status.revoked_at, status.detail
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.errors import TrustError
from trustkit.x509 import oids
from trustkit.x509.crl import CertificateList, verify_crl
from trustkit.x509.crl_scope import require_in_scope
from trustkit.x509.name import names_equal
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.path import ValidatedPath

CLOCK_SKEW: Final = timedelta(minutes=5)  # between the issuer of a list and us
MAX_CRLS: Final = 64  # of one issuer looked at for one certificate; an archive holds a list a day for some weeks
MAX_SIGNERS: Final = 8  # certificates of one issuer's name: a handful of key changes
_NO_LIST: Final = "no revocation list of the issuer at hand"


@unique
class RevocationState(StrEnum):
    """What is known of a certificate's revocation."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationStatus:
    """State of one certificate.

    `revoked_at` and `reason` are set exactly for REVOKED; whether a signature made before `revoked_at` still counts is
    the caller's judgement. `detail` says in words what decided; `produced_at` is the deciding list's thisUpdate.
    """

    state: RevocationState
    detail: str
    revoked_at: datetime | None = None
    reason: RevocationReason | None = None
    produced_at: datetime | None = None


def revocation_from_crls(
    certificate: Certificate,
    issuer: Certificate,
    crls: tuple[CertificateList, ...],
    *,
    at: datetime,
    signers: tuple[Certificate, ...] = (),
    present: datetime | None = None,
) -> RevocationStatus:
    """Return what the lists prove about a certificate at the time `at`; never raises for what a list says.

    Args:
        certificate: The certificate in question.
        issuer: Its issuer, as proved by path validation.
        crls: Lists from anywhere; those of other issuers are passed over.
        at: Aware time of judgement. A list is fresh when its nextUpdate is not before `at` and its thisUpdate not
            after it.
        signers: Further certificates under the issuer's name that may sign its lists, such as those of a newer key.
            The caller has proved each by `validate_path` with Purpose.CRL_SIGNING.
        present: The present, when `at` lies in the past: lists issued since then count as well, because what they do
            not list had not been revoked earlier either.

    The newest usable list decides. A stale list may still prove a lasting revocation, never that all is well.
    """
    problems: list[str] = []
    horizon = max(at, present or at) + CLOCK_SKEW
    own = [crl for crl in crls if names_equal(crl.issuer_der, certificate.issuer_der)]
    own.sort(key=lambda crl: (crl.this_update, crl.number or 0), reverse=True)
    stale: RevocationStatus | None = None
    for crl in own[:MAX_CRLS]:
        try:
            status = _from_list(crl, certificate, (issuer, *signers[:MAX_SIGNERS]))
        except TrustError as error:
            problems.append(f"{_label(crl)}: {error.detail or error.code.value}")
            continue
        doubt = _doubt(crl, certificate, status, at, horizon)
        if doubt is None:
            return status
        problems.append(f"{_label(crl)}: {doubt}")
        if (
            stale is None
            and status.state is RevocationState.REVOKED
            and crl.this_update <= horizon
            and _lasting(status)
        ):
            stale = status
    if stale is not None:
        return stale
    # Sorted and limited, so that a heap of useless lists does not become a heap of words
    return RevocationStatus(state=RevocationState.UNKNOWN, detail="; ".join(problems[:3]) or _NO_LIST)


def _label(crl: CertificateList) -> str:
    number = "list" if crl.number is None else f"list {crl.number:x}"
    return f"{number} of {crl.this_update:%Y-%m-%d}"


def _from_list(crl: CertificateList, certificate: Certificate, signers: tuple[Certificate, ...]) -> RevocationStatus:
    """Return what one list says, after proving its scope and signature. Raise CRL_*, SIGNATURE_* and others if not."""
    require_in_scope(crl, certificate)
    _require_signed(crl, signers)
    entry = crl.revoked_entry(certificate.serial)
    if entry is None:
        return RevocationStatus(
            state=RevocationState.GOOD, detail=f"{_label(crl)} does not list it", produced_at=crl.this_update
        )
    return RevocationStatus(
        state=RevocationState.REVOKED,
        detail=f"{_label(crl)} lists it",
        revoked_at=entry.date,
        reason=entry.reason,
        produced_at=crl.this_update,
    )


def _require_signed(crl: CertificateList, signers: tuple[Certificate, ...]) -> None:
    """Return when one of the signers signed the list; raise the issuer's own refusal otherwise.

    The key identifier decides whom to ask first; a list signed by nobody we know is no evidence of anything.
    """
    refusals: list[TrustError] = []
    for signer in sorted(signers, key=lambda s: s.subject_key_id != crl.authority_key_id):
        try:
            verify_crl(crl, signer)
        except TrustError as error:
            refusals.append(error)
        else:
            return
    raise refusals[0]


def _doubt(
    crl: CertificateList, certificate: Certificate, status: RevocationStatus, at: datetime, horizon: datetime
) -> str | None:
    """Return why a list that was read and proved does not decide, None when it does."""
    if crl.this_update > horizon:
        return "not issued yet at that time"
    if crl.next_update is None:
        return "does not say when it ends"
    if crl.next_update < at:
        return f"out of date since {crl.next_update:%Y-%m-%dT%H:%M:%SZ}"
    if status.reason is RevocationReason.REMOVE_FROM_CRL:
        return "removeFromCRL outside a delta list"
    if status.state is RevocationState.GOOD and _may_have_dropped(crl, certificate):
        return "made after the certificate had expired, and may no longer list it"
    return None


def _may_have_dropped(crl: CertificateList, certificate: Certificate) -> bool:
    """Tell whether the list may leave the certificate out because it had expired (RFC 5280 3.3).

    Not when it promises to keep expired certificates since a time before (expiredCertsOnCRL, X.509 9.5.2.8).
    """
    if crl.this_update <= certificate.not_after:
        return False
    kept = crl.extensions.get(oids.EXPIRED_CERTS_ON_CRL)
    if kept is None:
        return True
    try:
        element = der.read_tlv(kept.value, 0, len(kept.value))
        return der.decode_time(element.tag, der.content(kept.value, element)) > certificate.not_after
    except TrustError:
        return True


def _lasting(status: RevocationStatus) -> bool:
    return status.reason not in {RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL}


def revocation_of_path(
    path: ValidatedPath,
    crls: tuple[CertificateList, ...],
    *,
    at: datetime,
    signers: tuple[Certificate, ...] = (),
    present: datetime | None = None,
) -> tuple[RevocationStatus, ...]:
    """Return the status of each certificate of a path but its anchor, leaf first; see `revocation_from_crls`."""
    return tuple(
        revocation_from_crls(certificate, issuer, crls, at=at, signers=_namesakes(signers, issuer), present=present)
        for certificate, issuer in zip(path.certificates, path.certificates[1:], strict=False)
    )


def _namesakes(signers: tuple[Certificate, ...], issuer: Certificate) -> tuple[Certificate, ...]:
    return tuple(signer for signer in signers if names_equal(signer.subject_der, issuer.subject_der))
