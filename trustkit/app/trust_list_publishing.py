"""Publishing the authority's own trust lists, at an address under its public URL (``/v1/trust-lists/NAME``), for other homes to fetch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from esign.trustlist.verify import key_name, require_later, require_signer
from trustkit.app.keys import KeyName
from trustkit.app.trust_list_desk import tell_list
from trustkit.audit.events import EventType
from trustkit.capsule_codes import CapsuleCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import published_trust_lists
from trustkit.store.published_trust_lists import PublishedListRow
from trustkit.web.validators import published
from verifier.issuer_evidence import read_trust_list

if TYPE_CHECKING:
    from esign.trustlist.verify import VerifiedTrustList
    from trustkit.app.authority import Authority

MEDIA_TYPE: Final = "application/jwt"  # RFC 7519 10.3.1; `typ` says which
PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"
_MISSING: Final[dict[int | str, dict[str, object]]] = {
    404: {"description": "No such list is published", "content": {"application/problem+json": {}}}
}


def list_address(base_url: str, name: str) -> str:
    """Return where a list of this name is published. Raise USAGE for a name that is none."""
    if re.fullmatch(PATTERN, name) is None:
        raise TrustError(ErrorCode.USAGE, "a list is named by small letters, digits and hyphens")
    return f"{base_url.rstrip('/')}/v1/trust-lists/{name}"


def publish_list(authority: Authority, name: str, octets: bytes) -> VerifiedTrustList:
    """Give out a list from now on, told to the trail in the same transaction.

    Raises:
        TrustError: TRUST_LIST_PLACE for one that says it lives elsewhere; TRUST_LIST_SIGNER for one that neither the seal's key nor one that the
            edition before knows has signed; TRUST_LIST_OLDER, TRUST_LIST_EXPIRED; what reading raises.
    """
    found, address = read_trust_list(octets), list_address(authority.settings.server.base_url, name)
    now = authority.clock.now()
    if found.content.uri != address:
        raise TrustError(CapsuleCode.TRUST_LIST_PLACE, "the list's uri is another", due=address)
    if now >= found.content.expires_at:
        raise TrustError(CapsuleCode.TRUST_LIST_EXPIRED, "the list has expired")
    with authority.database.unit_of_work() as uow:
        row = published_trust_lists.find(uow, name)
        before = None if row is None else read_trust_list(row.document)
        if before is None:
            require_signer(found, (key_name(authority.certificate(KeyName.SEAL)),))
        else:
            require_signer(found, (before.key, *([before.content.next_key] if before.content.next_key else [])))
            require_later(found, before)
        edition = PublishedListRow(
            name=name,
            number=found.content.number,
            document=found.octets,
            expires_at=found.content.expires_at,
            published_at=now,
        )
        published_trust_lists.publish(uow, edition)
        tell_list(uow, authority, EventType.TRUST_LIST_PUBLISHED, found)
    return found


def withdraw_list(authority: Authority, name: str) -> VerifiedTrustList:
    """Give out a list no more; return the edition that was. Raise TRUST_LIST_MISSING."""
    with authority.database.unit_of_work() as uow:
        row = published_trust_lists.find(uow, name)
        if row is None or not published_trust_lists.withdraw(uow, name):
            raise TrustError(CapsuleCode.TRUST_LIST_MISSING, "no such list is published", name=name)
        found = read_trust_list(row.document)
        tell_list(uow, authority, EventType.TRUST_LIST_WITHDRAWN, found)
    return found


def trust_lists_router(authority: Authority, *, max_age: int) -> APIRouter:
    """Return the route of the lists that are published; `max_age` in seconds bounds how long a cache keeps one, its expiry too."""
    router = APIRouter(tags=["publications"], responses=_MISSING)

    @router.get(
        "/v1/trust-lists/{name}",
        summary="A signed list of trusted issuers and equivalent licence types",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    def trust_list(request: Request, name: Annotated[str, Path(pattern=PATTERN)]) -> Response:
        with authority.database.reading() as unit:
            row = published_trust_lists.find(unit, name)
        left = 0 if row is None else int((row.expires_at - authority.clock.now()).total_seconds())
        return published(request, None if row is None else row.document, MEDIA_TYPE, max(0, min(max_age, left)))

    return router
