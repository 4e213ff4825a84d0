"""``/v1/ca/authorities`` and ``/v1/ca/publications``: the hierarchy and its lists, read, published and changed. Translation only.

Changing needs keys the service has open. An authority whose key is shared among custodians is refused as such: they open it at a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Protocol

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from ca.api_forms import (
    NO_STORE,
    RESPONSES,
    TEXT,
    TIME,
    admit,
    answer,
    flag,
    json_body,
    list_of,
    nullable,
    object_of,
    optional_text,
    read_object,
)
from ca.api_views import CERTIFICATE, CERTIFICATE_EXAMPLE
from ca.clients import Client, ClientRegistry, Permission
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.json_body import text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ca.api_views import Shown
    from trustkit.encoding.canonical_json import JsonValue

_Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,30}$", description="The authority's name in the register")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityOrder:
    """An authority to be made: `parent` None for a root, `keys` a kind of key, `subject` label → value."""

    name: str
    parent: str | None
    profile: str
    keys: str
    subject: Mapping[str, str]


class Administration(Protocol):
    """What the routes need of the authority. With `plan` nothing is signed, and what would be is returned."""

    def tree(self, client: Client) -> Sequence[Shown]:
        """Return the authorities the client's grant names, each after the one above it."""
        ...

    def authority(self, client: Client, name: str) -> Shown:
        """Return one authority with its certificates, chain and lists. Raise CA_AUTHORITY_MISSING."""
        ...

    def create(self, client: Client, order: AuthorityOrder, *, plan: bool) -> Shown:
        """Make an authority. Raise CA_CLIENT_GRANT, and as `Hierarchy.plan` and `create`."""
        ...

    def renew(self, client: Client, name: str, *, same_key: bool, plan: bool) -> Shown:
        """Make an authority's next certificate. Raise CA_CLIENT_GRANT, and as `Hierarchy.plan_renewal` and `renew`."""
        ...

    def cross_certify(self, client: Client, name: str, by: str, *, plan: bool) -> Shown:
        """Let an authority vouch for another's key. Raise CA_CLIENT_GRANT, and as `Hierarchy.cross_certify`."""
        ...

    def publish(self, client: Client, *, delta: bool, only_due: bool) -> Sequence[Shown]:
        """Sign lists and answers of the authorities the client's grant names anew; say which. Raise CA_CLIENT_GRANT for none, USAGE where no deltas are offered."""
        ...


def authority_router(registry: ClientRegistry, administration: Administration) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["authorities"], responses=RESPONSES)
    _add_reading(router, registry, administration)
    _add_changing(router, registry, administration)
    _add_publishing(router, registry, administration)
    return router


def _add_reading(router: APIRouter, registry: ClientRegistry, administration: Administration) -> None:
    @router.get(
        "/v1/ca/authorities",
        responses=answer("The tree", object_of({"authorities": list_of(_LINE)}), {"authorities": [_LINE_EXAMPLE]}),
        summary="The authorities, each after the one above it",
        description="Those the client's grant names.",
    )
    async def tree(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.AUTHORITY_READ)
        found = await run_in_threadpool(administration.tree, client)
        return JSONResponse({"authorities": [each.to_json() for each in found]}, headers=NO_STORE)

    @router.get(
        "/v1/ca/authorities/{name}",
        responses=answer("The authority", _DETAIL, _DETAIL_EXAMPLE),
        summary="One authority: its certificates, its chain, the state of its lists",
        description="Of lists the newest of each part and kind; `tells_all` is false while a revocation is in no list yet.",
    )
    async def authority(request: Request, name: _Name) -> JSONResponse:
        client = await admit(registry, request, Permission.AUTHORITY_READ)
        found = await run_in_threadpool(administration.authority, client, name)
        return JSONResponse(found.to_json(), headers=NO_STORE)


def _add_changing(router: APIRouter, registry: ClientRegistry, administration: Administration) -> None:
    @router.post(
        "/v1/ca/authorities",
        openapi_extra=_CREATION,
        responses=_MADE,
        status_code=201,
        summary="Make an authority: a root, or one under an authority there is",
        description=f"Its key is made here, under the home's passphrase. {_PLANNING}",
    )
    async def create(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.AUTHORITY_MANAGE)
        body = await read_object(request, {"name", "under", "profile", "keys", "subject", "plan"})
        order = AuthorityOrder(
            name=text(body, "name"),
            parent=optional_text(body, "under") or None,
            profile=text(body, "profile"),
            keys=optional_text(body, "keys") or "sm2",
            subject=_subject(body),
        )
        return await _act(body, lambda plan: administration.create(client, order, plan=plan))

    @router.post(
        "/v1/ca/authorities/{name}/renewal",
        openapi_extra=_RENEWAL,
        responses=_MADE,
        status_code=201,
        summary="Make an authority's next certificate, with a new key or the same",
        description=f"A root's new key gets its links (RFC 4210 4.4). {_PLANNING}",
    )
    async def renew(request: Request, name: _Name) -> JSONResponse:
        client = await admit(registry, request, Permission.AUTHORITY_MANAGE)
        body = await read_object(request, {"same_key", "plan"})
        same = flag(body, "same_key")
        return await _act(body, lambda plan: administration.renew(client, name, same_key=same, plan=plan))

    @router.post(
        "/v1/ca/authorities/{name}/cross-certificates",
        openapi_extra=_CROSSING,
        responses=_MADE,
        status_code=201,
        summary="Let one authority vouch for the key of another",
        description=f"Whoever trusts the one then finds a path to the other. {_PLANNING}",
    )
    async def cross_certify(request: Request, name: _Name) -> JSONResponse:
        client = await admit(registry, request, Permission.AUTHORITY_MANAGE)
        body = await read_object(request, {"by", "plan"})
        by = text(body, "by")
        return await _act(body, lambda plan: administration.cross_certify(client, name, by, plan=plan))


def _add_publishing(router: APIRouter, registry: ClientRegistry, administration: Administration) -> None:
    @router.post(
        "/v1/ca/publications",
        openapi_extra=_PUBLICATION,
        responses=answer(
            "What was signed", object_of({"published": list_of(_PUBLISHED)}), {"published": [_PUBLISHED_EXAMPLE]}
        ),
        summary="Sign revocation lists, OCSP answers and status lists anew, now",
        description="Of the authorities the client's grant names; status lists go with `issuing`. `waiting` names an authority whose key is shared: its custodians publish; `waiting-responder` one whose OCSP responder's certificate is to be renewed in a sitting. `trustkit serve` publishes by itself "
        "when lists are half-way through their time.",
    )
    async def publish(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.LIST_PUBLISH)
        body = await read_object(request, {"delta", "only_due"})
        delta, only_due = flag(body, "delta"), flag(body, "only_due")
        if delta and only_due:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "deltas are signed when asked for, due or not")
        lines = await run_in_threadpool(administration.publish, client, delta=delta, only_due=only_due)
        return JSONResponse({"published": [each.to_json() for each in lines]}, headers=NO_STORE)


async def _act(body: dict[str, JsonValue], act: Callable[[bool], Shown]) -> JSONResponse:
    """Do an act, or return what it would sign."""
    plan = flag(body, "plan")
    found = await run_in_threadpool(act, plan)
    return JSONResponse(found.to_json(), status_code=200 if plan else 201, headers=NO_STORE)


def _subject(body: dict[str, JsonValue]) -> dict[str, str]:
    value = body.get("subject")
    if not isinstance(value, dict) or not value or not all(isinstance(each, str) and each for each in value.values()):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "subject is an object of texts, such as CN", key="subject")
    return {label: str(each) for label, each in value.items()}


_PLANNING: Final = (
    "With `plan` nothing is signed: the answer says what would be. The client's grant names the authority, the one that signs, the profile "
    "and every name. Refused with custody:key:shared where custodians must open the key that signs."
)
_PLAN_MEMBER: Final[dict[str, object]] = {"plan": {"type": "boolean", "description": "Only say what would be signed"}}
_CREATION: Final = json_body(
    ("name", "profile", "subject"),
    {
        "name": {"type": "string", "description": "Small letters, digits, hyphens"},
        "under": {"type": "string", "description": "The authority above; without it a root is made"},
        "profile": {"type": "string", "description": "root, intermediate, subordinate-ca, or one of the home's own"},
        "keys": {"enum": ["sm2", "ecdsa-p256", "ecdsa-p384", "rsa-3072", "ed25519"], "default": "sm2"},
        "subject": {"type": "object", "additionalProperties": TEXT, "description": "Label → value, such as CN"},
        **_PLAN_MEMBER,
    },
    {
        "name": "tls",
        "under": "web",
        "profile": "subordinate-ca",
        "keys": "ecdsa-p256",
        "subject": {"O": "示范局", "CN": "示范 TLS CA"},
    },
)
_RENEWAL: Final = json_body((), {"same_key": {"type": "boolean"}, **_PLAN_MEMBER}, {"same_key": False, "plan": True})
_CROSSING: Final = json_body(
    ("by",), {"by": {"type": "string", "description": "The authority that signs"}, **_PLAN_MEMBER}, {"by": "web"}
)
_PUBLICATION: Final = json_body(
    (),
    {
        "delta": {"type": "boolean", "description": "Deltas of the revocation lists alone"},
        "only_due": {"type": "boolean", "description": "Only what is half-way through its time, or lags behind"},
    },
    {"only_due": True},
)
_LINE_MEMBERS: Final[dict[str, object]] = {
    "name": TEXT,
    "parent": nullable(TEXT),
    "profile": TEXT,
    "key_kind": TEXT,
    "serial": nullable(TEXT),
    "subject": nullable(TEXT),
    "state": {"enum": ["valid", "suspended", "revoked", "without certificate"]},
    "not_after": nullable(TIME),
}
_LINE: Final = object_of(_LINE_MEMBERS)
_LINE_EXAMPLE: Final[dict[str, object]] = {
    "name": "tls",
    "parent": "web",
    "profile": "subordinate-ca",
    "key_kind": "ec-p256",
    "serial": "5b20",
    "subject": "C=CN, O=示范局, CN=示范 TLS CA",
    "state": "valid",
    "not_after": "2036-11-26T08:00:00Z",
}
_LIST: Final = object_of(
    {
        "scope": TEXT,
        "kind": {"enum": ["full", "delta"]},
        "number": {"type": "integer"},
        "base": nullable({"type": "integer"}),
        "entries": {"type": "integer"},
        "this_update": TIME,
        "next_update": TIME,
        "sha256": TEXT,
    }
)
_DETAIL: Final = object_of(
    {
        **_LINE_MEMBERS,
        "waits_for_custodians": {"type": "boolean", "description": "Its key is shared, and not open in the service"},
        "certificates": list_of(
            {
                "allOf": [CERTIFICATE, object_of({"role": {"enum": ["ca", "cross", "link"]}})],
                "description": "Newest first",
            }
        ),
        "chain": {"type": "string", "description": "Its certificate and those above it without the root, PEM"},
        "lists": list_of(_LIST),
        "tells_all": {"type": "boolean"},
    }
)
_DETAIL_EXAMPLE: Final[dict[str, object]] = {
    **_LINE_EXAMPLE,
    "waits_for_custodians": False,
    "certificates": [{**CERTIFICATE_EXAMPLE, "profile": "subordinate-ca", "role": "ca"}],
    "chain": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
    "lists": [
        {
            "scope": "all",
            "kind": "full",
            "number": 7,
            "base": None,
            "entries": 3,
            "this_update": "2026-11-26T08:00:00Z",
            "next_update": "2026-11-27T08:00:00Z",
            "sha256": "9f2c…",
        }
    ],
    "tells_all": True,
}
_PLAN: Final = object_of({"about_to_be_signed": {"type": "object", "additionalProperties": TEXT}})
_MADE: Final = {
    **answer(
        "It was made",
        object_of({"name": TEXT, "serial": TEXT, "sm3": TEXT, "not_after": TIME, "pem": TEXT, "links": list_of(TEXT)}),
        {
            "name": "tls",
            "serial": "5b20",
            "sm3": "66c7f0f4…",
            "not_after": "2036-11-26T08:00:00Z",
            "pem": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
            "links": [],
        },
        status=201,
    ),
    **answer(
        "What would be signed",
        _PLAN,
        {"about_to_be_signed": {"authority": "tls", "under": "web", "key": "ec-p256, made anew"}},
    ),
}
_PUBLISHED: Final[dict[str, object]] = {
    "type": "object",
    "required": ["kind", "name"],
    "properties": {
        "kind": {"enum": ["crl", "ocsp", "status-list", "waiting", "waiting-responder"]},
        "name": TEXT,
        "number": {"type": "integer"},
        "base": nullable({"type": "integer"}),
        "scope": TEXT,
        "entries": {"type": "integer"},
    },
}
_PUBLISHED_EXAMPLE: Final[dict[str, object]] = {
    "kind": "crl",
    "name": "issuing",
    "number": 8,
    "base": None,
    "scope": "all",
    "entries": 3,
}
