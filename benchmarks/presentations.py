"""Presentations judged one after the other on one processor: query, key binding, path, revocation, status and term, every time of another credential.

    python -m benchmarks.presentations [SECONDS]

The peer is the bare pair of signatures in each, the issuer's and the holder's, in the same rounds; 1,000 a second is what is wanted of ES256.
"""

from __future__ import annotations

import statistics
import sys
from itertools import cycle
from typing import TYPE_CHECKING, Final

from benchmarks.measure import ROUNDS, Act, Pair, report
from esign.credential.read import parse_sd_jwt
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import NOW, status_token
from tests.unit.verifier.test_presentation import AUDIENCE, NAME, NONCE, query, shown
from trustkit.clock import FixedClock
from trustkit.crypto.joined_signature import joined_to_der
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.verify import verify_signature
from trustkit.verdict import Indication
from verifier.dcql.read import parse_dcql
from verifier.policy import ValidationPolicy
from verifier.presentation import PresentedAnswer, judge_answer
from verifier.service import VerificationService

if TYPE_CHECKING:
    from trustkit.jose.model import UnverifiedJws

CREDENTIALS: Final = 64  # different ones, so that nothing is remembered of a signature


def judging(world: PkiWorld, texts: tuple[str, ...]) -> Act:
    """The whole verdict, every time of another presentation."""
    service = VerificationService(
        anchors=world.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(NOW)
    )
    evidence = (world.crl().der, world.crl(issuer=world.root).der, status_token(world))
    asked = parse_dcql(query())
    around = cycle(
        PresentedAnswer(query=asked, shown=(("licence", text),), audience=AUDIENCE, nonce=NONCE, evidence=evidence)
        for text in texts
    )
    if judge_answer(service, next(around), at=NOW).conclusion.indication is not Indication.TOTAL_PASSED:
        raise SystemExit("a presentation does not pass")
    return Act(name=f"judged {world.kind.value}", call=lambda: judge_answer(service, next(around), at=NOW))


def bare(world: PkiWorld, texts: tuple[str, ...]) -> Act:
    """The signatures of issuer and holder alone, laid out beforehand."""
    keys = (world.signer.certificate.public_key, world.tsa.signer.public_key)
    found: list[tuple[UnverifiedJws, ...]] = []
    for text in texts:
        unverified = parse_sd_jwt(text)
        if unverified.binding is None:
            raise SystemExit("a presentation without key binding")
        found.append((unverified.jws, unverified.binding))
    around = cycle(found)

    def call() -> None:
        for jws, key in zip(next(around), keys, strict=True):
            signature = joined_to_der(jws.signature)
            verify_signature(suite=jws.algorithm.suite, key=key, message=jws.signing_input, signature=signature)

    return Act(name=f"bare {world.kind.value}", call=call)


def main(seconds: float) -> None:
    """Measure and print."""
    pairs = []
    for kind in (KeyKind.EC_P256, KeyKind.SM2):
        world = PkiWorld(kind=kind)
        texts = tuple(shown(world, NAME, CZZT=f"示例科技有限公司{number}") for number in range(CREDENTIALS))
        ours, peer = judging(world, texts), bare(world, texts)
        pairs.append(Pair(name=f"presentation judged / bare signatures, {kind.value}", ours=ours, peer=peer))
    found = report(pairs, seconds=seconds / ROUNDS)
    for pair in pairs:
        rate = statistics.median(found[pair.ours.name])
        sys.stdout.write(f"{pair.ours.name}: {rate:,.0f} a second on one processor\n")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
