"""A name service of a test's own: every name is this machine, and TXT records are what the test says."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def name_service(
    texts: dict[str, tuple[str, ...]] | None = None,
    *,
    address: str = "127.0.0.1",
    caa: dict[str, tuple[str, ...]] | None = None,
) -> Iterator[str]:
    """Yield ``HOST:PORT`` of a running name service; `texts` and `caa` may be changed while it runs."""
    records = texts if texts is not None else {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(0.2)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    data, peer = bound.recvfrom(4096)
                except TimeoutError:
                    continue
                bound.sendto(_answer(data, records, address, caa or {}), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{bound.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def _answer(data: bytes, records: dict[str, tuple[str, ...]], address: str, caa: dict[str, tuple[str, ...]]) -> bytes:
    query = dns.message.from_wire(data)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    if question.rdtype == dns.rdatatype.A:
        answer.answer.append(dns.rrset.from_text(question.name, 1, "IN", "A", address))
    if question.rdtype == dns.rdatatype.TXT and name in records:
        answer.answer.append(
            dns.rrset.from_text(question.name, 1, "IN", "TXT", *(f'"{text}"' for text in records[name]))
        )
    if question.rdtype == dns.rdatatype.CAA and name in caa:
        answer.answer.append(dns.rrset.from_text(question.name, 1, "IN", "CAA", *caa[name]))
    return answer.to_wire()
