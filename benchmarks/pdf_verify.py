"""Verifying PDF beside pyHanko, chain and revocation checked on both sides, and a thousand pages beside hashing them.

    python -m benchmarks.pdf_verify [SECONDS]

CPU time of one thread, medians of interleaved rounds; keys are ECDSA P-256, which pyHanko reads without help from us. Both
sides keep what they learnt of the path from file to file: pyHanko's validation context, our service.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import sys
import time
import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.support.attacks import documents
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sign_sample
from tests.unit.verifier.licences import NOW
from trustkit.clock import FixedClock
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.verdict import Indication
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
FILES = 24
PAGES, PAGE_OCTETS = 1000, 20_000
ONCE, FIVE_TIMES = 10.0, 3.0  # how many times pyHanko's speed is asked for
HASHINGS, SPARE_MS = 1.5, 2000.0


def _milliseconds(act: Callable[[], object], seconds: float) -> float:
    started, done = time.thread_time(), 0
    while time.thread_time() - started < seconds:
        act()
        done += 1
    return (time.thread_time() - started) / done * 1000


def _medians(acts: dict[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    rounds = [{name: _milliseconds(act, seconds / ROUNDS) for name, act in acts.items()} for _ in range(ROUNDS)]
    return {name: statistics.median(found[name] for found in rounds) for name in acts}


def _sign(world: PkiWorld, octets: bytes, number: int) -> bytes:
    return sign_sample(
        world, octets, certification=None, field_name=f"Party{number}", box=None, appearance=None, crls=()
    )


def _service(world: PkiWorld) -> VerificationService:
    return VerificationService(
        anchors=world.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(NOW)
    )


def _ours(service: VerificationService, octets: bytes, evidence: tuple[bytes, ...]) -> None:
    verdict = service.verify(Submission(name="x", data=octets, evidence=evidence))
    if verdict.conclusion.indication is not Indication.TOTAL_PASSED:
        raise RuntimeError(verdict.conclusion)


def _context(world: PkiWorld, evidence: tuple[bytes, ...]) -> ValidationContext:
    return ValidationContext(
        trust_roots=[x509.Certificate.load(world.root.der)],
        crls=[crl.CertificateList.load(octets) for octets in evidence],
        moment=NOW,
        allow_fetching=False,
        revocation_mode="hard-fail",
    )


def _pyhanko(context: ValidationContext, octets: bytes) -> None:
    async def validate() -> None:
        for signature in PdfFileReader(BytesIO(octets)).embedded_signatures:
            status = await async_validate_pdf_signature(signature, context, context)
            if not status.bottom_line:
                raise RuntimeError(status.summary())

    asyncio.run(validate())


def _line(name: str, ours: float, other: float, least: float, limit: str = "") -> None:
    told = f"asked: {least:g}{limit}{'' if other / ours >= least else ', MISSED'}"
    print(f"{name:<52} {ours:9.2f} ms  {other:9.2f} ms   ratio {other / ours:6.2f}   ({told})")


def main(seconds: float) -> None:
    """Measure and print; the ratio is the other's time over ours."""
    warnings.simplefilter("ignore")
    world = PkiWorld(kind=KeyKind.EC_P256)
    evidence = (world.crl().der, world.crl(issuer=world.root).der)
    # many files in turn: nobody verifies one file again and again, and nothing may be gained by remembering it
    files = itertools.cycle([_sign(world, documents.contract(), 1) for _ in range(FILES)])
    five = next(files)
    for number in range(2, 6):
        five = _sign(world, five, number)
    plain = documents.pages(PAGES, PAGE_OCTETS)
    thousand = _sign(world, plain, 1)
    service, context = _service(world), _context(world, evidence)
    found = _medians(
        {
            "once": lambda: _ours(service, next(files), evidence),
            "pyHanko once": lambda: _pyhanko(context, next(files)),
            "five": lambda: _ours(service, five, evidence),
            "pyHanko five": lambda: _pyhanko(context, five),
            "thousand": lambda: _ours(service, thousand, evidence),
            "hash": lambda: digest(DigestAlgorithm.SHA256, thousand),
        },
        seconds,
    )
    _line("PDF verify, one page B-T, pyHanko beside", found["once"], found["pyHanko once"], ONCE)
    _line("PDF verify, five signatures, pyHanko beside", found["five"], found["pyHanko five"], FIVE_TIMES)
    limit = HASHINGS * found["hash"] + SPARE_MS
    _line("PDF verify, a thousand pages, limit beside", found["thousand"], limit, 1, ": 1.5 x hashing + 2 s")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
