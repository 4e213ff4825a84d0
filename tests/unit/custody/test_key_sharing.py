"""A key shared among custodians opens with enough of the right shares, and every other case is refused by its name."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.public_key import KeyKind
from trustkit.custody.key_set import Custodian, encode_key_set, parse_key_set
from trustkit.custody.key_sharing import open_key_set, share_key
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.custody.share_files import contribute, open_share, parse_share_file, require_of_set
from trustkit.custody.sharing import Share, combine_shares, split_secret
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.key_sharing import SharedKey
    from trustkit.error_family import Code

CUSTODIANS = tuple(generate_key(KeyKind.SM2) for _ in range(4))
KEY = generate_key(KeyKind.SM2)


def people(count: int) -> tuple[Custodian, ...]:
    return tuple(Custodian(id=f"op-{n}", key=CUSTODIANS[n].public_key) for n in range(count))


def opened(made: SharedKey, *which: int) -> tuple[Share, ...]:
    return tuple(open_share(parse_share_file(made.shares[n]), CUSTODIANS[n].decryptor()) for n in which)


@pytest.fixture(scope="module")
def made() -> SharedKey:
    return share_key(KEY, name="root-ca", custodians=people(4), threshold=3)


def test_any_three_of_four_open_the_key_and_it_signs_as_before(made: SharedKey) -> None:
    for which in combinations(range(4), 3):
        key = open_key_set(made.key_set, opened(made, *which))
        assert key.public_key.spki == KEY.public_key.spki
    assert open_key_set(made.key_set, opened(made, 0, 1, 2, 3)).public_key.spki == KEY.public_key.spki


@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.ED25519])
def test_keys_of_other_kinds_are_shared_too(kind: KeyKind) -> None:
    key = generate_key(kind)
    made = share_key(key, name="root-ca", custodians=people(2), threshold=2)
    assert open_key_set(made.key_set, opened(made, 0, 1)).public_key.spki == key.public_key.spki


def refusal(code: Code, act: object) -> TrustError:
    with pytest.raises(TrustError) as caught:
        act()  # type: ignore[operator]
    assert caught.value.code is code
    return caught.value


def test_too_few_shares_say_how_many_are_missing(made: SharedKey) -> None:
    error = refusal(ErrorCode.SHARES_MISSING, lambda: open_key_set(made.key_set, opened(made, 1)))
    assert error.facts == {"missing": 2, "threshold": 3}
    refusal(ErrorCode.SHARES_MISSING, lambda: open_key_set(made.key_set, ()))


def test_a_share_given_twice_and_a_wrong_one_are_named(made: SharedKey) -> None:
    one, two, three = opened(made, 0, 1, 2)
    refusal(ErrorCode.SHARE_DUPLICATE, lambda: open_key_set(made.key_set, (one, two, one)))
    wrong = replace(three, octets=bytes(16))
    assert refusal(ErrorCode.SHARE_WRONG, lambda: open_key_set(made.key_set, (one, two, wrong))).facts["index"] == 3
    moved = replace(three, index=4)
    refusal(ErrorCode.SHARE_WRONG, lambda: open_key_set(made.key_set, (one, two, moved)))
    unknown = replace(three, index=9)
    refusal(ErrorCode.SHARE_WRONG, lambda: open_key_set(made.key_set, (one, two, unknown)))


def test_shares_of_an_earlier_set_do_not_open_the_next_one(made: SharedKey) -> None:
    again = share_key(KEY, name="root-ca", custodians=people(4), threshold=3)
    file = parse_share_file(made.shares[0])
    refusal(ErrorCode.SHARE_FOREIGN, lambda: require_of_set(file, again.key_set, sitting=""))
    refusal(ErrorCode.SHARE_WRONG, lambda: open_key_set(again.key_set, opened(made, 0, 1, 2)))


def test_another_custodian_cannot_open_a_share_and_no_field_of_it_can_be_changed(made: SharedKey) -> None:
    file = parse_share_file(made.shares[0])
    refusal(ErrorCode.DECRYPTION_FAILED, lambda: open_share(file, CUSTODIANS[1].decryptor()))
    for changed in (
        replace(file, index=2),
        replace(file, threshold=2),
        replace(file, custodian="op-1"),
        replace(file, name="recovery"),
        replace(file, set_id="0" * 32),
    ):
        refusal(ErrorCode.DECRYPTION_FAILED, lambda changed=changed: open_share(changed, CUSTODIANS[0].decryptor()))


def test_a_contribution_opens_for_its_sitting_alone(made: SharedKey) -> None:
    sitting, other = generate_key(KeyKind.SM2), generate_key(KeyKind.SM2)
    own = parse_share_file(made.shares[1])
    data = contribute(own, CUSTODIANS[1].decryptor(), sitting="sit-1", recipient=sitting.public_key)
    given = parse_share_file(data)
    require_of_set(given, made.key_set, sitting="sit-1")
    assert open_share(given, sitting.decryptor()).octets == open_share(own, CUSTODIANS[1].decryptor()).octets
    refusal(ErrorCode.DECRYPTION_FAILED, lambda: open_share(given, other.decryptor()))
    refusal(ErrorCode.SHARE_FOREIGN, lambda: require_of_set(given, made.key_set, sitting="sit-2"))
    refusal(ErrorCode.SHARE_FOREIGN, lambda: require_of_set(own, made.key_set, sitting="sit-1"))
    moved = replace(given, sitting="sit-2")
    refusal(ErrorCode.DECRYPTION_FAILED, lambda: open_share(moved, sitting.decryptor()))
    refusal(
        ErrorCode.USAGE,
        lambda: contribute(given, sitting.decryptor(), sitting="sit-2", recipient=other.public_key),
    )


@pytest.mark.parametrize(
    ("threshold", "custodians", "name"),
    [
        (1, people(2), "root-ca"),
        (3, people(2), "root-ca"),
        (0, people(3), "root-ca"),
        (2, people(2), "../root"),
        (2, (people(1)[0], Custodian(id="op-9", key=CUSTODIANS[0].public_key)), "root-ca"),
        (2, (people(1)[0], Custodian(id="op-0", key=CUSTODIANS[1].public_key)), "root-ca"),
    ],
)
def test_what_is_no_split_knowledge_is_refused(threshold: int, custodians: tuple[Custodian, ...], name: str) -> None:
    refusal(ErrorCode.USAGE, lambda: share_key(KEY, name=name, custodians=custodians, threshold=threshold))


def test_a_custodian_needs_an_sm2_key() -> None:
    wrong = Custodian(id="op-9", key=generate_key(KeyKind.EC_P256).public_key)
    refusal(
        ErrorCode.ALGORITHM_MISMATCH,
        lambda: share_key(KEY, name="root-ca", custodians=(people(1)[0], wrong), threshold=2),
    )


def test_a_set_reads_back_as_it_was_written_and_a_changed_one_is_refused(made: SharedKey) -> None:
    data = encode_key_set(made.key_set)
    assert parse_key_set(data) == made.key_set
    assert len(made.key_set.digest) == 64
    for changed in (
        b"",
        b"[]",
        b"null",
        b" " + data,
        data.replace(b'"threshold":3', b'"threshold":1'),
        data.replace(b'"threshold":3', b'"threshold":true'),
        data.replace(b'"threshold":3', b'"threshold":9'),
        data.replace(b'"index":1', b'"index":2'),
        data.replace(b'"name":"root-ca"', b'"name":"../root"'),
        data.replace(b"trustkit-key-set/1", b"trustkit-key-set/2"),
    ):
        refusal(ErrorCode.KEY_SET_MALFORMED, lambda changed=changed: parse_key_set(changed))


def test_a_set_with_another_container_does_not_open(made: SharedKey) -> None:
    other = share_key(generate_key(KeyKind.SM2), name="root-ca", custodians=people(4), threshold=3)
    swapped = replace(made.key_set, container=other.key_set.container)
    refusal(ErrorCode.KEY_CONTAINER_MALFORMED, lambda: open_key_set(swapped, opened(made, 0, 1, 2)))
    lying = replace(made.key_set, public_key=other.key_set.public_key)
    refusal(ErrorCode.KEY_CONTAINER_MALFORMED, lambda: open_key_set(lying, opened(made, 0, 1, 2)))


def test_fewer_shares_than_the_threshold_fit_every_secret() -> None:
    """Two of three shares of two different secrets can be the very same octets: they say nothing of the secret."""
    for secret in (bytes(16), b"\xff" * 16):
        shares = split_secret(secret, threshold=3, count=3)
        assert combine_shares(shares) == secret
        assert combine_shares(shares[:2]) != secret  # but for chance, 2^-128


def test_nothing_shows_a_share(made: SharedKey) -> None:
    share = opened(made, 0)[0]
    assert share.octets.hex() not in repr(share) + repr(made) + repr(made.key_set)
    assert isinstance(KEY, PrivateKey)
    assert share.octets.hex().encode() not in encode_key_set(made.key_set)
