"""Whoever comes to the holder's pages: is he signed in, does his form carry its token, and where he is sent when he is not."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from esign.holder.rendering import refusal_page
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from esign.copies.holding import Stands

    Answer = Callable[[Request], Awaitable[Response]]

MAX_FIELDS: Final = 12
MAX_FIELD: Final = 1024
_FORM: Final = "application/x-www-form-urlencoded"
_SIGN_IN: Final = frozenset({ErrorCode.TOKEN_REFUSED, ErrorCode.TOKEN_LEVEL})


class Door(Protocol):
    """Who is signed in, and how one comes to be; `trustkit.app.holder_door` is one."""

    def session(self, request: Request) -> str | None:
        """Return the secret of the browser's session here, None where it has none of that form."""

    def stands(self, secret: str, *, fresh: bool, form: bool) -> Stands:
        """Return who is signed in by that session, as `esign.copies.holding` asks."""

    def to_sign_in(self, request: Request, *, back: str, fresh: bool) -> Response:
        """Return the answer that sends a browser to sign in, and back to a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody with a session here, and what he asks; whether the session stands is found out within each act."""

    request: Request
    stands: Stands
    csrf: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)

    def text(self, name: str) -> str:
        """Return a field of the form, or a parameter of the address where nothing was sent; empty when it is not there."""
        return self.fields.get(name, "").strip()


def page_for(
    door: Door, work: Callable[[Who], Response], *, fresh: bool = False, back: Callable[[Who], str] | None = None
) -> Answer:
    """Return the handler of a page for who is signed in; `fresh` where he lets something be used, `back` the page a login leads to, this one where it is none.

    A form without the token of its session changes nothing : IDP_FORGED.
    """

    async def answer(request: Request) -> Response:
        try:
            fields = await _fields(request)
            secret = door.session(request)
            posted = request.method == "POST"
            where = _here(request)
            if secret is None:
                return door.to_sign_in(request, back="/" if posted else where, fresh=fresh)
            csrf = csrf_of(secret)
            if posted:
                _require_own(fields, csrf)
            stands = door.stands(secret, fresh=fresh, form=fresh and not posted)
            who = Who(request=request, stands=stands, csrf=csrf, fields=fields)
            try:
                return await run_in_threadpool(work, who)
            except TrustError as error:
                if error.code not in _SIGN_IN:
                    raise
                return door.to_sign_in(request, back=back(who) if back and posted else where, fresh=fresh)
        except TrustError as error:
            if error.code is ErrorCode.BUG:
                raise
            return refusal_page(request, error)

    return answer


def csrf_of(secret: str) -> str:
    """Return the token of a session's forms: whoever has not the cookie cannot make it."""
    return digest(DigestAlgorithm.SM3, f"trustkit holder form {secret}".encode()).hex()


def _require_own(fields: Mapping[str, str], csrf: str) -> None:
    if not hmac.compare_digest(fields.get("csrf", "").encode(), csrf.encode()):
        raise TrustError(IdentityCode.IDP_FORGED, "a form without the token of its session")


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a form, or the parameters of an address, each once. Raise REQUEST_TYPE, REQUEST_MALFORMED."""
    if request.method == "POST":
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            raise TrustError(ErrorCode.REQUEST_TYPE, "a form is urlencoded", needed=_FORM)
        try:
            pairs = (await request.form(max_files=0, max_fields=MAX_FIELDS)).multi_items()
        except (HTTPException, ValueError) as error:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "the form cannot be read") from error
    else:
        pairs = list(request.query_params.multi_items())
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found or not isinstance(value, str) or len(value) > MAX_FIELD or len(found) >= MAX_FIELDS:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "a field is there twice, or too long")
        found[name] = value
    return found
