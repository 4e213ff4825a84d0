"""Time stamps a second through the ASGI handler: request parsed, token signed and verified, told in the trail, durable.

    .venv/bin/python -m benchmarks.tsa [SECONDS]

Many clients ask at once, as they do of a service; the limit is per core, so processor time of the whole process counts.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from ca.clock_guard import ClockGuard
from ca.stamp_queue import StampQueue
from ca.stamp_serials import StampSerials
from ca.stamping import ACCURACY, TimestampAuthority
from ca.stamping_api import QUERY, tsa_router
from trustkit.audit.trail import last_sequence
from trustkit.clock import SystemClock
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.store.database import open_database
from trustkit.timestamp.request import TimestampRequest, build_request
from trustkit.timestamp.response import parse_response
from trustkit.x509 import build
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.extensions import standard_extensions
from trustkit.x509.name import Name

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from trustkit.custody.port import Signer
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate

WANTED: Final = 1500.0
CLIENTS: Final = 128
_OK: Final = 200


def certificate_of(signer: Signer) -> Certificate:
    """Return a time-stamping certificate of a key, signed by itself."""
    name = Name.build(country="CN", organisation="示范局", common_name="时间戳")
    now = SystemClock().now().replace(microsecond=0)
    tbs = build.build_tbs_certificate(
        build.CertificateSpec(
            serial=1,
            suite=signer.suite,
            issuer_der=name,
            subject_der=name,
            spki=signer.public_key.spki,
            not_before=now - timedelta(days=1),
            not_after=now + timedelta(days=1),
            extensions=standard_extensions(
                key_identifier=signer.public_key.identifier,
                authority_identifier=None,
                ca=False,
                usage=("digitalSignature", "nonRepudiation"),
                purposes=("timeStamping",),
            ),
        )
    )
    return parse_certificate(build.assemble_certificate(tbs, signer.suite, signer.sign(tbs)))


def queue_over(database: Database) -> StampQueue:
    """Return a queue of a new SM2 authority."""
    clock = SystemClock()
    signer = generate_key(KeyKind.SM2).signer()
    authority = TimestampAuthority(
        database=database,
        guard=ClockGuard(clock=clock, floor=clock.now(), tolerance=ACCURACY),
        serials=StampSerials(database=database, block=1000),
        signer=signer,
        certificate=certificate_of(signer),
        chain=(),
    )
    authority.prove()
    return StampQueue(make=lambda: authority, clock=clock)


async def ask(app: FastAPI, body: bytes) -> bytes:
    """Send one query through the application, without a client library's cost."""
    answer = bytearray()
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            answer.extend(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/tsa",
        "raw_path": b"/v1/tsa",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", QUERY.encode()), (b"content-length", str(len(body)).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    if status != _OK:
        sys.exit(f"tsa: status {status}")
    return bytes(answer)


async def measure(app: FastAPI, seconds: float) -> int:
    """Ask from CLIENTS sides at once for some seconds; return how many tokens were had, the last of each side checked."""
    end = time.perf_counter() + seconds

    async def client() -> int:
        done = 0
        while time.perf_counter() < end:
            request = TimestampRequest(
                imprint_algorithm=DigestAlgorithm.SM3, imprint=secrets.token_bytes(32), nonce=secrets.randbits(63)
            )
            reply = await ask(app, build_request(request))
            done += 1
        parse_response(reply, request)
        return done

    return sum(await asyncio.gather(*(client() for _ in range(CLIENTS))))


def main(seconds: float) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place, open_database(f"sqlite:///{Path(place) / 's.db'}") as database:
        database.migrate()
        queue = queue_over(database)
        app = FastAPI()
        app.include_router(tsa_router({"sm2": queue}))
        asyncio.run(measure(app, seconds / 4))
        wall, processor = time.perf_counter(), time.process_time()
        tokens = asyncio.run(measure(app, seconds))
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        queue.close()
        with database.reading() as unit:
            told = last_sequence(unit)
    if told < tokens:
        sys.exit(f"tsa: {tokens} tokens and {told} entries in the trail")
    for name, rate in (
        ("tokens through the handler, in the trail", tokens / processor),
        ("the same by wall clock", tokens / wall),
    ):
        print(f"{name:<42} {rate:9.0f} /s   wanted {WANTED:6.0f} /s/core   ratio {rate / WANTED:6.2f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 6.0)
