"""Signing PDF files: by the authority's seal, told to the trail, or by keys of one's own.

    with open_desk(who, order, passphrase) as desk:
        signed = desk.sign(octets)

A desk is opened once and signs one file or many. What it hands out has been read and verified again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from esign.pdf.archive import ArchiveOrder, add_archive_stamp
from esign.pdf.message import longest_signature
from esign.pdf.prepare import prepare_pdf
from esign.pdf.request import DEFAULT_TIMESTAMP_ROOM, PdfForm, SigningRequest
from esign.pdf.sealing import with_seal
from esign.pdf.sign import complete_pdf
from trustkit.app.algorithms import algorithm_policy
from trustkit.app.archive_stamps import HomeStamper, RemoteStamper
from trustkit.app.electronic_seal import electronic_seal, ordered_seals
from trustkit.app.engine import settle_engine
from trustkit.app.keys import KeyName
from trustkit.app.one_of_many import attempted
from trustkit.app.page_reader import PageReader
from trustkit.app.parties import Party, home_party, own_party
from trustkit.app.pdf_order import PdfLevel
from trustkit.app.seal_order import SealFacts
from trustkit.app.signing_evidence import MAX_UNITS, Evidence, SigningEvidence, WatchedStamper, read_evidence
from trustkit.app.signing_in_turn import SigningInTurn
from trustkit.app.signing_keys import signing_keys
from trustkit.app.signing_trail import SigningTrail
from trustkit.app.stamping import desk_stamps
from trustkit.app.verification import own_verification, verification_for
from trustkit.app.verify_request import VerifyRequest
from trustkit.app.wiring import open_authority, open_if_home
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from esign.pdf.placement import PageText
    from esign.seal.verify import IntactSeal
    from trustkit.app.archive_stamps import Stamper
    from trustkit.app.authority import Authority
    from trustkit.app.opened import OpenedHome
    from trustkit.app.pdf_order import PdfOrder, WhoSigns
    from trustkit.clock import Clock
    from trustkit.custody.passphrase import Passphrase
    from trustkit.x509.certificate import Certificate
    from verifier.service import VerificationService

_TOKEN_REST = 1024  # octets of a token beside certificates and signature: TSTInfo, attributes, names, algorithms


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfDesk:
    """Signs by one order.

    Attributes:
        evidence: the newest there is for a file, asked for with each of B-LT and B-LTA.
        electronic: finds the electronic seal of a wish for a certificate, as of a time.
        is_short: whether a signed file lacks some for its stamps, which the next will be for.
        judge: the verification that B-LT and B-LTA are held against, offline.
        words: finds what a seal stands beside.
        archive: who makes the archive time stamps of B-LTA.
        trail: who is told of the seal's signatures, None for keys of one's own.
        together: a block in which stamps wait for each other; nothing of it leaves before its end.
    """

    order: PdfOrder
    parties: tuple[Party, ...]
    clock: Clock
    evidence: Callable[[bytes], Evidence]
    judge: VerificationService
    words: PageText
    archive: Stamper | None
    electronic: Callable[[str | None, Certificate, datetime], bytes]
    is_short: Callable[[bytes], bool] = lambda _: False
    trail: SigningTrail | None = None
    together: Callable[[], AbstractContextManager[object]] = nullcontext

    def sign(self, octets: bytes) -> bytes:
        """Return the file signed by every party in turn.

        Raises:
            TrustError: what `esign.pdf.sign.sign_pdf` raises; PDF_EVIDENCE when B-LT was ordered and what is inside does not
                suffice to judge the file; what the trail raises.
        """
        (made,) = self.sign_all((octets,))
        if isinstance(made, TrustError):
            raise made
        return made

    def sign_all(self, files: Sequence[bytes]) -> tuple[bytes | TrustError, ...]:
        """Return each file signed, or why it is not; what the trail is told of all is told together.

        Raises:
            TrustError: what the trail and the store raise. Nothing is signed then, or nothing of it may be used.
        """
        names: dict[int, str] = {}  # of those whose intent was told
        with self.together():
            made = self._signed(files, names)
            if self.order.level.complete:
                made = [attempted(self._completed, original, each) for original, each in zip(files, made, strict=True)]
        if self.trail is not None:
            self.trail.conclude((name, made[index]) for index, name in names.items())
        return tuple(made)

    def _signed(self, files: Sequence[bytes], names: dict[int, str]) -> list[bytes | TrustError]:
        """Return each file signed by all, not complete yet, or why it is not; put into `names` whose intent was told."""
        signing = SigningInTurn(
            parties=len(self.parties),
            request=self.request,
            prepare=prepare_pdf,
            complete=complete_pdf,
            trail=self.trail,
        )
        return signing.sign(files, names)

    def _completed(self, original: bytes, signed: bytes | TrustError) -> bytes | TrustError:
        """Return the file complete, or why it is not; signed once more while stamps came of units nothing was inside about."""
        for _ in range(MAX_UNITS + 1):
            if isinstance(signed, TrustError):
                return signed
            if not self.is_short(signed):
                found = attempted(self._complete, signed)
                if isinstance(found, bytes) or not self.is_short(signed):  # an archive stamp may be of one more unit
                    return found
            (signed,) = self._signed((original,), {})
        return TrustError(ErrorCode.PDF_EVIDENCE, "the authority stamps by more units than a file is signed again for")

    def request(self, octets: bytes, number: int) -> SigningRequest:
        """Return what is asked of the party of that number (from 0) about a file, as the one before left it.

        Raise what placing the seal and choosing the evidence raise.
        """
        order, party = self.order, self.parties[number]
        plain = order.level is PdfLevel.B_B
        # all that is needed for every party lies under the first one's signature
        inside = self.evidence(octets) if order.level.complete and number == 0 else Evidence()
        request = SigningRequest(
            pdf=octets,
            signer=party.signer,
            certificate=party.certificate,
            chain=party.chain,
            signing_time=self.clock.now(),
            form=order.form,
            evidence_certificates=inside.certificates,
            crls=inside.crls,
            ocsp_responses=inside.ocsp_responses,
            timestamp=None if plain else party.stamp,
            timestamp_room=party.stamp_room or DEFAULT_TIMESTAMP_ROOM,
            timestamp_url=party.stamp_url,
            certification=order.certification if number == 0 else None,
            lock=order.lock if number == len(self.parties) - 1 else None,
            field_name=order.fields[number] if order.fields else None,
            existing_field=bool(order.fields),
            name=party.certificate.common_name,
            reason=order.reason,
            location=order.location,
            contact=order.contact,
        )
        return self._sealed(request, number, party)

    def _sealed(self, request: SigningRequest, number: int, party: Party) -> SigningRequest:
        """Return the request with the seal that was ordered for this signer, if any."""
        if number >= len(self.order.seals):
            return request
        wish = self.order.seals[number]
        if wish.shape is None:
            seal = self.electronic(wish.electronic, party.certificate, request.signing_time)
            return with_seal(replace(request, seal=seal), wish.electronic_order(seal), self.words)
        facts = SealFacts(
            name=party.seal_name, at=request.signing_time, reason=request.reason, location=request.location
        )
        return with_seal(request, wish.seal_order(facts), self.words)

    def _complete(self, signed: bytes) -> bytes:
        """Return the file whose new signatures pass without anything from outside it, archived when B-LTA was ordered.

        Raise PDF_EVIDENCE; what `esign.pdf.archive.add_archive_stamp` raises.
        """
        self._require_passing(signed, len(self.parties))
        if self.order.level is not PdfLevel.B_LTA or self.archive is None:
            return signed
        # the evidence is inside already, under the signatures
        order = ArchiveOrder(pdf=signed, digest_algorithm=self.archive.algorithm, stamp=self.archive.stamp)
        archived = add_archive_stamp(order)
        self._require_passing(archived, len(self.parties) + 1)
        return archived

    def _require_passing(self, octets: bytes, newest: int) -> None:
        """Raise PDF_EVIDENCE unless so many of the newest signatures pass offline."""
        verdict = self.judge.judge(Submission(name="self-check", data=octets))
        for each in verdict.signatures[-newest:]:
            found = each.conclusion
            if found.indication is not Indication.TOTAL_PASSED:
                sub = found.sub_indication.value if found.sub_indication is not None else ""
                told = f"offline the signature is {found.indication.value}"
                raise TrustError(ErrorCode.PDF_EVIDENCE, told, sub_indication=sub)


@contextmanager
def open_desk(who: WhoSigns, order: PdfOrder, passphrase: Callable[[], Passphrase]) -> Iterator[PdfDesk]:
    """Give the desk for as long as the block lasts; the passphrase is asked for when the first key is opened.

    Raises:
        TrustError: USAGE for an order these signers cannot carry out; HOME_*, OWN_CERTIFICATE, PASSPHRASE_*, KEY_* and what
            reading certificates, anchors and evidence raises.
    """
    who.require_fit(order)
    with ExitStack() as stack:
        words = stack.enter_context(PageReader())
        if who.are_own:
            yield _own_desk(who, order, passphrase, words, stack)
        else:
            yield _seal_desk(
                stack.enter_context(open_authority(who.home, operator=who.acting)), order, passphrase, words
            )


def _seal_desk(home: Authority, order: PdfOrder, passphrase: Callable[[], Passphrase], words: PageText) -> PdfDesk:
    home.require_fit_to_sign(KeyName.SEAL, KeyName.TIMESTAMP)
    keys = home.unlock(passphrase())
    stamping = desk_stamps(home, keys)
    seal, above = home.certificate(KeyName.SEAL), home.authorities.above
    ends = (seal, stamping.certificate, *(each.maker for each in _seals(home, order, (seal,), home.clock.now())))
    judged = tuple(each for end in ends for each in (end, *above(end)))
    # of the issuing CA the current certificate too, whose key signs its lists: the seal's may be of an earlier key
    inside = (home.certificate(KeyName.ROOT), home.certificate(KeyName.ISSUING), *judged)
    carried = sum(len(each.der) + len(each.issuer_der) for each in (stamping.certificate, *stamping.chain))
    publications = home.publications()
    party = replace(
        home_party(home, keys, stamping),
        stamp_room=carried + longest_signature(stamping.certificate.public_key) + _TOKEN_REST,
    )
    return PdfDesk(
        order=order,
        parties=(party,),
        clock=home.clock,
        evidence=lambda _: Evidence(
            certificates=tuple(each.der for each in inside), crls=publications.crls_about(judged)
        ),
        judge=own_verification(home),
        words=words,
        archive=HomeStamper(authority=stamping, operator=home.operator),
        electronic=partial(electronic_seal, home),
        trail=SigningTrail(home=home, form=order.form.value, level=order.level.value, certificate=seal),
        together=stamping.together,
    )


def _own_desk(
    who: WhoSigns, order: PdfOrder, passphrase: Callable[[], Passphrase], words: PageText, stack: ExitStack
) -> PdfDesk:
    settle_engine("auto", production=False)
    rules, clock = algorithm_policy(who.home), SystemClock()
    asked = stack.enter_context(who.stamp.authority()) if who.stamp is not None else None
    keys = signing_keys(who, passphrase, clock, home=who.home)
    judge = verification_for(VerifyRequest(home=who.home, trust=who.trust, offline=True), None)
    parties = tuple(own_party(key, asked, rules, clock) for key in keys)
    home = stack.enter_context(open_if_home(who.home, required=False))
    evidence = SigningEvidence(
        at_hand=read_evidence((*who.trust, *who.evidence)) if order.level.complete else (),
        signers=tuple((party.certificate, *party.chain) for party in parties),
        stamp=None if asked is None else asked.stamp,
        judge=judge,
        seals=_seals(home, order, [party.certificate for party in parties], clock.now()),
    )
    archive: Stamper | None = None
    if asked is not None and order.level.complete:
        parties = tuple(replace(party, stamp=evidence.stamped) for party in parties)
        archive = WatchedStamper(
            stamper=RemoteStamper(url=asked.url, algorithm=asked.algorithm, policy=asked.policy), evidence=evidence
        )
    return PdfDesk(
        order=order,
        parties=parties,
        clock=clock,
        evidence=evidence.of,
        judge=judge,
        archive=archive,
        electronic=partial(electronic_seal, home),
        is_short=evidence.is_short,
        words=words,
    )


def _seals(
    home: OpenedHome | None, order: PdfOrder, certificates: Sequence[Certificate], at: datetime
) -> tuple[IntactSeal, ...]:
    """Return the electronic seals that were ordered, where the file is to carry what shows them good. Raise as `ordered_seals`."""
    if order.form is not PdfForm.SEAL or not order.level.complete:
        return ()
    return ordered_seals(home, [wish.electronic for wish in order.seals], certificates, at)
