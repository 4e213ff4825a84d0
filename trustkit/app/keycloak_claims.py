"""What a Keycloak realm tells its own services of a login here: a scope with the level reached and the person's name, as claims of its tokens.

Keycloak's own `acr` does not count brokered logins, so that services judge by `trustkit_acr`. It is what was reached in this
session at the realm; a further login here that reaches more, or less, overwrites it. For whom somebody acts is not told: Keycloak keeps a
note until it is overwritten, and would go on telling of an organisation after he has put it down.
"""

from __future__ import annotations

import json
from typing import Any, Final

SCOPE: Final = "trustkit"
# claims of our ID token, under which Keycloak keeps them with its session, and what its own tokens call them
CLAIMS: Final = {"acr": "trustkit_acr", "sub": "trustkit_sub"}


def note_mappers(alias: str) -> tuple[dict[str, Any], ...]:
    """Return what the realm keeps of a login at its identity provider `alias`, until he signs out there."""
    return tuple(
        {
            "name": f"trustkit {claim}",
            "identityProviderAlias": alias,
            "identityProviderMapper": "oidc-user-session-note-idp-mapper",
            "config": {
                "syncMode": "FORCE",
                "claims": json.dumps([{"key": claim, "value": ".+"}]),
                "are.claim.values.regex": "true",
            },
        }
        for claim in CLAIMS
    )


def scope() -> dict[str, Any]:
    """Return the scope that services of the realm are given: it is in no token by name, and people are not asked about it."""
    return {
        "name": SCOPE,
        "description": "How surely somebody signed in at trustkit, and who he is there",
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": "false", "display.on.consent.screen": "false"},
    }


def claim_mappers() -> tuple[dict[str, Any], ...]:
    """Return what puts the notes into ID and access tokens."""
    return tuple(
        {
            "name": name,
            "protocol": "openid-connect",
            "protocolMapper": "oidc-usersessionmodel-note-mapper",
            "config": {
                "user.session.note": claim,
                "claim.name": name,
                "jsonType.label": "String",
                "id.token.claim": "true",
                "access.token.claim": "true",
                "introspection.token.claim": "true",
            },
        }
        for claim, name in CLAIMS.items()
    )
