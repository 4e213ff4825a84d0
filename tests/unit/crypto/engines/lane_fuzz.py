"""Batches of mixed lengths and tampered lanes through the live eight-lane engine: run in a process that may die.

    python lane_fuzz.py SEED ROUNDS

Prints ``unavailable: REASON`` and ends with 77 where this CPU or installation has no such engine; ends with 0 when every
answer was that of libcrypto. Any other end is a finding.
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded, so that a finding can be repeated
import sys

from trustkit.crypto.engines.multibuffer import MultibufferEngine
from trustkit.crypto.engines.openssl import OpensslEngine
from trustkit.crypto.engines.port import Sm2Item
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, Sm2Signature, parse_sm2_signature
from trustkit.custody.sm2_openssl import OpensslSm2Signing, generate_sm2_scalar
from trustkit.errors import TrustError

UNAVAILABLE = 77
LENGTHS = (0, 1, 20, 31, 32, 40, 60, 80, 95, 96, 200, 224, 1000, 65_536, 65_537)


def tampered(item: Sm2Item, chance: random.Random) -> Sm2Item:
    match chance.randrange(5):
        case 0:
            return item._replace(message=item.message + b"!")
        case 1:
            return item._replace(signature=Sm2Signature(item.signature.s, item.signature.r))
        case 2:
            return item._replace(signature=Sm2Signature(bytes(31) + b"\1", item.signature.s))
        case 3:
            return item._replace(signer_id=chance.choice((b"", b"1", bytes(16), bytes(40), bytes(255))))
        case _:
            return item


def main(seed: int, rounds: int) -> int:
    single = OpensslEngine()
    try:
        engine = MultibufferEngine(single)
    except TrustError as error:
        sys.stdout.write(f"unavailable: {error.detail}\n")
        return UNAVAILABLE
    chance = random.Random(seed)
    signers = [OpensslSm2Signing(generate_sm2_scalar()) for _ in range(4)]
    good: list[Sm2Item] = []
    for signer in signers:
        for length in (*LENGTHS, *(chance.randrange(400) for _ in range(20))):
            message = chance.randbytes(length)
            signature = parse_sm2_signature(signer.sign(message))
            good.append(Sm2Item(signer.point, DEFAULT_SIGNER_ID, message, signature))
    for number in range(rounds):
        items = [tampered(chance.choice(good), chance) for _ in range(chance.randrange(1, 40))]
        expected = tuple(single.verify(*item) for item in items)
        if engine.verify_many(items) != expected:
            sys.stdout.write(f"round {number}: the lanes disagree with libcrypto\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
