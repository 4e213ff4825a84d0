"""The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0, 2), GET and POST. Translation only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route, Router

from idp.group_commit import Written, checked
from idp.op.authorization import Going
from idp.op.authorize_api import read_parameters
from idp.op.logout import END_SESSION
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.group_commit import GroupWriter
    from idp.op.authorize_api import BrowserDoor
    from idp.op.logout import LogoutDesk
    from trustkit.clock import Clock


def logout_router(door: BrowserDoor, desk: LogoutDesk, writer: GroupWriter, clock: Clock) -> Router:
    """Return the endpoint clients send browsers to for signing out."""

    async def end_session(request: Request) -> Response:
        now, browser = clock.now(), door.browser(request)
        try:
            parameters = await read_parameters(request)
            done = await writer.write(checked(lambda uow: Written(desk.end(uow, parameters, browser.session, now=now))))
        except TrustError as error:
            return door.show(request, error)
        answer = door.send(Going(location=done.location))
        if done.ended:
            answer.headers.append("set-cookie", door.cookies.clear(door.cookies.session))
        return answer

    routes: list[BaseRoute] = [Route(END_SESSION, end_session, methods=["GET", "POST"])]
    return Router(routes=routes)
