"""Encrypted and digested messages: what they are, and that nothing in them passes for signed (RFC 5652 6 to 8, RFC 5083).

SignedAndEnvelopedData carries signatures over what it encrypts: with the opened content beside it they are judged like
those of any detached message (GB/T 35275), without it they wait.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from trustkit.cms.envelope_model import DigestedMessage, EnvelopedMessage, EnvelopeKind, SealedMessage
from trustkit.crypto.cipher_suites import cipher_from_algorithm
from trustkit.crypto.digest import digest, digest_from_oid
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, SubIndication, Verdict, conclude, passed, unknown
from verifier.format import Format
from verifier.judgement.message import deviations, judge_message
from verifier.judgement.outcomes import outcome

if TYPE_CHECKING:
    from trustkit.cms.envelope_model import EncryptedContent
    from verifier.judgement.context import Context


def judge_enclosed(
    context: Context, message: EnvelopedMessage | SealedMessage | DigestedMessage, content: bytes | None
) -> Verdict:
    """Return the verdict; `content` is what came out of an envelope, where somebody opened it, or what a digest covers."""
    match message:
        case EnvelopedMessage():
            return _judge_envelope(context, message, content)
        case SealedMessage():
            return _judge_sealed(context, message)
        case DigestedMessage():
            return _judge_digested(context, message, content)


def _judge_envelope(context: Context, message: EnvelopedMessage, content: bytes | None) -> Verdict:
    told = _told(message)
    if message.kind is EnvelopeKind.SIGNED_AND_ENVELOPED and message.signers:
        verdict = judge_message(context, message.signatures(), content)
        return replace(verdict, checks=(passed(CheckId.FORMAT, told), *verdict.checks[1:]))
    return _unsigned(context, told, message.notes, "encrypted: what is inside cannot be seen, and nobody signed it")


def _judge_sealed(context: Context, message: SealedMessage) -> Verdict:
    told = f"encrypted-data, {message.dialect.value}, {_cipher(message.content)}"
    return _unsigned(context, told, message.notes, "encrypted under a key of its own, and nobody signed it")


def _judge_digested(context: Context, message: DigestedMessage, content: bytes | None) -> Verdict:
    """Hold the digest against the content; it proves nothing of an author."""
    told = f"digested-data, {message.dialect.value}"
    covered = message.content if message.content is not None else content
    more: tuple[Check, ...] = ()
    try:
        if covered is None:
            raise TrustError(ErrorCode.CMS_CONTENT_MISSING, "what the digest covers was not given")  # noqa: TRY301 - one outcome below
        if not hmac.compare_digest(digest(digest_from_oid(message.digest_algorithm.oid), covered), message.digest):
            raise TrustError(ErrorCode.CMS_DIGEST_MISMATCH, "the digest is not that of the content")  # noqa: TRY301 - likewise
        more = (passed(CheckId.CONTENT_DIGEST),)
    except TrustError as error:
        more = (outcome(error),)
    return _unsigned(context, told, message.notes, "a digest, which anybody can make, and no signature", more)


def _unsigned(context: Context, told: str, notes: tuple[str, ...], why: str, more: tuple[Check, ...] = ()) -> Verdict:
    checks = (
        passed(CheckId.FORMAT, told),
        *deviations(context, notes),
        *more,
        unknown(CheckId.FORMAT, SubIndication.NOT_SIGNED, why),
    )
    return Verdict(
        format=Format.CMS.value,
        at=context.at,
        signatures=(),
        checks=checks,
        uncovered=(),
        conclusion=conclude(checks, frozenset({CheckId.FORMAT})),
    )


def _told(message: EnvelopedMessage) -> str:
    kinds = sorted({recipient.kind.value for recipient in message.recipients})
    count = f"{len(message.recipients)} recipients by {', '.join(kinds)}"
    return f"{message.kind.value}, {message.dialect.value}, {count}, {_cipher(message.content)}"


def _cipher(content: EncryptedContent) -> str:
    """Return the cipher by name where it is known, by OID where it is not: nothing is dropped."""
    try:
        return cipher_from_algorithm(content.algorithm.oid, content.algorithm.parameters).suite.value
    except TrustError as error:
        return f"{content.algorithm.oid} ({error.code.value})"
