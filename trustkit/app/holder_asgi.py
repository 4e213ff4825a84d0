"""The application of the holders' door, behind the frame all services share: pages in a browser, calls by a token. It holds no signing key."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from esign.copies.holding import HolderDesk
from esign.holder.api import HolderCalls, HolderScopes, holder_router
from esign.holder.pages import HolderPages
from esign.licence.types import find_licence_type
from idp.connectors.oidc_provider import OpenIdProvider
from trustkit.app.callers import caller_key
from trustkit.app.copy_desk import copy_authorisations
from trustkit.app.described import described
from trustkit.app.frame import framed
from trustkit.app.health_api import health_router
from trustkit.app.holder_client import HolderProvider, door_of
from trustkit.app.holder_door import HolderDoor
from trustkit.app.holder_settings import HOLDER_CLIENT
from trustkit.app.holder_sign_in import DECIDE, LOOK, HolderSignIns
from trustkit.app.home import POLICIES
from trustkit.app.idp_upstream import open_upstream
from trustkit.app.live_grant import token_id_of
from trustkit.app.official_client import OfficialClient
from trustkit.app.plain import plain
from trustkit.app.token_guard import IssuerKeys, StoreSeen
from trustkit.copy_codes import CopyCode
from trustkit.errors import TrustError
from trustkit.texts.catalogue import Language
from trustkit.web.callers import CallerNames
from trustkit.web.places import PeerPlaces
from trustkit.web.rates import RateLimiter
from trustkit.web.requires import TokenGuard, token_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from esign.copies.holding import Stands
    from esign.holder.views import TypeTitles
    from trustkit.app.authority import Authority
    from trustkit.app.frame import Lifespan

_BODIES_HELD: Final = 64


def holder_application(authority: Authority) -> ASGIApp:
    """Return the application over an opened home, which is closed with it.

    Raises:
        TrustError: HOLDER_CLOSED before ``share holder-setup``, or since the door has another address; IDP_LADDER; as `open_upstream`.
    """
    settings, asked = authority.settings, authority.settings.holder
    if not door_of(authority):
        raise TrustError(
            CopyCode.HOLDER_CLOSED, "`trustkit share holder-setup` registers the door", client=HOLDER_CLIENT
        )
    issuer = settings.idp.url()
    path = Path(settings.home, asked.authorities) if asked.authorities else None
    upstream = open_upstream(authority.clock, bases=(issuer,), authorities=path, production=settings.production)
    desk = HolderDesk(database=authority.database, clock=authority.clock, authorisations=copy_authorisations(authority))
    titles, sign_ins = type_titles(settings.home), HolderSignIns.of(authority)
    door = HolderDoor(
        provider=HolderProvider(
            home=authority,
            client=OfficialClient(upstream=upstream, issuer=issuer, client=HOLDER_CLIENT),
            settings=asked,
        ),
        sign_ins=sign_ins,
        limiter=RateLimiter(asked.login_per_minute, authority.clock),
    )
    guard = TokenGuard(
        issuer=issuer,
        resource=asked.url(),
        keys=IssuerKeys(OpenIdProvider(issuer=issuer, upstream=upstream, plain=not settings.production)),
        clock=authority.clock,
        seen=StoreSeen(authority.database, authority.clock),
        names=CallerNames(issuer=issuer, key=caller_key(authority.database)),
    )
    calls = HolderCalls(desk=desk, titles=titles, stands=_by_token(sign_ins))
    scopes = HolderScopes(look=LOOK, decide=DECIDE, level=asked.level, max_age=asked.max_age)
    pages = HolderPages(desk=desk, door=door, titles=titles)

    def made(lifespan: Lifespan) -> ASGIApp:
        api = described(
            (health_router(authority), holder_router(calls, guard, scopes)),
            version=authority.version,
            title="trustkit holders",
            summary="Holders let their licences be used, and take it back",
        )
        return plain([*pages.routes(), *door.routes()], lifespan, then=api)

    app = framed(
        authority,
        made,
        name="holder-serve",
        max_body=asked.max_body_bytes,
        bodies=_BODIES_HELD,
        per_minute=asked.anonymous_per_minute,
    )
    return PeerPlaces(app, trusted=asked.proxies())


def type_titles(home: Path) -> TypeTitles:
    """Return what names licence types, each looked for once."""

    @cache
    def both(code: str) -> tuple[str, str]:
        kind = find_licence_type(home / POLICIES / "licences", code)
        return (code, code) if kind is None else (kind.title_zh, kind.title_en)

    def title(code: str, language: Language) -> str:
        zh, en = both(code)
        return zh if language is Language.ZH else en

    return title


def _by_token(sign_ins: HolderSignIns) -> Callable[[Request, bool], Stands]:
    def stands(request: Request, fresh: bool) -> Stands:  # noqa: FBT001 - the caller's own form
        return sign_ins.by_token(token_id_of(token_of(request)), fresh=fresh)

    return stands
