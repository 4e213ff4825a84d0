"""The endpoints that clients call: tokens, pushed requests, introspection, revocation. Translation only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Router

from idp.op.oauth_error import NO_STORE
from idp.op.taking import TokenRequest
from trustkit.web.direct import DirectRoute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.routing import BaseRoute

    from idp.op.authorization import AuthorizationDesk
    from idp.op.backchannel import BackchannelDesk
    from idp.op.devices import DeviceDesk
    from idp.op.door import Call, ClientDoor, Handler
    from idp.op.introspection import TokenDesk
    from idp.op.token_service import TokenService
    from trustkit.encoding.canonical_json import JsonValue

TOKEN: Final = "/token"  # noqa: S105 - a path
PAR: Final = "/par"
INTROSPECT: Final = "/introspect"
REVOKE: Final = "/revoke"
DEVICE: Final = "/device_authorization"
BACKCHANNEL: Final = "/bc-authorize"


def token_router(
    door: ClientDoor,
    tokens: TokenService,
    authorization: AuthorizationDesk,
    *,
    desk: TokenDesk,
    devices: DeviceDesk,
    backchannel: BackchannelDesk,
) -> Router:
    """Return the routes for clients."""

    async def token(call: Call) -> Mapping[str, JsonValue]:
        request = TokenRequest(parameters=call.parameters, proven=call.proven, proof=call.proof, now=call.now)
        return await tokens.exchange(request)

    async def push(call: Call) -> Response:
        uri, seconds = await authorization.push(call.proven, call.parameters, call.proof, now=call.now)
        # RFC 9126 2.2: 201, and nothing of it is kept in caches.
        return JSONResponse({"request_uri": uri, "expires_in": seconds}, status_code=201, headers=dict(NO_STORE))

    async def introspect(call: Call) -> Mapping[str, JsonValue]:
        await desk.spend(call.proven)
        return call.seen

    async def revoke(call: Call) -> Response:
        await desk.revoke(call.proven, call.parameters, now=call.now)
        return Response(status_code=200, headers=dict(NO_STORE))

    async def device(call: Call) -> Mapping[str, JsonValue]:
        return await devices.begin(call.proven, call.parameters, call.proof, now=call.now)

    async def behind(call: Call) -> Mapping[str, JsonValue]:
        return await backchannel.begin(call.proven, call.parameters, call.proof, now=call.now)

    endpoints: dict[str, Handler] = {
        TOKEN: token,
        PAR: push,
        INTROSPECT: introspect,
        REVOKE: revoke,
        DEVICE: device,
        BACKCHANNEL: behind,
    }
    # Direct routes: reading these forms is our own, and what FastAPI would add to each call costs more than the call.
    looks = {INTROSPECT: desk.look}
    routes: list[BaseRoute] = [
        DirectRoute(path, door.answers(handler, look=looks.get(path))) for path, handler in endpoints.items()
    ]
    return Router(routes=routes)
