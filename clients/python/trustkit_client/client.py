"""The client that waits: `Client`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import httpx

from trustkit_client import calls
from trustkit_client.batch import MAX_ANSWER, AnswerLines, portions
from trustkit_client.clock import Clock
from trustkit_client.conversation import Answer, Conversation, Lost, Wait
from trustkit_client.errors import UnreachableError
from trustkit_client.http import (
    headers_of,
    lost_by,
    request_for,
    require_address,
    require_language,
    require_room,
    timeouts,
)
from trustkit_client.patience import Patience

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date, datetime
    from types import TracebackType
    from typing import Self

    from trustkit_client.catalogue import LicenceStatus, LicenceType
    from trustkit_client.conversation import Outcome, Send, Step, Talk
    from trustkit_client.documents import Source
    from trustkit_client.patience import Left
    from trustkit_client.presentations import PresentationVerdict
    from trustkit_client.results import BundleVerdict, LineRefusal, Verdict
    from trustkit_client.tokens import TokenRequest

_Answered = TypeVar("_Answered")


class Client:
    """Asks one service. Safe to share between threads; close it, or use it in a `with`.

    Every method raises RefusedError, UnreachableError, AnswerError, and UsageError for what cannot be asked.
    """

    def __init__(
        self,
        url: str,
        *,
        tokens: TokenRequest | None = None,
        language: str = "en",
        tls: ssl.SSLContext | None = None,
        seconds: float = 60.0,
        patience: Patience | None = None,
        keep_answers: bool = True,
        trust_env: bool = True,
        in_clear: bool = False,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Set up; nothing is sent.

        Args:
            url: the service's address.
            tokens: where tokens come from, where the service asks for them.
            language: of messages and remedies, `zh` or `en`.
            tls: what is believed of the service, and the client's own certificate; the system's authorities where there is none.
            seconds: how long is waited for each piece of an answer.
            patience: how often calls are made again.
            keep_answers: whether a call with a token, but for `verify_many`, carries an Idempotency-Key: repeated, it is counted once, and the service keeps its answer for a day.
            trust_env: whether proxies of the environment are used.
            in_clear: whether plain http is taken to another machine, over which anybody on the way reads and answers; never with tokens.
            clock: reads the time.
            sleep: waits.

        Raises:
            UsageError: for an address that is none, and for plain http to another machine.
        """
        self._talk: Conversation[httpx.Response] = Conversation(
            base=require_address(url, in_clear=in_clear and tokens is None),
            language=require_language(language),
            patience=patience or Patience(),
            clock=clock or Clock(),
            tokens=tokens,
            keyed=keep_answers,
        )
        if tokens is not None:
            require_address(tokens.url)
        self._sleep = sleep
        self._http = httpx.Client(verify=tls or True, timeout=timeouts(seconds), trust_env=trust_env)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._talk.base!r})"

    @property
    def left(self) -> tuple[Left, ...]:
        """What the service said last of its limits."""
        return self._talk.left

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def verify(self, source: Source) -> Verdict:
        """Return the verdict on a file, octets, or the text of a credential or code."""
        return self._run(self._talk.answer(calls.verifying(source)))

    def verify_many(self, sources: Iterable[Source]) -> Iterator[Verdict | LineRefusal]:
        """Yield an answer for each document, in order and as they come; what is held does not grow with how many there are.

        A document without verdict is a `LineRefusal` and stops no other.
        """
        before = 0
        for lines, count in portions(sources):
            answers = AnswerLines(before=before, due=count)
            response = self._run(self._talk.open_batch(lines))
            try:
                for piece in response.iter_bytes():
                    yield from answers.feed(piece)
            except httpx.HTTPError as error:
                raise UnreachableError("the answers ended early") from error
            finally:
                response.close()
            answers.end()
            before += count

    def verify_bundle(
        self,
        sources: Iterable[Source],
        *,
        types: Iterable[str] = (),
        same_holder: bool = False,
        on: date | None = None,
        at: datetime | None = None,
    ) -> BundleVerdict:
        """Return one verdict on the licences of one matter: of these types, of one holder, in force on a day, as demanded."""
        call = calls.verifying_bundle(sources, types=types, same_holder=same_holder, on=on, at=at)
        return self._run(self._talk.answer(call))

    def verify_presentation(
        self,
        vp_token: Mapping[str, object],
        *,
        query: Mapping[str, object],
        audience: str,
        nonce: str,
        same_holder: bool = False,
        evidence: Iterable[bytes] = (),
    ) -> PresentationVerdict:
        """Return one verdict on what a wallet answered (OpenID4VP 1.0) to a query (DCQL) asked with `audience` (its `client_id`) and `nonce`."""
        call = calls.verifying_presentation(
            vp_token, query=query, audience=audience, nonce=nonce, same_holder=same_holder, evidence=evidence
        )
        return self._run(self._talk.answer(call))

    def report(self, source: Source, *, kind: str = "detailed", form: str = "json") -> bytes:
        """Return a report to hand on: `kind` simple, detailed or diagnostic, `form` json, xml, html or pdf."""
        return self._run(self._talk.answer(calls.reporting(source, kind, form)))

    def licence_status(self, identifier: str) -> LicenceStatus:
        """Return where a licence of this service stands."""
        return self._run(self._talk.answer(calls.licence_status(identifier)))

    def licence_types(self) -> tuple[LicenceType, ...]:
        """Return the catalogue of licence types."""
        return self._run(self._talk.answer(calls.licence_types()))

    def licence_type(self, name: str) -> LicenceType:
        """Return one licence type with all that is said of it."""
        return self._run(self._talk.answer(calls.licence_type(name)))

    def _run(self, talk: Talk[httpx.Response, _Answered]) -> _Answered:
        try:
            step = next(talk)
            while True:
                step = talk.send(self._do(step))
        except StopIteration as done:
            answered: _Answered = done.value
            return answered

    def _do(self, step: Step) -> Outcome[httpx.Response]:
        if isinstance(step, Wait):
            self._sleep(step.seconds)
            return None
        try:
            return self._send(step)
        except httpx.HTTPError as error:
            return Lost(lost_by(error))

    def _send(self, step: Send) -> Answer[httpx.Response]:
        response = self._http.send(self._http.build_request(**request_for(step)), stream=True)
        if step.streamed and response.is_success:
            return Answer(status=response.status_code, headers=headers_of(response), opened=response)
        try:
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                require_room(len(body), MAX_ANSWER)
        finally:
            response.close()
        return Answer(status=response.status_code, headers=headers_of(response), body=bytes(body))
