"""Who is signed in at the holders' door, as this home's store has it: grant, client, person, session and what is left of its level, each time.

    stands = sign_ins.by_grant(grant, fresh=True)      # esign.copies.holding.Stands: asked within each act's unit of work
    stands = sign_ins.by_token(token_id, fresh=True)

The store is the provider's too, so that a logout, a lock, a grant that was taken back is felt at once. A person's licences are found by the keyed
digests that were kept where his identity document was seen; no number of his is asked for, and none is in a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.copies.holding import SignedHolder
from idp.sessions import Sessions
from trustkit.app.assurance import load_levels
from trustkit.app.idp_connector_settings import parse_connectors
from trustkit.app.live_grant import acting_by_grant, acting_by_token
from trustkit.clock import format_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel, AuthContext, Principal
from trustkit.store import person_holders
from trustkit.web.requires import Requirement

if TYPE_CHECKING:
    from esign.copies.holding import Stands
    from idp.subject.mandates import ActingFor
    from trustkit.app.opened import OpenedHome
    from trustkit.audit.events import FactValue
    from trustkit.store.op_grants import GrantRow
    from trustkit.store.unit_of_work import ReadUnit

LOOK: Final = "holder:licence:read"
DECIDE: Final = "holder:authorisation:decide"
FILL_IN: Final = timedelta(
    minutes=5
)  # what a fresh login must last for yet when a form is shown, half its time at most


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderSignIns:
    """See the module."""

    home: OpenedHome
    sessions: Sessions

    @classmethod
    def of(cls, home: OpenedHome) -> HolderSignIns:
        """Return those of an opened home. Raise IDP_LADDER."""
        limits = {each.name: each.most() for each in parse_connectors(home.settings.connectors)}
        levels = load_levels(home.settings.home, limits)
        return cls(home=home, sessions=Sessions(rules=home.settings.idp.session_rules(), levels=levels))

    def by_grant(self, grant: str, *, fresh: bool, form: bool = False) -> Stands:
        """Return who is signed in by a grant, lately enough to act where `fresh`; with `form`, that lasts until a form can be filled in.

        What it returns raises TOKEN_REFUSED for a grant, client, person or session that is good no more; TOKEN_LEVEL for a sign-in that is
        not enough; HOLDER_ORGANISATION for who acts for one; HOLDER_UNKNOWN where no document was seen that his licences are found by.
        """

        def stands(unit: ReadUnit) -> SignedHolder:
            found = acting_by_grant(unit, grant, now=self.home.clock.now())
            return self._judged(unit, *found, fresh=fresh, form=form)

        return stands

    def by_token(self, token_id: str, *, fresh: bool) -> Stands:
        """Return who is signed in by an access token that was verified. Raise as `by_grant`."""

        def stands(unit: ReadUnit) -> SignedHolder:
            found = acting_by_token(unit, token_id, now=self.home.clock.now())
            return self._judged(unit, *found, fresh=fresh, form=False)

        return stands

    def _judged(
        self, unit: ReadUnit, grant: GrantRow, acting: ActingFor | None, *, fresh: bool, form: bool
    ) -> SignedHolder:
        now = self.home.clock.now()
        session = self.sessions.find(unit, grant.session, now=now)
        if session is None:
            raise TrustError(ErrorCode.TOKEN_REFUSED, "the session ended")
        level = AssuranceLevel(
            identity=min(grant.identity_level, session.assurance.identity),
            authentication=min(grant.authentication_level, session.assurance.authentication),
        )
        reached = AuthContext(
            principal=Principal(id=grant.person),
            assurance=level,
            authenticated_at=grant.authenticated_at,
            methods=tuple(each for each in grant.methods.split() if each in session.methods),
        )
        if lacking := self._needed(fresh=fresh, form=form).lacking(reached, now):
            raise TrustError(ErrorCode.TOKEN_LEVEL, "the sign-in is not enough for this", **lacking)
        if acting is not None:
            raise TrustError(CopyCode.HOLDER_ORGANISATION, "signed in for an organisation")
        holders = person_holders.list_of(unit, grant.person)
        if not holders:
            raise TrustError(CopyCode.HOLDER_UNKNOWN, "no document that licences are found by was seen")
        return SignedHolder(
            person=grant.person, holders=holders, evidence=_evidence(grant, level), facts=_facts(grant, level)
        )

    def _needed(self, *, fresh: bool, form: bool) -> Requirement:
        settings = self.home.settings.holder
        age = settings.max_age - (min(FILL_IN, settings.max_age / 2) if form else timedelta())
        return Requirement(
            permission=DECIDE if fresh else LOOK, demands=settings.demands, max_age=age if fresh else None
        )


def _facts(grant: GrantRow, level: AssuranceLevel) -> dict[str, FactValue]:
    """Return what the trail is told of a sign-in; of the session its digest, for its name is in clients' tokens."""
    return {
        "acr": level.acr,
        "authenticated_at": format_rfc3339(grant.authenticated_at),
        "authentication": level.authentication,
        "client": grant.client,
        "identity": level.identity,
        "session_sm3": digest(DigestAlgorithm.SM3, grant.session.encode()).hex(),
    }


def _evidence(grant: GrantRow, level: AssuranceLevel) -> bytes:
    """Return what shows the sign-in an act stands on, which `evidence_sm3` of the authorisation is the digest of."""
    return canonical_json(
        {
            "acr": level.acr,
            "authenticated_at": format_rfc3339(grant.authenticated_at),
            "client": grant.client,
            "grant": grant.identifier,
            "person": grant.person,
            "session": grant.session,
        }
    )
