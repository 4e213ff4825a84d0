"""What a Keycloak realm is to have for trustkit, as Keycloak's own representations: data, and nothing is asked here.

Two ways, each by itself: trustkit signs people in at the realm (`client`, its mappers, a flow with levels), and the realm signs people in at
trustkit (`identity_provider`; what its services are told, `trustkit.app.keycloak_claims`). Nothing else of the realm is touched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.connectors.oidc_metadata import ProviderMetadata

FLOW: Final = "trustkit browser"
LEVELS: Final = {"1": 1, "2": 2}  # the words of policies/assurance/keycloak.toml
REAL_NAME_CLAIM: Final = "real_name_level"
EVERYBODY_WRITES: Final = "ENABLED"  # of unmanagedAttributePolicy: whoever has an account gives himself attributes
WRITTEN_BY_EVERYBODY: Final = (
    "WARNING: unmanagedAttributePolicy of the realm is ENABLED: people write attributes of their own accounts. Set it to ADMIN_EDIT, "
    "and look through values of real_name_level there are, before you set most_identity, real_name_ladder or organisation_claim"
)
_PASSWORD_HOURS: Final = 10


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of a flow: an authenticator by its provider, or a flow of further steps by its alias."""

    requirement: str
    provider: str = ""
    alias: str = ""
    config: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[FlowStep, ...] = ()


def _level(number: int, provider: str, *, seconds: int) -> FlowStep:
    condition = FlowStep(
        "REQUIRED",
        provider="conditional-level-of-authentication",
        alias=f"{FLOW} level {number}",
        config={"loa-condition-level": str(number), "loa-max-age": str(seconds)},
    )
    asked = FlowStep("REQUIRED", provider=provider)
    return FlowStep("CONDITIONAL", alias=f"{FLOW} step {number}", steps=(condition, asked))


# Keycloak's documented form of step-up: a condition of level before each factor; the second factor is asked for anew each time.
FLOW_STEPS: Final = (
    FlowStep("ALTERNATIVE", provider="auth-cookie"),
    FlowStep(
        "ALTERNATIVE",
        alias=f"{FLOW} forms",
        steps=(
            _level(1, "auth-username-password-form", seconds=_PASSWORD_HOURS * 3600),
            _level(2, "auth-otp-form", seconds=0),
        ),
    ),
)


def realm(name: str) -> dict[str, Any]:
    """Return a new realm; one that is there keeps everything of its own."""
    return {"realm": name, "enabled": True, "attributes": level_attributes()}


def level_attributes() -> dict[str, str]:
    """Return the attribute that gives levels of authentication their words in `acr`."""
    return {"acr.loa.map": json.dumps(LEVELS)}


def client(client_id: str, return_url: str, flow_id: str, logout_url: str = "") -> dict[str, Any]:
    """Return the client trustkit is at the realm: code flow with PKCE S256 and pushed requests, one return address, nothing else.

    Of sessions that end the realm tells `logout_url`, by their `sid` (OpenID Connect Back-Channel Logout 1.0).
    """
    told = {"backchannel.logout.url": logout_url, "backchannel.logout.session.required": "true"} if logout_url else {}
    return {
        "clientId": client_id,
        "name": "trustkit",
        "enabled": True,
        "protocol": "openid-connect",
        "publicClient": False,
        "clientAuthenticatorType": "client-secret",
        "standardFlowEnabled": True,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "frontchannelLogout": False,
        "serviceAccountsEnabled": False,
        "fullScopeAllowed": False,
        "redirectUris": [return_url],
        "webOrigins": [],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "require.pushed.authorization.requests": "true",
            "id.token.signed.response.alg": "ES256",
            **told,
            **level_attributes(),
        },
        "authenticationFlowBindingOverrides": {"browser": flow_id},
    }


def real_name_attribute() -> dict[str, Any]:
    """Return the attribute `client_mappers` tells, as the realm's user profile is to have it: administrators alone see and write it."""
    return {
        "name": REAL_NAME_CLAIM,
        "displayName": "Real-name level",
        "permissions": {"view": ["admin"], "edit": ["admin"]},
        "multivalued": False,
    }


def client_mappers() -> tuple[dict[str, Any], ...]:
    """Return what the ID token tells besides: how somebody signed in (`amr`), and his real-name level where the realm keeps one."""
    return (
        {
            "name": "trustkit amr",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-amr-mapper",
            "config": {"id.token.claim": "true", "access.token.claim": "false"},
        },
        {
            "name": "trustkit real-name level",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-usermodel-attribute-mapper",
            "config": {
                "user.attribute": REAL_NAME_CLAIM,
                "claim.name": REAL_NAME_CLAIM,
                "jsonType.label": "String",
                "id.token.claim": "true",
                "access.token.claim": "false",
                "userinfo.token.claim": "false",
            },
        },
    )


def identity_provider(alias: str, metadata: ProviderMetadata, client_id: str, secret: str) -> dict[str, Any]:
    """Return trustkit as the realm's identity provider, by its own metadata."""
    config = {
        "issuer": metadata.issuer,
        "authorizationUrl": metadata.authorization,
        "tokenUrl": metadata.token,
        "jwksUrl": metadata.keys,
        "userInfoUrl": metadata.userinfo,
        "clientId": client_id,
        "clientSecret": secret,
        "clientAuthMethod": "client_secret_basic",
        "defaultScope": "openid",
        "useJwksUrl": "true",
        "validateSignature": "true",
        "pkceEnabled": "true",
        "pkceMethod": "S256",
        "syncMode": "FORCE",
        "disableUserInfo": "false" if metadata.userinfo else "true",
        # Keycloak does not forward what its own client asked for unless told so (keycloak/keycloak#42625)
        "forwardParameters": "acr_values,claims",
        "passMaxAge": "true",
    }
    return {
        "alias": alias,
        "displayName": "trustkit",
        "providerId": "oidc",
        "enabled": True,
        "trustEmail": False,
        "storeToken": False,
        "linkOnly": False,
        "config": {name: value for name, value in config.items() if value},
    }
