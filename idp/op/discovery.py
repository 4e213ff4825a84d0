"""What clients learn about the provider by themselves (OpenID Connect Discovery 1.0, RFC 8414, CIBA 4): what it does, and where.

The standard set of keys holds standard keys alone: one key of an unknown curve makes some libraries drop the whole set. SM2 keys are in
a set of their own, `gm_jwks_uri`, for the clients that asked for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.levels.acr import supported_acr_values
from idp.op.client_form import ID_TOKEN_ALGORITHMS
from idp.op.client_model import AuthMethod, GrantType, SubjectType
from idp.op.proof import PROOF_ALGORITHMS
from idp.op.rules import SCOPES, CertificateSource
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from idp.op.rules import ProviderRules
    from trustkit.encoding.canonical_json import JsonValue

OPENID_CONFIGURATION: Final = "/.well-known/openid-configuration"
OAUTH_CONFIGURATION: Final = "/.well-known/oauth-authorization-server"
JWKS: Final = "/jwks"
GM_JWKS: Final = "/gm-jwks"
AUTHORIZE: Final = "/authorize"
_OF_CLIENTS: Final = {
    "token_endpoint": "/token",
    "pushed_authorization_request_endpoint": "/par",
    "introspection_endpoint": "/introspect",
    "revocation_endpoint": "/revoke",
    "device_authorization_endpoint": "/device_authorization",
    "backchannel_authentication_endpoint": "/bc-authorize",
    "userinfo_endpoint": "/userinfo",
}
_ASSERTIONS: Final = tuple(JwsAlgorithm)


def offered_methods(certificates: CertificateSource) -> tuple[AuthMethod, ...]:
    """Return how clients can prove themselves here: TLS of Python refuses a certificate of no authority of its own in the handshake."""
    lacking = {
        CertificateSource.NONE: {AuthMethod.TLS, AuthMethod.SELF_SIGNED_TLS},
        CertificateSource.TLS: {AuthMethod.SELF_SIGNED_TLS},
        CertificateSource.PROXY: set[AuthMethod](),
    }[certificates]
    return tuple(method for method in AuthMethod if method not in lacking)


def discovery_document(rules: ProviderRules) -> dict[str, JsonValue]:
    """Return the provider's metadata."""
    grants = [grant.value for grant in GrantType]
    methods: list[JsonValue] = [method.value for method in offered_methods(rules.certificates)]
    algorithms: list[JsonValue] = [algorithm.value for algorithm in _ASSERTIONS]
    document: dict[str, JsonValue] = {
        "issuer": rules.issuer,
        "authorization_endpoint": rules.url(AUTHORIZE),
        **{name: rules.url(path) for name, path in _OF_CLIENTS.items()},
        "end_session_endpoint": rules.url("/end_session"),
        "jwks_uri": rules.url(JWKS),
        "gm_jwks_uri": rules.url(GM_JWKS),
        "scopes_supported": [*SCOPES],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [*grants],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": [each for each in methods if each != AuthMethod.NONE.value],
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "subject_types_supported": [each.value for each in SubjectType],
        "id_token_signing_alg_values_supported": [*sorted(ID_TOKEN_ALGORITHMS)],
        "acr_values_supported": [*supported_acr_values()],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "org", "act"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "dpop_signing_alg_values_supported": [algorithm.value for algorithm in PROOF_ALGORITHMS],
        "authorization_response_iss_parameter_supported": True,
        "require_pushed_authorization_requests": False,
        "require_request_uri_registration": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": True,
        "tls_client_certificate_bound_access_tokens": rules.certificates is not CertificateSource.NONE,
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_user_code_parameter_supported": False,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "ui_locales_supported": ["zh", "en"],
    }
    if rules.registration:
        document["registration_endpoint"] = rules.url("/register")
    if rules.tls_issuer:
        document["mtls_endpoint_aliases"] = {name: f"{rules.tls_issuer}{path}" for name, path in _OF_CLIENTS.items()}
    return document
