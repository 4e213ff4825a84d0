"""Verifying PDF beside pyHanko, chain and revocation checked on both sides, and a thousand pages beside hashing them.

    python -m benchmarks.pdf_verify

Processor time, medians of the ratios of interleaved rounds; keys are ECDSA P-256, which pyHanko reads without help from us.
The files are B-T as ``trustkit sign`` writes it: the signature and its time stamp, the evidence kept beside the file. Both
sides keep what they learnt of the path from file to file: pyHanko's validation context, our service.
"""

from __future__ import annotations

import asyncio
import itertools
import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from benchmarks.measure import Act, Pair, rates, report
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
    from collections.abc import Iterator

FILES = 24
PAGE_OCTETS = 2_000
PAGES, LONG_PAGE_OCTETS = 1000, 20_000
ONCE, FIVE_TIMES = 10.0, 3.0  # how many times pyHanko's speed is asked for
HASHINGS, SPARE = 1.5, 2.0


def _sign(world: PkiWorld, octets: bytes, number: int) -> bytes:
    return sign_sample(
        world,
        octets,
        certification=None,
        field_name=f"Party{number}",
        box=None,
        appearance=None,
        evidence_certificates=(),
        crls=(),
    )


def _by_five(world: PkiWorld, octets: bytes) -> bytes:
    for number in range(1, 6):
        octets = _sign(world, octets, number)
    return octets


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


def _pair(name: str, world: PkiWorld, files: Iterator[bytes], least: float) -> Pair:
    evidence = (world.crl().der, world.crl(issuer=world.root).der)
    service, context = _service(world), _context(world, evidence)
    return Pair(
        name=f"{name}, pyHanko beside",
        ours=Act(name=name, call=lambda: _ours(service, next(files), evidence)),
        peer=Act(name=f"{name}, pyHanko", call=lambda: _pyhanko(context, next(files))),
        least=least,
    )


def _long_file(world: PkiWorld) -> None:
    """Print the time of a thousand pages beside its limit, which is no act but a sum."""
    octets = _sign(world, documents.pages(PAGES, LONG_PAGE_OCTETS), 1)
    evidence, service = (world.crl().der, world.crl(issuer=world.root).der), _service(world)
    verify = Act(name="verify", call=lambda: _ours(service, octets, evidence))
    hashing = Act(name="hash", call=lambda: digest(DigestAlgorithm.SHA256, octets))
    slowest = {name: 1 / min(found) for name, found in rates((verify, hashing), rounds=15).items()}
    limit = HASHINGS * slowest["hash"] + SPARE
    asked = f"asked: below {HASHINGS:g} x hashing + {SPARE:g} s{'' if slowest['verify'] < limit else ', MISSED'}"
    print(f"{'PDF verify, a thousand pages':<64} {slowest['verify']:>12.3f} s {limit:>12.3f} s  ({asked})")


def main() -> None:
    """Measure and print; the ratio is our rate over the other's."""
    warnings.simplefilter("ignore")
    world = PkiWorld(kind=KeyKind.EC_P256)
    page = documents.pages(1, PAGE_OCTETS)
    # many files in turn: nobody verifies one file again and again, and nothing may be gained by remembering it
    once = itertools.cycle([_sign(world, page, 1) for _ in range(FILES)])
    five = itertools.cycle([_by_five(world, page) for _ in range(FILES // 4)])
    report(
        [
            _pair("PDF verify, one page B-T", world, once, ONCE),
            _pair("PDF verify, five signatures", world, five, FIVE_TIMES),
        ],
        rounds=25,
    )
    _long_file(world)


if __name__ == "__main__":
    main()
