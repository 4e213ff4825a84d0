"""Who signed in at this home's identity service, and which licences he may fetch: those of the organisation he acts for, by a live mandate."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from esign.licence.lifecycle import Standing, standing_of
from esign.licence.types import load_catalogued_type
from esign.wallet.access import Access
from esign.wallet.handles import digest_of
from esign.wallet.offers import DEFAULT_DAYS
from esign.wallet.sign_in import FETCH, MATTER, held_choice
from idp.connectors.oidc_provider import OpenIdProvider
from trustkit.app.callers import caller_key
from trustkit.app.credential_types import HomeTypes
from trustkit.app.idp_upstream import open_upstream
from trustkit.app.licence_holders import holder_index
from trustkit.app.live_grant import acting_by_token, token_id_of
from trustkit.app.token_guard import IssuerKeys, StoreSeen
from trustkit.credential_codes import CredentialCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import acr_demand
from trustkit.store.licence_search import LicenceSearch, search
from trustkit.store.licences import LicenceState
from trustkit.web.callers import CallerNames
from trustkit.web.requires import PROOF_ALGORITHMS, Requirement, TokenGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from esign.wallet.configurations import Configuration
    from idp.subject.mandates import ActingFor
    from trustkit.app.opened import OpenedHome
    from trustkit.identity import AuthContext
    from trustkit.store.op_grants import GrantRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_ENOUGH = 100  # of one holder's licences of a type; several are one too many


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderSignIns:
    """Lets wallets in by access tokens of the home's own provider: `esign.wallet.sign_in.SignIns`.

    The token tells who signed in, how, for which client and resource; the store, which is the provider's too, whether it was taken back, whether
    the grant it came of, its client, the person and the mandate are still good, and what the mandate is for. With `bound` a token that came without
    proof of its key is not taken. A session at the provider gives a client each licence once in a suite, however many tokens come of it.
    """

    home: OpenedHome
    guard: TokenGuard
    needed: Requirement
    configurations: Callable[[], Mapping[str, Configuration]] = field(repr=False)
    bound: bool = False

    async def admit(self, request: Request) -> Access:
        """Return what a request may ask for.

        Raises:
            TrustError: as `TokenGuard.admit`; TOKEN_PROOF for a token that is borne where it has to be bound; TOKEN_REFUSED for one that was taken
                back, or a grant, client, person or mandate that is not good any more; WALLET_HOLDER for who acts for nobody, or by a mandate for
                other matters.
        """
        context = await self.guard.admit(request, self.needed)
        scheme, _, text = request.headers["authorization"].partition(" ")  # of the token that was verified above
        if self.bound and scheme.lower() != "dpop":
            told = {"scheme": "DPoP", "algs": " ".join(sorted(PROOF_ALGORITHMS))}
            raise TrustError(ErrorCode.TOKEN_PROOF, "a token that is bound to a key is needed", **told)
        return await run_in_threadpool(self._access, token_id_of(text.strip()), context)

    def _access(self, token_id: str, context: AuthContext) -> Access:
        with self.home.database.reading() as unit:
            grant, acting = self._acting(unit, token_id)
        held = partial(self._held, acting.organisation.uscc)

        def stands(uow: UnitOfWork) -> None:
            self._acting(uow, token_id)

        return Access(
            source=digest_of(f"{grant.session} {grant.client}"),
            days=DEFAULT_DAYS,
            actor=context.principal,
            choose=partial(held_choice, self.configurations(), held),
            confirm=stands,
            stands=stands,
        )

    def _acting(self, unit: ReadUnit, token_id: str) -> tuple[GrantRow, ActingFor]:
        grant, acting = acting_by_token(unit, token_id, now=self.home.clock.now())
        if acting is None:
            raise TrustError(CredentialCode.WALLET_HOLDER, "the sign-in is for no organisation")
        if not acting.covers(MATTER):
            raise TrustError(CredentialCode.WALLET_HOLDER, f"the mandate is not for {MATTER}")
        return grant, acting

    def _held(self, code: str, configuration: Configuration) -> tuple[str, ...]:
        """Return the licences of a type that an organisation has in force."""
        home = self.home
        kind = load_catalogued_type(HomeTypes.of(home.settings).folder / configuration.kind)
        holder, now = holder_index(home.settings.home)(code), home.clock.now()
        wanted = LicenceSearch(type_code=kind.code, holder=holder, state=LicenceState.ISSUED, limit=_ENOUGH)
        with home.database.reading() as unit:
            rows = search(unit, wanted)
        return tuple(row.identifier for row in rows if standing_of(row, now) is Standing.EFFECTIVE)


def holder_sign_ins(
    home: OpenedHome, configurations: Callable[[], Mapping[str, Configuration]]
) -> HolderSignIns | None:
    """Return what lets in who signed in, None where the settings let nobody.

    Raises:
        TrustError: as `open_upstream`.
    """
    settings, asked = home.settings, home.settings.wallet
    if not asked.sign_in:
        return None
    issuer = settings.idp.url()
    path = Path(settings.home, asked.sign_in_authorities) if asked.sign_in_authorities else None
    upstream = open_upstream(home.clock, bases=(issuer,), authorities=path, production=settings.production)
    provider = OpenIdProvider(issuer=issuer, upstream=upstream, plain=not settings.production)
    guard = TokenGuard(
        issuer=issuer,
        resource=asked.url(),
        keys=IssuerKeys(provider),
        clock=home.clock,
        seen=StoreSeen(home.database, home.clock),
        names=CallerNames(issuer=issuer, key=caller_key(home.database)),
    )
    demands = tuple(demand for demand in map(acr_demand, asked.sign_in_level.split()) if demand is not None)
    needed = Requirement(permission=FETCH, demands=demands)
    return HolderSignIns(home=home, guard=guard, needed=needed, configurations=configurations, bound=asked.bound_tokens)
