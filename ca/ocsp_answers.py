"""Answering OCSP requests, octets to octets: from prepared answers without any key, or signing each one.

`PreparedAnswers` serves processes without keys: it hands out what `ca.ocsp_publication` signed, as long as the register still
says the same, and otherwise says ``unauthorized`` (nothing can be said of it here) or ``tryLater`` (its answer is being made
anew), as RFC 5019 2.2.3 has it for such responders. `LiveAnswers` holds the responder's key: every request gets an answer of
this moment that repeats its nonce.

    answer = answers.ready(request) or answers.answer(request)    # `answer` may wait for the store
    answer.body, answer.next_update
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from ca.ocsp_mirror import RegisterMirror
from ca.ocsp_responder import AuthorityIndex, Question
from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding.remembered import remembering
from trustkit.error_family import Family
from trustkit.errors import TrustError
from trustkit.store import certificates
from trustkit.store.certificates import SERIAL_OCTETS, serial_text
from trustkit.store.ocsp_answers import find_standing, find_word
from trustkit.x509.ocsp_build import assemble_ocsp_response, error_response
from trustkit.x509.ocsp_request import OcspRequest, parse_ocsp_request
from trustkit.x509.ocsp_response import ResponseStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ca.ocsp_responder import OcspAuthority, OcspResponder
    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.ocsp_answers import KeptAnswer, RegisterWord, Standing
    from trustkit.store.unit_of_work import ReadUnit

    _Words = dict[int, RegisterWord | None]

REMEMBERED: Final = 65_536  # prepared answers in memory, some 2 KiB each
REMEMBERED_WORDS: Final = 131_072  # of the register about what was issued, some 750 octets each
RELOAD_SECONDS: Final = 30.0  # how soon a renewed responder's certificate is noticed
MAX_KEY_SIZE: Final = 512  # octets of a request that is remembered; a request for one certificate has about 120


@dataclass(frozen=True, slots=True)
class OcspHttpAnswer:
    """A response and the times a cache goes by, None when it must not be kept."""

    body: bytes = field(repr=False)
    this_update: datetime | None = None
    next_update: datetime | None = None


_ERRORS: Final = {
    status: OcspHttpAnswer(error_response(status))
    for status in ResponseStatus
    if status is not ResponseStatus.SUCCESSFUL
}
MALFORMED: Final = _ERRORS[ResponseStatus.MALFORMED_REQUEST]
UNAUTHORIZED: Final = _ERRORS[ResponseStatus.UNAUTHORIZED]
TRY_LATER: Final = _ERRORS[ResponseStatus.TRY_LATER]
INTERNAL_ERROR: Final = _ERRORS[ResponseStatus.INTERNAL_ERROR]


class OcspAnswers(Protocol):
    """What the HTTP doors ask."""

    def ready(self, request: bytes) -> OcspHttpAnswer | None:
        """Return the answer when it can be had without waiting for a lock, another thread or a server, else None."""
        ...

    def answer(self, request: bytes) -> OcspHttpAnswer:
        """Return the answer to the octets of a request, an OCSP error included. Never raises for a request."""
        ...


class _Reloaded:
    """Values loaded anew when they are older than RELOAD_SECONDS."""

    __slots__ = ("_clock", "_load", "_loaded_at", "_value")

    def __init__(self, clock: Clock, load: Callable[[], AuthoritySet]) -> None:
        self._clock = clock
        self._load = load
        self._loaded_at = 0.0
        self._value: AuthoritySet | None = None

    @property
    def young(self) -> bool:
        """Whether what is loaded needs no loading anew."""
        return self._value is not None and self._clock.monotonic() - self._loaded_at <= RELOAD_SECONDS

    def peek(self) -> AuthoritySet | None:
        """Return what is loaded, however old."""
        return self._value

    def get(self) -> AuthoritySet:
        """Return what is loaded, young enough. Raise what loading raises when nothing was loaded before."""
        if self._value is None or not self.young:
            self._value, self._loaded_at = self._load(), self._clock.monotonic()
        return self._value


@dataclass(frozen=True, slots=True)
class AuthoritySet:
    """The authorities of a process by CertID, and the responders that sign for them; none without keys."""

    index: AuthorityIndex
    responders: dict[OcspAuthority, OcspResponder]

    def asked(self, request: OcspRequest) -> OcspResponder | None:
        """Return the responder of the first authority a request names, None when it names none of these."""
        named = (self.index.find(cert_id) for cert_id in request.cert_ids)
        first = next((each for each in named if each is not None), None)
        return None if first is None else self.responders.get(first)


def _refusal(error: TrustError) -> OcspHttpAnswer:
    if error.code.family is Family.UNREACHABLE:
        return TRY_LATER
    return INTERNAL_ERROR


def _read_once(request: bytes) -> OcspRequest | None:
    """Return what was asked, None for what is no request that can be answered."""
    try:
        parsed = parse_ocsp_request(request)
    except TrustError:
        return None
    return parsed if parsed.takes_basic else None


# `ready` and `answer` ask after each other
_read: Final = remembering(_read_once, entries=256, largest=MAX_KEY_SIZE)


class PreparedAnswers:
    """Hands out prepared answers; holds no key. `authorities` names those it answers for, loaded anew now and then."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        authorities: Callable[[], tuple[OcspAuthority, ...]],
        *,
        size: int = REMEMBERED,
    ) -> None:
        self._database = database
        self._clock = clock
        self._set = _Reloaded(clock, lambda: AuthoritySet(AuthorityIndex(authorities()), {}))
        self._mirror: RegisterMirror[OcspHttpAnswer] = RegisterMirror(database, clock, size=size)

    def ready(self, request: bytes) -> OcspHttpAnswer | None:
        """See `OcspAnswers.ready`."""
        found = None if self._mirror.stale else self._remembered(request)
        if found is not None or not self._set.young:
            return found
        parsed = _read(request)
        if parsed is None:
            return MALFORMED
        try:
            with self._database.reading_at_once() as unit:
                seen = None if unit is None else self._mirror.renew_at_once(unit)
                if unit is None or seen is None:
                    return None
                return self._remembered(request) or self._from_store(unit, request, parsed, seen)
        except TrustError:
            return None

    def _remembered(self, request: bytes) -> OcspHttpAnswer | None:
        found = self._mirror.get(request)
        if found is None or found.next_update is None or found.next_update <= self._clock.now():
            return None
        return found

    def answer(self, request: bytes) -> OcspHttpAnswer:
        """See `OcspAnswers.answer`. A nonce is not repeated, as nothing can be signed here (RFC 5019 4)."""
        parsed = _read(request)
        if parsed is None:
            return MALFORMED
        try:
            self._mirror.renew()
            found = self._remembered(request)
            if found is not None:
                return found
            self._set.get()  # before the store is asked: what it loads asks the store itself
            seen = self._mirror.seen
            with self._database.reading() as unit:
                return self._from_store(unit, request, parsed, seen)
        except TrustError as error:
            return _refusal(error)

    def _from_store(self, unit: ReadUnit, request: bytes, parsed: OcspRequest, seen: int) -> OcspHttpAnswer:
        wanted = parsed.cert_ids[0]
        authority = self._set.get().index.find(wanted)
        if authority is None or len(parsed.cert_ids) != 1:  # RFC 5019 2.1.1: one certificate a request
            return UNAUTHORIZED
        serial = serial_text(wanted.serial)
        standing = find_standing(unit, serial)
        if standing is None or not authority.has_issued(standing.word):
            return UNAUTHORIZED
        kept = standing.answer
        if kept is None or kept.next_update <= self._clock.now():
            return _without_answer(standing, self._clock.now())
        responder = certificates.get(unit, kept.responder).der
        answer = OcspHttpAnswer(_whole(kept, responder or b""), kept.this_update, kept.next_update)
        if len(request) <= MAX_KEY_SIZE and parsed.nonce is None:  # nobody asks with the same nonce again
            self._mirror.put(request, serial, answer, seen=seen)
        return answer


def _without_answer(standing: Standing, now: datetime) -> OcspHttpAnswer:
    """Nothing is prepared for certificates that have expired (RFC 5019 2.2.3); for others it is about to be."""
    expired = standing.word.not_after is not None and standing.word.not_after <= now
    return UNAUTHORIZED if expired else TRY_LATER


def _whole(kept: KeptAnswer, responder: bytes) -> bytes:
    return assemble_ocsp_response(kept.tbs, SignatureSuite(kept.suite), kept.signature, certificates=(responder,))


class LiveAnswers:
    """Signs each answer when it is asked for. `responders` gives one for each key of each authority, loaded anew now and then."""

    def __init__(self, database: Database, clock: Clock, responders: Callable[[], tuple[OcspResponder, ...]]) -> None:
        self._database = database
        self._clock = clock
        self._set = _Reloaded(clock, lambda: _set_of(responders()))
        self._mirror: RegisterMirror[RegisterWord] = RegisterMirror(database, clock, size=REMEMBERED_WORDS)

    def ready(self, request: bytes) -> OcspHttpAnswer | None:
        """See `OcspAnswers.ready`: a row of an embedded store costs less than the signature, and no more than handing it over.

        A key in a module is waited for, so nothing it signs is ready.
        """
        loaded = self._set.peek()
        if loaded is None or not self._set.young:
            return None
        parsed = _read(request)
        if parsed is None:
            return MALFORMED
        responder = loaded.asked(parsed)
        if responder is None:
            return UNAUTHORIZED
        if not responder.is_prompt:
            return None
        try:
            words = self._words_at_once(parsed)
        except TrustError:
            return None
        return None if words is None else self._sign(loaded, responder, parsed, words)

    def answer(self, request: bytes) -> OcspHttpAnswer:
        """See `OcspAnswers.answer`."""
        parsed = _read(request)
        if parsed is None:
            return MALFORMED
        try:
            loaded = self._set.get()
            responder = loaded.asked(parsed)
            if responder is None:  # strangers' numbers are not looked up
                return UNAUTHORIZED
            self._mirror.renew()
            words = self._remembered(parsed)
            if words is None:
                seen = self._mirror.seen
                with self._database.reading() as unit:
                    words = self._words(unit, parsed, seen)
            return self._sign(loaded, responder, parsed, words)
        except TrustError as error:
            return _refusal(error)

    def _words_at_once(self, parsed: OcspRequest) -> _Words | None:
        """Return the register's words about what is asked, None when somebody would be waited for."""
        words = None if self._mirror.stale else self._remembered(parsed)
        if words is not None:
            return words
        with self._database.reading_at_once() as unit:
            seen = None if unit is None else self._mirror.renew_at_once(unit)
            return None if unit is None or seen is None else self._words(unit, parsed, seen)

    def _remembered(self, parsed: OcspRequest) -> _Words | None:
        words: _Words = {}
        for cert_id in parsed.cert_ids:
            found = self._mirror.get(cert_id.serial)
            if found is None and _may_be_issued(cert_id.serial):
                return None
            words[cert_id.serial] = found
        return words

    def _words(self, unit: ReadUnit, parsed: OcspRequest, seen: int) -> _Words:
        return {each.serial: self._word(unit, each.serial, seen) for each in parsed.cert_ids}

    def _word(self, unit: ReadUnit, number: int, seen: int) -> RegisterWord | None:
        """Return the register's word about a serial number.

        What nobody issued is not remembered: there is no end of it. Nor is what does not say by which key, which is made up
        for without an event.
        """
        word = self._mirror.get(number)
        if word is None and _may_be_issued(number):
            serial = serial_text(number)
            word = find_word(unit, serial)
            if word is not None and word.authority_key is not None:
                self._mirror.put(number, serial, word, seen=seen)
        return word

    def _sign(
        self, loaded: AuthoritySet, responder: OcspResponder, parsed: OcspRequest, words: _Words
    ) -> OcspHttpAnswer:
        """Sign for the first authority named; what belongs to another is unknown to its responder (RFC 6960 2.2)."""
        now = self._clock.now()
        questions = [
            Question(
                cert_id=cert_id,
                word=words[cert_id.serial],
                ours=loaded.index.find(cert_id) == responder.authority,
            )
            for cert_id in parsed.cert_ids
        ]
        try:
            body = responder.answer(questions, at=now, nonce=parsed.nonce)
            return OcspHttpAnswer(body, now, responder.ends(now)) if parsed.nonce is None else OcspHttpAnswer(body)
        except TrustError as error:
            return _refusal(error)


def _may_be_issued(number: int) -> bool:
    """Tell whether a serial number can be in the register: strangers' longer ones are not looked up."""
    return 0 < number < 1 << 8 * SERIAL_OCTETS


def _set_of(responders: tuple[OcspResponder, ...]) -> AuthoritySet:
    index = AuthorityIndex(each.authority for each in responders)
    return AuthoritySet(index, {each.authority: each for each in responders})
