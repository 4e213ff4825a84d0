"""An application that is made when it is first asked, or a moment after the start: what a service needs for its first answers comes first."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from trustkit.app.loading import loading
from trustkit.app.logs import say
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

AFTER_SECONDS: Final = 1.0  # for those who waited for the start


_log = logging.getLogger("trustkit.app")


class Later:
    """Stands for what `make` returns; what that enters is left at the end of `made_soon`. Safe in several threads: it is made once.

    What could be wrong with settings is for whoever builds it to find before; what fails here fails for good, and `has_failed` says so.
    """

    def __init__(self, make: Callable[[ExitStack], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._over = ExitStack()
        self._lock = threading.Lock()
        self.has_failed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        made = self._made
        await (made if made is not None else await run_in_threadpool(self.made))(scope, receive, send)

    def made(self) -> ASGIApp:
        """Return it, made now unless it was. Raise BUG when it cannot be, now or before."""
        with self._lock:
            if self._made is None and not self.has_failed:
                self._made = self._tried()
            if self._made is None:
                raise TrustError(ErrorCode.BUG)
            return self._made

    def _tried(self) -> ASGIApp | None:
        with ExitStack() as entered, loading():
            try:
                made = self._make(entered)
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody who asks for a page is to be told
                self.has_failed = True
                code = error.code.value if isinstance(error, TrustError) else type(error).__name__
                say(_log, "service.unmade", logging.CRITICAL, code=code)
                _log.debug("unmade", exc_info=error)
                return None
            self._over.push(entered.pop_all())
        return made

    @contextmanager
    def made_soon(self) -> Iterator[None]:
        """Make it within the block, if that lasts long enough, so that nobody has to wait for it."""
        waiting = threading.Timer(AFTER_SECONDS, self._soon)
        waiting.start()
        with self._over:
            try:
                yield
            finally:
                waiting.cancel()
                waiting.join()

    def _soon(self) -> None:
        with suppress(TrustError):
            self.made()
