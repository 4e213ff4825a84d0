"""Routes that are asked thousands of times a second, answered without the layers that pages and described APIs need.

What a framework does for every request before it knows the route (parameters, dependencies, looking through all routes) costs as much as a short
answer itself. A direct route has a fixed path and one method, and its endpoint reads the request as it came. It stands in a router as any
other route does, where other methods find it, so that what they are told does not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    Endpoint = Callable[[Request], Awaitable[Response]]
    Refusal = Callable[[Request, Exception], Awaitable[Response]]

METHOD: Final = "POST"


class DirectRoute(Route):
    """A route for forms of programs: POST to a fixed path. Its endpoint is a coroutine, and needs no more than the request."""

    def __init__(self, path: str, endpoint: Endpoint) -> None:
        super().__init__(path, endpoint, methods=[METHOD])


def directly(routes: Iterable[BaseRoute], *paths: str) -> Iterator[DirectRoute]:
    """Yield direct routes to described ones: those of these paths whose endpoint needs no more than the request.

    The described one stays where it stands, for its description and for other methods.
    """
    for route in routes:
        if isinstance(route, Route) and route.path in paths and METHOD in (route.methods or ()):
            yield DirectRoute(route.path, route.endpoint)


class DirectRoutes:
    """Answers direct routes, and hands everything else on. `refused` answers for what an endpoint raised."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute], *, refused: Refusal) -> None:
        self._app = app
        self._routes = {each.path: each for each in routes if isinstance(each, DirectRoute)}
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        route = self._routes.get(scope["path"]) if scope["type"] == "http" and scope["method"] == METHOD else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = route  # whose path the log tells
        request = Request(scope, receive)
        try:
            response = await route.endpoint(request)
        except Exception as error:  # noqa: BLE001 - answered as the layers that were passed by answer it
            response = await self._refused(request, error)
        await response(scope, receive, send)
