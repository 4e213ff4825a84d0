"""Capsules of QR codes and credentials judged in sittings on one processor, beside a bare loop of their SM2 signatures in the same rounds.

    python -m benchmarks.capsules [SECONDS]

"Judged" is the whole verdict of the service, path, revocation, status and term included, for a portion of lines of a batch as one worker has them
(`verifier.sitting`): the issuer's chain is judged once a portion. "Answered" is what `POST /v1/verify/batch` does for such a portion besides: lines
of JSON read, verdicts written as JSON. "Alone" is the same verdict of one code by itself, all signatures around it included; "read and signed" the
capsule taken apart and its signature. The peer is `verify_signature` over the same octets. Ratios are ours over the peer's. 10,000 judged a second
with `accel`, 1,500 without, and half of the bare loop are what is wanted.
"""

from __future__ import annotations

import json
import statistics
import sys
from itertools import cycle
from typing import Final

from benchmarks.measure import ROUNDS, Act, Pair, report
from esign.capsule.model import capsule_text
from esign.capsule.read import parse_capsule
from esign.capsule.sign import content_of, sign_capsule
from esign.capsule.verify import verify_capsule
from esign.licence.identifier import compose_identifier
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import NOW, metadata, status_token
from tests.unit.verifier.test_credential import make_credential
from trustkit.clock import FixedClock
from trustkit.crypto.engines.selection import choose
from trustkit.crypto.joined_signature import joined_to_der
from trustkit.crypto.verify import verify_signature
from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.text64 import encode_base64
from trustkit.texts.catalogue import Language
from trustkit.verdict import Indication
from verifier.line_answers import Setting, answer_lines
from verifier.lines import PORTION_LINES, Portion
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

PORTIONS: Final = 8  # of different licences, so that nothing is remembered of a signature or an identifier
JUDGED, CREDENTIALS, ANSWERED = "codes judged", "credentials judged", "codes answered"
ALONE, SIGNED, BARE = "a code judged alone", "code read and signed", "bare SM2"
LEAST: Final = 0.5
WANTED: Final = {True: 10_000, False: 1_500}  # a second, with a batch engine and without


def identifier(number: int) -> str:
    """Return the identifier of one of many licences."""
    return compose_identifier(
        type_code="11100000MB0143028R001", issuer="1199010000TRYQK01Q", serial=f"2026{number:06d}", version=1
    ).text


def capsules(world: PkiWorld) -> tuple[bytes, ...]:
    """Return codes of different licences by one issuer."""
    found = []
    for number in range(PORTIONS * PORTION_LINES):
        claims = parse_json(metadata(ZZBS=identifier(number), CZZT=f"示例科技有限公司{number}"))
        if not isinstance(claims, dict):
            raise SystemExit("the metadata are no object")
        content = content_of(claims, issued_at=PkiWorld.START)
        found.append(sign_capsule(content, world.signer.signer, world.signer.certificate))
    return tuple(found)


def credentials(world: PkiWorld) -> tuple[bytes, ...]:
    """Return credentials of as many licences by the same issuer."""
    return tuple(
        make_credential(world, ZZBS=identifier(number), CZZT=f"示例科技有限公司{number}").encode()
        for number in range(PORTIONS * PORTION_LINES)
    )


class _Lists:
    """The issuer's home: its certificates, revocation lists and status list."""

    def __init__(self, world: PkiWorld) -> None:
        self._certificates = (world.root.certificate.der, world.issuing.certificate.der)
        self._crls = (world.crl().der, world.crl(issuer=world.root).der)
        self._token = status_token(world).decode()

    def certificates(self) -> tuple[bytes, ...]:
        return self._certificates

    def crls(self) -> tuple[bytes, ...]:
        return self._crls

    def status_token(self, _uri: str) -> str | None:
        return self._token


def service_of(world: PkiWorld) -> VerificationService:
    """Return a service that has every list at hand."""
    return VerificationService(
        anchors=world.anchors,
        policy=ValidationPolicy(),
        publications=_Lists(world),
        fetcher=None,
        clock=FixedClock(NOW),
    )


def sittings(name: str, service: VerificationService, documents: tuple[bytes, ...]) -> Act:
    """The whole verdicts of a portion, every time of another one."""
    submissions = [Submission(name="x", data=each) for each in documents]
    around = cycle(submissions[start : start + PORTION_LINES] for start in range(0, len(submissions), PORTION_LINES))

    def call() -> None:
        sitting = service.sitting()
        for each in next(around):
            if sitting.judge(each).conclusion.indication is not Indication.TOTAL_PASSED:
                raise SystemExit(f"{name}: one does not pass")

    return Act(name=name, call=call, operations=PORTION_LINES)


def lines(service: VerificationService, codes: tuple[bytes, ...]) -> Act:
    """Lines of JSON in, lines of JSON out."""
    written = [json.dumps({"name": "x", "data": encode_base64(capsule_text(each).encode())}).encode() for each in codes]
    portions = cycle(
        Portion(first=1, lines=tuple(written[start : start + PORTION_LINES]))
        for start in range(0, len(written), PORTION_LINES)
    )
    setting = Setting(at=None, language=Language.ZH, max_octets=1024 * 1024)

    def call() -> None:
        if not all(b'"TOTAL-PASSED"' in each for each in answer_lines(service, next(portions), setting)):
            raise SystemExit("a line is not passed")

    return Act(name=ANSWERED, call=call, operations=PORTION_LINES)


def alone(service: VerificationService, codes: tuple[bytes, ...]) -> Act:
    """The verdict of one code by itself."""
    around = cycle(Submission(name="x", data=each) for each in codes)
    return Act(name=ALONE, call=lambda: service.judge(next(around)))


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
    codes, service = capsules(world), service_of(world)
    peer = bare(world, codes)
    pairs = [
        Pair(name="codes judged / bare SM2", ours=sittings(JUDGED, service, codes), peer=peer, least=LEAST),
        Pair(name="credentials judged / bare SM2", ours=sittings(CREDENTIALS, service, credentials(world)), peer=peer),
        Pair(name="codes answered in a batch / bare SM2", ours=lines(service, codes), peer=peer),
        Pair(name="a code judged alone / bare SM2", ours=alone(service, codes), peer=peer),
        Pair(name="code read and signature / bare SM2", ours=reading(world, codes), peer=peer),
    ]
    found = report(pairs, seconds=seconds / ROUNDS)
    wanted = WANTED[choose(production=True).batch is not None]
    for name in (JUDGED, CREDENTIALS):
        rate = statistics.median(found[name])
        met = "" if rate >= wanted else ", MISSED"
        sys.stdout.write(f"{rate:,.0f} {name} a second on one processor; wanted {wanted:,} on this engine{met}\n")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0)
