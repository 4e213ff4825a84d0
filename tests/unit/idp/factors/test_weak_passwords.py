"""What is guessed first: the shipped list, rows of keys, digits; and the operator's list of breached ones."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.factors.breached import BreachedList
from idp.factors.weak_passwords import WeakPasswords, WeakReason, common_passwords
from tests.support.factors import refusal
from trustkit.identity_codes import IdentityCode

WEAK = WeakPasswords(common_passwords())

GUESSED: list[tuple[str, WeakReason]] = [
    ("P@ssw0rd2026", WeakReason.COMMON),
    ("Password123!", WeakReason.COMMON),
    ("zhangwei1990", WeakReason.COMMON),
    ("woaini1314520", WeakReason.COMMON),
    ("我爱你1314520", WeakReason.COMMON),
    ("Admin@123456", WeakReason.COMMON),
    ("Huawei@123!!", WeakReason.COMMON),
    ("2026zhengwu!", WeakReason.COMMON),
    ("correct horse battery staple", WeakReason.COMMON),
    ("1qaz@WSX3edc", WeakReason.SEQUENCE),
    ("abcdefghij", WeakReason.SEQUENCE),
    ("qwertyuiop", WeakReason.SEQUENCE),
    ("QWERTYUIOP{", WeakReason.SEQUENCE),
    ("13800138000", WeakReason.DIGITS),
    ("19900101199001", WeakReason.DIGITS),
    ("１２３８５７２９４６１", WeakReason.DIGITS),
    ("abcabcabcabc", WeakReason.REPEATED),
    ("aaaaaaaaaa", WeakReason.REPEATED),
    ("密码密码密码密码密码", WeakReason.REPEATED),
    ("my LI.HUA secret", WeakReason.OWN_WORD),
]
GOOD = ["correct horse battery", "x7#kP2mq9Lz", "五月的风吹过南山的竹林", "tram-lamp-oval-91", "9f3kz81qpw"]


@pytest.mark.parametrize(("password", "reason"), GUESSED)
def test_what_is_guessed_first_is_weak(password: str, reason: WeakReason) -> None:
    assert WEAK.reason(password, ("li.hua", "abc")) is reason


@pytest.mark.parametrize("password", GOOD)
def test_others_are_not(password: str) -> None:
    assert WEAK.reason(password, ("li.hua", "abc")) is None


@given(st.text(max_size=40))
def test_any_text_is_judged(password: str) -> None:
    assert WEAK.reason(password) in {None, *WeakReason}


def test_the_list_is_sorted_folded_and_bounded() -> None:
    path = Path(__file__).parents[4] / "idp" / "factors" / "weak_passwords.txt"
    words = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert words == sorted({word.casefold() for word in words})
    assert 1000 < len(words) < 10_000


def breached_file(folder: Path, passwords: list[str], *, counts: bool = True, end: str = "\r\n") -> Path:
    digests = sorted(hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper() for word in passwords)
    path = folder / "breached.txt"
    lines = (f"{digest}:{7 * number + 1}{end}" if counts else f"{digest}{end}" for number, digest in enumerate(digests))
    path.write_bytes("".join(lines).encode())
    return path


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 999])
def test_each_of_a_breached_list_is_found_and_no_other(tmp_path: Path, size: int, end: str, *, counts: bool) -> None:
    there = [f"breached {number}" for number in range(size)]
    breached = BreachedList.open(breached_file(tmp_path, there, counts=counts, end=end))
    assert all(breached.holds(word) for word in there)
    assert not any(breached.holds(f"private {number}") for number in range(300))
    breached.close()


def test_a_breached_password_is_weak(tmp_path: Path) -> None:
    breached = BreachedList.open(breached_file(tmp_path, ["tram-lamp-oval-91"]))
    assert WeakPasswords(frozenset(), breached=breached).reason("tram-lamp-oval-91") is WeakReason.BREACHED
    breached.close()


DAMAGED: dict[str, bytes] = {
    "empty": b"",
    "words": b"password\nletmein\n" * 20,
    "one long line": b"A" * 10_000,
    "not sorted": b"F" * 40 + b":1\r\n" + (b"A" * 40 + b":1\r\n") * 10,
    "binary": os.urandom(1) + b"\xff\x00" * 5000,
}


@pytest.mark.parametrize("octets", DAMAGED.values(), ids=DAMAGED)
def test_a_list_of_another_form_is_not_used(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "list"
    path.write_bytes(octets)
    assert refusal(lambda: BreachedList.open(path)) is IdentityCode.FACTOR_PASSWORD_LIST


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusal(lambda: BreachedList.open(tmp_path / "none")) is IdentityCode.FACTOR_PASSWORD_LIST


def test_a_list_damaged_in_its_middle_is_told(tmp_path: Path) -> None:
    path = breached_file(tmp_path, [str(number) for number in range(1000)])
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 4 : 3 * len(octets) // 4] = b"?" * (len(octets) // 2)
    path.write_bytes(octets)
    breached = BreachedList.open(path)
    assert refusal(lambda: breached.holds("somebody's")) is IdentityCode.FACTOR_PASSWORD_LIST
    breached.close()
