"""What a policy's constraints make of findings (EN 319 102-1 5.1.2): see `verifier.constraints` for what they may.

Doubt that a policy lets go is weighed where it is found, before anything is concluded; warnings when all else is judged, which makes no verdict better.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from trustkit.verdict import Check, CheckStatus, SubIndication, conclude, worst
from verifier.constraints import TOLERABLE, Level
from verifier.judgement.outcomes import as_warning

if TYPE_CHECKING:
    from trustkit.verdict import CheckId, Conclusion, SignatureVerdict, Verdict
    from verifier.policy import ValidationPolicy

NOT_WEIGHED: Final = "the policy does not weigh it"


def is_demanded(policy: ValidationPolicy, check: CheckId) -> bool:
    """Whether a policy lets nothing pass of which nobody can say this."""
    return policy.constraints.of(check) is Level.FAIL


def tolerated(policy: ValidationPolicy, check: Check) -> Check:
    """Return a finding with the weight a policy gives doubt about it: never less for what failed."""
    level = policy.constraints.of(check.id)
    if check.status is not CheckStatus.UNKNOWN or check.id not in TOLERABLE or level in {None, Level.FAIL}:
        return check
    return as_warning(check) if level is Level.WARN else _note(check, level)


def weigh(policy: ValidationPolicy, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Return findings with the weight a policy gives to warnings."""
    return tuple(_warned(check, policy.constraints.of(check.id)) for check in checks)


def weighed(verdict: Verdict, policy: ValidationPolicy) -> Verdict:
    """Return a verdict in which a policy's constraints weigh: the same one, or a worse."""
    if not policy.constraints.levels:
        return verdict
    signatures = tuple(_signature(each, policy) for each in verdict.signatures)
    checks = weigh(policy, verdict.checks)
    conclusions = (*(each.conclusion for each in signatures), _worsened(verdict.conclusion, checks))
    return replace(verdict, signatures=signatures, checks=checks, conclusion=worst(conclusions))


def _signature(verdict: SignatureVerdict, policy: ValidationPolicy) -> SignatureVerdict:
    checks = weigh(policy, verdict.checks)
    return replace(verdict, checks=checks, conclusion=_worsened(verdict.conclusion, checks))


def _worsened(conclusion: Conclusion, checks: tuple[Check, ...]) -> Conclusion:
    return worst((conclusion, conclude(checks, frozenset())))


def _warned(check: Check, level: Level | None) -> Check:
    if check.status is not CheckStatus.WARNING or level is None or level is Level.WARN:
        return check
    if level is Level.FAIL:
        return replace(check, status=CheckStatus.UNKNOWN, sub_indication=SubIndication.SIG_CONSTRAINTS_FAILURE)
    return _note(check, level)


def _note(check: Check, level: Level | None) -> Check:
    if level is Level.IGNORE:
        return Check(id=check.id, status=CheckStatus.INFORMATION, detail=NOT_WEIGHED)
    return Check(id=check.id, status=CheckStatus.INFORMATION, detail=check.detail, code=check.code)
