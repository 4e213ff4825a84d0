"""Sessions at the holders' door: begun by a login at the provider, named by a cookie, ended here or with the provider's session.

`esign.holder.door.Door`. Of the cookie's secret the store has the digest, and beside it the grant that everything else is read from at each use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route

from esign.holder.door import MAX_FIELDS, page_for
from esign.holder.rendering import refusal_page, shown
from idp.handles import digest_of, fresh_handle, is_handle
from trustkit.app.holder_settings import RETURN_PATH
from trustkit.copy_codes import CopyCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import holder_sessions, op_grants
from trustkit.store.holder_sessions import HolderSessionRow
from trustkit.web.page_site import language_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from esign.copies.holding import SignedHolder, Stands
    from esign.holder.door import Who
    from trustkit.app.holder_client import EndedSignIn, HolderProvider
    from trustkit.app.holder_sign_in import HolderSignIns
    from trustkit.store.unit_of_work import ReadUnit
    from trustkit.web.rates import RateLimiter

LOGIN_MINUTES: Final = 10  # that a browser may take at the provider
MAX_COOKIES: Final = 8 * 1024
_LEAST: Final = frozenset({CopyCode.HOLDER_ORGANISATION, CopyCode.HOLDER_UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderDoor:
    """See the module. `limiter` counts the logins one address is sent to."""

    provider: HolderProvider
    sign_ins: HolderSignIns
    limiter: RateLimiter
    handle: Callable[[], str] = fresh_handle

    def routes(self) -> list[BaseRoute]:
        """Return the routes of signing in and out."""
        return [
            Route(RETURN_PATH, self.signed_in, methods=["GET"]),
            Route("/sign-out", page_for(self, self.sign_out), methods=["POST"]),
        ]

    def session(self, request: Request) -> str | None:
        """See `Door.session`: a cookie of the right form that is there once; one that is there twice was planted."""
        found = _cookie(request, self._name("holder"))
        return found if is_handle(found) else None

    def stands(self, secret: str, *, fresh: bool, form: bool) -> Stands:
        """See `Door.stands`: raise TOKEN_REFUSED for a session there is not or that is over, else as `HolderSignIns.by_grant`."""
        key = digest_of(secret)

        def found(unit: ReadUnit) -> SignedHolder:
            row = holder_sessions.find(unit, key)
            if row is None or self.sign_ins.home.clock.now() >= row.expires_at:
                raise TrustError(ErrorCode.TOKEN_REFUSED, "no session here")
            return self.sign_ins.by_grant(row.grant_id, fresh=fresh, form=form)(unit)

        return found

    def to_sign_in(self, request: Request, *, back: str, fresh: bool) -> Response:
        """See `Door.to_sign_in`. Raise REQUEST_RATE. From a form it goes by a page: browsers hold redirects after one to its ``form-action``."""
        self.limiter.spend(request.client.host if request.client is not None else "")
        begun = self.provider.begin(back=back, fresh=fresh, secret=self.handle(), language=language_of(request).value)
        if request.method == "POST":
            answer = shown(request, "going.html", {"kind": "sign-in"}, goes_to=begun.url)
        else:
            answer = RedirectResponse(
                begun.url, status_code=HTTPStatus.SEE_OTHER, headers={"cache-control": "no-store"}
            )
        answer.headers.append("set-cookie", self._set("holder-login", begun.cookie, seconds=LOGIN_MINUTES * 60))
        return answer

    async def signed_in(self, request: Request) -> Response:
        """GET /signed-in: take up a login that comes back, once; the session there was before ends."""
        try:
            ended = await self.provider.finish(_cookie(request, self._name("holder-login")), _answer(request))
            secret = await run_in_threadpool(self._begin, ended, self.session(request))
        except TrustError as error:
            if error.code is ErrorCode.BUG:
                raise
            answer = refusal_page(request, error)
        else:
            answer = RedirectResponse(
                ended.back, status_code=HTTPStatus.SEE_OTHER, headers={"cache-control": "no-store"}
            )
            answer.headers.append("set-cookie", self._set("holder", secret))
        answer.headers.append("set-cookie", self._set("holder-login", "", seconds=0))
        return answer

    def sign_out(self, who: Who) -> Response:
        """POST /sign-out: end the session here, and go where the provider's can be ended as well."""
        home = self.sign_ins.home
        secret = self.session(who.request)
        if secret is not None:
            with home.database.unit_of_work() as uow:
                holder_sessions.remove(uow, digest_of(secret))
        answer = shown(
            who.request, "going.html", {"kind": "signed-out"}, goes_to=f"{self.provider.client.issuer}/logout"
        )
        answer.headers.append("set-cookie", self._set("holder", "", seconds=0))
        return answer

    def _begin(self, ended: EndedSignIn, before: str | None) -> str:
        """Return the secret of a new session. Raise HOLDER_LEVEL where the login is not what was asked for."""
        home = self.sign_ins.home
        secret = self.handle()
        with home.database.unit_of_work() as uow:
            now = home.clock.now()
            self._require_enough(uow, ended)
            grant = op_grants.find(uow, ended.grant)
            if grant is None:
                raise TrustError(CopyCode.HOLDER_SIGN_IN, "no grant came of it")
            holder_sessions.forget(uow, before=now)
            if before is not None:
                holder_sessions.remove(uow, digest_of(before))
            row = HolderSessionRow(
                secret_sm3=digest_of(secret),
                grant_id=ended.grant,
                created_at=now,
                expires_at=min(grant.expires_at, now + timedelta(hours=home.settings.idp.session_hours)),
            )
            holder_sessions.add(uow, row)
        return secret

    def _require_enough(self, unit: ReadUnit, ended: EndedSignIn) -> None:
        """Raise HOLDER_LEVEL or HOLDER_SIGN_IN for a login that would be sent to sign in again and again."""
        try:
            self.sign_ins.by_grant(ended.grant, fresh=ended.fresh, form=ended.fresh)(unit)
        except TrustError as error:
            if error.code in _LEAST:
                return  # somebody is signed in: the page tells him what is missing
            if error.code is ErrorCode.TOKEN_LEVEL:
                raise TrustError(CopyCode.HOLDER_LEVEL, error.detail) from error
            if error.code is ErrorCode.TOKEN_REFUSED:
                raise TrustError(CopyCode.HOLDER_SIGN_IN, error.detail) from error
            raise

    def _name(self, name: str) -> str:
        prefix = "__Host-" if self.provider.settings.secure else ""
        return f"{prefix}trustkit-{name}"

    def _set(self, name: str, value: str, *, seconds: int | None = None) -> str:
        age = "" if seconds is None else f"Max-Age={seconds}; "
        secure = "; Secure" if self.provider.settings.secure else ""
        # Lax: the browser comes back from the provider by a redirect with its cookies, and by nothing that changes something.
        return f"{self._name(name)}={value}; {age}Path=/; HttpOnly; SameSite=Lax{secure}"


def _answer(request: Request) -> dict[str, str]:
    """Return what the provider sent along. Raise HOLDER_SIGN_IN for a parameter that stands twice (RFC 6749 3.1), or too many."""
    pairs = request.query_params.multi_items()
    if len(pairs) > MAX_FIELDS or len(dict(pairs)) != len(pairs):
        raise TrustError(CopyCode.HOLDER_SIGN_IN, "no answer of a provider")
    return dict(pairs)


def _cookie(request: Request, name: str) -> str:
    header = request.headers.get("cookie", "")
    if len(header) > MAX_COOKIES:
        return ""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    found = [value for key, _, value in pairs if key == name]
    return found[0] if len(found) == 1 else ""
