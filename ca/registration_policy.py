"""The registration policy: ``policies/registration.toml``, read strictly and validated once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.registrations import Kind

if TYPE_CHECKING:
    from pathlib import Path

MAX_POLICY_SIZE: Final = 16 * 1024
MAX_APPROVALS: Final = 8
# Opening or destroying a key that is another's is never one person's decision, whatever the file says.
# A seal is made, and put back in force, by two people at least; a loss is told by one, for it cannot wait for another.
LEAST: Final = MappingProxyType(
    {
        Kind.CERTIFICATE: 0,
        Kind.REVOCATION: 0,
        Kind.RECOVERY: 1,
        Kind.DESTRUCTION: 1,
        Kind.SEAL: 1,
        Kind.SEAL_SUSPENSION: 0,
        Kind.SEAL_LOSS: 0,
        Kind.SEAL_RESUMPTION: 1,
        Kind.SEAL_REVOCATION: 0,
    }
)
# What a policy file may leave out, since it is older than seals, with what holds then.
_LATER: Final = MappingProxyType(
    {
        Kind.SEAL: 1,
        Kind.SEAL_SUSPENSION: 0,
        Kind.SEAL_LOSS: 0,
        Kind.SEAL_RESUMPTION: 1,
        Kind.SEAL_REVOCATION: 1,
    }
)
_NUMBERS: Final = {"request_days": 365, "listings_per_hour": 1000, "retention_days": 36_525}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPolicy:
    """How many registrars must agree, by kind and by profile, and the times of requests and of keys in escrow."""

    lifetime: timedelta
    retention: timedelta
    listings_per_hour: int
    by_kind: Mapping[Kind, int]
    by_profile: Mapping[str, int]
    encryption: Mapping[str, str]

    def approvals(self, kind: Kind, profile: str = "") -> int:
        """Return how many registrars must agree to a request."""
        return self.by_profile.get(profile, self.by_kind[kind]) if kind is Kind.CERTIFICATE else self.by_kind[kind]

    def dual(self, profile: str) -> str:
        """Return the profile of a signing profile's encryption twin. Raise REGISTRATION_POLICY when it has none."""
        twin = self.encryption.get(profile)
        if twin is None:
            raise TrustError(ErrorCode.REGISTRATION_POLICY, "this profile has no encryption twin", profile=profile)
        return twin


def load_registration_policy(path: Path) -> RegistrationPolicy:
    """Return the policy in a file. Raise REGISTRATION_POLICY naming the key that is wrong."""
    try:
        if path.stat().st_size > MAX_POLICY_SIZE:
            raise TrustError(ErrorCode.REGISTRATION_POLICY, "file too large")
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TrustError(ErrorCode.REGISTRATION_POLICY, f"the file cannot be read: {error}") from error
    _require_keys(tree, {*_NUMBERS, "approvals", "encryption"})
    numbers = {name: _number(tree[name], name, least=1, most=most) for name, most in _NUMBERS.items()}
    approvals = {
        **{kind.value: number for kind, number in _LATER.items()},
        **_table(tree["approvals"], "approvals"),
    }
    _require_keys(approvals, {*(kind.value for kind in Kind), "profiles"})
    profiles = _table(approvals["profiles"], "profiles")
    twins = _table(tree["encryption"], "encryption")
    for name, twin in twins.items():
        if not isinstance(twin, str) or not twin:
            raise TrustError(ErrorCode.REGISTRATION_POLICY, "an encryption profile is named by text", key=name)
    return RegistrationPolicy(
        lifetime=timedelta(days=numbers["request_days"]),
        retention=timedelta(days=numbers["retention_days"]),
        listings_per_hour=numbers["listings_per_hour"],
        by_kind=MappingProxyType(
            {kind: _number(approvals[kind.value], kind.value, least=LEAST[kind], most=MAX_APPROVALS) for kind in Kind}
        ),
        by_profile=MappingProxyType(
            {name: _number(value, name, least=0, most=MAX_APPROVALS) for name, value in profiles.items()}
        ),
        encryption=MappingProxyType(cast("dict[str, str]", twins)),
    )


def _require_keys(tree: Mapping[str, object], known: set[str]) -> None:
    for name in sorted(known ^ set(tree)):
        told = "unknown key" if name in tree else "a key is missing"
        raise TrustError(ErrorCode.REGISTRATION_POLICY, told, key=name)


def _table(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TrustError(ErrorCode.REGISTRATION_POLICY, "not a table", key=name)
    return value


def _number(value: object, name: str, *, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise TrustError(ErrorCode.REGISTRATION_POLICY, f"a whole number from {least} to {most}", key=name)
    return value
