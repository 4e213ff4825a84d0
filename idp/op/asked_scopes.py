"""What a request asks for, held against what its client registered: never more, and less when it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.op.client_model import PERSONAL
from idp.op.words import MAX_SCOPE, SCOPE_WORD
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.op.client_model import Client
    from idp.op.parameters import Parameters


def read_scopes(parameters: Parameters) -> tuple[str, ...]:
    """Return the scopes of a request, none when it names none. Raise OP_REQUEST_FORM, OP_SCOPE."""
    scopes = tuple(dict.fromkeys(parameters.bounded("scope", MAX_SCOPE).split(" ")))
    named = tuple(each for each in scopes if each)
    if any(SCOPE_WORD.fullmatch(each) is None for each in named):
        raise TrustError(IdentityCode.OP_SCOPE, "scope has characters no scope has")
    return named


def asked_scopes(client: Client, parameters: Parameters) -> tuple[str, ...]:
    """Return the scopes asked of a person, in the client's order. Raise OP_SCOPE for none, and for one it has not."""
    scopes = read_scopes(parameters)
    if not scopes:
        raise TrustError(IdentityCode.OP_SCOPE, "scope is missing")
    return within(scopes, client.registration.scopes)


def own_scopes(client: Client, parameters: Parameters) -> tuple[str, ...]:
    """Return the scopes a client asks for itself: all it has when it names none. Raise OP_SCOPE for one of a person's."""
    mine = tuple(each for each in client.registration.scopes if each not in PERSONAL)
    return within(read_scopes(parameters), mine) or mine


def narrowed(parameters: Parameters, granted: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes of a refresh: those named, which were all granted (RFC 6749 6), or all. Raise OP_SCOPE."""
    most = tuple(granted)
    return within(read_scopes(parameters), most) or most


def still_allowed(client: Client, granted: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes of a grant that its client has still: an operator may have taken some away. Raise OP_SCOPE when none is left."""
    left = tuple(each for each in granted if each in client.registration.scopes)
    if not left:
        raise TrustError(IdentityCode.OP_SCOPE, "nothing of what was granted is allowed any more")
    return left


def still_served(client: Client, granted: Iterable[str]) -> tuple[str, ...]:
    """Return the resources of a grant that its client has still. Raise OP_TARGET when all were taken away: none would mean the provider."""
    before = tuple(granted)
    left = tuple(each for each in before if each in client.registration.resources)
    if before and not left:
        raise TrustError(IdentityCode.OP_TARGET, "the resources of what was granted are not the client's any more")
    return left


def asked_resources(client: Client, parameters: Parameters) -> tuple[str, ...]:
    """Return the resources asked for, or all the client has. Raise OP_TARGET for one it has not (RFC 8707 2)."""
    return narrowed_resources(parameters, client.registration.resources)


def narrowed_resources(parameters: Parameters, granted: Iterable[str]) -> tuple[str, ...]:
    """Return the resources named, which were all granted, or all of them. Raise OP_TARGET."""
    most = tuple(granted)
    if any(each not in most for each in parameters.resources):
        raise TrustError(IdentityCode.OP_TARGET, "a resource is not one of those allowed")
    return parameters.resources or most


def within(asked: tuple[str, ...], most: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is asked. Raise OP_SCOPE when it is more than there is."""
    if any(each not in most for each in asked):
        raise TrustError(IdentityCode.OP_SCOPE, "a scope is not one of those allowed")
    return asked
