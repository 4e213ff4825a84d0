"""The registration policy is read strictly; what it must not allow it cannot say."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from ca.registration_policy import load_registration_policy
from tests.support.registration import POLICIES, refusal
from trustkit.errors import ErrorCode
from trustkit.store.registrations import Kind

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = POLICIES / "registration.toml"


def test_the_shipped_policy_asks_two_for_seals_and_recoveries() -> None:
    policy = load_registration_policy(SHIPPED)
    assert policy.approvals(Kind.CERTIFICATE, "person") == 1
    assert policy.approvals(Kind.CERTIFICATE, "seal") == 2
    assert policy.approvals(Kind.RECOVERY, "seal") == 2
    for twin in policy.encryption.values():
        assert (POLICIES / "certificates" / f"{twin}.toml").exists()


def test_a_policy_older_than_seals_asks_two_people_for_one(tmp_path: Path) -> None:
    old = "".join(
        line
        for line in SHIPPED.read_text("utf-8").splitlines(keepends=True)
        if not line.startswith(("seal = 1", "seal-"))
    )
    path = tmp_path / "registration.toml"
    path.write_text(old, "utf-8")
    for policy in (load_registration_policy(path), load_registration_policy(SHIPPED)):
        kinds = (Kind.SEAL, Kind.SEAL_SUSPENSION, Kind.SEAL_LOSS, Kind.SEAL_RESUMPTION, Kind.SEAL_REVOCATION)
        assert [policy.approvals(kind) for kind in kinds] == [1, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seal = 1", "seal = 0"),
        ("seal-resumption = 1", "seal-resumption = 0"),
        ("seal-loss = 0", "seal-loss = 9"),
        ("seal-loss = 0", "seal-theft = 0"),
        ("recovery = 2", "recovery = 0"),
        ("destruction = 2", "destruction = 0"),
        ("certificate = 1", "certificate = -1"),
        ("certificate = 1", "certificate = true"),
        ("certificate = 1", "certificate = 9"),
        ("certificate = 1", ""),
        ("seal = 2", 'seal = "two"'),
        ("request_days = 7", "request_days = 0"),
        ("request_days = 7", "request_days = " + "9" * 5000),
        ("request_days = 7", "request_days = " + "[" * 5000),
        ("request_days = 7", "request_days = 366"),
        ("request_days = 7", "colour = 7"),
        ("[encryption]", "[encryption]\nseal = 1"),
        ("[encryption]", '[encryption]\nseal = ""'),
        ("[approvals.profiles]", "[approvals.profile]"),
        ("request_days", "request_days = 7\nrequest_days"),
        ("[encryption]", "#" * 20_000),
    ],
)
def test_a_wrong_policy_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "registration.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    refusal(ErrorCode.REGISTRATION_POLICY, partial(load_registration_policy, path))


def test_no_policy_is_refused(tmp_path: Path) -> None:
    refusal(ErrorCode.REGISTRATION_POLICY, partial(load_registration_policy, tmp_path / "none.toml"))
