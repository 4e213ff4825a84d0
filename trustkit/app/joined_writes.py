"""The head of an answer and its body, written as one: each write is a call of the system, and wakes who reads.

uvicorn writes the head as soon as it knows it, and the body after it. Here a write waits for what follows in the same turn of the event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio


class JoinedWrites:
    """A transport whose writes of one turn of the loop are one write; everything else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the transport's own type
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, together with what came before in this turn; what nothing follows goes at the end of the turn."""
        if self._held:
            data, self._held = self._held + data, b""
            self._transport.write(data)
        elif data:
            self._held = data
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        """Write what is held, and close once that is out."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        data, self._held = self._held, b""
        if data and not self._transport.is_closing():
            self._transport.write(data)
