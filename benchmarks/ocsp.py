"""OCSP: answers a second, signed and prepared, and how soon a revocation shows, as ratios to the limits set for them.

    python -m benchmarks.ocsp [ENTRIES]

Over a register of ENTRIES certificates (1,000,000 unless told) in SQLite. Rates are per processor second of one core, through
the applications' ASGI handler, so an answer pays for everything but the socket. "Visible" is wall-clock from the commit of
the revocation to the first answer that does not say good any more, asked without a pause by another thread; the worst of
several.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ca.ocsp_answers import LiveAnswers, PreparedAnswers
from ca.ocsp_api import PATH, REQUEST_TYPE, OcspEndpoint, OcspFront
from ca.ocsp_publication import PAGE
from ca.ocsp_responder import OcspAuthority, OcspResponder
from tests.support.ocsp import make_responder
from tests.support.pki import PkiWorld
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import SystemClock
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.identity import SYSTEM
from trustkit.store import certificates, ocsp_answers
from trustkit.store.certificates import serial_text
from trustkit.store.database import Database, open_database
from trustkit.x509.ocsp_cert_id import make_cert_id
from trustkit.x509.ocsp_request import build_ocsp_request
from trustkit.x509.ocsp_response import CertStatus, parse_ocsp_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

ENTRIES: Final = 1_000_000
LIVE, PREPARED, COLD, VISIBLE = 3_000.0, 20_000.0, 3_000.0, 0.050
ROUNDS: Final = 9
SECONDS: Final = 1.0
ASKED: Final = 5_000  # certificates asked about, far more than a cache line of luck
FIRST: Final = 1 << 158
_FILL: Final = (
    "INSERT INTO certificates (serial, issuer, profile, subject, state, intent_at, issued_at, not_after, der, "
    "authority_key) VALUES (?, 'issuing', 'seal', 'CN=x', 'issued', ?, ?, ?, ?, ?)"
)


class Bench:
    """A register full of certificates, and both processes' applications over it."""

    def __init__(self, path: Path, database: Database, entries: int) -> None:
        self.database = database
        self.clock = SystemClock()
        self.world = PkiWorld()
        now = self.clock.now()
        self.delegate = make_responder(
            self.world,
            serial=FIRST,
            not_before=now.replace(year=now.year - 1),
            not_after=now.replace(year=now.year + 1),
        )
        moment = now.isoformat(timespec="microseconds").replace("+00:00", "Z")
        end = now.replace(year=now.year + 1).isoformat(timespec="microseconds").replace("+00:00", "Z")
        with closing(sqlite3.connect(path)) as connection:
            der, key = self.delegate.der, (self.delegate.certificate.authority_key_id or b"").hex()
            rows = ((serial_text(FIRST + n), moment, moment, end, der, key) for n in range(entries))
            connection.executemany(_FILL, rows)
            connection.commit()
        self.authority = OcspAuthority(name="issuing", certificate=self.world.issuing.certificate)

    def responder(self) -> OcspResponder:
        """Return the responder."""
        return OcspResponder(
            authority=self.authority,
            certificate=self.delegate.certificate,
            signer=self.delegate.signer,
            lifetime=timedelta(hours=24),
        )

    def prepare(self, numbers: range) -> float:
        """Sign the answers of some certificates in advance, as publication does; return answers a processor second."""
        responder, now = self.responder(), self.clock.now()
        started = time.process_time()
        for first in range(numbers.start, numbers.stop, PAGE):
            rows = []
            with self.database.reading() as unit:
                for number in range(first, min(first + PAGE, numbers.stop)):
                    standing = ocsp_answers.find_standing(unit, serial_text(FIRST + number))
                    assert standing is not None  # noqa: S101 - it was filled in above
                    rows.append(responder.prepare(standing.word, at=now))
            with self.database.unit_of_work() as uow:
                ocsp_answers.keep(uow, rows)
        return len(numbers) / (time.process_time() - started)

    def ask(self, number: int, nonce: bytes | None = None) -> bytes:
        """Return a request."""
        issuer = self.world.issuing.certificate
        wanted = make_cert_id(issuer.subject_der, issuer.public_key, FIRST + number, DigestAlgorithm.SM3)
        return build_ocsp_request((wanted,), nonce=nonce)

    def revoke(self, number: int) -> None:
        """Revoke a certificate as the authority does."""
        serial, now = serial_text(FIRST + number), self.clock.now()
        with self.database.unit_of_work() as uow:
            certificates.revoke(uow, serial, at=now, reason="keyCompromise")
            event = AuditEvent(
                type=EventType.CERTIFICATE_REVOKED, at=now, actor=SYSTEM, object_type="certificate", object_id=serial
            )
            trail.record(uow, event)


async def _nobody(_scope: object, _receive: object, _send: object) -> None:
    raise AssertionError


async def post(app: ASGIApp, body: bytes) -> bytes:
    """Return the body an application answers a POST with."""
    found: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - as above
        if message["type"] == "http.response.body":
            found.append(message["body"])

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": [(b"content-type", REQUEST_TYPE.encode())]}
    await app(scope, receive, send)
    return found[0]


async def rate(app: ASGIApp, bodies: list[bytes]) -> float:
    """Return answers a processor second, the best of the rounds' median halves."""
    for body in bodies:
        await post(app, body)
    rates = []
    for _ in range(ROUNDS):
        started, done = time.process_time(), 0
        while (spent := time.process_time() - started) < SECONDS / ROUNDS:
            await post(app, bodies[done % len(bodies)])
            done += 1
        rates.append(done / spent)
    return sorted(rates)[ROUNDS // 2]


async def visible(app: ASGIApp, bench: Bench, numbers: range) -> float:
    """Return the worst time, in seconds, from a revocation's commit to an answer that is not good."""
    worst = 0.0
    for number in numbers:
        body = bench.ask(number)
        assert _says_good(await post(app, body))  # noqa: S101 - the ground of the measurement
        bench.revoke(number)
        started = time.monotonic()
        while _says_good(await post(app, body)):
            pass
        worst = max(worst, time.monotonic() - started)
    return worst


def _says_good(octets: bytes) -> bool:
    return len(octets) > 10 and parse_ocsp_response(octets).answers[0].status is CertStatus.GOOD  # noqa: PLR2004 - errors have five


def _line(name: str, ours: float, limit: float, unit: str, *, larger: bool = True) -> None:
    ratio = ours / limit if larger else limit / ours
    missed = "" if ratio >= 1 else "  MISSED"
    print(f"{name:<58} {ours:>12,.4g} {unit:<3} limit {limit:>10,.4g} {unit:<3} ratio {ratio:6.2f}{missed}", flush=True)


def main(entries: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "store.db"
        with open_database(f"sqlite:///{path}") as database:
            database.migrate()
            bench = Bench(path, database, entries)
            asked = min(ASKED, entries // 2)
            prepared_rate = bench.prepare(range(1, asked + 1))
            keyless = OcspFront(
                _nobody,
                OcspEndpoint(PreparedAnswers(database, bench.clock, lambda: (bench.authority,)), bench.clock),
            )
            fresh: Callable[[], OcspFront] = lambda: OcspFront(  # noqa: E731 - one line says it
                _nobody, OcspEndpoint(LiveAnswers(database, bench.clock, lambda: (bench.responder(),)), bench.clock)
            )
            keyed = fresh()
            nonce = b"n" * 32
            live = [bench.ask(number, nonce) for number in range(1, asked + 1)]
            bodies = [bench.ask(number) for number in range(1, asked + 1)]
            step = max(1, entries // asked)
            cold = [bench.ask(number, nonce) for number in range(asked + 1, entries, step)][:asked]
            _line("OCSP answers signed live, nonce repeated", asyncio.run(rate(keyed, live)), LIVE, "/s")
            _line("OCSP answers prepared, from memory", asyncio.run(rate(keyless, bodies)), PREPARED, "/s")
            started, app = time.process_time(), fresh()
            asyncio.run(_each(app, cold))
            first = len(cold) / (time.process_time() - started)
            _line("OCSP answers signed live, each for the first time", first, COLD, "/s")
            print(f"{'  signed in advance, in pages, kept in the store':<58} {prepared_rate:>12,.4g} /s")
            took = asyncio.run(visible(keyless, bench, range(1, 21)))
            _line(f"revocation visible, prepared, {entries:,} entries", took, VISIBLE, "s", larger=False)
            took = asyncio.run(visible(keyed, bench, range(21, 41)))
            _line(f"revocation visible, live, {entries:,} entries", took, VISIBLE, "s", larger=False)


async def _each(app: ASGIApp, bodies: list[bytes]) -> None:
    for body in bodies:
        await post(app, body)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
