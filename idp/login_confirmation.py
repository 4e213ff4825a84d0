"""A step by confirmation in the person's app: asked for once, waited for, and used by this login alone.

    shown = confirmed.ask(at, language=Language.ZH)       # shown.number goes onto the page, and nowhere else
    confirmed.poll(at)                                     # FACTOR_CONFIRMATION_PENDING, until it is an Outcome

The handle that polls stays sealed with the login, so that no page has it: whoever sees the page cannot use the proof elsewhere. Asking
again makes a new number, and the one before is answered for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from idp.factors.port import FactorKind
from idp.factors.throttle import Attempt
from idp.handles import digest_of
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from idp.factors.confirmations import Asked, Confirmations
    from idp.login import Login
    from idp.login_view import At, Outcome
    from trustkit.texts.catalogue import Language

WAY: Final = "factor:confirmation"  # no connector can be called so
MAX_PURPOSE: Final = 100  # characters an app shows of what is wanted
_PURPOSE: Final = "pending-confirmation"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedLogin:
    """Steps of logins by confirmation, at one home.

    `own` is what its own service is called, by language; `titled` says the same of a client, empty for none that is registered.
    """

    login: Login
    confirmations: Confirmations
    own: Mapping[str, str]
    titled: Callable[[str, str], str]

    def ask(self, at: At, *, language: Language) -> Asked:
        """Return what was asked of the person's app, which shows who asks: the client as it is registered, or this service.

        No word of it is the browser's: whoever has a password would write what the owner's app says.

        Raises:
            TrustError: IDP_INTERACTION, IDP_FORGED; IDP_LOGIN_STEP when nobody is known or no confirmation leads on; FACTOR_THROTTLED,
                FACTOR_LOCKED.
        """
        now = self.login.clock.now()
        desk, database = self.login.desk, self.login.database
        with database.reading() as unit:
            progress = self.login.admitted(unit, at, FactorKind.CONFIRMATION, begins=False, now=now)
        if progress.person is None:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "whose app it is has to be known first")
        attempt = Attempt(person=progress.person, address=at.address, at=now)
        wanted = progress.interaction
        told = self.titled(wanted.client, language.value) if wanted.client else ""
        told = told or wanted.client_name or self.own[language.value]
        asked = self.confirmations.ask(attempt, wanted_for=told[:MAX_PURPOSE])
        state = digest_of(asked.handle)
        row = replace(
            progress.row,
            connector=WAY,
            state_sm3=state,
            kept=desk.sealing.seal(_PURPOSE, state.encode(), asked.handle.encode()),
            kept_until=asked.expires_at,
        )
        with database.unit_of_work() as uow:
            desk.save(uow, replace(progress, row=row))
        return asked

    def poll(self, at: At) -> Outcome:
        """Return what became of the login once it was confirmed.

        Raises:
            TrustError: IDP_INTERACTION, IDP_FORGED, IDP_LOGIN_STEP (nothing was asked); FACTOR_CONFIRMATION_PENDING,
                FACTOR_CONFIRMATION_SLOWER, FACTOR_CONFIRMATION_DENIED, FACTOR_CONFIRMATION_OVER; as `Login.prove`.
        """
        now = self.login.clock.now()
        with self.login.database.reading() as unit:
            progress = self.login.admitted(unit, at, FactorKind.CONFIRMATION, begins=False, now=now)
        row = progress.row
        if row.connector != WAY or row.state_sm3 is None or row.kept is None or progress.person is None:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "nothing was asked of an app")
        handle = self.login.desk.sealing.open(_PURPOSE, row.state_sm3.encode(), row.kept).decode("ascii")
        attempt = Attempt(person=progress.person, address=at.address, at=now)
        used = replace(progress, row=replace(row, connector="", state_sm3=None, kept=None, kept_until=None))
        prove = self.login.after(partial(self.confirmations.poll, handle, attempt))
        return self.login.taken(at, used, FactorKind.CONFIRMATION, attempt, prove)
