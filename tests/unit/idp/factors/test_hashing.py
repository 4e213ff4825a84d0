"""What is kept of passwords: one strict form, today's cost, and hashes of before."""

from __future__ import annotations

import pytest
from nacl import pwhash

from idp.factors.hashing import PasswordHashing
from tests.support.factors import OTHER, PASSWORD, PERSON, SECRETS

# argon2-cffi 25.1 made it, at the cost of before: four passes over 9 MiB, of PERSON's PASSWORD under SECRETS
BEFORE = "$argon2id$v=19$m=9216,t=4,p=1$AAECAwQFBgcICQoLDA0ODw$eMmLGqfgRWPG8AOZ/EruQJ6qyvdHgwwU3daubCANLzE"


@pytest.mark.parametrize(
    "kept",
    [
        "$argon2id$v=19$damaged",
        "",
        BEFORE + "\n",
        BEFORE.replace("argon2id", "argon2i"),
        BEFORE.replace("v=19", "v=16"),
        BEFORE.replace("p=1", "p=4"),
        BEFORE.replace("m=9216", "m=09216"),
        BEFORE.replace("m=9216", "m=921600"),  # a row that asks for all memory
        BEFORE.replace("t=4", "t=400"),
        BEFORE.replace("t=4", "t=0"),
        BEFORE[:-1],
        BEFORE[:-4],
        BEFORE.replace("AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0O"),
    ],
)
def test_a_damaged_hash_matches_nothing(kept: str) -> None:
    hashing = PasswordHashing(SECRETS)
    assert not hashing.matches(PERSON, PASSWORD, kept)
    assert hashing.is_outdated(kept)


def test_a_hash_of_before_is_good_and_to_be_made_anew() -> None:
    hashing = PasswordHashing(SECRETS)
    assert hashing.matches(PERSON, PASSWORD, BEFORE)
    assert not hashing.matches(PERSON, PASSWORD + "x", BEFORE)
    assert not hashing.matches(OTHER, PASSWORD, BEFORE)
    assert hashing.is_outdated(BEFORE)
    assert not hashing.is_outdated(hashing.hash(PERSON, PASSWORD))


def test_others_read_what_is_kept() -> None:
    kept = PasswordHashing(SECRETS).hash(PERSON, PASSWORD)
    keyed = SECRETS.mac("password", PERSON.encode(), PASSWORD.encode())
    assert pwhash.argon2id.verify(kept.encode(), keyed)


def test_the_default_cost_is_argon2id_of_seven_mebibytes() -> None:
    assert PasswordHashing(SECRETS).hash(PERSON, PASSWORD).startswith("$argon2id$v=19$m=7168,t=5,p=1$")
