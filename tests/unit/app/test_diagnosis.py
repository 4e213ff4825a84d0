"""What ``trustkit doctor`` tells of keys: responders and units that end, and shared keys nobody can open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ca.operators import Enrolment
from tests.support.authority import passphrase
from tests.support.databases import tell
from tests.support.registration import TERMINAL
from trustkit.app.ceremony import Ceremony, Shares
from trustkit.app.diagnosis import diagnose
from trustkit.app.hierarchy import Hierarchy
from trustkit.app.keys import Keys
from trustkit.app.registration import RegistrationDesk
from trustkit.app.stamping_units import make_unit, plan_unit, unit_certificate
from trustkit.clock import FixedClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.private_key import generate_key
from trustkit.store import operators
from trustkit.store.operators import Role

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from trustkit.app.authority import Authority
    from trustkit.app.finding import Finding


@pytest.fixture
def keys(authority: Authority) -> Keys:
    return Keys(authority.settings.home, passphrase(), iterations=MIN_ITERATIONS)


def findings(authority: Authority, at: datetime | None = None) -> dict[str, Finding]:
    clock = authority.clock if at is None else FixedClock(at)
    return {each.what: each for each in diagnose(authority.settings.home, clock)}


def make(authority: Authority, keys: Keys, name: str, parent: str | None) -> None:
    hierarchy = Hierarchy(home=authority)
    profile = "root" if parent is None else "subordinate-ca"
    subject = {"O": "示范局", "CN": f"示范 {name}"}
    hierarchy.create(hierarchy.plan(name, parent=parent, profile=profile, kind="ecdsa-p256", subject=subject), keys)


def test_responders_of_every_key_are_told_of(authority: Authority, keys: Keys) -> None:
    make(authority, keys, "tls", "root")
    old = authority.authorities.certificate("tls")
    hierarchy = Hierarchy(home=authority)
    hierarchy.renew(hierarchy.plan_renewal("tls", new_key=True), keys)
    earlier = f"OCSP responder tls, of the earlier key {old.public_key.identifier.hex()[:8]}"
    names = {"OCSP responder tls", earlier}
    told = findings(authority)
    assert {what for what in told if what.startswith("OCSP responder")} == names
    assert not any(told[name].broken for name in names)
    found = authority.authorities.responder("tls")
    assert found is not None
    for at in (found[1].not_after - timedelta(days=29), found[1].not_after + timedelta(days=1)):
        late = findings(authority, at)
        assert all(late[name].broken and "trustkit ca publish" in late[name].found for name in names)
    after = findings(authority, old.not_after + timedelta(days=1))
    assert earlier not in after  # nothing is left that it could answer for


def test_units_are_told_of_before_they_end(authority: Authority, keys: Keys) -> None:
    make(authority, keys, "web", None)
    make_unit(authority, plan_unit(authority, "web"), keys)
    what = "time-stamping unit web"
    assert not findings(authority)[what].broken
    end = unit_certificate(authority, "web").not_after
    late = findings(authority, end - timedelta(days=29))[what]
    assert late.broken
    assert "--under web" in late.found
    serial = f"{unit_certificate(authority, 'web').serial:x}"
    authority.revoke_certificate(keys, serial, reason="superseded")
    assert findings(authority)[what].found.startswith("revoked")


def test_shared_keys_count_the_custodians_in_office(authority: Authority, keys: Keys, tmp_path: Path) -> None:
    desk = RegistrationDesk(home=authority)
    people = []
    for number in range(3):
        key = generate_key(KeyKind.SM2).public_key
        enrolment = Enrolment(label=f"保管人 {number}", role=Role.CUSTODIAN, key=key)
        people.append(desk.operators.enrol(enrolment, actor=TERMINAL).id)
    shares = Shares(custodians=tuple(people), threshold=2, folder=tmp_path / "shares")
    made = Ceremony(home=authority).share("root", keys, shares)
    what = f"shared key {made.name}"
    assert (findings(authority)[what].found, findings(authority)[what].broken) == (
        "3 of 3 custodians in office, 2 are needed",
        False,
    )
    for left, broken in ((2, False), (1, True)):
        with authority.database.unit_of_work() as uow:
            operators.revoke(uow, people[left], at=authority.clock.now())
            tell(uow)
        found = findings(authority)[what]
        assert found.found.startswith(f"{left} of 3 custodians in office")
        assert found.broken is broken
