"""The known-answer test every engine passes before it is used: the sample of GB/T 32918.5, and what must be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.crypto.engines.port import EngineAnswer, Sm2Item
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, Sm2Signature
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.engines.port import Sm2BatchEngine, Sm2Engine

# GB/T 32918.5 annex A.2: signature over the recommended curve
SAMPLE_POINT: Final = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
SAMPLE_MESSAGE: Final = b"message digest"
SAMPLE_DIGEST: Final = bytes.fromhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")  # e
SAMPLE_SIGNATURE: Final = Sm2Signature(
    bytes.fromhex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"),
    bytes.fromhex("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"),
)
# r = e, and s such that sG + tP is the point at infinity; made with the sample's private key. Some libraries compute on with x = 0.
AT_INFINITY: Final = Sm2Signature(
    SAMPLE_DIGEST,
    bytes.fromhex("3da760dd7383633800a1adecfe9790f8ee194f453a81b16507c3285b8f170e1b"),
)
_EXCHANGED: Final = Sm2Signature(SAMPLE_SIGNATURE.s, SAMPLE_SIGNATURE.r)
_OFF_CURVE: Final = SAMPLE_POINT[:-1] + b"\x12"
_GOOD: Final = Sm2Item(SAMPLE_POINT, DEFAULT_SIGNER_ID, SAMPLE_MESSAGE, SAMPLE_SIGNATURE)
_BAD: Final = Sm2Item(SAMPLE_POINT, DEFAULT_SIGNER_ID, SAMPLE_MESSAGE, _EXCHANGED)
_INFINITE: Final = Sm2Item(SAMPLE_POINT, DEFAULT_SIGNER_ID, SAMPLE_MESSAGE, AT_INFINITY)


def require_known_answers(engine: Sm2Engine) -> None:
    """Return when the engine accepts the standard's sample and refuses what differs. Raise ENGINE_SELF_TEST."""
    good, bad = EngineAnswer.VALID, EngineAnswer.INVALID
    point, message, signature = SAMPLE_POINT, SAMPLE_MESSAGE, SAMPLE_SIGNATURE
    answers = (
        engine.verify(point, DEFAULT_SIGNER_ID, message, signature) is good,
        engine.verify(point, DEFAULT_SIGNER_ID, message, _EXCHANGED) is bad,
        engine.verify(point, DEFAULT_SIGNER_ID, message + b".", signature) is bad,
        engine.verify(point, DEFAULT_SIGNER_ID, message, AT_INFINITY) is bad,
        engine.verify(point, b"", message, signature) is bad,
        engine.verify_digest(point, SAMPLE_DIGEST, signature) is good,
        engine.is_on_curve(point),
        not engine.is_on_curve(_OFF_CURVE),
    )
    if not all(answers):
        raise TrustError(ErrorCode.ENGINE_SELF_TEST, "a known answer is wrong", engine=engine.name)


def require_known_batch_answers(engine: Sm2BatchEngine) -> None:
    """Return when, of three lanes, the engine accepts the good one and refuses the others. Raise ENGINE_SELF_TEST."""
    good, bad = EngineAnswer.VALID, EngineAnswer.INVALID
    if engine.verify_many((_GOOD, _BAD, _INFINITE)) != (good, bad, bad):
        raise TrustError(ErrorCode.ENGINE_SELF_TEST, "a known answer is wrong", engine=engine.name)
