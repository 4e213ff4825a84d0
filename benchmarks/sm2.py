"""SM2 verification and signing through the public functions, beside the bare engine, raw libcrypto, GmSSL and `gmssl`.

    python -m benchmarks.sm2 [SECONDS]

Ratios are ours over the peer's; more is better. "bare engine" is a loop over the one C function with everything prepared
beforehand: no DER, no SM3, no Python objects. "raw libcrypto" is EVP_DigestVerify or EVP_DigestSign with contexts made
for each call, as that interface asks. "GmSSL" is the C library through its Python bindings (`gmssl_pyx`), Z and SM3 on both sides; `gmssl`
is another project, in Python alone.
"""

from __future__ import annotations

import sys
import warnings
from itertools import cycle
from typing import TYPE_CHECKING

import gmssl_pyx

from benchmarks.measure import ROUNDS, Act, Pair, report
from trustkit.crypto.engines.gmssl import GmsslEngine, InsecureEngineWarning
from trustkit.crypto.engines.ipp import IppEngine
from trustkit.crypto.engines.ippcp import EC_VALID, NO_ERROR
from trustkit.crypto.engines.lanes import LANES
from trustkit.crypto.engines.multibuffer import MultibufferEngine
from trustkit.crypto.engines.openssl import OpensslEngine
from trustkit.crypto.engines.port import Sm2Item
from trustkit.crypto.engines.selection import choose, use_engines
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, ELEMENT_SIZE, message_digest, parse_sm2_signature
from trustkit.crypto.verify import SignatureItem, verify_batch, verify_signature
from trustkit.custody.private_key import generate_key
from trustkit.custody.private_key_info import parse_private_key_info, sm2_scalar
from trustkit.custody.sm2_ipp import IppSm2Signing
from trustkit.custody.sm2_openssl import OpensslSm2Signing
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trustkit.custody.private_key import PrivateKey

SIGNERS, MESSAGES, SIZE = 4, 64, 240  # a CMS signature covers some 200 octets of attributes
BARE, SINGLE, BATCH, RAW = "bare engine", "verify_signature", "verify_batch", "raw libcrypto"
GMSSL = "GmSSL bindings"
LEAST_OF_BARE, LEAST_OF_RAW = 0.9, 15.0


def prepared() -> tuple[list[SignatureItem], PrivateKey]:
    """Return signatures by several signers over messages of one length, and a key to sign with."""
    keys = [generate_key(KeyKind.SM2) for _ in range(SIGNERS)]
    items = []
    for number in range(MESSAGES):
        signer = keys[number % SIGNERS].signer()
        message = number.to_bytes(4, "big") * (SIZE // 4)
        signature = signer.sign(message)
        items.append(SignatureItem(suite=signer.suite, key=signer.public_key, message=message, signature=signature))
    return items, keys[0]


def as_item(item: SignatureItem) -> Sm2Item:
    """Return what engines take."""
    return Sm2Item(item.key.sm2_point, item.signer_id, item.message, parse_sm2_signature(item.signature))


def single(items: list[SignatureItem]) -> Act:
    """The public function, one signature a call, each another one."""
    around = cycle(items)

    def call() -> None:
        item = next(around)
        verify_signature(
            suite=item.suite, key=item.key, message=item.message, signature=item.signature, signer_id=item.signer_id
        )

    return Act(name=SINGLE, call=call)


def engine_loop(name: str, engine: OpensslEngine | GmsslEngine, items: list[SignatureItem]) -> Act:
    """An engine's own verification, signatures parsed beforehand."""
    around: Iterator[Sm2Item] = cycle([as_item(item) for item in items])
    return Act(name=name, call=lambda: engine.verify(*next(around)))


def bare_ipp(items: list[SignatureItem]) -> Act:
    """ippsGFpECVerifySM2 again and again on numbers that were set once."""
    engine, item = IppEngine(), as_item(items[0])
    engine.verify(*item)
    desk = engine._desks[-1]  # noqa: SLF001 - the bare loop uses the numbers the engine has just set
    verify, curve = desk.curve.lib.ippsGFpECVerifySM2, desk.curve
    arguments = (desk.digest, desk.point(item.point), desk.r, desk.s, desk.result, curve.curve, curve.scratch)

    def call(_desk: object = desk) -> object:  # pointers do not keep the memory they point to; the desk does
        return verify(*arguments)

    if call() != NO_ERROR or desk.result[0] != EC_VALID:
        raise SystemExit("the bare loop does not verify")
    return Act(name=BARE, call=call)


def bare_openssl(items: list[SignatureItem]) -> Act:
    """EVP_PKEY_verify on the digest, with one context: what is left of libcrypto without Z and SM3."""
    engine, item = OpensslEngine(), as_item(items[0])
    e = message_digest(item.point, item.signer_id, item.message)
    return Act(name=BARE, call=lambda: engine.verify_digest(item.point, e, item.signature))


def bare_lanes(engine: MultibufferEngine, items: list[SignatureItem]) -> Act:
    """mbx_sm2_ecdsa_verify_mb8 again and again on eight lanes that were laid out once."""
    engine.verify_many([as_item(item) for item in items[:LANES]])
    desk = engine._desks[-1]  # noqa: SLF001 - as in bare_ipp
    call, arguments = engine._call, desk.calls[0]  # noqa: SLF001 - as in bare_ipp
    if call(*arguments) != NO_ERROR:
        raise SystemExit("the bare lanes do not verify")
    return Act(name="bare lanes", call=lambda _desk=desk: call(*arguments), operations=LANES)  # type: ignore[misc]


def verification(items: list[SignatureItem]) -> list[Pair]:
    """Return the pairs of verification on this machine's chosen engine."""
    choice = choose(production=True)
    raw = engine_loop(RAW, OpensslEngine(), items)
    bare = bare_ipp(items) if choice.single.name == IppEngine.name else bare_openssl(items)
    one = single(items)
    batch = Act(name=BATCH, call=lambda: verify_batch(items), operations=len(items))
    pairs = [
        Pair(name=f"sm2 verify single ({choice.single.name}) / {BARE}", ours=one, peer=bare, least=LEAST_OF_BARE),
        Pair(name=f"sm2 verify single ({choice.single.name}) / {RAW}", ours=one, peer=raw),
    ]
    if isinstance(choice.batch, MultibufferEngine):
        lanes = bare_lanes(choice.batch, items)
        pairs += [
            Pair(name="sm2 verify batch (multibuffer) / bare lanes", ours=batch, peer=lanes, least=LEAST_OF_BARE),
            Pair(name=f"sm2 verify batch (multibuffer) / {RAW}", ours=batch, peer=raw, least=LEAST_OF_RAW),
        ]
    else:
        print(f"sm2 verify batch (multibuffer): not available on this CPU: {choice.reports[0].reason}")
        pairs += [
            Pair(name=f"sm2 verify batch ({choice.single.name}) / {BARE}", ours=batch, peer=bare, least=LEAST_OF_BARE),
            Pair(name=f"sm2 verify batch ({choice.single.name}) / {RAW}", ours=batch, peer=raw),
        ]
    return pairs


def signing(key: PrivateKey) -> list[Pair]:
    """Return the pairs of signing."""
    signer, message = key.signer(), bytes(SIZE)
    scalar = sm2_scalar(parse_private_key_info(key.private_key_info()))[0]
    libcrypto = OpensslSm2Signing(scalar)
    one = Act(name="sign", call=lambda: signer.sign(message))
    many = Act(name="sign_batch", call=lambda: signer.sign_batch([message] * LANES), operations=LANES)
    raw = Act(name=f"{RAW} sign", call=lambda: libcrypto.sign(message))
    pairs = []
    try:
        bare = Act(name=f"{BARE} sign", call=bare_ipp_signing(scalar, libcrypto.point))
        pairs = [
            Pair(name=f"sm2 sign single / {BARE}", ours=one, peer=bare),
            Pair(name=f"sm2 sign batch / {BARE}", ours=many, peer=bare),
        ]
    except TrustError as error:
        print(f"sm2 sign by libippcp: not available: {error.detail}")
    return [
        *pairs,
        Pair(name=f"sm2 sign single / {RAW}", ours=one, peer=raw),
        Pair(name=f"sm2 sign batch / {RAW}", ours=many, peer=raw),
    ]


def bare_ipp_signing(scalar: bytes, point: bytes) -> Callable[[], object]:
    """ippsGFpECSignSM2 with a scalar set each time, for the library clears it."""
    signing_ = IppSm2Signing(scalar, point)
    desk = signing_._desks[-1]  # noqa: SLF001 - the bare loop uses the engine's own memory
    lib, curve = desk.curve.lib, desk.curve
    arguments = (desk.digest, desk.key, desk.ephemeral, desk.r, desk.s, curve.curve, curve.scratch)
    lib.ippsSetOctString_BN(bytes(range(ELEMENT_SIZE)), ELEMENT_SIZE, desk.digest)

    scalar_octets = b"\x5a" * ELEMENT_SIZE

    def call(_desk: object = desk) -> object:  # as in bare_ipp
        lib.ippsSetOctString_BN(scalar_octets, ELEMENT_SIZE, desk.ephemeral)
        return lib.ippsGFpECSignSM2(*arguments)

    if call() != NO_ERROR:
        raise SystemExit("the bare loop does not sign")
    return call


def gmssl_bindings(items: list[SignatureItem], key: PrivateKey) -> list[Pair]:
    """Return the pairs with GmSSL 3 through `gmssl_pyx`, whose every call hashes Z and the message as ours does."""
    item = items[0]
    around = cycle([(each.key.sm2_point, each.message, each.signature) for each in items])

    def verify() -> None:
        if not gmssl_pyx.sm2_verify(*next(around), DEFAULT_SIGNER_ID):
            raise SystemExit("GmSSL does not accept our signatures")

    signer = key.signer()
    scalar = sm2_scalar(parse_private_key_info(key.private_key_info()))[0]
    point = signer.public_key.sm2_point
    theirs = gmssl_pyx.sm2_sign(scalar, point, item.message, DEFAULT_SIGNER_ID)
    verify_signature(suite=signer.suite, key=signer.public_key, message=item.message, signature=theirs)
    checked = Act(name=f"{GMSSL} verify", call=verify)
    signed = Act(name=f"{GMSSL} sign", call=lambda: gmssl_pyx.sm2_sign(scalar, point, item.message, DEFAULT_SIGNER_ID))
    return [
        Pair(name=f"sm2 verify single / {GMSSL}", ours=single(items), peer=checked),
        Pair(
            name=f"sm2 verify batch / {GMSSL}",
            ours=Act(name=BATCH, call=lambda: verify_batch(items), operations=len(items)),
            peer=checked,
        ),
        Pair(
            name=f"sm2 sign single / {GMSSL}",
            ours=Act(name="sign", call=lambda: signer.sign(item.message)),
            peer=signed,
        ),
    ]


def slow(items: list[SignatureItem]) -> list[Pair]:
    """Return the pair with the pure Python package: few iterations are enough to see it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureEngineWarning)
        try:
            oracle = GmsslEngine()
        except TrustError as error:
            print(f"sm2 verify by gmssl: not available: {error.detail}")
            return []
    return [Pair(name="sm2 verify single / gmssl", ours=single(items), peer=engine_loop("gmssl", oracle, items))]


def main(seconds: float) -> None:
    """Print every line; `seconds` of processor time for each act in all rounds together."""
    use_engines(production=True)
    items, key = prepared()
    if any(verify_batch(items)) or items[0].signer_id != DEFAULT_SIGNER_ID:
        raise SystemExit("the prepared signatures do not verify")
    report(verification(items), seconds=seconds / ROUNDS, rounds=ROUNDS)
    report(signing(key), seconds=seconds / ROUNDS, rounds=ROUNDS)
    report(gmssl_bindings(items, key), seconds=seconds / ROUNDS, rounds=ROUNDS)
    report(slow(items), seconds=0.02, rounds=3)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.5)
