"""The first line of everything of our own that is signed or sealed: one table, so that no two uses share a line.

    message_of(Context.DECISION, body)      # the line, a line end, the body

What was signed or sealed for one purpose is then never the octets of another purpose, whoever asks for it.
"""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Context(StrEnum):
    """Purposes, sorted by value; a line never changes its meaning, a new meaning gets a new number."""

    CREDENTIAL_NONCE = "trustkit/credential/nonce/v1"
    CREDENTIAL_TRANSACTION = "trustkit/credential/transaction-code/v1"
    KEPT_ANSWER = "trustkit/api/kept-answer/v1"
    AGREEMENT_PENDING = "trustkit/custody/agreement-pending/v1"
    CONTRIBUTION = "trustkit/custody/contribution/v1"
    MODULE_CHALLENGE = "trustkit/custody/module-challenge/v1"
    MODULE_PIN = "trustkit/custody/module-pin/v1"
    SHARE = "trustkit/custody/share/v1"
    SHARE_COMMITMENT = "trustkit/custody/share-commitment/v1"
    ESCROW = "trustkit/escrow/private-key/v1"
    IDENTITY_ROOT = "trustkit/identity/home/v1"
    IDENTITY_MAC = "trustkit/identity/mac/v1"
    IDENTITY_SEAL = "trustkit/identity/seal/v1"
    CERTIFICATE_LOGIN = "trustkit/idp/certificate-login/v1"
    LICENCE_HOLDER = "trustkit/licence/holder/v1"
    DECISION = "trustkit/registration/decision/v1"
    ENROLMENT = "trustkit/registration/enrolment/v1"
    REMOVAL = "trustkit/registration/removal/v1"
    SUBMISSION = "trustkit/registration/submission/v1"


def message_of(context: Context, body: bytes) -> bytes:
    """Return the context's line, a line end, and the body."""
    return context.value.encode() + b"\n" + body
