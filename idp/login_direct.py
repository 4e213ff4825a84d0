"""The two requests of a login by password, answered before FastAPI reads them: a morning's logins come all at once.

`idp.login_api` describes the same two, and answers for them where no direct route is asked first: what they take and refuse is one thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.factors.port import FactorKind
from idp.levels.acr import MAX_ACR_VALUES
from idp.login_api import FORM_HEADER, MAX_TOKEN
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.direct import DirectRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.login_api import LoginCalls

BEGIN: Final = "/v1/login"
PASSWORD: Final = f"{BEGIN}/{FactorKind.PASSWORD.value}"


def direct_login_routes(calls: LoginCalls) -> tuple[DirectRoute, ...]:
    """Return the routes: a login begins, and takes a password."""

    async def begin(request: Request) -> Response:
        return await calls.begin(request, _bounded(request.query_params.get("acr", ""), MAX_ACR_VALUES))

    async def password(request: Request) -> Response:
        identifier = _bounded(request.query_params.get("i"), MAX_TOKEN)
        form = _bounded(request.headers.get(FORM_HEADER), MAX_TOKEN)
        return await calls.prove(request, FactorKind.PASSWORD, identifier, form)

    return DirectRoute(BEGIN, begin), DirectRoute(PASSWORD, password)


def _bounded(text: str | None, most: int) -> str:
    """Return a parameter. Raise REQUEST_MALFORMED for one that is missing or too long."""
    if text is None or len(text) > most:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "a parameter is missing or of the wrong type")
    return text
