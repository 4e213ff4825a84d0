"""An application that is made when it is first asked, or a moment after the start: what a service needs for its first answers comes first."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from trustkit.app.loading import loading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

AFTER_SECONDS: Final = 1.0  # for those who waited for the start


class Later:
    """Stands for what `make` returns; what that enters is left at the end of `made_soon`. Safe in several threads: it is made once."""

    def __init__(self, make: Callable[[ExitStack], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._over = ExitStack()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        made = self._made
        await (made if made is not None else await run_in_threadpool(self.made))(scope, receive, send)

    def made(self) -> ASGIApp:
        """Return it, made now unless it was."""
        with self._lock:
            if self._made is None:
                with loading():
                    self._made = self._make(self._over)
            return self._made

    @contextmanager
    def made_soon(self) -> Iterator[None]:
        """Make it within the block, if that lasts long enough, so that nobody has to wait for it."""
        waiting = threading.Timer(AFTER_SECONDS, self.made)
        waiting.start()
        with self._over:
            try:
                yield
            finally:
                waiting.cancel()
                waiting.join()
