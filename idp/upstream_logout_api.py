"""``POST /login/logout/NAME``: where a connector's provider tells that a session ended there. Translation only.

OpenID Connect Back-Channel Logout 1.0, 2.8: 200 when it was done, 400 with an error of OAuth when not, and nothing of either is cached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Router

from idp.op.parameters import read_form
from trustkit.error_family import Family
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.upstream_logout import UpstreamLogouts

LOGOUT_PATH: Final = "/login/logout"
_NO_STORE: Final = {"Cache-Control": "no-store"}
_LATER: Final = frozenset({Family.UNREACHABLE, Family.RESOURCE})


def upstream_logout_router(logouts: UpstreamLogouts) -> Router:
    """Return the route."""

    async def told(request: Request) -> Response:
        try:
            form = read_form(await request.body(), request.headers.get("content-type", ""))
            token = form.need("logout_token")
            address = request.client.host if request.client is not None else ""
            await logouts.take(request.path_params["name"], token, address=address)
        except TrustError as error:
            if error.code.family is Family.BUG:
                raise
            name = "temporarily_unavailable" if error.code.family in _LATER else "invalid_request"
            return JSONResponse({"error": name}, status_code=400, headers=_NO_STORE)
        return Response(status_code=200, headers=_NO_STORE)

    made = Router()
    made.add_route(f"{LOGOUT_PATH}/{{name}}", told, methods=["POST"])
    return made
