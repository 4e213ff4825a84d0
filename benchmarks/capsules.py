"""Capsules of QR codes judged one after the other on one processor, beside a bare loop of their SM2 signatures in the same rounds.

    python -m benchmarks.capsules [SECONDS]

"Judged" is the whole verdict of the service, path, revocation, status and term included, with every list handed in beside each code; "read and
signed" is the capsule taken apart and its signature alone. The peer is `verify_signature` over the same octets. Ratios are ours over the peer's.
10,000 judged a second with `accel`, 1,500 without, and half of the bare loop are what is wanted; the figures say how far that is.
"""

from __future__ import annotations

import statistics
import sys
from itertools import cycle
from typing import Final

from benchmarks.measure import ROUNDS, Act, Pair, report
from esign.capsule.read import parse_capsule
from esign.capsule.sign import content_of, sign_capsule
from esign.capsule.verify import verify_capsule
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import NOW, metadata, status_token
from trustkit.clock import FixedClock
from trustkit.crypto.engines.selection import choose
from trustkit.crypto.joined_signature import joined_to_der
from trustkit.crypto.verify import verify_signature
from trustkit.encoding.canonical_json import parse_json
from trustkit.verdict import Indication
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

CODES: Final = 64  # different ones, so that nothing is remembered of a signature
JUDGED, SIGNED, BARE = "judged", "read and signed", "bare SM2"
LEAST: Final = 0.5
WANTED: Final = {True: 10_000, False: 1_500}  # a second, with a batch engine and without


def capsules(world: PkiWorld) -> tuple[bytes, ...]:
    """Return codes of different licences by one issuer."""
    found = []
    for number in range(CODES):
        claims = parse_json(metadata(CZZT=f"示例科技有限公司{number}"))
        if not isinstance(claims, dict):
            raise SystemExit("the metadata are no object")
        content = content_of(claims, issued_at=PkiWorld.START)
        found.append(sign_capsule(content, world.signer.signer, world.signer.certificate))
    return tuple(found)


def judging(world: PkiWorld, codes: tuple[bytes, ...]) -> Act:
    """The whole verdict, every time of another code."""
    service = VerificationService(
        anchors=world.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(NOW)
    )
    own = (world.issuing.certificate.der, world.crl().der, world.crl(issuer=world.root).der, status_token(world))
    around = cycle(Submission(name="x", data=each, evidence=own) for each in codes)
    if service.judge(next(around)).conclusion.indication is not Indication.TOTAL_PASSED:
        raise SystemExit("a code does not pass")
    return Act(name=JUDGED, call=lambda: service.judge(next(around)))


def reading(world: PkiWorld, codes: tuple[bytes, ...]) -> Act:
    """The capsule taken apart and its signature."""
    around, certificate = cycle(codes), world.signer.certificate
    return Act(name=SIGNED, call=lambda: verify_capsule(parse_capsule(next(around)), certificate))


def bare(world: PkiWorld, codes: tuple[bytes, ...]) -> Act:
    """The signatures alone, laid out beforehand."""
    messages = [parse_capsule(each).message for each in codes]
    around = cycle([(each.signed_octets(), joined_to_der(each.signature)) for each in messages])
    suite, key = messages[0].algorithm.suite, world.signer.certificate.public_key

    def call() -> None:
        message, signature = next(around)
        verify_signature(suite=suite, key=key, message=message, signature=signature)

    return Act(name=BARE, call=call)


def main(seconds: float) -> None:
    """Measure and print."""
    world = PkiWorld()
    codes = capsules(world)
    whole, read, peer = judging(world, codes), reading(world, codes), bare(world, codes)
    pairs = [
        Pair(name="capsule judged / bare SM2", ours=whole, peer=peer, least=LEAST),
        Pair(name="capsule read and signature / bare SM2", ours=read, peer=peer),
    ]
    found = report(pairs, seconds=seconds / ROUNDS)
    choice = choose(production=True)
    wanted, rate = WANTED[choice.batch is not None], statistics.median(found[JUDGED])
    sys.stdout.write(f"{rate:,.0f} judged a second on one processor; wanted {wanted:,} on this engine\n")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
