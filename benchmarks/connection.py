"""One HTTP connection that asks and waits, without a library between the measured server and the clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

FORM: Final = "application/x-www-form-urlencoded"


@dataclass
class Connection:
    """One connection that asks and waits."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    host: str

    async def ask(
        self, method: str, path: str, headers: str = "", form: dict[str, str] | None = None
    ) -> tuple[int, str, bytes]:
        """Return status, Location and body."""
        kind = "" if form is None else f"Content-Type: {FORM}\r\n"
        body = urlencode(form or {}).encode()
        status, fields, answer = await self.send(method, path, f"{kind}{headers}", body if form is not None else None)
        return status, fields.get("location", ""), answer

    async def send(
        self, method: str, path: str, headers: str = "", body: bytes | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body."""
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n{length}{headers}\r\n"
        self.writer.write(head.encode() + (body or b""))
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        if fields.get("transfer-encoding", "") == "chunked":
            return int(lines[0].split()[1]), fields, await self._chunks()
        answer = await self.reader.readexactly(int(fields.get("content-length", "0")))
        return int(lines[0].split()[1]), fields, answer

    async def _chunks(self) -> bytes:
        """Return a body that comes in pieces (RFC 9112 7.1)."""
        body = b""
        while size := int((await self.reader.readline()).partition(b";")[0], 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return body


async def connections_to(url: str, count: int) -> list[Connection]:
    """Return open connections to a server."""
    parts = urlsplit(url)
    pairs = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(count)]
    return [Connection(reader, writer, parts.netloc) for reader, writer in pairs]
