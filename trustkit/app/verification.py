"""Wiring of the verification service for its three doors: the terminal, the HTTP routes, the issuer's own self-check."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from trustkit.app.algorithms import algorithm_policy
from trustkit.app.callers import caller_facts
from trustkit.app.certificate_files import read_certificates
from trustkit.app.code_reader import PictureCodes
from trustkit.app.credential_types import HomeTypes
from trustkit.app.engine import settle_engine
from trustkit.app.files import list_folder, read_input
from trustkit.app.home import POLICIES, TRUST
from trustkit.app.page_views import DrawnViews
from trustkit.app.store_seals import StoreSeals
from trustkit.app.trust_lists import HomeTrustLists
from trustkit.app.verdict_keeping import keep_verdict, require_places
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import SystemClock
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import ANONYMOUS
from trustkit.verdict import Indication, SubIndication, Verdict
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.trust_store import TrustStore
from verifier.fetch import HttpFetcher
from verifier.policy import ValidationPolicy, parse_policy
from verifier.service import Kept, VerificationService
from verifier.submission import MAX_SUBMISSION, Submission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from trustkit.app.opened import OpenedHome
    from trustkit.app.verify_request import VerifyRequest
    from trustkit.crypto.algorithm_policy import AlgorithmPolicy
    from trustkit.identity import AuthContext, Principal

MAX_TRUST_FILES: Final = 2000  # files in one folder of anchors or evidence
MAX_EVIDENCE: Final = 64 * 1024 * 1024  # a CRL of a million entries


Told: TypeAlias = "tuple[Submission, Verdict, Kept]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks for a verdict, as the trail tells it."""

    actor: Principal = ANONYMOUS
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    request_id: str = ""


def home_verification(home: OpenedHome, *, offline: bool = False, actor: Principal = ANONYMOUS) -> VerificationService:
    """Return the service that trusts this home's root and the anchors in its ``trust`` folder, and tells the trail."""
    folder = home.settings.home
    root = home.publications().ca_certificate("root")
    anchors = [parse_certificate(root)] if root is not None else []
    anchors += trust_anchors((folder / TRUST,)) if (folder / TRUST).is_dir() else []
    verify = home.settings.verify
    fetcher = None
    if verify.fetch and not offline:
        # The home's own publications come from the store, so nothing private ever needs to be fetched.
        fetcher = HttpFetcher(clock=home.clock, seconds=float(verify.fetch_seconds), octets=verify.fetch_octets)
    return VerificationService(
        anchors=TrustStore(anchors=tuple(anchors)),
        policy=_policy(folder / POLICIES / "validation" / "default.toml", algorithm_policy(folder)),
        publications=home.publications(),
        fetcher=fetcher,
        clock=home.clock,
        observe=lambda *told: _tell(home, Asker(actor=actor), *told),
        seals=StoreSeals(database=home.database),
        views=DrawnViews(),
        types=HomeTypes.of(home.settings),
        issuers=HomeTrustLists.of(home.settings),
        codes=PictureCodes(),
    )


def own_verification(home: OpenedHome) -> VerificationService:
    """Return the service by which an issuer checks its own output: as anybody would, offline, and by nobody's trust lists.

    The check is of form, signature and status. Whom a list entitles is for those to judge who go by it, and for each verdict anew.
    """
    return replace(home_verification(home, offline=True), issuers=None)


def verification_asked_by(
    home: OpenedHome, service: VerificationService, caller: AuthContext | None, request_id: str
) -> VerificationService:
    """Return a service that tells the trail who asks for its verdicts, by which request; None for anybody."""
    return verification_as(home, service, asker_of(caller, request_id))


def verification_as(home: OpenedHome, service: VerificationService, asker: Asker) -> VerificationService:
    """Return a service that tells the trail of this asker."""
    return replace(service, observe=lambda *told: _tell(home, asker, *told))


def asker_of(caller: AuthContext | None, request_id: str) -> Asker:
    """Return who asks by a request; None for anybody."""
    if caller is None:
        return Asker(request_id=request_id)
    return Asker(actor=caller.principal, facts=caller_facts(caller), request_id=request_id)


def verify_files(request: VerifyRequest, home: OpenedHome | None) -> Iterator[tuple[str, Verdict | TrustError]]:
    """Yield (name as given, verdict) for each file, in place of the verdict the refusal of a file that cannot be read.

    Such a refusal is INPUT_UNREADABLE or INPUT_TOO_LARGE; an empty file gets a verdict, as over HTTP.

    Raises:
        TrustError: the same and INPUT_EMPTY for content, evidence and anchors; POLICY_MALFORMED; CERTIFICATE_MALFORMED or PEM_MALFORMED for
            an anchor that is none; USAGE, OUTPUT_EXISTS or DISK_* for a record that cannot be written.
    """
    require_places(request)
    service = verification_for(request, home)
    evidence = evidence_of(request)
    content = read_input(request.content) if request.content is not None else None
    for path in request.files:
        try:
            data = read_input(path, limit=MAX_SUBMISSION)
        except TrustError as error:
            if error.code is not ErrorCode.INPUT_EMPTY:
                yield str(path), error
                continue
            data = b""
        submission = Submission(
            name=str(path),
            data=data,
            content=content,
            evidence=evidence,
            demand=request.demand,
            copy_demand=request.copy_demand,
        )
        yield str(path), _verdict(service, service.scanned(submission), request)


def _verdict(service: VerificationService, submission: Submission, request: VerifyRequest) -> Verdict:
    if not request.keeps:
        return service.verify(submission, request.at)
    return service.verify_keeping(
        submission, request.at, keep=lambda examination: keep_verdict(service, examination, submission, request)
    )


def self_check(home: OpenedHome, document: bytes) -> None:
    """Verify our own output by `own_verification`. Raise LICENCE_SELF_CHECK unless it is TOTAL-PASSED, or will be when it begins."""
    verdict = own_verification(home).judge(Submission(name="self-check", data=document))
    if verdict.conclusion.indication is not Indication.TOTAL_PASSED and not _begins_later(verdict):
        sub = verdict.conclusion.sub_indication
        raise TrustError(ErrorCode.LICENCE_SELF_CHECK, f"{verdict.conclusion.indication.value} {sub}")


def _begins_later(verdict: Verdict) -> bool:
    """Tell whether nothing speaks against a licence but that its term has not begun."""
    checks = (*verdict.checks, *(check for each in verdict.signatures for check in each.checks))
    against = {check.sub_indication for check in checks} - {None}
    return against == {SubIndication.LICENCE_NOT_IN_FORCE} and all(
        each.conclusion.indication is Indication.TOTAL_PASSED for each in verdict.signatures
    )


def verification_for(request: VerifyRequest, home: OpenedHome | None) -> VerificationService:
    """Return the service a request on the command line is answered by. Raise as `verify_files` does of anchors and policy."""
    extra = trust_anchors(request.trust)
    if home is not None:
        service = home_verification(home, offline=request.offline, actor=home.operator)
    else:
        settle_engine("auto", production=False)
        clock = SystemClock()
        service = VerificationService(
            anchors=TrustStore.none(),
            policy=ValidationPolicy(algorithms=algorithm_policy(None)),
            publications=None,
            fetcher=None if request.offline else HttpFetcher(clock=clock),
            clock=clock,
            views=DrawnViews(),
            codes=PictureCodes(),
        )
    if extra:
        service = service.trusting(extra)
    if request.policy is None:
        return service
    return service.under(_policy(request.policy, service.policy.algorithms))


def trust_anchors(paths: tuple[Path, ...]) -> tuple[Certificate, ...]:
    """Return the certificates of files and folders. Raise CERTIFICATE_MALFORMED for a file that holds none, PEM_MALFORMED."""
    return tuple(certificate for path in files_in(paths) for certificate in read_certificates(path))


def evidence_of(request: VerifyRequest) -> tuple[bytes, ...]:
    """Return the octets of every evidence file. Raise INPUT_UNREADABLE, INPUT_TOO_LARGE, INPUT_EMPTY."""
    return tuple(read_input(path, limit=MAX_EVIDENCE) for path in files_in(request.evidence))


def files_in(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield files; of a folder those directly in it, sorted, hidden ones left out. Raise INPUT_TOO_LARGE for too many."""
    for path in paths:
        entries = list_folder(path)
        if entries is None:
            yield path
            continue
        inside = [entry for entry in entries if entry.is_file()]
        if len(inside) > MAX_TRUST_FILES:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "files in one folder", limit=MAX_TRUST_FILES)
        yield from inside


def _policy(path: Path, algorithms: AlgorithmPolicy) -> ValidationPolicy:
    return replace(parse_policy(read_input(path)), algorithms=algorithms)


def _tell(home: OpenedHome, asker: Asker, *told: *Told) -> None:
    tell_all(home, asker, [told])


def tell_all(home: OpenedHome, asker: Asker, told: Sequence[Told]) -> None:
    """Leave trail entries of verifications, all or none: the content's digest, the verdict, digests of record and report, never a file's name."""
    tell_each(home, [(asker, *each) for each in told])


def tell_each(home: OpenedHome, told: Sequence[tuple[Asker, Submission, Verdict, Kept]]) -> None:
    """Leave trail entries of verifications that several asked for, as `tell_all`: all or none, each with who asked."""
    if not told:
        return
    with home.database.unit_of_work() as uow:
        trail.record_many(uow, [_event(home, *each) for each in told])


def _event(home: OpenedHome, asker: Asker, submission: Submission, verdict: Verdict, kept: Kept) -> AuditEvent:
    conclusion = verdict.conclusion
    facts: dict[str, FactValue] = {
        **asker.facts,
        "format": verdict.format,
        "indication": conclusion.indication.value,
        "octets": len(submission.data),
        "signatures": len(verdict.signatures),
    }
    if conclusion.sub_indication is not None:
        facts["sub_indication"] = conclusion.sub_indication.value
    facts |= {name: value for name, value in asdict(kept).items() if value}
    return AuditEvent(
        type=EventType.FILE_VERIFIED,
        at=home.clock.now(),
        actor=asker.actor,
        object_type="file",
        object_id=f"sm3:{digest(DigestAlgorithm.SM3, submission.data).hex()}",
        request_id=asker.request_id,
        facts=facts,
    )
