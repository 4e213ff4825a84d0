"""Revocation by certificate revocation lists (RFC 5280 6.3): complete, delta, partitioned and indirect ones.

The answer has three values. GOOD and REVOKED need lists that one who may signed, that are about the certificate, and that
are fresh; GOOD needs lists for every reason. Anything less is UNKNOWN, with the reason in words. What could not be had is
never taken for revoked, and never for good.

    status = revocation_from_crls(leaf, issuer, crls, at=moment)
    status.state, status.revoked_at, status.detail

A whole path, with the signers of its lists: `trustkit.x509.path_revocation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.encoding.der_write import integer
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.crl_delta import MAX_DELTAS, fitting_deltas
from trustkit.x509.crl_scope import points_of, require_in_scope, speaks_for
from trustkit.x509.distribution_point import ALL_REASONS
from trustkit.x509.existence import NOTHING_PROVED, Existence
from trustkit.x509.list_proofs import ListProofs
from trustkit.x509.reason import COMPROMISED, RevocationReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.crl_entries import RevokedEntry

    SignersOf = Callable[[CertificateList], Iterable[Certificate]]
    _WithDeltas = tuple[CertificateList, tuple[CertificateList, ...]]  # a complete list and what fits it, newest first

CLOCK_SKEW: Final = timedelta(minutes=5)  # between the issuer of a list and us
MAX_CRLS: Final = 64  # looked at for one certificate; an archive holds a list a day for some weeks
MAX_SIGNERS: Final = 8  # certificates of one issuer's name: a handful of key changes
UNREAD: Final = "there is more evidence about it than is read"
_PASSING: Final = frozenset({RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL})
_NO_LIST: Final = "no revocation list of the issuer at hand"
_SOME_REASONS: Final = "the lists at hand tell only some reasons"


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
    the caller's judgement. `invalid_since` is when the issuer suspects the key to have been compromised, where it says so
    (invalidityDate, RFC 5280 5.3.2). `detail` says in words what decided; `produced_at` is the deciding list's thisUpdate.
    `unproved` says of UNKNOWN that there was evidence, which nothing proves to be old enough; `unread` that a bound was reached before
    all the evidence about the certificate was read, so that it may be revoked whatever the rest of it says. `issuer_ended`, of a certificate in a
    path, is since when its issuer or one above it is not believed, where nothing proves that the certificate itself is older.
    """

    state: RevocationState
    detail: str
    revoked_at: datetime | None = None
    reason: RevocationReason | None = None
    invalid_since: datetime | None = None
    produced_at: datetime | None = None
    unproved: bool = False
    unread: bool = False
    issuer_ended: datetime | None = None

    @property
    def lasting(self) -> bool:
        """Whether it is revoked for good."""
        return self.state is RevocationState.REVOKED and self.reason not in _PASSING

    @property
    def ended_at(self) -> datetime | None:
        """Since when the key is not believed: the revocation, or an earlier suspicion of compromise (invalidityDate, RFC 5280 5.3.2)."""
        if self.revoked_at is None or self.invalid_since is None or self.reason not in COMPROMISED:
            return self.revoked_at
        return min(self.revoked_at, self.invalid_since)


def revocation_from_crls(
    certificate: Certificate,
    issuer: Certificate,
    crls: tuple[CertificateList, ...],
    *,
    at: datetime,
    signers: tuple[Certificate, ...] = (),
    present: datetime | None = None,
    existence: Existence = NOTHING_PROVED,
) -> RevocationStatus:
    """Return what the lists prove about a certificate at the time `at`; never raises for what a list says.

    Args:
        certificate: The certificate in question.
        issuer: Its issuer, as proved by path validation.
        crls: Lists from anywhere; those that concern other certificates are passed over.
        at: Aware time of judgement. A list is fresh when its nextUpdate is not before `at` and its thisUpdate not
            after it.
        signers: Further certificates that may sign lists under their own name, such as those of a newer key or of the
            issuer of indirect lists. The caller has proved each by `validate_path` with Purpose.CRL_SIGNING.
        present: The present, when `at` lies in the past: lists issued since then count as well, because what they do
            not list had not been revoked earlier either.
        existence: What is proved of when the lists existed.

    The newest usable list decides. A stale list may still prove a lasting revocation, never that all is well.
    """
    known = (issuer, *signers[:MAX_SIGNERS])
    return judge_lists(
        certificate, crls, lambda _: known, at=at, present=present, proofs=ListProofs(), existence=existence
    )


def judge_lists(
    certificate: Certificate,
    crls: tuple[CertificateList, ...],
    signers_of: SignersOf,
    *,
    at: datetime,
    present: datetime | None,
    proofs: ListProofs,
    existence: Existence = NOTHING_PROVED,
) -> RevocationStatus:
    """Return what lists prove, as `revocation_from_crls`; `signers_of` returns proved certificates that may sign a list."""
    reading = _Reading(certificate, signers_of, proofs, existence, at=at, horizon=max(at, present or at) + CLOCK_SKEW)
    own = [crl for crl in dict.fromkeys(crls) if speaks_for(crl, certificate, reading.points)]
    own.sort(key=lambda crl: (crl.this_update, crl.number or 0), reverse=True)
    deltas = [crl for crl in own if crl.base_number is not None]
    every = [crl for crl in own if crl.base_number is None]
    newest = every[:MAX_CRLS]
    complete = [(crl, fitting_deltas(crl, deltas, at=at, horizon=reading.horizon)) for crl in newest]
    complete.sort(key=_newness, reverse=True)
    status = reading.judge(complete)
    if status is None and len(every) > MAX_CRLS:
        reading.unread = True
    if status is None and deltas and not complete:
        reading.problems.append(
            f"{_label(deltas[0])}: the list is a delta, and the complete list it changes is missing"
        )
    if status is not None and (status.state is RevocationState.REVOKED or not reading.unread):
        return status
    # Sorted and limited, so that a heap of useless lists does not become a heap of words
    problems = [*((UNREAD,) if reading.unread else ()), *reading.problems]
    detail = "; ".join(problems[:3]) or _NO_LIST
    return RevocationStatus(
        state=RevocationState.UNKNOWN, detail=detail, unproved=reading.unproved, unread=reading.unread
    )


class _Reading:
    """Lists read for one certificate: reasons covered so far, what was found, and why other lists did not count."""

    def __init__(
        self,
        certificate: Certificate,
        signers_of: SignersOf,
        proofs: ListProofs,
        existence: Existence,
        *,
        at: datetime,
        horizon: datetime,
    ) -> None:
        self._certificate = certificate
        self._signers_of = signers_of
        self._proofs = proofs
        self._existence = existence
        self.unproved = False
        self.unread = False
        self._at = at
        self.horizon = horizon
        self.points = points_of(certificate)
        self.problems: list[str] = []

    def judge(self, lists: list[_WithDeltas]) -> RevocationStatus | None:
        """Return what complete lists, newest first, say with their deltas; None when that decides nothing."""
        covered: frozenset[int] = frozenset()
        good: list[RevocationStatus] = []
        stale: RevocationStatus | None = None
        waiting = list(lists)
        while waiting:
            crl, deltas = waiting.pop(0)
            try:
                reasons = require_in_scope(crl, self._certificate, self.points)
                if reasons <= covered:
                    continue  # a newer list has told of these reasons
                status, fresh = self._read(crl, deltas)
            except TrustError as error:
                self._note(crl, error)
                continue
            proved = (crl, deltas[deltas.index(fresh) :] if fresh in deltas else ())
            if waiting and _newness(proved) < _newness(waiting[0]):
                # the delta it was taken for new by is nobody's: others may be newer in truth
                waiting = sorted((*waiting, proved), key=_newness, reverse=True)
                continue
            doubt = self._doubt(fresh, status)
            if doubt is None:
                if status.state is RevocationState.REVOKED:
                    return status
                covered |= reasons
                good.append(status)
                if covered >= ALL_REASONS:
                    return stale or _together(good)  # what is out of date and stood before it is newer
                continue
            self.problems.append(f"{_label(fresh)}: {doubt}")
            if stale is None and fresh.this_update <= self.horizon and status.lasting:
                stale = status
        if stale is None and good:
            self.problems.insert(0, _SOME_REASONS)
        return stale

    def _read(
        self, crl: CertificateList, deltas: tuple[CertificateList, ...]
    ) -> tuple[RevocationStatus, CertificateList]:
        """Return what a complete list says, brought up to date by the newest delta that is signed as it is, and that one.

        Raise CRL_*, SIGNATURE_* and others when the complete list cannot be used.
        """
        if not deltas:
            self._require_telling(crl)
        signer = self._proofs.signer(crl, self._signers_of(crl))
        self._existence.require(crl.der, signer)
        status = _status(crl, self._entry(crl))
        for delta in deltas[:MAX_DELTAS]:
            try:
                self._proofs.signer(delta, (signer,))
                self._existence.require(delta.der, signer)
                entry = self._entry(delta)
            except TrustError as error:
                self._note(delta, error)
                continue
            if entry is None and status.state is RevocationState.REVOKED:
                return status, delta
            if entry is not None and entry.reason is RevocationReason.REMOVE_FROM_CRL:
                entry = None
            return _status(delta, entry), delta
        self.unread |= len(deltas) > MAX_DELTAS  # an older one may be true
        return status, crl

    def _note(self, crl: CertificateList, error: TrustError) -> None:
        """Keep why a list did not count: nothing proves its age, a bound was reached before it was read, or other words."""
        self.unproved |= error.code is ErrorCode.EVIDENCE_UNPROVED
        self.unread |= error.code is ErrorCode.PATH_LIMIT
        self.problems.append(f"{_label(crl)}: {error.detail or error.code.value}")

    def _entry(self, crl: CertificateList) -> RevokedEntry | None:
        return crl.revoked_entry(self._certificate.serial, self._certificate.issuer_der)

    def _require_telling(self, crl: CertificateList) -> None:
        """Raise CRL_EXPIRED for a list that decides nothing whoever signed it, so that a heap of them costs no signature.

        One that is out of date may still list the certificate: not when the serial number stands nowhere in its octets.
        """
        if crl.this_update > self.horizon:
            raise TrustError(ErrorCode.CRL_EXPIRED, "not issued yet at that time")
        stale = crl.next_update is None or crl.next_update < self._at
        if stale and integer(self._certificate.serial) not in crl.der:
            ended = "does not say when it ends" if crl.next_update is None else _out_of_date(crl.next_update)
            raise TrustError(ErrorCode.CRL_EXPIRED, ended)

    def _doubt(self, crl: CertificateList, status: RevocationStatus) -> str | None:
        """Return why a list that was read and proved does not decide, None when it does."""
        if crl.this_update > self.horizon:
            return "not issued yet at that time"
        if crl.next_update is None:
            return "does not say when it ends"
        if crl.next_update < self._at:
            return _out_of_date(crl.next_update)
        if status.reason is RevocationReason.REMOVE_FROM_CRL:
            return "removeFromCRL outside a delta list"
        if status.state is RevocationState.GOOD and _may_have_dropped(crl, self._certificate):
            return "made after the certificate had expired, and may no longer list it"
        return None


def _newness(found: _WithDeltas) -> datetime:
    """Return how new a complete list says to be: what a delta brings up to date is as new as the delta."""
    complete, deltas = found
    return max(crl.this_update for crl in (complete, *deltas[:1]))


def _out_of_date(since: datetime) -> str:
    return f"out of date since {since:%Y-%m-%dT%H:%M:%SZ}"


def _label(crl: CertificateList) -> str:
    number = "list" if crl.number is None else f"list {crl.number:x}"
    return f"{number} of {crl.this_update.date().isoformat()}"


def _status(crl: CertificateList, entry: RevokedEntry | None) -> RevocationStatus:
    if entry is None:
        return RevocationStatus(
            state=RevocationState.GOOD, detail=f"{_label(crl)} does not list it", produced_at=crl.this_update
        )
    return RevocationStatus(
        state=RevocationState.REVOKED,
        detail=f"{_label(crl)} lists it",
        revoked_at=entry.date,
        reason=entry.reason,
        invalid_since=entry.invalidity_date,
        produced_at=crl.this_update,
    )


def _together(good: list[RevocationStatus]) -> RevocationStatus:
    """Return one status for lists that cover all reasons together; it is as old as the oldest of them."""
    oldest = min(good, key=lambda status: (status.produced_at is not None, status.produced_at))
    return RevocationStatus(
        state=RevocationState.GOOD, detail="; ".join(s.detail for s in good), produced_at=oldest.produced_at
    )


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
