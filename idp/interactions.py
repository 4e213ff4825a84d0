"""Logins that are needed: opened by whatever needs one, worked off by the login at the same browser, taken up once at the end.

    opened = interactions.open(uow, wanted, browser=cookie, now=now)     # redirect to /login?i=opened.interaction.id
    interactions.find(unit, identifier, browser=cookie, now=now)         # the login, at each step
    interactions.satisfy(uow, interaction, session, now=now)             # the login, at its end
    interactions.take(uow, identifier, browser=cookie, now=now)          # /authorize/continue: once

Whoever has the id alone, from a log or over a shoulder, has nothing: it is good at the browser it was opened at. Unknown, another
browser's, used and over are one answer (IDP_INTERACTION).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from idp.handles import digest_of, fresh_handle, is_handle
from idp.interaction import Interaction, InteractionPurpose
from idp.levels.acr import parse_acr_values
from trustkit.errors import TrustError
from trustkit.identity import AcrDemand, AssuranceLevel
from trustkit.identity_codes import IdentityCode
from trustkit.store import idp_interactions as rows
from trustkit.store.idp_interactions import InteractionRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.session_model import Session
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

LIFETIME: Final = timedelta(minutes=20)  # somebody looks for his telephone meanwhile
_KEPT_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A login somebody needs; the fields are those of `Interaction`."""

    purpose: InteractionPurpose
    needed: AssuranceLevel
    max_age: timedelta | None = None
    demands: tuple[AcrDemand, ...] = ()
    insists: bool = True
    reauthenticate: bool = False
    client: str = ""
    client_name: str = ""
    reference: str = field(default="", repr=False)
    person: str | None = field(default=None, repr=False)
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new interaction, and the browser's secret to be set as its cookie: the one it had, or a new one."""

    interaction: Interaction
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An interaction that was taken up, and the session that satisfied it; None when none did, and the login was given up."""

    interaction: Interaction
    session: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions:
    """The logins that are needed at one home."""

    lifetime: timedelta = LIFETIME
    handle: Callable[[], str] = fresh_handle

    def open(self, uow: UnitOfWork, wanted: Wanted, *, browser: str | None, now: datetime) -> Opened:
        """Return a new interaction for the browser with this cookie (None: it has none yet). Raise INPUT_TOO_LARGE."""
        bound = browser if browser is not None and is_handle(browser) else self.handle()
        identifier = self.handle()
        row = InteractionRow(
            id_sm3=digest_of(identifier),
            browser_sm3=digest_of(bound),
            purpose=wanted.purpose.value,
            identity_level=wanted.needed.identity,
            authentication_level=wanted.needed.authentication,
            max_age_seconds=None if wanted.max_age is None else int(wanted.max_age.total_seconds()),
            reauthenticate=wanted.reauthenticate,
            acr_values=" ".join(each.name for each in wanted.demands),
            insists=wanted.insists,
            client=wanted.client,
            client_name=wanted.client_name,
            reference=wanted.reference,
            person=wanted.person,
            language=wanted.language,
            created_at=now,
            expires_at=now + self.lifetime,
        )
        rows.add(uow, row)
        return Opened(interaction=_interaction(identifier, row), browser=bound)

    def find(self, unit: ReadUnit, identifier: str, *, browser: str | None, now: datetime) -> Interaction:
        """Return one that is open at this browser. Raise IDP_INTERACTION."""
        return _interaction(identifier, self._open(unit, identifier, browser, now))

    def satisfy(self, uow: UnitOfWork, interaction: Interaction, session: Session, *, now: datetime) -> None:
        """Note which session satisfied it. Raise IDP_INTERACTION when its time is over or it was taken up."""
        if not rows.satisfy(uow, digest_of(interaction.id), session=session.id, now=now):
            raise _over()

    def take(self, uow: UnitOfWork, identifier: str, *, browser: str | None, now: datetime) -> Taken:
        """Return one to go on with, once. Whether its session is enough is judged anew by the caller. Raise IDP_INTERACTION."""
        row = self._open(uow, identifier, browser, now)
        if not rows.use(uow, row.id_sm3, now=now):
            raise _over()
        return Taken(interaction=_interaction(identifier, row), session=row.session)

    def forget(self, uow: UnitOfWork, *, now: datetime) -> int:
        """Remove what has been over for an hour; return how much. At most a page at once."""
        return rows.forget(uow, before=now - _KEPT_AFTER)

    def _open(self, unit: ReadUnit, identifier: str, browser: str | None, now: datetime) -> InteractionRow:
        if browser is None or not is_handle(browser) or not is_handle(identifier):
            raise _over()
        row = rows.find(unit, digest_of(identifier))
        if row is None or row.used_at is not None or now >= row.expires_at:
            raise _over()
        if not hmac.compare_digest(row.browser_sm3, digest_of(browser)):
            raise _over()
        return row


def _over() -> TrustError:
    return TrustError(IdentityCode.IDP_INTERACTION, "nothing is asked of this browser")


def _interaction(identifier: str, row: InteractionRow) -> Interaction:
    return Interaction(
        id=identifier,
        purpose=InteractionPurpose(row.purpose),
        needed=AssuranceLevel(identity=row.identity_level, authentication=row.authentication_level),
        max_age=None if row.max_age_seconds is None else timedelta(seconds=row.max_age_seconds),
        reauthenticate=row.reauthenticate,
        demands=parse_acr_values(row.acr_values),
        insists=row.insists,
        client=row.client,
        client_name=row.client_name,
        reference=row.reference,
        person=row.person,
        language=row.language,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
