"""What a Keycloak realm tells its own services of a login here: a scope with the level reached, the person's name and for whom he acts, as claims.

Keycloak's own `acr` does not count brokered logins, so that services judge by `trustkit_acr`. It is what was reached in this
session at the realm; a further login here that reaches more, or less, overwrites it. Keycloak keeps a note until it is overwritten: for whom
somebody acts is told by claims that our ID token always has (`acting_claims_as_text`), empty for who acts for himself, so that
no organisation outlives the next login here. Until then it is told as it was at the last one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCOPE: Final = "trustkit"
# claims of our ID token, under which Keycloak keeps them with its session, and what its own tokens call them
CLAIMS: Final = {"acr": "trustkit_acr", "sub": "trustkit_sub"}
# JSON texts with us and in the notes, objects in its own tokens
ACTING_CLAIMS: Final = {"org_text": "trustkit_org", "act_text": "trustkit_act"}


def note_mappers(alias: str) -> tuple[dict[str, Any], ...]:
    """Return what the realm keeps of a login at its identity provider `alias`, until he signs out there."""
    return _note_mappers(alias, CLAIMS)


def acting_note_mappers(alias: str) -> tuple[dict[str, Any], ...]:
    """Return what it keeps of for whom he acts."""
    return _note_mappers(alias, ACTING_CLAIMS)


def _note_mappers(alias: str, claims: Iterable[str]) -> tuple[dict[str, Any], ...]:
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
        for claim in claims
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
    return _claim_mappers(CLAIMS, "String")


def acting_claim_mappers() -> tuple[dict[str, Any], ...]:
    """Return what puts those of for whom he acts into them, as the objects they are in our tokens."""
    return _claim_mappers(ACTING_CLAIMS, "JSON")


def _claim_mappers(claims: Mapping[str, str], kind: str) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "name": name,
            "protocol": "openid-connect",
            "protocolMapper": "oidc-usersessionmodel-note-mapper",
            "config": {
                "user.session.note": claim,
                "claim.name": name,
                "jsonType.label": kind,
                "id.token.claim": "true",
                "access.token.claim": "true",
                "introspection.token.claim": "true",
            },
        }
        for claim, name in claims.items()
    )
