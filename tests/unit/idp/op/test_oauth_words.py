"""Which word of OAuth each refusal of the provider is told by, and its status; one that is no client's fault says no more than that."""

from __future__ import annotations

import pytest

from idp.op.oauth_error import OAUTH_ERRORS, oauth_error
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

# RFC 6749 4.1.2.1 and 5.2, RFC 6750 3.1, RFC 7591 3.2.2, RFC 8628 3.5, RFC 8707 2, RFC 9449 5, OpenID Connect Core 3.1.2.6, CIBA 13.
WORDS: list[tuple[IdentityCode, str, int]] = [
    (IdentityCode.OP_BINDING_MESSAGE, "invalid_binding_message", 400),
    (IdentityCode.OP_CLIENT_FORM, "invalid_client_metadata", 400),
    (IdentityCode.OP_CLIENT_MAY_NOT, "unauthorized_client", 400),
    (IdentityCode.OP_CLIENT_REFUSED, "invalid_client", 401),
    (IdentityCode.OP_CONSENT_REQUIRED, "consent_required", 400),
    (IdentityCode.OP_GRANT_REFUSED, "invalid_grant", 400),
    (IdentityCode.OP_GRANT_REUSED, "invalid_grant", 400),
    (IdentityCode.OP_GRANT_TYPE, "unsupported_grant_type", 400),
    (IdentityCode.OP_INTERACTION_REQUIRED, "interaction_required", 400),
    (IdentityCode.OP_LEVEL_UNMET, "unmet_authentication_requirements", 400),
    (IdentityCode.OP_LOGIN_REQUIRED, "login_required", 400),
    (IdentityCode.OP_LOGOUT, "invalid_request", 400),
    (IdentityCode.OP_POLL_EXPIRED, "expired_token", 400),
    (IdentityCode.OP_POLL_PENDING, "authorization_pending", 400),
    (IdentityCode.OP_POLL_SLOWER, "slow_down", 400),
    (IdentityCode.OP_PROOF, "invalid_dpop_proof", 400),
    (IdentityCode.OP_PROOF_NONCE, "use_dpop_nonce", 400),
    (IdentityCode.OP_REDIRECT, "invalid_request", 400),
    (IdentityCode.OP_REDIRECT_FORM, "invalid_redirect_uri", 400),
    (IdentityCode.OP_REGISTRATION_REFUSED, "invalid_token", 401),
    (IdentityCode.OP_REQUEST_DENIED, "access_denied", 400),
    (IdentityCode.OP_REQUEST_FORM, "invalid_request", 400),
    (IdentityCode.OP_REQUEST_OBJECT, "request_not_supported", 400),
    (IdentityCode.OP_REQUEST_OVER, "invalid_request", 400),
    (IdentityCode.OP_REQUEST_URI, "invalid_request_uri", 400),
    (IdentityCode.OP_RESPONSE_TYPE, "unsupported_response_type", 400),
    (IdentityCode.OP_SCOPE, "invalid_scope", 400),
    (IdentityCode.OP_TARGET, "invalid_target", 400),
    (IdentityCode.OP_TOKEN, "invalid_token", 401),
    (IdentityCode.OP_TOKEN_SCOPE, "insufficient_scope", 403),
    (IdentityCode.OP_USER_CODE, "invalid_request", 404),
    (IdentityCode.IDP_ACR_VALUES, "invalid_request", 400),
]


@pytest.mark.parametrize(("code", "word", "status"), WORDS, ids=[code.name for code, _, _ in WORDS])
def test_each_refusal_has_its_word(code: IdentityCode, word: str, status: int) -> None:
    assert oauth_error(TrustError(code, "why"))[:2] == (word, status)


def test_no_refusal_is_left_out() -> None:
    ours = {code for code in OAUTH_ERRORS if isinstance(code, IdentityCode)}
    assert ours <= {code for code, _, _ in WORDS}


@pytest.mark.parametrize("code", [ErrorCode.BUG, ErrorCode.STORE_UNREACHABLE, IdentityCode.OP_KEY_MISSING])
def test_what_is_our_own_fault_says_nothing_of_itself(code: ErrorCode | IdentityCode) -> None:
    word, status, told = oauth_error(TrustError(code, "the password of the store is x"))
    assert (word, status, told) in {("server_error", 500, ""), ("temporarily_unavailable", 503, "")}
