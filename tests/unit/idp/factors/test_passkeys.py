"""Passkeys: enrolled and used; each rule of WebAuthn 7.1 and 7.2 with what breaks it and the code it is refused with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from idp.factors.passkey_verify import VerifiedAssertion, VerifiedRegistration
from idp.factors.port import FactorClass, FactorKind
from idp.factors.throttle import Limits
from tests.support.authenticator import BE, BS, UP, UV, Authenticator
from tests.support.factors import NOON, OTHER, PERSON, FactorDesk, attempt, later, refusal
from trustkit.encoding.text64 import encode_base64url
from trustkit.error_family import Code
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors, notices
from trustkit.store import passkeys as credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.store.database import Database

LOGIN = "interaction-1"
PLAIN = Authenticator()


def enrol(desk: FactorDesk, device: Authenticator = PLAIN, person: str = PERSON) -> Authenticator:
    device, body = device.create(desk.passkeys.begin(desk.enroller(person), account="li.hua", now=NOON))
    desk.passkeys.finish(desk.enroller(person), body, label="我的电脑", now=NOON)
    return replace(device, counter=device.counter + 1 if device.counter else 0)


def asked(desk: FactorDesk, person: str | None = None, *, alone: bool = True) -> Mapping[str, object]:
    return desk.passkeys.ask(person, bound_to=LOGIN, now=NOON, alone=alone)


def test_a_passkey_alone_is_two_factors_bound_to_this_site(desk: FactorDesk) -> None:
    device = enrol(desk)
    options = asked(desk)
    assert (options["allowCredentials"], options["userVerification"]) == ([], "required")
    proved = desk.passkeys.prove(attempt(None), device.use(options), bound_to=LOGIN)
    assert (proved.person, proved.kind, proved.methods) == (PERSON, FactorKind.PASSKEY, ("swk", "user"))
    assert proved.classes == {FactorClass.POSSESSION, FactorClass.KNOWLEDGE}
    assert (proved.phishing_resistant, proved.hardware) == (True, False)


def test_tries_are_counted_by_their_address_and_a_right_one_is_taken_back(database: Database) -> None:
    desk = FactorDesk(database, Limits(address=3))
    device = enrol(desk)
    right = partial(desk.passkeys.prove, bound_to=LOGIN)
    for _ in range(4):
        device = replace(device, counter=device.counter + 1)
        assert right(attempt(None), device.use(asked(desk))).person == PERSON
    for _ in range(3):
        assert refusal(lambda: right(attempt(None), b"junk")) is IdentityCode.FACTOR_PASSKEY_MALFORMED
    assert refusal(lambda: right(attempt(None), device.use(asked(desk)))) is IdentityCode.FACTOR_THROTTLED
    device = replace(device, counter=device.counter + 1)
    elsewhere = attempt(None, address="198.51.100.8")
    assert right(elsewhere, device.use(asked(desk))).person == PERSON  # the account waits for nobody's junk


def test_beside_a_password_it_need_not_recognise_its_owner(desk: FactorDesk) -> None:
    device = replace(enrol(desk), flags=UP, user=None)
    options = asked(desk, PERSON, alone=False)
    named = {"type": "public-key", "id": encode_base64url(b"credential-1"), "transports": ["internal", "hybrid"]}
    assert options["allowCredentials"] == [named]
    proved = desk.passkeys.prove(attempt(), device.use(options), bound_to=LOGIN)
    assert proved.classes == {FactorClass.POSSESSION}


def test_the_browser_is_told_who_in_no_way_that_names_him(desk: FactorDesk) -> None:
    options = desk.passkeys.begin(desk.enroller(), account="李华" * 40, now=NOON)
    text = str(options)
    assert PERSON not in text
    assert options["attestation"] == "none"
    assert options["rp"] == {"id": "login.example.gov.cn", "name": "示例市政务服务"}
    assert [row["alg"] for row in options["pubKeyCredParams"]] == [-8, -7, -19, -35, -36, -53, -257]  # type: ignore[union-attr, call-overload, index] # JSON
    second = desk.passkeys.begin(desk.enroller(), account="李华", now=NOON)
    assert options["user"]["id"] == second["user"]["id"]  # type: ignore[call-overload, index] # JSON
    assert options["challenge"] != second["challenge"]


def test_the_one_that_is_enrolled_is_not_offered_again_but_can_be_after_its_removal(desk: FactorDesk) -> None:
    device = enrol(desk)
    options = desk.passkeys.begin(desk.enroller(), account="li.hua", now=NOON)
    assert len(options["excludeCredentials"]) == 1  # type: ignore[arg-type] # JSON
    _, body = device.create(options)
    assert refusal(lambda: desk.passkeys.finish(desk.enroller(), body, now=NOON)) is IdentityCode.FACTOR_PASSKEY_KNOWN
    theirs = desk.passkeys.begin(desk.enroller(OTHER), account="li.hua", now=NOON)
    stolen = device.create(theirs)[1]
    assert (
        refusal(lambda: desk.passkeys.finish(desk.enroller(OTHER), stolen, now=NOON))
        is IdentityCode.FACTOR_PASSKEY_KNOWN
    )


def test_a_synchronised_passkey_without_a_counter_is_used_again_and_again(desk: FactorDesk) -> None:
    device = enrol(desk, replace(PLAIN, counter=0, flags=UP | UV | BE))
    for _ in range(2):
        desk.passkeys.prove(attempt(None), device.use(asked(desk)), bound_to=LOGIN)
    copied = replace(device, flags=UP | UV | BE | BS)
    desk.passkeys.prove(attempt(None), copied.use(asked(desk)), bound_to=LOGIN)
    with desk.database.reading() as unit:
        (row,) = credentials.list_of(unit, PERSON)
    assert row.backed_up


def test_a_counter_that_goes_back_is_refused_and_told(desk: FactorDesk) -> None:
    device = enrol(desk, replace(PLAIN, counter=7))
    for counter in (7, 3, 0):
        body = replace(device, counter=counter).use(asked(desk))
        use = partial(desk.passkeys.prove, attempt(None), body, bound_to=LOGIN)
        assert refusal(use) is IdentityCode.FACTOR_PASSKEY_COUNTER
    assert [kind for kind, _, _ in desk.events()] == ["idp:factor:enrolled"] + ["idp:factor:suspected"] * 3
    with desk.database.reading() as unit:
        assert [row.about for row in notices.list_of(unit, PERSON)].count("factor-suspected") == 3


def test_of_two_answers_to_one_challenge_at_once_one_wins(desk: FactorDesk) -> None:
    device = enrol(desk, replace(PLAIN, counter=0))
    body = device.use(asked(desk))

    def use(_: int) -> bool:
        try:
            desk.passkeys.prove(attempt(None), body, bound_to=LOGIN)
        except TrustError as error:
            assert error.code is IdentityCode.FACTOR_PASSKEY_CHALLENGE  # noqa: PT017 - one may win
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def client(**changes: object) -> Callable[[dict[str, object]], None]:
    return lambda members: members.update(changes)


Bent = tuple[str, Code, Authenticator]
BENT: list[Bent] = [
    ("another ceremony", IdentityCode.FACTOR_PASSKEY_MALFORMED, replace(PLAIN, bend=client(type="payment.get"))),
    ("another challenge", IdentityCode.FACTOR_PASSKEY_CHALLENGE, replace(PLAIN, bend=client(challenge="A" * 43))),
    ("no challenge", IdentityCode.FACTOR_PASSKEY_MALFORMED, replace(PLAIN, bend=client(challenge=""))),
    (
        "another site",
        IdentityCode.FACTOR_PASSKEY_ORIGIN,
        replace(PLAIN, origin="https://login.example.gov.cn.evil.example"),
    ),
    ("no TLS", IdentityCode.FACTOR_PASSKEY_ORIGIN, replace(PLAIN, origin="http://login.example.gov.cn")),
    ("another port", IdentityCode.FACTOR_PASSKEY_ORIGIN, replace(PLAIN, origin="https://login.example.gov.cn:8443")),
    ("a domain below", IdentityCode.FACTOR_PASSKEY_ORIGIN, replace(PLAIN, origin="https://a.login.example.gov.cn")),
    ("embedded", IdentityCode.FACTOR_PASSKEY_ORIGIN, replace(PLAIN, bend=client(crossOrigin=True))),
    (
        "a page around it",
        IdentityCode.FACTOR_PASSKEY_ORIGIN,
        replace(PLAIN, bend=client(crossOrigin=True, topOrigin="https://evil.example")),
    ),
    (
        "a page around it, denied",
        IdentityCode.FACTOR_PASSKEY_ORIGIN,
        replace(PLAIN, bend=client(topOrigin=PLAIN.origin)),
    ),
    (
        "crossOrigin of another type",
        IdentityCode.FACTOR_PASSKEY_MALFORMED,
        replace(PLAIN, bend=client(crossOrigin="no")),
    ),
    ("another domain's credential", IdentityCode.FACTOR_PASSKEY_ORIGIN, replace(PLAIN, domain="example.gov.cn")),
    ("nobody there", IdentityCode.FACTOR_PASSKEY_UNVERIFIED, replace(PLAIN, flags=UV)),
    ("backed up, and cannot be", IdentityCode.FACTOR_PASSKEY_MALFORMED, replace(PLAIN, flags=UP | UV | BS)),
]


def test_no_bent_answer_enrols_or_proves(desk: FactorDesk) -> None:
    device = enrol(desk)
    expected = [(name, code) for name, code, _ in BENT]
    made, used = [], []
    for name, _, bent in BENT:
        fresh = replace(bent, credential=b"credential-2")
        body = fresh.create(desk.passkeys.begin(desk.enroller(), account="li.hua", now=NOON))[1]
        made.append((name, refusal(partial(desk.passkeys.finish, desk.enroller(), body, now=NOON))))
        body = replace(bent, key=device.key, user=device.user, counter=9).use(asked(desk))
        used.append((name, refusal(partial(desk.passkeys.prove, attempt(None), body, bound_to=LOGIN))))
    assert made == expected
    assert used == expected


def test_an_answer_counts_for_its_person_its_login_and_its_time(desk: FactorDesk) -> None:
    device = enrol(desk)
    body = device.use(asked(desk))
    prove = partial(desk.passkeys.prove, body=body, bound_to=LOGIN)
    found = {
        "another login": refusal(lambda: desk.passkeys.prove(attempt(None), body, bound_to="interaction-2")),
        "asked of nobody": refusal(lambda: prove(attempt(PERSON))),
        "too late": refusal(lambda: prove(attempt(None, at=later(300)))),
        "not yet": refusal(lambda: prove(attempt(None, at=later(-1)))),
    }
    assert set(found.values()) == {IdentityCode.FACTOR_PASSKEY_CHALLENGE}, found
    assert prove(attempt(None)).person == PERSON
    assert refusal(lambda: prove(attempt(None))) is IdentityCode.FACTOR_PASSKEY_CHALLENGE


REFUSED: list[tuple[str, Code, Callable[[FactorDesk, Authenticator], object]]] = [
    (
        "another key",
        IdentityCode.FACTOR_PASSKEY_SIGNATURE,
        lambda d, a: replace(a, key=ec.generate_private_key(ec.SECP256R1())).use(asked(d)),
    ),
    ("no signature", IdentityCode.FACTOR_PASSKEY_SIGNATURE, lambda d, a: a.use(asked(d), signature="AA")),
    (
        "its owner not recognised",
        IdentityCode.FACTOR_PASSKEY_UNVERIFIED,
        lambda d, a: replace(a, flags=UP).use(asked(d)),
    ),
    ("copied now", IdentityCode.FACTOR_PASSKEY_MALFORMED, lambda d, a: replace(a, flags=UP | UV | BE).use(asked(d))),
    ("an unknown credential", IdentityCode.FACTOR_REFUSED, lambda d, a: replace(a, credential=b"other").use(asked(d))),
    ("no user handle", IdentityCode.FACTOR_REFUSED, lambda d, a: replace(a, user=None).use(asked(d))),
    ("another user handle", IdentityCode.FACTOR_REFUSED, lambda d, a: replace(a, user=b"somebody else").use(asked(d))),
]


def test_what_proves_nothing_is_refused(desk: FactorDesk) -> None:
    device = enrol(desk)
    found = []
    for name, _, make in REFUSED:
        body = make(desk, device)
        assert isinstance(body, bytes)
        found.append((name, refusal(partial(desk.passkeys.prove, attempt(None), body, bound_to=LOGIN))))
    assert found == [(name, code) for name, code, _ in REFUSED]
    body = device.use(asked(desk, OTHER))
    assert refusal(lambda: desk.passkeys.prove(attempt(OTHER), body, bound_to=LOGIN)) is IdentityCode.FACTOR_REFUSED


def test_an_enrolment_is_its_persons_and_once(desk: FactorDesk) -> None:
    _, body = PLAIN.create(desk.passkeys.begin(desk.enroller(), account="li.hua", now=NOON))
    finish = desk.passkeys.finish
    assert refusal(lambda: finish(desk.enroller(OTHER), body, now=NOON)) is IdentityCode.FACTOR_PASSKEY_CHALLENGE
    late = later(300)
    assert refusal(lambda: finish(desk.enroller(now=late), body, now=late)) is IdentityCode.FACTOR_PASSKEY_CHALLENGE
    assert refusal(lambda: finish(desk.enroller(), body, label="x" * 65, now=NOON)) is ErrorCode.INPUT_TOO_LARGE
    finish(desk.enroller(), body, now=NOON)
    assert refusal(lambda: finish(desk.enroller(), body, now=NOON)) is IdentityCode.FACTOR_PASSKEY_CHALLENGE
    # a challenge for using one makes none
    _, body = replace(PLAIN, credential=b"2").create({**asked(desk), "user": {"id": "AAAA"}})
    assert refusal(lambda: finish(desk.enroller(), body, now=NOON)) is IdentityCode.FACTOR_PASSKEY_CHALLENGE


def test_a_removed_passkey_proves_nothing(desk: FactorDesk) -> None:
    device = enrol(desk)
    with desk.database.reading() as unit:
        (row,) = factors.list_live(unit, PERSON)
    desk.standing.remove(desk.enroller(), row.id, elsewhere=lambda _: True, now=NOON)
    use = partial(desk.passkeys.prove, attempt(None), device.use(asked(desk)), bound_to=LOGIN)
    assert refusal(use) is IdentityCode.FACTOR_REFUSED
    enrol(desk, device)


def test_what_is_verified_is_made_in_its_module_alone() -> None:
    common = {"credential": b"", "counter": 0, "backup_eligible": False, "backed_up": False, "made_here": object()}
    with pytest.raises(TypeError):
        VerifiedAssertion(user_verified=True, **common)  # type: ignore[arg-type] # of the right types
    with pytest.raises(TypeError):
        VerifiedRegistration(key=b"", aaguid=b"", hardware=True, **common)  # type: ignore[arg-type] # as above
