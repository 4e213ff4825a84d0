"""An operator's acts on somebody's factors: the home's passphrase stands behind him, the trail names him, the owner is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.factors.enroller import VerifiedEnroller, verify_operator
from trustkit.app.idp_factors import HomeFactors
from trustkit.store import people

if TYPE_CHECKING:
    from idp.factors.totp import TotpOffer
    from trustkit.app.idp_home import IdentityHome


def remove_factor(identity: IdentityHome, person: str, factor: str) -> None:
    """Remove a factor, be it the last. Raise IDP_PERSON_MISSING, FACTOR_MISSING."""
    enroller = _enroller(identity, person)
    HomeFactors(home=identity).standing.remove(enroller, factor, elsewhere=lambda _: False, now=identity.clock.now())


def release_factors(identity: IdentityHome, person: str) -> int:
    """End a person's waits and locks; return how many counts there were. Raise IDP_PERSON_MISSING."""
    enroller = _enroller(identity, person)
    return HomeFactors(home=identity).standing.release(enroller, now=identity.clock.now())


def begin_totp(identity: IdentityHome, person: str) -> TotpOffer:
    """Return a secret for the person's app, which shows him by his pseudonym. Raise IDP_PERSON_MISSING, FACTOR_EXISTS."""
    enroller = _enroller(identity, person)
    return HomeFactors(home=identity).totp.begin(enroller, account=person, now=identity.clock.now())


def confirm_totp(identity: IdentityHome, person: str, offer: TotpOffer, code: str) -> str:
    """Enrol the app that shows the code, and return the factor's id. Raise FACTOR_CODE_FORM, FACTOR_REFUSED, FACTOR_ENROLMENT_OVER."""
    enroller = _enroller(identity, person)
    return HomeFactors(home=identity).totp.confirm(enroller, offer.handle, code, now=identity.clock.now())


def _enroller(identity: IdentityHome, person: str) -> VerifiedEnroller:
    with identity.database.reading() as unit:
        people.get(unit, person)
    return verify_operator(identity.operator, person, now=identity.clock.now())
