"""People made at the terminal, with a first password: whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.factors.enroller import verify_operator
from idp.people import normal_login_name
from trustkit.app.idp_factors import HomeFactors
from trustkit.store import people

if TYPE_CHECKING:
    from trustkit.app.idp_home import IdentityHome


def make_person(home: IdentityHome, login_name: str, password: str) -> str:
    """Return the pseudonym of a new person.

    Raises:
        TrustError: IDP_LOGIN_NAME, IDP_PERSON_EXISTS; FACTOR_PASSWORD_FORM, FACTOR_PASSWORD_WEAK.
    """
    passwords = HomeFactors(home=home).passwords
    own_words = (normal_login_name(login_name),)
    passwords.require_good(password, own_words)  # a refusal leaves nobody behind
    now = home.clock.now()
    with home.database.unit_of_work() as uow:
        person = home.people.create(uow, login_name=login_name, now=now, actor=home.operator)
    passwords.put(verify_operator(home.operator, person, now=now), password, own_words=own_words, now=now)
    return person


def put_password(home: IdentityHome, person: str, password: str) -> None:
    """Give a person another password. Raise IDP_PERSON_MISSING, FACTOR_PASSWORD_FORM, FACTOR_PASSWORD_WEAK."""
    with home.database.reading() as unit:
        people.get(unit, person)
    now = home.clock.now()
    enroller = verify_operator(home.operator, person, now=now)
    HomeFactors(home=home).passwords.put(enroller, password, now=now)
