"""Sharing a key is safe to be stopped anywhere, and an exchanged recovery key is noticed before anything is sealed to it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ca.operators import Enrolment
from tests.support.authority import passphrase
from tests.support.pki import BendableClock
from tests.support.registration import TERMINAL, refusal
from trustkit.app.ceremony import RECOVERY, Ceremony, Shares
from trustkit.app.keys import Keys
from trustkit.app.registration import RegistrationDesk
from trustkit.app.set_changes import SetChanges
from trustkit.app.sittings import RECOVER, RESHARE, Sittings, contribute_to, encode_sitting, parse_sitting
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.key_set import encode_key_set
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.operators import Role

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.authority import Authority


def custodians(authority: Authority, count: int = 3) -> dict[str, PrivateKey]:
    desk = RegistrationDesk(home=authority)
    people = {}
    for n in range(count):
        key = generate_key(KeyKind.SM2)
        enrolment = Enrolment(label=f"保管人 {n}", role=Role.CUSTODIAN, key=key.public_key)
        people[desk.operators.enrol(enrolment, actor=TERMINAL).id] = key
    return people


def keys_of(authority: Authority) -> Keys:
    return Keys(authority.settings.home, passphrase())


class StoppedError(Exception):
    """The machine went away here."""


@pytest.mark.parametrize("step", [(Ceremony, "_write_shares"), (SetChanges, "tell"), (SetChanges, "change")])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_sharing_stopped_at_any_step_leaves_a_way_to_the_key_and_is_finished_by_repeating_it(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: tuple[type, str], when: str
) -> None:
    people = custodians(authority)
    inner = getattr(*step)

    def stopped(*words: object, **more: object) -> None:
        if when == "after":
            inner(*words, **more)
        raise StoppedError

    with monkeypatch.context() as bent:
        bent.setattr(*step, stopped)
        with pytest.raises(StoppedError):
            Ceremony(home=authority).share("root", keys_of(authority), shares(people, tmp_path / "one"))
    container = authority.settings.home / "keys" / "root-ca.key.pem"
    assert container.exists()
    made = Ceremony(home=authority).share("root", keys_of(authority), shares(people, tmp_path / "two"))
    assert not container.exists()
    written = list((tmp_path / "one").glob("*")) + list((tmp_path / "two").glob("*"))
    assert any(made.set_id.encode() in path.read_bytes() for path in written)
    with authority.database.reading() as unit:
        events = trail.list_events(unit, type=EventType.KEY_SHARED)
    assert events[-1].facts["set_sm3"] == made.digest
    refusal(
        ErrorCode.KEY_SHARED,
        lambda: Ceremony(home=authority).share("root", keys_of(authority), shares(people, tmp_path / "three")),
    )


def shares(people: dict[str, PrivateKey], folder: Path, threshold: int = 2) -> Shares:
    return Shares(custodians=tuple(people), threshold=threshold, folder=folder)


def test_a_recovery_key_that_was_exchanged_is_noticed(authority: Authority, tmp_path: Path) -> None:
    people = custodians(authority)
    ceremony, desk = Ceremony(home=authority), RegistrationDesk(home=authority)
    refusal(ErrorCode.KEY_MISSING, desk.recovery_key)
    made = ceremony.make_recovery_key(shares(people, tmp_path / "one"))
    assert desk.recovery_key().public_key.spki == made.public_key.spki
    refusal(ErrorCode.KEY_EXISTS, lambda: ceremony.make_recovery_key(shares(people, tmp_path / "two")))
    other = ceremony._make(RECOVERY, generate_key(KeyKind.SM2), shares(people, tmp_path / "three"))
    (authority.settings.home / "keys" / f"{RECOVERY}.shared.json").write_bytes(encode_key_set(other.key_set))
    refusal(ErrorCode.KEY_SET_MALFORMED, desk.recovery_key)


def test_only_active_custodians_hold_shares(authority: Authority, tmp_path: Path) -> None:
    people = custodians(authority)
    ceremony, desk = Ceremony(home=authority), RegistrationDesk(home=authority)
    clerk = Enrolment(label="录入", role=Role.REQUESTER, key=generate_key(KeyKind.SM2).public_key)
    wrong = desk.operators.enrol(clerk, actor=TERMINAL)
    for names, code in (
        ((*people, wrong.id), ErrorCode.OPERATOR_ROLE),
        ((*people, "op-nobody"), ErrorCode.OPERATOR_MISSING),
        (tuple(people)[:1] * 2, ErrorCode.USAGE),
        (tuple(people)[:1], ErrorCode.USAGE),
    ):
        given = Shares(custodians=names, threshold=2, folder=tmp_path / "shares")
        refusal(code, partial(ceremony.make_recovery_key, given))
    desk.operators.revoke(next(iter(people)), actor=TERMINAL)
    refusal(ErrorCode.OPERATOR_REVOKED, lambda: ceremony.make_recovery_key(shares(people, tmp_path / "shares")))
    assert not (tmp_path / "shares").exists()


def test_a_sitting_ends_with_its_time_its_act_or_a_new_sharing(authority: Authority, tmp_path: Path) -> None:
    people = custodians(authority)
    ceremony, sittings = Ceremony(home=authority), Sittings(authority)
    made = ceremony.make_recovery_key(shares(people, tmp_path / "one"))
    now = authority.clock.now()
    refusal(ErrorCode.USAGE, lambda: sittings.begin(RECOVERY, "not a code", passphrase()))
    refusal(ErrorCode.KEY_MISSING, lambda: sittings.begin("root-ca", "sign", passphrase()))
    sitting = sittings.begin(RECOVERY, "recover-key", passphrase())
    assert parse_sitting(encode_sitting(sitting)) == sitting
    given = [
        contribute_to(sitting, path.read_bytes(), key.decryptor(), now)
        for path, key in zip(sorted((tmp_path / "one").glob("*")), people.values(), strict=True)
    ]
    late = sitting.expires_at + timedelta(seconds=1)
    share = next((tmp_path / "one").glob("*-share-1-*")).read_bytes()
    opener = next(iter(people.values())).decryptor()
    refusal(ErrorCode.SITTING_OVER, lambda: contribute_to(sitting, share, opener, late))
    for contributions, secret, code in (
        ([], passphrase(), ErrorCode.SHARE_FOREIGN),
        ([share, given[1]], passphrase(), ErrorCode.SHARE_FOREIGN),
        (given[:1], passphrase(), ErrorCode.SHARES_MISSING),
        (given[:1] * 2, passphrase(), ErrorCode.SHARE_DUPLICATE),
        (given, Passphrase(b"another passphrase"), ErrorCode.PASSPHRASE_WRONG),
    ):
        refusal(code, partial(_open, sittings, contributions, secret))
    with pytest.raises(StoppedError), sittings.opened(given[:2], passphrase()):
        raise StoppedError  # an act that fails leaves the sitting: the custodians need not come again
    with pytest.raises(TrustError, match="another purpose"), sittings.opened(given, passphrase(), purpose=RESHARE):
        raise StoppedError  # what custodians gave to recover a key shares none anew
    with sittings.opened(given[1:], passphrase(), purpose=RECOVER) as (key_set, key):
        assert key.public_key.spki == made.public_key.spki
        ceremony.share_anew(key_set, key, shares(people, tmp_path / "anew", threshold=3))
    refusal(ErrorCode.SITTING_OVER, partial(_open, sittings, given, passphrase()))

    second = sittings.begin(RECOVERY, "recover-key", passphrase())
    old = next((tmp_path / "one").glob("*-share-1-*")).read_bytes()
    refusal(ErrorCode.SHARE_FOREIGN, lambda: contribute_to(second, old, opener, now))
    authority.clock = BendableClock(second.expires_at)
    refusal(ErrorCode.SITTING_OVER, lambda: sittings.find(second.id))
    assert not list((authority.settings.home / "sittings").glob(f"{second.id}*"))
    refusal(ErrorCode.SITTING_OVER, lambda: sittings.end("../keys/root-ca"))


def test_the_key_of_a_sitting_lives_a_day_whether_or_not_anybody_comes_back(
    authority: Authority, tmp_path: Path
) -> None:
    Ceremony(home=authority).make_recovery_key(shares(custodians(authority), tmp_path / "one"))
    left = Sittings(authority).begin(RECOVERY, "recover-key", passphrase())
    folder = authority.settings.home / "sittings"
    assert Sittings(authority).forget_ended() == 0
    authority.clock = BendableClock(left.expires_at)
    following = Sittings(authority).begin(RECOVERY, "recover-key", passphrase())
    assert not list(folder.glob(f"{left.id}*"))
    authority.clock = BendableClock(following.expires_at)
    authority.publish(keys_of(authority), only_due=True)
    assert not list(folder.iterdir())


def _open(sittings: Sittings, contributions: list[bytes], secret: Passphrase) -> None:
    with sittings.opened(contributions, secret):
        raise TrustError(ErrorCode.BUG, "it opened")
