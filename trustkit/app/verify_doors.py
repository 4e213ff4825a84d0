"""What stands before each door of the verification API: a token with the door's permission, and the calls its client may make in a minute."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from starlette.concurrency import run_in_threadpool

from trustkit.app.token_guard import token_guard
from trustkit.app.verify_scopes import VerifyScope, holders
from trustkit.web.requires import caller_of, requires

if TYPE_CHECKING:
    from starlette.requests import Request

    from trustkit.app.authority import Authority
    from trustkit.app.client_calls import ClientCalls

_Handler = TypeVar("_Handler", bound=Callable[..., Coroutine[Any, Any, object]])
Admit: TypeAlias = "Callable[[_Handler], _Handler]"
Doors: TypeAlias = "Callable[[VerifyScope], Admit[Callable[..., Coroutine[Any, Any, Any]]]]"


def verify_doors(authority: Authority, calls: ClientCalls) -> Doors:
    """Return what puts before a handler what its door asks for, as the settings say; without tokens nothing."""
    guard, tokens = token_guard(authority), authority.settings.tokens

    def door(scope: VerifyScope) -> Admit[_Handler]:
        needed = requires(
            guard,
            scope.value,
            wider=holders(scope),
            acr=tokens.verify_level,
            max_age=tokens.max_age,
            anonymous=tokens.anonymous,
        )
        return lambda handler: needed(_counted(handler, calls))

    return door


def _counted(handler: _Handler, calls: ClientCalls) -> _Handler:
    """Return the handler, run while its caller has calls left in this minute; before anything of the body is read."""

    async def counted(request: Request, **named: object) -> object:
        caller = caller_of(request)
        if caller is not None and calls.bounds_calls_of(caller.client):
            await run_in_threadpool(calls.count_call, request, caller.client)
        return await handler(request=request, **named)

    return cast("_Handler", update_wrapper(counted, handler))
