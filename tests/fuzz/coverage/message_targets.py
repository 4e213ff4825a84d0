"""Targets: messages by RFC 5652 and GB/T 35275, signed and encrypted, read, verified, opened and signed again."""

from __future__ import annotations

from tests.fuzz import test_cms, test_messages
from tests.fuzz.coverage.target import Target, read_twice
from trustkit.cms.envelope_model import EnvelopedMessage
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import SignedMessage
from trustkit.cms.open import Opener, open_message
from trustkit.cms.read import parse_signed_message
from trustkit.cms.verify import verify_countersignature, verify_signer
from trustkit.errors import TrustError

MAX_WALKED = 4  # signers of one message: each costs a signature


def _signed(data: bytes) -> None:
    message = read_twice(parse_message, data)
    repr(message)
    if isinstance(message, SignedMessage):
        for index in range(min(MAX_WALKED, len(message.signers))):
            _verify(message, index)
    assert parse_signed_message(data, signers_needed=False) == message


def _verify(message: SignedMessage, index: int) -> None:
    content = None if message.content is not None else test_cms.CONTENT
    try:
        verify_signer(message, index, content=content)
        verify_countersignature(message, index, 0)
    except TrustError:
        return


def _enveloped(data: bytes) -> None:
    message = read_twice(parse_message, data)
    repr(message)
    if isinstance(message, EnvelopedMessage):
        _, _, key = test_messages.people()
        opened = open_message(message, Opener(sm2=key.decryptor()), content=bytes(16))
        signed = message.signatures()
        for index in range(min(MAX_WALKED, len(signed.signers))):
            verify_signer(signed, index, content=opened.content)


TARGETS = (
    Target(
        name="cms",
        act=_signed,
        seeds=lambda: (*test_cms.samples(), *test_messages.samples()[4:]),
        outside=("cms/*", "tsa/*.der"),
    ),
    Target(name="envelope", act=_enveloped, seeds=test_messages.samples),
)
