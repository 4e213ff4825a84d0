"""Gathering: everything a judgement may rest on, from every source, before it begins. All I/O of a verification is here.

Sources in their order: what was handed in beside the file, what the home authority publishes, what the file carries, and,
unless offline, what the certificates of a chain that reaches an anchor and the status reference of a signed document name.
What cannot be had or read becomes a `Problem`: unreachable is never revoked. What only the file brings is told apart from the rest
(`Evidence.own`), so that a heap of forgeries in it pushes nothing else out of a judgement, nor keeps us from asking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from esign.capsule.model import UnverifiedCapsule
from esign.status.read import parse_status_list
from esign.status.verify import VerifiedStatusList, verify_status_list
from trustkit.cms.bag import read_bag
from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.pem import is_pem, parse_pem
from trustkit.encoding.remembered import remembering
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.list_proofs import ListProofs
from trustkit.x509.ocsp_response import OcspResponse, read_ocsp_response
from trustkit.x509.path import validate_path
from trustkit.x509.path_revocation import OwnEvidence
from trustkit.x509.purpose import Purpose
from verifier.carried import embedded
from verifier.format import Format
from verifier.judgement.licence_carrier import MAX_METADATA, carried_licence, vouchers
from verifier.judgement.licence_status import status_reference
from verifier.judgement.parsed import certificate_of, certificates_of, crl_of, crls_of, own_crls_of
from verifier.list_addresses import complete_lists_wanted, deltas_wanted
from verifier.material import Evidence, Problem
from verifier.ocsp_evidence import ask_responder, settles
from verifier.submission import identify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.trust_store import TrustStore
    from verifier.evidence_memory import EvidenceMemory
    from verifier.fetch import Fetcher
    from verifier.judgement.judge import Document
    from verifier.material import Embedded

MAX_FETCHES: Final = 8  # for one file; a document with signer and time-stamp chains names four or five addresses
MAX_EMBEDDED: Final = 200  # certificates or lists taken from one file
MAX_CHAINED: Final = 32  # certificates of one file whose path is looked for; a signer and a stamp bring about six
MAX_TOKENS: Final = 8  # status lists handed in with one file; each may unpack to 16 MiB
MAX_PROVED: Final = (
    10  # signatures of lists a file carries, before we ask for others; an honest one has one or two a certificate
)
_LISTS: Final = 16
_FORMS: Final = 64  # of what is handed in, kept with its octets
_SMALL: Final = 64 * 1024


class Publications(Protocol):
    """What the home authority publishes, read from its store."""

    def certificates(self) -> tuple[bytes, ...]:
        """Return its CA certificates, DER."""
        ...

    def crls(self) -> tuple[bytes, ...]:
        """Return its newest CRLs, DER."""
        ...

    def status_token(self, uri: str) -> str | None:
        """Return its newest token of a status list, or None when the list is not its own."""
        ...


@dataclass(slots=True)
class _Gathered:
    certificates: dict[Certificate, None] = field(default_factory=dict)
    crls: dict[CertificateList, None] = field(default_factory=dict)
    answers: dict[OcspResponse, None] = field(default_factory=dict)
    lists: list[VerifiedStatusList] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    carried: set[Certificate | CertificateList | OcspResponse] = field(default_factory=set)
    tokens: int = 0

    def note(self, source: str, error: TrustError) -> None:
        self.problems.append(Problem(source=source, code=error.code, detail=error.detail))

    def take_answer(self, source: str, octets: bytes) -> None:
        try:
            self.answers[read_ocsp_response(octets)] = None
        except TrustError as error:
            self.note(source, error)

    def take_fetched(self, item: CertificateList | OcspResponse) -> None:
        """Keep what an address gave; it is our own even where the file carries the same."""
        self.carried.discard(item)
        if isinstance(item, OcspResponse):
            self.answers[item] = None
        else:
            self.crls[item] = None

    def everything(self) -> set[Certificate | CertificateList | OcspResponse]:
        return {*self.certificates, *self.crls, *self.answers}

    def sealed(self) -> Evidence:
        return Evidence(
            certificates=tuple(self.certificates),
            crls=tuple(self.crls),
            ocsp_responses=tuple(self.answers),
            status_lists=tuple(self.lists),
            own=OwnEvidence(
                crls=tuple(each for each in self.crls if each not in self.carried),
                answers=tuple(each for each in self.answers if each not in self.carried),
                pool=tuple(each for each in self.certificates if each not in self.carried),
            ),
            problems=tuple(self.problems),
        )


def gather(
    document: Document,
    *,
    supplied: tuple[bytes, ...],
    publications: Publications | None,
    fetcher: Fetcher | None,
    anchors: TrustStore,
    at: datetime,
    companions: tuple[bytes, ...] = (),
    memory: EvidenceMemory | None = None,
) -> Evidence:
    """Return the evidence for judging a document as of `at`; `companions` stand in the same file. Never raises for what a source holds.

    `memory` is that of a sitting, in which publications stay as they are.
    """
    uri, carried = _status_uri(document), embedded(document)
    sources = (uri, supplied, companions, carried, at)
    if memory is not None and (known := memory.find(sources)) is not None:
        return known
    found = _Gathered()
    for octets in supplied:
        _take_supplied(found, octets, uri)
    if publications is not None:
        found.certificates.update(dict.fromkeys(certificates_of(publications.certificates())))
        found.crls.update(dict.fromkeys(own_crls_of(publications.crls())))
        if uri is not None and (token := publications.status_token(uri)) is not None:
            _take_token(found, token.encode("ascii"), "the home authority", read=_own_status_list)
    own = found.everything()
    for octets in companions:
        _take_supplied(found, octets, uri)
    _tell_of_more(found, carried)
    helpers = certificates_of(carried.certificates[:MAX_EMBEDDED])
    found.certificates.update(dict.fromkeys(helpers))
    found.crls.update(dict.fromkeys(crls_of(carried.crls[:MAX_EMBEDDED])))
    for octets in carried.ocsp_responses[:MAX_EMBEDDED]:
        found.take_answer("an OCSP answer inside the file", octets)
    found.carried = found.everything() - own
    if fetcher is not None and _lacking(found, helpers, uri, at):
        chained = _chained(found, helpers, anchors, at)
        # Who vouches for an address is this file's own affair, so what it brings is no other's to have.
        _fetch(found, fetcher, chained, uri if _vouched(document, chained) else None, at=at)
        return found.sealed()
    evidence = found.sealed()
    if memory is not None:
        unpacked = sum(len(each.entries.octets) for each in evidence.status_lists)
        memory.keep(sources, evidence, octets=unpacked + sum(map(len, (*supplied, *companions))))
    return evidence


def _tell_of_more(found: _Gathered, carried: Embedded) -> None:
    """Tell of what a file carries beyond what is looked at: it counts for nothing, for nor against."""
    for what, octets in (
        ("certificates", carried.certificates),
        ("revocation lists", carried.crls),
        ("OCSP answers", carried.ocsp_responses),
    ):
        if len(octets) > MAX_EMBEDDED:
            told = f"{len(octets)} {what}, the first {MAX_EMBEDDED} of which are looked at"
            found.note("the file", TrustError(ErrorCode.EVIDENCE_TOO_LARGE, told))


def _take_supplied(found: _Gathered, octets: bytes, uri: str | None) -> None:
    source = "evidence handed in"
    try:
        ders = [block.der for block in parse_pem(octets)] if is_pem(octets) else [octets]
    except TrustError as error:
        found.note(source, error)
        return
    for der, form in _unpacked(found, ders):
        certificate = certificate_of(der) if form is Format.CERTIFICATE else None
        crl = crl_of(der) if form is Format.CRL else None
        if certificate is not None:
            found.certificates[certificate] = None
        elif crl is not None:
            found.crls[crl] = None
        elif form is Format.OCSP:
            found.take_answer(source, der)
        elif form is Format.STATUS_LIST:
            if uri is not None and found.tokens < MAX_TOKENS:
                found.tokens += 1
                _take_token(found, der, source, uri=uri)
        else:
            found.note(source, TrustError(ErrorCode.INPUT_UNKNOWN_FORMAT, f"{form.value} is no evidence that is used"))


# the same lists come with every file of a batch
_form: Final = remembering(identify, entries=_FORMS, largest=_SMALL)


def _unpacked(found: _Gathered, ders: list[bytes]) -> Iterator[tuple[bytes, Format]]:
    """Yield the objects and what they are, of a bag of certificates (``.p7b``) the certificates and lists in it."""
    for der in ders:
        form = _form(der)
        if form is not Format.CMS:
            yield der, form
            continue
        try:
            bag = read_bag(der)
        except TrustError as error:
            found.note("evidence handed in", error)
            continue
        yield from ((each, identify(each)) for each in (*bag.certificates, *bag.crls, *bag.ocsp_responses))


def _take_token(
    found: _Gathered,
    octets: bytes,
    source: str,
    *,
    uri: str | None = None,
    read: Callable[[bytes], VerifiedStatusList] | None = None,
) -> None:
    """Keep a list whose signature holds; with `uri`, only the one that lives there."""
    try:
        status_list = (read or read_status_list)(octets)
    except TrustError as error:
        found.note(source, error)
        return
    if uri is None or status_list.uri == uri:
        found.lists.append(status_list)


def read_status_list(octets: bytes) -> VerifiedStatusList:
    """Return the list whose signature holds, JWT or CWT; its time and its signer's standing are judged for each file anew."""
    return verify_status_list(parse_status_list(octets))


# A stranger's token of some kilobytes may unpack to megabytes, so only the home authority's own are kept.
_own_status_list = lru_cache(maxsize=_LISTS)(read_status_list)


def _vouched(document: Document, chained: dict[Certificate, Certificate]) -> bool:
    """Tell whether an intact signature, by one who leads to an anchor, covers the metadata that name the status list.

    Without this, anybody who carries a trusted authority's public certificate along could send us to any address.
    """
    return any(certificate in chained for certificate in vouchers(document))


def _status_uri(document: Document) -> str | None:
    if isinstance(document, UnverifiedCapsule):
        return document.content.status_uri
    metadata = carried_licence(document).metadata
    if metadata is None:
        return None
    try:
        return status_reference(parse_json(metadata, max_size=MAX_METADATA, any_number=True)).uri
    except TrustError:
        return None


def _fetch(
    found: _Gathered, fetcher: Fetcher, chained: dict[Certificate, Certificate], uri: str | None, *, at: datetime
) -> None:
    """Ask responders and fetch lists that certificates name which chain to an anchor; a stranger's makes us ask nobody.

    A list is fetched where there is no responder, or its answer settles nothing. A list the file carries keeps us from asking only when
    somebody of those chains signed it, else a forged one would.
    """
    signers = tuple(dict.fromkeys((*chained, *chained.values())))
    proofs = ListProofs(MAX_PROVED)

    def believed() -> tuple[CertificateList, ...]:
        return tuple(
            each for each in _newest(found.crls) if each not in found.carried or _is_signed(each, signers, proofs)
        )

    left = MAX_FETCHES - (uri is not None)
    unsettled: list[Certificate] = []
    for certificate, issuer in chained.items():
        if settles(found.answers, certificate, issuer, at=at):
            continue
        if left > 0 and _responder_wanted(believed(), certificate, at):
            left -= 1
            if _ask(found, fetcher, certificate, issuer, at):
                continue
        unsettled.append(certificate)
    for wanted in (complete_lists_wanted, deltas_wanted):  # a complete list may name its deltas
        urls = dict.fromkeys(url for each in unsettled for url in wanted(each, believed(), at))
        for url in tuple(urls)[:left]:
            left -= 1
            _fetch_list(found, fetcher, url)
    if uri is not None and chained and not any(each.uri == uri for each in found.lists):
        try:
            _take_token(found, fetcher.fetch(uri), uri, uri=uri)
        except TrustError as error:
            found.note(uri, error)


def _newest(crls: Iterable[CertificateList]) -> list[CertificateList]:
    return sorted(crls, key=lambda crl: crl.this_update, reverse=True)


def _is_signed(crl: CertificateList, signers: tuple[Certificate, ...], proofs: ListProofs) -> bool:
    try:
        proofs.signer(crl, signers)
    except TrustError:
        return False
    return True


def _fetch_list(found: _Gathered, fetcher: Fetcher, url: str) -> None:
    try:
        crl = crl_of(fetcher.fetch(url))
        if crl is None:
            raise TrustError(ErrorCode.CRL_MALFORMED, "what was fetched is no list")  # noqa: TRY301 - one note below
        found.take_fetched(crl)
    except TrustError as error:
        found.note(url, error)


def _ask(found: _Gathered, fetcher: Fetcher, certificate: Certificate, issuer: Certificate, at: datetime) -> bool:
    """Ask the responder of a certificate; tell whether its answer settles the matter."""
    try:
        response = ask_responder(fetcher, certificate, issuer)
    except TrustError as error:
        found.note(certificate.aia.ocsp_urls[0], error)
        return False
    found.take_fetched(response)
    return settles((response,), certificate, issuer, at=at)


def _responder_wanted(lists: tuple[CertificateList, ...], certificate: Certificate, at: datetime) -> bool:
    """Tell whether a certificate names a responder, and no list makes asking needless."""
    if not certificate.aia.ocsp_urls:
        return False
    return not certificate.crl_urls or bool(complete_lists_wanted(certificate, lists, at))


def _lacking(found: _Gathered, helpers: tuple[Certificate, ...], uri: str | None, at: datetime) -> bool:
    """Tell whether anything could be missing that the network might have."""
    if uri is not None and not any(each.uri == uri for each in found.lists):
        return True
    lists = tuple(each for each in found.crls if each not in found.carried)  # who signed the others is not known yet
    return any(
        _responder_wanted(lists, each, at)
        or any(wanted(each, lists, at) for wanted in (complete_lists_wanted, deltas_wanted))
        for each in dict.fromkeys((*helpers, *found.certificates))
    )


def _chained(
    found: _Gathered, helpers: tuple[Certificate, ...], anchors: TrustStore, at: datetime
) -> dict[Certificate, Certificate]:
    """Return the certificates that lead to an anchor, each with its issuer."""
    pool = tuple(found.certificates)
    reached: dict[Certificate, Certificate] = {}
    links = LinkProofs()
    if len(helpers) > MAX_CHAINED:
        told = f"{len(helpers)} certificates, for the first {MAX_CHAINED} of which more is fetched"
        found.note("the file", TrustError(ErrorCode.EVIDENCE_TOO_LARGE, told))
    for certificate in helpers[:MAX_CHAINED]:
        try:
            path = validate_path(certificate, anchors=anchors, pool=pool, at=at, purpose=Purpose.ANY, links=links)
        except TrustError:
            continue
        # an anchor's revocation is nobody's to say
        reached.update(zip(path.certificates, path.certificates[1:], strict=False))
    return reached
