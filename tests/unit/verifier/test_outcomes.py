"""The one table from refusals to verdicts: complete for every code that can reach it, and never a pass."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from trustkit.code_families import EVERY_CODE
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication, conclude
from verifier.judgement.outcomes import OUTCOMES, as_warning, outcome

if TYPE_CHECKING:
    from trustkit.error_family import Code

# Rooms whose refusals a judgement meets, by the first words of their codes.
ROOMS = (
    "encoding:",
    "crypto:",
    "x509:",
    "cms:",
    "cose:",
    "timestamp:",
    "jose:",
    "esign:pdf:",
    "esign:seal:",
    "esign:status:",
    "verifier:evidence:",
)
# Codes of those rooms that no file can cause, each with its reason.
ELSEWHERE = MappingProxyType(
    {
        ErrorCode.ENGINE_MISSING: "the machine lacks an engine",
        ErrorCode.ENGINE_REFUSED: "the settings refuse an engine",
        ErrorCode.ENGINE_SELF_TEST: "an engine computes wrongly",
        ErrorCode.REQUEST_INVALID: "requests for certificates are not judged here",
        ErrorCode.ALGORITHM_POLICY: "a file of the security officer, read before anything is verified",
        ErrorCode.TIMESTAMP_CLOCK: "our own authority's clock",
        ErrorCode.TIMESTAMP_UNREACHABLE: "a time-stamp authority that is asked, not a token that is judged",
        ErrorCode.TIMESTAMP_UNTRUSTED: "as above",
        ErrorCode.JWK_MALFORMED: "keys of ACME accounts are not judged here",
        ErrorCode.DECRYPTION_FAILED: "the verifying side decrypts nothing",
        ErrorCode.ENCRYPTION_FAILED: "the verifying side encrypts nothing",
        ErrorCode.PAGE_RENDERER: "pages are drawn for who looks, not for who verifies",
        ErrorCode.PDF_EVIDENCE: "evidence that is at hand for signing",
        ErrorCode.PDF_FIELD: "the field somebody wants to sign",
        ErrorCode.PDF_FORBIDS: "what an earlier signature lets others sign",
        ErrorCode.PDF_KEYWORD: "where somebody wants a seal",
        ErrorCode.PDF_PLACE: "as above",
        ErrorCode.PDF_RIDING_EDGE: "as above",
        ErrorCode.PDF_SEED_VALUE: "what a field demands of who signs",
        ErrorCode.PDF_UNSIGNABLE: "files nobody should sign",
        ErrorCode.SEAL_DESIGN: "how a seal is to be drawn",
        ErrorCode.SEAL_KIND: "what is asked of the seal registry",
        ErrorCode.SEAL_MISSING: "as above",
        ErrorCode.SEAL_NONE_FITS: "a seal somebody wants to use",
        ErrorCode.SEAL_NOT_IN_FORCE: "as above",
        ErrorCode.SEAL_ORDER: "a seal somebody wants made",
        ErrorCode.SEAL_POLICY: "a file of the security officer",
        ErrorCode.SEAL_STATE: "the register of the house; gathered as a problem",
        ErrorCode.SEAL_PICTURE: "as above",
        ErrorCode.MAC_WRONG: "the verifying side holds no secret a MAC could be made with",
    }
)
SIGNING_ONLY = ("timestamp:request", "timestamp:response", "esign:pdf:sign")
DECRYPTING_ONLY = (
    "crypto:ciphertext:",
    "jose:jwe:",
)  # the latter of a wallet's answer, before anything in it is judged
SIGN_ON_ONLY = ("jose:dpop:", "jose:jwk:use", "jose:jwks:", "jose:jws:key-unknown", "jose:jwt:")

REACHING = [
    code
    for code in EVERY_CODE
    if code.value.startswith(ROOMS)
    and code not in ELSEWHERE
    and not code.value.startswith(SIGNING_ONLY + DECRYPTING_ONLY + SIGN_ON_ONLY)
]


@pytest.mark.parametrize("code", REACHING, ids=lambda code: code.value)
def test_every_code_that_can_reach_it_is_in_the_table(code: Code) -> None:
    assert code in OUTCOMES


@pytest.mark.parametrize("code", EVERY_CODE, ids=lambda code: code.value)
def test_no_refusal_ever_passes(code: Code) -> None:
    check = outcome(TrustError(code, "detail", number=1))
    assert check.status in {CheckStatus.FAILED, CheckStatus.UNKNOWN}
    assert check.code is code
    assert conclude((check,), frozenset()).indication is not Indication.TOTAL_PASSED


def test_an_unexpected_code_is_doubt() -> None:
    check = outcome(TrustError(ErrorCode.DISK_FULL))
    assert (check.status, check.sub_indication) == (CheckStatus.UNKNOWN, SubIndication.POLICY_PROCESSING_ERROR)


def test_nothing_that_is_merely_out_of_reach_fails() -> None:
    for code in (
        ErrorCode.EVIDENCE_UNREACHABLE,
        ErrorCode.EVIDENCE_REFUSED,
        ErrorCode.CRL_MISSING,
        ErrorCode.CRL_EXPIRED,
    ):
        assert OUTCOMES[code].status is CheckStatus.UNKNOWN
    for code in (ErrorCode.STATUS_LIST_EXPIRED, ErrorCode.STATUS_LIST_ISSUER, ErrorCode.STATUS_LIST_MALFORMED):
        assert OUTCOMES[code].status is CheckStatus.UNKNOWN


def test_the_reason_is_kept() -> None:
    check = outcome(TrustError(ErrorCode.ALGORITHM_WEAK, "weak", oid="1.2.840.113549.2.5"))
    assert "1.2.840.113549.2.5" in check.detail
    moved = outcome(TrustError(ErrorCode.SIGNATURE_WITHOUT_Z), check=CheckId.CERTIFICATE_PATH)
    assert (moved.id, moved.sub_indication) == (CheckId.CERTIFICATE_PATH, SubIndication.SIG_CRYPTO_FAILURE)
    quiet = as_warning(check)
    assert (quiet.status, quiet.sub_indication, quiet.code) == (CheckStatus.WARNING, None, check.code)
