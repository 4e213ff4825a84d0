"""How much each check weighs under a policy: FAIL, WARN, INFORM or IGNORE (EN 319 102-1 5.1.2; the words of ETSI TS 119 172-4 and of DSS policies).

What was proved wrong is TOTAL-FAILED whatever a policy says, and doubt about a signature, its signer or its content stays doubt: only what stands in `TOLERABLE`
may be let go, and any check may be made stricter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId


@unique
class Level(StrEnum):
    """What a finding that is not good does to a verdict."""

    FAIL = "fail"  # nothing passes with it: what is otherwise a warning leaves the verdict INDETERMINATE
    WARN = "warn"  # doubt is a warning
    INFORM = "inform"  # doubt and warnings are notes
    IGNORE = "ignore"  # a note that it was not weighed, and nothing of what was found


@dataclass(frozen=True, slots=True)
class Constraints:
    """The levels of checks a policy names; of all others it says nothing."""

    levels: frozenset[tuple[CheckId, Level]] = frozenset()

    def of(self, check: CheckId) -> Level | None:
        """Return the level of a check, None where the policy says nothing of it."""
        return next((level for each, level in self.levels if each is check), None)


NO_CONSTRAINTS: Final = Constraints()

TOLERABLE: Final = frozenset({CheckId.LICENCE_ENTITLEMENT, CheckId.CREDENTIAL_TYPE})
_BY_KEY: Final = MappingProxyType(
    {
        CheckId.CERTIFICATE_REVOCATION: "revocation",
        CheckId.LICENCE_STATUS: "licence_status",
        CheckId.SIGNATURE_TIME: "signature_timestamp",
    }
)
_OF_CALLERS: Final = ("bundle:", "presentation:")  # what a caller demands, no policy lets go
_ANYWHERE: Final = frozenset({Level.FAIL, Level.INFORM})


def constraints_of(value: object) -> Constraints:
    """Return the table ``[constraints]`` of a policy file: ids of checks to levels.

    Raises:
        TrustError: POLICY_MALFORMED naming the check: none of that id, another level, or one this check cannot have.
    """
    if not isinstance(value, dict):
        raise TrustError(ErrorCode.POLICY_MALFORMED, "a table of checks and levels is needed", key="constraints")
    return Constraints(frozenset((_check(name), _level(name, level)) for name, level in value.items()))


def _check(name: str) -> CheckId:
    if name not in tuple(CheckId) or name.startswith(_OF_CALLERS):
        raise _refusal(name, "no check whose weight a policy decides")
    check = CheckId(name)
    if check in _BY_KEY:
        raise _refusal(name, f"its weight is said by {_BY_KEY[check]}")
    return check


def _level(name: str, value: object) -> Level:
    if not isinstance(value, str) or value not in tuple(Level):
        raise _refusal(name, f"one of {', '.join(Level)} is needed")
    level = Level(value)
    if level not in _ANYWHERE and name not in TOLERABLE:
        raise _refusal(name, "without it nothing is proved: fail and inform, of its warnings, are possible")
    return level


def _refusal(name: str, demand: str) -> TrustError:
    return TrustError(ErrorCode.POLICY_MALFORMED, demand, key=name[:64])
