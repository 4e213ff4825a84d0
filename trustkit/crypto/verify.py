"""The one door for verifying a signature: `verify_signature`, and `verify_batch` for many at once.

A wrong SM2 signature is diagnosed: the two mistakes that circulate (the empty ID of OpenSSL 3.0, and no Z at all) get
their own codes. Neither is ever accepted, and no other ID is tried on the way to an acceptance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.crypto.asymmetric import answer_for
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.engines.selection import current_batch_engine, current_engine
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, Sm2Signature, parse_sm2_signature, sm2_numbers
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.crypto.engines.port import LaneItem
    from trustkit.crypto.public_key import PublicKey
    from trustkit.error_family import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureItem:
    """One signature of a batch; the fields are the arguments of `verify_signature`."""

    suite: SignatureSuite
    key: PublicKey
    message: bytes
    signature: bytes
    signer_id: bytes = DEFAULT_SIGNER_ID


def verify_signature(
    *,
    suite: SignatureSuite,
    key: PublicKey,
    message: bytes,
    signature: bytes,
    signer_id: bytes = DEFAULT_SIGNER_ID,
) -> None:
    """Return when `signature` over `message` is by the owner of `key`; raise otherwise.

    Args:
        suite: What the signature says it is made of.
        key: The signer's public key.
        message: The octets as found. For SM2, Z is computed here and must not be prepended.
        signature: DER for SM2 and ECDSA, raw octets for RSA, Ed25519 and ML-DSA.
        signer_id: The SM2 signer's distinguishing ID; of no effect in other suites.

    Raises:
        TrustError: SIGNATURE_WRONG, SIGNATURE_WRONG_ID, SIGNATURE_WITHOUT_Z, SIGNATURE_MALFORMED, ALGORITHM_MISMATCH
            when the key is not of the suite's kind.
    """
    if key.kind is not suite.key_kind:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", suite=suite.value, key=key.kind.value)
    if suite is SignatureSuite.SM2_SM3:
        answer = current_engine().verify(key.sm2_point, signer_id, message, parse_sm2_signature(signature))
    else:
        answer = answer_for(suite, key.spki, message, signature)
    if answer is not EngineAnswer.VALID:
        if suite is SignatureSuite.SM2_SM3:
            raise TrustError(diagnose_sm2(key, message, signature), "SM2 signature")
        raise TrustError(ErrorCode.SIGNATURE_WRONG, suite.value)


def verify_digest_signature(*, suite: SignatureSuite, key: PublicKey, digest: bytes, signature: bytes) -> None:
    """Return when `signature` over a message of which only the digest is known is by the owner of `key`; raise otherwise.

    The counterpart of `DigestSigner.sign_digest`: for who signs hashes for others. Whoever has the message verifies that.

    Args:
        suite: What the signature is made of, one that takes a digest.
        key: The signer's public key.
        digest: Of the suite's digest algorithm. For SM2 it is e = SM3(Z ‖ M).
        signature: As in `verify_signature`.

    Raises:
        TrustError: SIGNATURE_WRONG, SIGNATURE_MALFORMED; ALGORITHM_MISMATCH for another kind's suite, one that hashes by
            itself, or a digest of another length.
    """
    if suite.key_kind is not key.kind or not suite.takes_digest or len(digest) != suite.digest.size:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "key, suite and digest", suite=suite.value, octets=len(digest))
    if suite is SignatureSuite.SM2_SM3:
        answer = current_engine().verify_digest(key.sm2_point, digest, parse_sm2_signature(signature))
    else:
        answer = answer_for(suite, key.spki, digest, signature, hashed=True)
    if answer is not EngineAnswer.VALID:
        raise TrustError(ErrorCode.SIGNATURE_WRONG, suite.value)


def diagnose_sm2(key: PublicKey, message: bytes, signature: bytes) -> Code:
    """Return why an SM2 signature that did not verify is wrong, for a message an operator can act on.

    SIGNATURE_WRONG_ID when it verifies under the empty ID (OpenSSL 3.0 without ``distid``), SIGNATURE_WITHOUT_Z when
    it verifies over e = SM3(M), else SIGNATURE_WRONG. The answer never makes a signature acceptable.

    Raises:
        TrustError: SIGNATURE_MALFORMED, ALGORITHM_MISMATCH when the key is no SM2 key.
    """
    if key.kind is not KeyKind.SM2:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", key=key.kind.value)
    parsed = parse_sm2_signature(signature)
    engine = current_engine()
    if engine.verify(key.sm2_point, b"", message, parsed) is EngineAnswer.VALID:
        return ErrorCode.SIGNATURE_WRONG_ID
    bare = digest(DigestAlgorithm.SM3, message)
    if engine.verify_digest(key.sm2_point, bare, parsed) is EngineAnswer.VALID:
        return ErrorCode.SIGNATURE_WITHOUT_Z
    return ErrorCode.SIGNATURE_WRONG


def verify_batch(items: Sequence[SignatureItem]) -> tuple[Code | None, ...]:
    """Return for each item None when it is valid, else the code `verify_signature` would raise.

    SM2 signatures go to the batch engine together where this CPU has one. One bad item does not touch another.
    """
    codes: list[Code | None] = [None] * len(items)
    positions: list[int] = []
    sm2_items: list[LaneItem] = []
    suite, kind, valid = SignatureSuite.SM2_SM3, KeyKind.SM2, EngineAnswer.VALID
    for position, item in enumerate(items):
        key = item.key
        try:
            if item.suite is suite and key.kind is kind:
                numbers = sm2_numbers(item.signature)
                sm2_items.append((key.sm2_point, item.signer_id, item.message, numbers))
                positions.append(position)
            else:
                _verify_item(item)
        except TrustError as error:
            codes[position] = error.code
    answers = _answers(sm2_items)
    if answers.count(valid) != len(positions):
        for position, answer in zip(positions, answers, strict=True):
            if answer is not valid:
                item = items[position]
                codes[position] = diagnose_sm2(item.key, item.message, item.signature)
    return tuple(codes)


def _answers(items: Sequence[LaneItem]) -> tuple[EngineAnswer, ...]:
    batch = current_batch_engine() if len(items) > 1 else None
    if batch is not None:
        return batch.verify_many(items)
    verify = current_engine().verify
    return tuple(
        [verify(point, signer_id, message, Sm2Signature(*numbers)) for point, signer_id, message, numbers in items]
    )


def _verify_item(item: SignatureItem) -> None:
    verify_signature(
        suite=item.suite, key=item.key, message=item.message, signature=item.signature, signer_id=item.signer_id
    )
