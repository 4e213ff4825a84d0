"""Revocation of a whole path by lists and OCSP answers, and which authorities' signatures no longer count by themselves.

Lists may be signed by the issuer, by a newer or older key of its name, by a key for lists alone, or, when indirect, by
somebody else the certificate names (RFC 5280 6.3.3 (f)). Whoever is not in the path must lead to the path's own anchor by a
path of his own that is good for signing lists, and must not be revoked himself.

An authority that was revoked, or expired, is not believed any more (EN 319 102-1 5.6.2.2, control-time sliding): what it signed,
certificates as well as lists and answers, and what those below it signed, must be proved to be older than that. It is decided here
and nowhere else: from the anchor down, each certificate by all there is, until nothing further is found to have ended.

    statuses = revocation_of_path(path, crls, at=moment, pool=certificates)     # leaf first, without the anchor
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.answer_proofs import AnswerProofs
from trustkit.x509.existence import NOTHING_PROVED, Existence, earliest
from trustkit.x509.helper_pool import HelperPool
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.list_proofs import ListProofs
from trustkit.x509.name import names_equal
from trustkit.x509.path import validate_path
from trustkit.x509.path_work import PathWork
from trustkit.x509.purpose import Purpose
from trustkit.x509.revocation import MAX_SIGNERS, RevocationState, RevocationStatus, judge_lists
from trustkit.x509.revocation_ocsp import joined_status, revocation_from_ocsp
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.ocsp_response import OcspResponse
    from trustkit.x509.path import ValidatedPath
    from trustkit.x509.revocation import SignersOf

_VERSION_3: Final = 3
MAX_SEARCHES: Final = 2  # for signers of lists, for one path; an honest one needs none or one
MAX_PATH_LISTS: Final = 10  # signatures of lists checked for one path; an honest one needs one or two a certificate
MAX_PATH_ANSWERS: Final = 12  # signatures of OCSP answers, as of lists
MAX_PATH_LINKS: Final = 8  # signatures of certificates checked for all signers of lists and responders of one path


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvidence:
    """Lists, answers and certificates from other sources than the file in question: handed in, of the home, fetched. None is proved."""

    crls: tuple[CertificateList, ...] = field(default=(), repr=False)
    answers: tuple[OcspResponse, ...] = field(default=(), repr=False)
    pool: tuple[Certificate, ...] = field(default=(), repr=False)


NOTHING_OWN: Final = OwnEvidence()


def revocation_of_path(
    path: ValidatedPath,
    crls: tuple[CertificateList, ...],
    *,
    at: datetime,
    answers: tuple[OcspResponse, ...] = (),
    pool: tuple[Certificate, ...] = (),
    present: datetime | None = None,
    links: LinkProofs | None = None,
    proofs: ListProofs | None = None,
    answered: AnswerProofs | None = None,
    existence: Existence = NOTHING_PROVED,
    own: OwnEvidence = NOTHING_OWN,
) -> tuple[RevocationStatus, ...]:
    """Return the status of each certificate of a path but its anchor, leaf first; see `revocation_from_crls`.

    `answers` are OCSP responses from anywhere; `pool` holds helper certificates from anywhere, among them perhaps signers of
    lists and responders; `links`, `proofs` and `answered` are what other searches of the same verification have found, None to begin afresh;
    `existence` is what is proved of when evidence and certificates existed. `own` is what of `crls`, `answers` and `pool` does not come from the
    file in question: it is judged first and alone, within the same bounds, so that nothing a file carries can push it out, and a lasting
    revocation it proves stays. What a bound then leaves unread makes the status UNKNOWN.
    An authority that is told to be revoked later than `at` keeps the certificate it signed then; what it signed counts only
    when it is proved to have existed before, and a certificate of which that is not proved says so in `issuer_ended`.
    """
    links = LinkProofs() if links is None else links
    proofs = ListProofs() if proofs is None else proofs
    answered = AnswerProofs() if answered is None else answered

    def judged(evidence: OwnEvidence, known: Existence) -> tuple[RevocationStatus, ...]:
        search = _Search(
            path,
            evidence.crls,
            evidence.answers,
            evidence.pool,
            at=at,
            present=present,
            links=links,
            proofs=proofs,
            answered=answered,
            existence=known,
        )
        return search.statuses()

    links.allow(MAX_PATH_LINKS)
    proofs.allow(MAX_PATH_LISTS)
    answered.allow(MAX_PATH_ANSWERS)
    try:
        return _own_first(path, own, OwnEvidence(crls=crls, answers=answers, pool=pool), existence, judged)
    finally:
        links.allow(None)
        proofs.allow(None)
        answered.allow(None)


def _own_first(
    path: ValidatedPath,
    own: OwnEvidence,
    every: OwnEvidence,
    existence: Existence,
    judged: Callable[[OwnEvidence, Existence], tuple[RevocationStatus, ...]],
) -> tuple[RevocationStatus, ...]:
    """Return what all evidence tells, where own evidence does not tell all there is."""
    if not (own.crls or own.answers):
        return judged(every, existence)
    first = judged(own, existence)
    told_all = {*every.crls, *every.answers}.issubset((*own.crls, *own.answers))
    if told_all and all(each.state is not RevocationState.UNKNOWN for each in first):
        return first
    for depth, status in enumerate(first):
        if depth > 0 and status.lasting:
            existence = existence.also_ended(path.certificates[depth], status.ended_at)
    return tuple(map(_kept, first, judged(every, existence)))


def _kept(own: RevocationStatus, status: RevocationStatus) -> RevocationStatus:
    """Return what all evidence tells, or the revocation own evidence proves where other evidence hides it."""
    hidden = own.lasting or (own.state is RevocationState.REVOKED and status.unread)
    if hidden and status.state is not RevocationState.REVOKED:
        return replace(own, issuer_ended=status.issuer_ended)
    return status


class _Search:
    """Lists and their signers, and answers, for one path."""

    def __init__(
        self,
        path: ValidatedPath,
        crls: tuple[CertificateList, ...],
        answers: tuple[OcspResponse, ...],
        pool: tuple[Certificate, ...],
        *,
        at: datetime,
        present: datetime | None,
        links: LinkProofs,
        proofs: ListProofs,
        answered: AnswerProofs,
        existence: Existence,
    ) -> None:
        self._path = path
        self._crls = crls
        self._answers = answers
        self._pool = pool
        self._helpers = HelperPool(pool)
        self._at = at
        self._present = present
        self._links = links
        self._work = PathWork()
        self._anchors = TrustStore(anchors=(path.anchor,))
        self._proofs = proofs
        self._answered = answered
        self._existence = existence
        self._asking: list[Certificate] = []
        self._fit: dict[Certificate, bool] = {}
        self._paths: dict[Certificate, ValidatedPath | None] = {}
        self._cut: set[Certificate] = set()

    def statuses(self) -> tuple[RevocationStatus, ...]:
        """Return the status of each certificate of the path but its anchor.

        Evidence about an authority may be signed by one below it, whose own end is found only afterwards: then all is asked anew,
        with that known. Each round finds an earlier end in some list or answer that is proved, so there are few.
        """
        known = self._existence
        while True:
            found, learnt = self._from_the_top(known)
            if learnt == known:
                return found
            known = learnt

    def _from_the_top(self, known: Existence) -> tuple[tuple[RevocationStatus, ...], Existence]:
        """Ask authorities before those they certified; return the statuses, leaf first, and `known` with which authorities ended.

        NOTE: that an end reaches down to all below is no part of what a round hands on: a list that tells of an authority may
        be signed below it, and is not to be held against what it tells itself.
        """
        self._believe(known)
        found: list[RevocationStatus] = []
        for certificate, issuer in reversed(tuple(pairwise(self._path.certificates))):
            status = self._joined(certificate, issuer)
            above = self._existence.end_of(issuer)
            if above is not None and not self._existence.proves(certificate.der, above):
                status = replace(status, issuer_ended=above)
            found.append(status)
            if certificate is not self._path.leaf:
                known = known.also_ended(certificate, status.ended_at)
                self._believe(self._existence.also_ended(certificate, earliest(above, status.ended_at)))
        return tuple(reversed(found)), known

    def _believe(self, existence: Existence) -> None:
        """Go on with what is known of ends now; which strangers stand is found anew."""
        self._existence = existence
        self._fit.clear()

    def _joined(self, certificate: Certificate, issuer: Certificate) -> RevocationStatus:
        """Return what lists and answers together prove about a certificate of the path."""
        by_list = self.status(certificate)
        if not self._answers:
            return by_list
        by_answer = revocation_from_ocsp(
            certificate,
            issuer,
            self._answers,
            at=self._at,
            standing=lambda responder: self._by(issuer, responder),
            helpers=self._pool,
            present=self._present,
            existence=self._existence,
            links=self._links,
            proofs=self._answered,
        )
        return joined_status(by_list, by_answer)

    def _by(self, issuer: Certificate, responder: Certificate) -> RevocationStatus:
        """Return what the issuer's own lists prove about a responder."""
        return self._listed(responder, lambda _: (issuer,))

    def _listed(self, certificate: Certificate, signers_of: SignersOf) -> RevocationStatus:
        return judge_lists(
            certificate,
            self._crls,
            signers_of,
            at=self._at,
            present=self._present,
            proofs=self._proofs,
            existence=self._existence,
        )

    def status(self, certificate: Certificate) -> RevocationStatus:
        """Return what the lists prove about a certificate: one of the path, or of the path of a signer of lists.

        NOTE: RFC 5280 knows the signer of a list by name and anchor alone, so that any authority under the anchor could
        certify a signer of another's lists. Signers are therefore asked in order, and the next only while nothing is known:
        the keys of the path, proved strangers, and last the certificate itself. A list may be the only one that tells of its
        own signer; but where others do, who holds a revoked key must not be able to sign a newer one that forgets it.
        """
        self._asking.append(certificate)
        found: list[RevocationStatus] = []
        try:
            for signers_of in (self._of_path, self._with_strangers, self._with(certificate)):
                found.append(self._listed(certificate, signers_of))
                if found[-1].state is RevocationState.REVOKED:
                    return found[-1]
                if any(each.unread for each in found):
                    continue
                if found[-1].state is RevocationState.GOOD:
                    return found[-1]
        finally:
            self._asking.pop()
        return next((each for each in found if each.unread), found[0])

    def _of_path(self, crl: CertificateList) -> Iterator[Certificate]:
        """Yield those of the path that may sign a list; their own standing is looked at anyway."""
        leaf, *authorities = self._path.certificates
        if leaf not in self._asking:
            yield from _named((leaf,), crl)
        for authority in authorities:
            if authority not in self._asking and names_equal(authority.subject_der, crl.issuer_der):
                yield authority

    def _with_strangers(self, crl: CertificateList) -> Iterator[Certificate]:
        """Yield also others who may sign a list: with a path to the same anchor, nothing in it revoked.

        Raise PATH_LIMIT in the end when a bound left it open of some whether they may.
        """
        yield from self._of_path(crl)
        known = {*self._path.certificates, *self._asking}
        strangers = (
            each for each in self._helpers.named(crl.issuer_der) if each not in known and _may_sign_lists(each)
        )
        limit: TrustError | None = None
        for candidate in islice(strangers, MAX_SIGNERS):
            try:
                stands = self._stands(candidate)
            except TrustError as error:
                limit = error
                continue
            if stands and self._was_certified(candidate, crl):
                yield candidate
        if limit is not None:
            raise limit
        if next(strangers, None) is not None:
            raise TrustError(ErrorCode.PATH_LIMIT, "signers of one list", limit=MAX_SIGNERS)

    def _with(self, certificate: Certificate) -> SignersOf:
        return lambda crl: (*self._with_strangers(crl), *_named((certificate,), crl))

    def _stands(self, candidate: Certificate) -> bool:
        """Tell whether a stranger may sign lists now; not while one of his own path is being asked about.

        Raise PATH_LIMIT when a bound was reached before that is known.
        """
        if candidate not in self._paths:
            if len(self._paths) >= MAX_SEARCHES:
                raise TrustError(ErrorCode.PATH_LIMIT, "searches for signers of lists", limit=MAX_SEARCHES)
            self._paths[candidate] = self._path_of(candidate)
        path = self._paths[candidate]
        if candidate in self._cut:
            raise TrustError(ErrorCode.PATH_LIMIT, "a signer of lists whose path was not found within the bounds")
        if path is None or any(certificate in self._asking for certificate in path.certificates):
            return False
        if candidate not in self._fit:
            above = (each for each in path.certificates[:-1] if each not in self._path.certificates)
            self._fit[candidate] = all(self._is_good(each) for each in above)
        return self._fit[candidate]

    def _is_good(self, certificate: Certificate) -> bool:
        status = self.status(certificate)
        if status.unread:
            raise TrustError(ErrorCode.PATH_LIMIT, f"a signer of lists: {status.detail}")
        return status.state is RevocationState.GOOD

    def _was_certified(self, candidate: Certificate, crl: CertificateList) -> bool:
        """Tell whether those above a stranger still count, or he and his list are older than their end.

        Else who holds the key of one that ended makes a signer of lists that has not ended, and no list is too young for that.
        """
        path = self._paths[candidate]
        above: datetime | None = None
        try:
            for certificate, issuer in reversed(tuple(pairwise(() if path is None else path.certificates))):
                above = earliest(above, self._existence.end_of(issuer))
                self._existence.require_before(certificate.der, above)
            self._existence.require_before(crl.der, above)
        except TrustError:
            return False
        return True

    def _path_of(self, candidate: Certificate) -> ValidatedPath | None:
        for moment in dict.fromkeys((self._present or self._at, self._at)):
            try:
                path = validate_path(
                    candidate,
                    anchors=self._anchors,
                    pool=self._helpers,
                    at=moment,
                    purpose=Purpose.CRL_SIGNING,
                    links=self._links,
                    work=self._work,
                )
            except TrustError as error:
                if error.code is ErrorCode.PATH_LIMIT:
                    self._cut.add(candidate)
                continue
            self._cut.discard(candidate)
            return path
        return None


def _named(candidates: Iterable[Certificate], crl: CertificateList) -> Iterator[Certificate]:
    return (c for c in candidates if names_equal(c.subject_der, crl.issuer_der) and _may_sign_lists(c))


def _may_sign_lists(certificate: Certificate) -> bool:
    """Tell whether a certificate says that its key signs lists; one without keyUsage must be an authority's for that."""
    usage = certificate.key_usage
    return "cRLSign" in usage if usage is not None else certificate.is_ca or certificate.version < _VERSION_3
