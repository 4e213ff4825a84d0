"""The list of known keys as a file: found in it is what is in it, and a list that is no list stops the issuing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from trustkit.app.home import POLICIES
from trustkit.app.issuing_rules import KNOWN_KEYS, KnownKeysFile, known_keys
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.error_family import Code


def digest_of(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(4, "big")).digest()[:15]


def records(count: int) -> list[bytes]:
    return sorted(digest_of(number) + bytes((number % 251,)) for number in range(count))


def listed(folder: Path, octets: bytes) -> KnownKeysFile:
    path = folder / KNOWN_KEYS
    path.write_bytes(octets)
    return KnownKeysFile(path)


@pytest.mark.parametrize("count", [1, 2, 3, 5000])
def test_what_is_in_it_is_found_and_nothing_else(tmp_path: Path, count: int) -> None:
    found = listed(tmp_path, b"".join(records(count)))
    assert found.count == count
    for number in range(0, count, max(1, count // 500)):
        assert found.collection(digest_of(number)) == number % 251
    for number in range(count, count + 100):
        assert found.collection(digest_of(number)) is None
    assert found.collection(bytes(15)) is None
    assert found.collection(b"\xff" * 15) is None


def refused(folder: Path, octets: bytes) -> Code:
    with pytest.raises(TrustError) as caught:
        listed(folder, octets)
    return caught.value.code


def test_what_is_no_list(tmp_path: Path) -> None:
    good = b"".join(records(10))
    for octets in (b"", good[:-1], good + b"x", b"".join(reversed(records(10))), b"<html>not found</html>"):
        assert refused(tmp_path, octets) is ErrorCode.CA_KEY_LIST
    with pytest.raises(TrustError) as caught:
        KnownKeysFile(tmp_path)
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE


def test_disorder_that_opening_did_not_meet_is_met_by_the_search(tmp_path: Path) -> None:
    made = records(20_000)
    wanted, made[10_001] = made[10_001][:15], b"\0" * 16  # beside the middle, between two that are looked at
    found = listed(tmp_path, b"".join(made))
    with pytest.raises(TrustError) as caught:
        found.collection(wanted)
    assert caught.value.code is ErrorCode.CA_KEY_LIST


def test_a_list_that_is_replaced_is_read_anew(tmp_path: Path) -> None:
    (tmp_path / POLICIES).mkdir()
    assert known_keys(tmp_path) is None
    place, beside = tmp_path / POLICIES / KNOWN_KEYS, tmp_path / "new"
    place.write_bytes(b"".join(records(3)))
    first = known_keys(tmp_path)
    assert first is known_keys(tmp_path)
    beside.write_bytes(b"".join(records(4)))
    beside.replace(place)
    second = known_keys(tmp_path)
    assert (first and first.count, second and second.count) == (3, 4)
