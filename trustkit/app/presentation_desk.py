"""Wallets asked, and their answers kept until the asker fetches them (OpenID4VP 1.0, ADR 0061).

    made = desk.ask(dcql, …, asker=asker)          # made.link for the wallet, made.key for the asker alone
    desk.answered(secret, posted)                  # the wallet's own call
    desk.opened(made.number, made.key, …)          # the answer, decrypted: judged by whoever asked for it

The key an answer is encrypted to is made here, handed to the asker, and forgotten: the store holds what nobody who reads it can read.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.app.verification import Asker
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.custody.sec1 import encode_sec1, parse_sec1
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.errors import TrustError
from trustkit.jose.claims import same_text
from trustkit.jose.encrypted import open_jwe, parse_jwe
from trustkit.jose.jwk import jwk_of
from trustkit.presentation_codes import PresentationCode
from trustkit.store import presentations
from trustkit.store.presentations import AnswerGiven, PresentationRow
from verifier.presentation import PresentedAnswer
from verifier.presentation_request import AskedOfWallet, kept_request, read_answer, request_link

if TYPE_CHECKING:
    from trustkit.clock import Clock
    from trustkit.custody.private_key import PrivateKey
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork
    from verifier.dcql.model import DcqlQuery
    from verifier.judgement.presentation import PresentationVerdict

ANSWERS: Final = "/v1/presentations/answers"
KEPT: Final = timedelta(minutes=10)  # an answer, from when it came
MAX_OPEN: Final = 10_000  # questions of one client at a time
MAX_KEPT: Final = 256 * 1024 * 1024  # octets of answers of one client at a time
MAX_KEY: Final = 512  # characters of a key in SEC 1 as base64url, which takes 162
ENTROPY: Final = 32  # octets of an address, a nonce, a way back
NUMBER: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRequest:
    """A question that was made: `number` names it, `key` opens its answer and is nowhere else, `link` goes to the wallet."""

    number: str
    key: str = field(repr=False)
    link: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationDesk:
    """Asks wallets for one home; for several threads and processes at once. `base_url` is where wallets reach it."""

    database: Database
    clock: Clock
    base_url: str
    entropy: Callable[[int], bytes] = secrets.token_bytes

    def ask(
        self,
        dcql: JsonValue,
        query: DcqlQuery,
        *,
        suite: str,
        same_holder: bool,
        way_back: str,
        lasting: timedelta,
        asker: Asker,
    ) -> MadeRequest:
        """Make a question. Raise PRESENTATION_LIMIT when the client has too many, INPUT_TOO_LARGE."""
        now, number = self.clock.now(), self.entropy(NUMBER).hex()
        place, nonce, state = (encode_base64url(self.entropy(ENTROPY)) for _ in range(3))
        asked = AskedOfWallet(
            dcql=dcql,
            query=query,
            answer_to=f"{self.base_url.rstrip('/')}{ANSWERS}/{place}",
            nonce=nonce,
            state=state,
            suite=suite,
            same_holder=same_holder,
            way_back=way_back,
        )
        key = generate_key(KeyKind.EC_P256)
        row = PresentationRow(
            presentation_id=number,
            client=_client(asker),
            asked=asked.to_json().decode("utf-8"),
            answer_sm3=_named(place),
            key_sm3=_sm3(key.public_key.spki),
            created_at=now,
            expires_at=now + lasting,
        )
        facts: dict[str, FactValue] = {
            "credentials": len(query.credentials),
            "expires_at": format_rfc3339(row.expires_at),
            "suite": suite,
        }
        with self.database.unit_of_work() as uow:
            if presentations.count_open(uow, row.client, now=now) >= MAX_OPEN:
                raise TrustError(PresentationCode.PRESENTATION_LIMIT, "questions of one client", limit=MAX_OPEN)
            presentations.add(uow, row)
            self._tell(uow, EventType.PRESENTATION_ASKED, number, asker, facts)
        return MadeRequest(
            number=number,
            key=encode_base64url(encode_sec1(key)),
            link=request_link(asked, jwk_of(key.public_key), key_id=number),
            expires_at=row.expires_at,
        )

    def answered(self, place: str, *, answer: str = "", refused: str = "", request_id: str = "") -> str:
        """Keep what a wallet sent, once; return where it is to send the person, empty for nowhere.

        Raises:
            TrustError: PRESENTATION_MISSING; PRESENTATION_ANSWERED the second time; JWE_MALFORMED for another question's answer, by what it says
                itself; PRESENTATION_LIMIT when the client has too much waiting; what `parse_jwe` raises.
        """
        named = parse_jwe(answer).key_id if answer else None
        now = self.clock.now()
        returned = encode_base64url(self.entropy(ENTROPY))
        with self.database.unit_of_work() as uow:
            row = presentations.find_by_answer(uow, _named(place), now=now)
            if row is None:
                raise _missing()
            if named is not None and named != row.presentation_id:  # clause 8.3; whether it opens, its asker finds out
                raise TrustError(PresentationCode.JWE_MALFORMED, "kid is not that of the key that was given")
            if presentations.count_octets(uow, row.client, now=now) + len(answer) > MAX_KEPT:
                raise TrustError(PresentationCode.PRESENTATION_LIMIT, "answers of one client", limit=MAX_KEPT)
            way_back = kept_request(row.asked.encode("utf-8")).way_back
            given = AnswerGiven(
                at=now,
                expires_at=now + KEPT,
                answer=answer.encode("ascii") or None,
                refused=refused,
                return_sm3=_named(returned) if way_back else "",
            )
            if not presentations.answer(uow, row.presentation_id, given):
                raise TrustError(PresentationCode.PRESENTATION_ANSWERED, "an answer came before")
            facts: dict[str, FactValue] = {"refused": refused} if refused else {"octets": len(answer)}
            self._tell(uow, EventType.PRESENTATION_ANSWERED, row.presentation_id, Asker(request_id=request_id), facts)
        return f"{way_back}#response_code={returned}" if way_back else ""

    def require_open(self, place: str) -> None:
        """Raise PRESENTATION_MISSING where no question is answered, before what came there is read."""
        with self.database.reading() as unit:
            if presentations.find_by_answer(unit, _named(place), now=self.clock.now()) is None:
                raise _missing()

    def look(self, number: str, *, asker: Asker) -> PresentationRow:
        """Return a question as it stands. Raise PRESENTATION_MISSING, also for another client's."""
        with self.database.reading() as unit:
            row = presentations.find(unit, number, now=self.clock.now())
        if row is None or row.client != _client(asker):
            raise _missing()
        return row

    def opened(self, number: str, key: str, *, response_code: str, asker: Asker) -> PresentedAnswer:
        """Return the answer of a question, decrypted with the asker's key.

        Raises:
            TrustError: PRESENTATION_MISSING, PRESENTATION_WAITING, PRESENTATION_REFUSED; PRESENTATION_KEY; PRESENTATION_RETURN where the person was
                sent back and somebody else asks; DECRYPTION_FAILED, PRESENTATION_STATE, VP_TOKEN_MALFORMED for what the wallet sent.
        """
        row = self.look(number, asker=asker)
        private = _key_of(key)
        if not same_text(_sm3(private.public_key.spki), row.key_sm3):
            raise TrustError(PresentationCode.PRESENTATION_KEY, "the key is of another question")
        if row.answered_at is None:
            raise TrustError(PresentationCode.PRESENTATION_WAITING, "no answer came yet")
        if row.return_sm3 and not same_text(_named(response_code), row.return_sm3):
            raise TrustError(PresentationCode.PRESENTATION_RETURN, "response_code is another")
        if row.answer is None:
            raise TrustError(PresentationCode.PRESENTATION_REFUSED, "the wallet did not answer", error=row.refused)
        asked = kept_request(row.asked.encode("utf-8"))
        jwe = parse_jwe(row.answer)
        shown = read_answer(open_jwe(jwe, private.ecdh_key().shared_secret(jwe.ephemeral.public_key)), asked)
        return PresentedAnswer(
            query=asked.query,
            shown=shown,
            audience=asked.client_id,
            nonce=asked.nonce,
            same_holder=asked.same_holder,
            algorithm=asked.algorithm.value,
            longest=self.clock.now() - row.created_at,
        )

    def judged(self, number: str, verdict: PresentationVerdict, *, asker: Asker) -> None:
        """Tell the trail what became of a question."""
        conclusion = verdict.conclusion
        facts: dict[str, FactValue] = {
            "credentials": len(verdict.shown),
            "indication": conclusion.indication.value,
        }
        if conclusion.sub_indication is not None:
            facts["sub_indication"] = conclusion.sub_indication.value
        with self.database.unit_of_work() as uow:
            self._tell(uow, EventType.PRESENTATION_JUDGED, number, asker, facts)

    def forget(self, number: str, *, asker: Asker) -> None:
        """Forget a question and its answer now. Raise PRESENTATION_MISSING."""
        self.look(number, asker=asker)
        with self.database.unit_of_work() as uow:
            if not presentations.drop(uow, number):
                raise _missing()
            self._tell(uow, EventType.PRESENTATION_FORGOTTEN, number, asker, {})

    def _tell(self, uow: UnitOfWork, kind: EventType, number: str, asker: Asker, facts: dict[str, FactValue]) -> None:
        event = AuditEvent(
            type=kind,
            at=self.clock.now(),
            actor=asker.actor,
            object_type="presentation",
            object_id=number,
            request_id=asker.request_id,
            facts={**asker.facts, **facts},
        )
        trail.record(uow, event)


def _key_of(text: str) -> PrivateKey:
    """Return the key an asker was given. Raise PRESENTATION_KEY for anything else: why is nobody's to learn."""
    if len(text) > MAX_KEY:
        raise TrustError(PresentationCode.PRESENTATION_KEY, "too long", limit=MAX_KEY)
    try:
        return parse_sec1(decode_base64url(text))
    except TrustError:
        raise TrustError(PresentationCode.PRESENTATION_KEY, "not a key of a question") from None


def _client(asker: Asker) -> str:
    return str(asker.facts.get("client", ""))


def _sm3(octets: bytes) -> str:
    return digest(DigestAlgorithm.SM3, octets).hex()


def _named(text: str) -> str:
    return _sm3(text.encode("utf-8", "surrogatepass"))


def _missing() -> TrustError:
    return TrustError(PresentationCode.PRESENTATION_MISSING, "no such question, or it is over")
