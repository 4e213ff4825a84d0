"""The guard of ``trustkit serve`` and ``trustkit share serve``: access tokens of the identity provider the settings name, its keys fetched from where it says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from starlette.concurrency import run_in_threadpool

from idp.connectors.oidc_provider import OpenIdProvider
from trustkit.app.callers import caller_key
from trustkit.app.idp_upstream import open_upstream
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_once
from trustkit.web.callers import CallerNames
from trustkit.web.requires import TokenGuard

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.app.authority import Authority
    from trustkit.clock import Clock
    from trustkit.jose.keys import JwkSet
    from trustkit.store.database import Database

_Verified = TypeVar("_Verified")


@dataclass(frozen=True, slots=True)
class IssuerKeys:
    """The keys of an issuer, as its metadata names them: `trustkit.web.requires.KeySource`."""

    provider: OpenIdProvider

    async def verified(self, verify: Callable[[JwkSet], _Verified], *, now: datetime) -> _Verified:
        """See `KeySource.verified`. An issuer that cannot be read is out of reach: the token is not to blame."""
        failed: list[TrustError] = []

        def judged(keys: JwkSet) -> _Verified:
            try:
                return verify(keys)
            except TrustError as error:
                failed.append(error)
                raise

        try:
            return await self.provider.verified(judged, now=now)
        except TrustError as error:
            if failed:
                raise failed[-1] from None
            raise TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, error.detail) from error


@dataclass(frozen=True, slots=True)
class StoreSeen:
    """Proofs that were used, in the store, so that no other process takes one again: `trustkit.web.requires.Seen`."""

    database: Database
    clock: Clock

    async def note(self, digest: str, until: datetime) -> bool:
        """See `Seen.note`."""
        return await run_in_threadpool(self._note, digest, until)

    def _note(self, digest: str, until: datetime) -> bool:
        with self.database.unit_of_work() as uow:
            op_once.forget(uow, before=self.clock.now())
            return op_once.see(uow, digest, expires_at=until)


def token_guard(authority: Authority) -> TokenGuard | None:
    """Return the guard the settings ask for, None where they ask for none.

    Raises:
        TrustError: as `open_upstream`.
    """
    settings, tokens = authority.settings, authority.settings.tokens
    if not tokens.verify:
        return None
    return guard_of(
        authority,
        issuer=tokens.issuer,
        resource=tokens.resource or settings.server.base_url,
        authorities=tokens.authorities,
    )


def guard_of(authority: Authority, *, issuer: str, resource: str, authorities: str) -> TokenGuard:
    """Return the guard that takes an issuer's tokens for a resource; `authorities` names a file of CA certificates, empty for the machine's.

    Raises:
        TrustError: as `open_upstream`.
    """
    settings, issuer = authority.settings, issuer.rstrip("/")
    path = Path(settings.home, authorities) if authorities else None
    upstream = open_upstream(authority.clock, bases=(issuer,), authorities=path, production=settings.production)
    provider = OpenIdProvider(issuer=issuer, upstream=upstream, plain=not settings.production)
    return TokenGuard(
        issuer=issuer,
        resource=resource.rstrip("/"),
        keys=IssuerKeys(provider),
        clock=authority.clock,
        seen=StoreSeen(authority.database, authority.clock),
        names=CallerNames(issuer=issuer, key=caller_key(authority.database)),
    )
