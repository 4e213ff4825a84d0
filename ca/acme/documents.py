"""The JSON objects of ACME (RFC 8555 7.1), from rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.acme.names import names_from_text
from ca.acme.problems import problem_from_text
from trustkit.clock import format_rfc3339
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.errors import TrustError
from trustkit.jose.jwk import Jwk, parse_jwk
from trustkit.store.acme_orders import AuthorizationState, OrderState

if TYPE_CHECKING:
    from datetime import datetime

    from ca.acme.service import AcmeService
    from trustkit.store.acme_accounts import AccountRow
    from trustkit.store.acme_orders import AuthorizationRow, ChallengeRow, OrderRow


def directory(service: AcmeService) -> dict[str, JsonValue]:
    """Return the directory (RFC 8555 7.1.1, RFC 9773 3)."""
    names = {
        "newNonce": "new-nonce",
        "newAccount": "new-account",
        "newOrder": "new-order",
        "revokeCert": "revoke-cert",
        "keyChange": "key-change",
        "renewalInfo": "renewal-info",
    }
    meta: dict[str, JsonValue] = {"externalAccountRequired": service.accounts.binding_required}
    if service.terms:
        meta["termsOfService"] = service.terms
    if service.website:
        meta["website"] = service.website
    if service.orders.caa.identities:
        meta["caaIdentities"] = list(service.orders.caa.identities)
    return {**{name: f"{service.base}/{path}" for name, path in names.items()}, "meta": meta}


def account(service: AcmeService, row: AccountRow) -> dict[str, JsonValue]:
    """Return an account (RFC 8555 7.1.2)."""
    contacts = parse_json(row.contacts.encode("utf-8"))
    orders = f"{service.base}/accounts/{row.identifier}/orders"
    return {"status": row.state.value, "contact": contacts, "orders": orders}


def order(service: AcmeService, row: OrderRow) -> dict[str, JsonValue]:
    """Return an order (RFC 8555 7.1.3)."""
    here = f"{service.base}/orders/{row.identifier}"
    over = row.state in {OrderState.PENDING, OrderState.READY} and service.orders.clock.now() >= row.expires_at
    authorizations = service.orders.authorizations(row)
    body: dict[str, JsonValue] = {
        "status": OrderState.INVALID.value if over else row.state.value,
        "expires": format_rfc3339(_whole(row.expires_at)),
        "identifiers": [{"type": "dns", "value": name} for name in names_from_text(row.names)],
        "authorizations": [f"{service.base}/authorizations/{each.identifier}" for each in authorizations],
        "finalize": f"{here}/finalize",
    }
    if row.serial is not None:
        body["certificate"] = f"{here}/certificate"
    if row.problem is not None:
        body["error"] = problem_from_text(row.problem)
    return body


def authorization(
    service: AcmeService, row: AuthorizationRow, challenges: tuple[ChallengeRow, ...]
) -> dict[str, JsonValue]:
    """Return an authorization (RFC 8555 7.1.4)."""
    waiting = row.state in {AuthorizationState.PENDING, AuthorizationState.VALID}
    over = waiting and service.orders.clock.now() >= row.expires_at
    body: dict[str, JsonValue] = {
        "status": "expired" if over else row.state.value,
        "expires": format_rfc3339(_whole(row.expires_at)),
        "identifier": {"type": "dns", "value": row.name},
        "challenges": [challenge(service, each) for each in challenges],
    }
    if row.wildcard:
        body["wildcard"] = True
    return body


def challenge(service: AcmeService, row: ChallengeRow) -> dict[str, JsonValue]:
    """Return a challenge (RFC 8555 7.1.5, 8)."""
    body: dict[str, JsonValue] = {
        "type": row.type,
        "url": f"{service.base}/authorizations/{row.authorization}/{row.type}",
        "status": row.state.value,
        "token": row.token,
    }
    if row.validated_at is not None:
        body["validated"] = format_rfc3339(_whole(row.validated_at))
    if row.problem is not None:
        body["error"] = problem_from_text(row.problem)
    return body


def same_key(value: JsonValue, key: Jwk) -> bool:
    """Whether a JSON value is this key."""
    try:
        return parse_jwk(value).thumbprint == key.thumbprint
    except TrustError:
        return False


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
