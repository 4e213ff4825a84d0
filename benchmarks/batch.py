"""A batch of credentials over one call of ``POST /v1/verify/batch``: how busy it keeps the processors, and what one call is beside many.

    python -m benchmarks.batch [LINES]

The service runs as ``trustkit serve`` and is sent lines of JSON, each a credential with the status list that tells of it; the peer is the same
credential verified alone in this process, times the processors there are. "Busy" is the processor time of the service and its
processes over time and processors while it answers; 0.9 is what is wanted. The client runs on the same processors and is counted out.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.licences import _processor_seconds as processor_seconds
from tests.support.authority import make_home
from tests.support.pki import PkiWorld
from tests.support.service import free_port, service
from tests.unit.verifier.licences import NOW, status_token
from tests.unit.verifier.test_credential import make_credential as credential
from trustkit.app.cores import cores
from trustkit.app.home import TRUST
from trustkit.clock import FixedClock
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.pem import encode_pem
from verifier.asked import NDJSON
from verifier.policy import ValidationPolicy
from verifier.report import verdict_to_json
from verifier.service import VerificationService
from verifier.submission import Submission

LINES = 2000
BUSY = 0.9
ALONE_SECONDS = 2.0


def submitted(world: PkiWorld) -> Submission:
    """Return a credential and what judges it."""
    own = (status_token(world), world.crl().der, world.crl(issuer=world.root).der)
    return Submission(name="x", data=credential(world).encode(), evidence=own)


def line_of(submission: Submission) -> bytes:
    """Return what a batch is sent of it."""
    told = {
        "data": base64.b64encode(submission.data).decode(),
        "evidence": [base64.b64encode(each).decode() for each in submission.evidence],
        "at": NOW.isoformat(),
    }
    return json.dumps(told).encode()


def alone(world: PkiWorld, submission: Submission) -> float:
    """Return how many a second one processor judges of itself: read, judged, told in JSON."""
    service = VerificationService(
        anchors=world.anchors,
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
    )
    began, done = time.process_time(), 0
    while time.process_time() - began < ALONE_SECONDS:
        canonical_json(verdict_to_json(service.verify(submission), file="x"))
        done += 1
    return done / (time.process_time() - began)


def ask(url: str, line: bytes, count: int) -> tuple[float, float, int]:
    """Return the seconds to the first answer and to the last, and how many passed. The client sends all before it listens."""
    began = time.perf_counter()
    passed, first = 0, 0.0
    body = b"\n".join([line] * count)
    with httpx.stream(
        "POST", url, content=body, headers={"content-type": NDJSON}, timeout=600, trust_env=False
    ) as answer:
        for told in answer.iter_lines():
            first = first or time.perf_counter() - began
            passed += '"indication":"TOTAL-PASSED"' in told
    return first, time.perf_counter() - began, passed


def main(count: int) -> None:
    """Measure and print."""
    world = PkiWorld()
    submission = submitted(world)
    line = line_of(submission)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        port = free_port()
        home = make_home(place / "home", port=port)
        (home / TRUST).mkdir(exist_ok=True)
        (home / TRUST / "world.pem").write_bytes(encode_pem("CERTIFICATE", world.root.certificate.der))
        url = f"http://127.0.0.1:{port}/v1/verify/batch"
        with service(home, port, place / "log") as process:
            ask(url, line, 200)  # starts the processes
            mine, before = time.process_time(), processor_seconds(process.pid)
            first, seconds, passed = ask(url, line, count)
            used, own = processor_seconds(process.pid) - before, time.process_time() - mine
            one = alone(world, submission)
    if passed != count:
        raise SystemExit(f"{count - passed} of {count} did not pass")
    free = seconds * cores() - own
    told(f"batch of {count} credentials, processors busy", used / free, "", "limit", BUSY)
    told("batch of credentials, a processor second", count / used, "/s", "alone", one)
    sys.stdout.write(f"{count} lines in {seconds:.1f} s, the first answer after {first:.2f} s\n")


def told(name: str, ours: float, unit: str, what: str, other: float) -> None:
    """Print a line: name, ours, limit or peer, ratio."""
    sys.stdout.write(f"{name:<50} {ours:9.2f} {unit:<3} {what} {other:9.2f}   ratio {ours / other:6.2f}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES)
