"""The times of seals and of what is signed with them (GM/T 0031-2014 6.1.2 d, 6.2.3 d and f), as claimed and as proved.

NOTE: v1 has a UTCTime, and many write the time of the place into it. Which zone a writer meant nobody can tell, so a v1 time refutes
nothing that the other reading allows: within those eight hours the verdict stays open (docs/DIVERGENCES.md).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.seal.model import SealVersion
from esign.seal.verify import require_seal_period
from trustkit.errors import TrustError
from trustkit.verdict import Check, CheckId, SubIndication, failed, passed, unknown, warning
from verifier.judgement.outcomes import outcome
from verifier.judgement.stamp import LOCAL_TIME

if TYPE_CHECKING:
    from datetime import datetime

    from esign.seal.model import UnverifiedSeal
    from esign.seal.verify import AuthenticSealSignature, IntactSeal, IntactSealSignature
    from verifier.judgement.context import BestTime, Context

_LOCAL: Final = "the seal's period has begun if its times are local, and not yet if they are UTC"
_CLOCKS_APART: Final = timedelta(days=1)  # of maker and signer; some write local time for UTC


def earliest_claim(proof: AuthenticSealSignature | IntactSealSignature) -> datetime:
    """Return the earliest time a signer may mean who names one: that of the place, written as if it were UTC, in v1."""
    return proof.claimed_time - _ahead(proof.signature.version)


def _ahead(version: SealVersion) -> timedelta:
    return LOCAL_TIME if version is SealVersion.V1 else timedelta()


def judge_signing_time(proof: AuthenticSealSignature | IntactSealSignature) -> tuple[Check, ...]:
    """Refuse a signer who says to have signed outside his certificate's period (6.2.3 d)."""
    certificate, claimed = proof.certificate, proof.claimed_time
    if certificate.not_before <= claimed and earliest_claim(proof) <= certificate.not_after:
        return ()
    told = f"the time of signing, {claimed:%Y-%m-%dT%H:%M:%SZ}, lies outside the period of the signer's certificate"
    return (failed(CheckId.CERTIFICATE_VALIDITY, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)


def judge_period_of_use(intact: IntactSeal, claimed: datetime, best: BestTime) -> Check:
    """Judge the time of signing against the seal's period (6.2.3 f): as claimed, and as far as it is proved."""
    try:
        require_seal_period(intact, claimed)
    except TrustError as error:
        return outcome(error)
    if _may_have_begun(intact.seal, best.moment):
        return unknown(CheckId.SEAL_VALIDITY, SubIndication.TRY_LATER, _LOCAL)
    if best.moment < intact.seal.valid_from:
        return failed(CheckId.SEAL_VALIDITY, SubIndication.NOT_YET_VALID, "signed before the seal's period began")
    if best.moment > intact.seal.valid_until:
        told = "nothing proves that the seal was used before its period ended"
        return unknown(CheckId.SEAL_VALIDITY, SubIndication.OUT_OF_BOUNDS_NO_POE, told)
    return passed(CheckId.SEAL_VALIDITY)


def _may_have_begun(seal: UnverifiedSeal, moment: datetime) -> bool:
    """Whether a seal's period has begun if its times are those of the place, and not if they are UTC."""
    return timedelta() < seal.valid_from - moment <= _ahead(seal.version)


def judge_made_before_use(seal: UnverifiedSeal, claimed: datetime) -> tuple[Check, ...]:
    """Judge a time that cannot be: the seal is inside what was signed, and when it was made is its maker's word."""
    if seal.created_at <= claimed:
        return ()
    told = "the signer names a time at which the seal had not been made"
    if seal.created_at - claimed <= _CLOCKS_APART:
        return (warning(CheckId.SEAL_VALIDITY, told),)
    return (unknown(CheckId.SEAL_VALIDITY, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)


def judge_making_time(context: Context, seal: UnverifiedSeal, best: BestTime) -> tuple[Check, ...]:
    """Judge a maker who says to have made a seal later than it is proved to exist, or at a time that is yet to come.

    v5 judges his certificate by that time, which may be one that has not begun.
    """
    if best.proved and seal.created_at - best.moment > _CLOCKS_APART:
        told = f"the seal is known to exist since {best.moment:%Y-%m-%d}, and its maker says to have made it later"
        return (failed(CheckId.SEAL_MAKER, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)
    if seal.created_at - context.at > _CLOCKS_APART:
        told = "the maker names a time that is yet to come"
        return (unknown(CheckId.SEAL_MAKER, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)
    return ()


def _is_to_come(context: Context, proof: AuthenticSealSignature | IntactSealSignature) -> bool:
    """Whether the signer names a time that has not come yet; writers of v1 put the time of the place into a UTCTime."""
    return earliest_claim(proof) - context.at > context.policy.clock_tolerance


def judge_yet_to_come(context: Context, proof: AuthenticSealSignature | IntactSealSignature) -> tuple[Check, ...]:
    """Leave open a signature whose signer names a time that is yet to come: the verifier's own clock contradicts him."""
    if not _is_to_come(context, proof):
        return ()
    told = "the signer names a time that is yet to come"
    return (unknown(CheckId.SIGNATURE_TIME, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)


def signed_at(context: Context, proof: AuthenticSealSignature | IntactSealSignature, best: BestTime) -> datetime | None:
    """Return when it was signed: as proved, else as claimed unless that cannot be."""
    if best.proved:
        return best.moment
    to_come = proof.claimed_time - context.at > context.policy.clock_tolerance
    return None if to_come else proof.claimed_time


def judge_period_now(seal: UnverifiedSeal, at: datetime) -> Check:
    """Judge the period of a seal by itself (6.1.2 d). One that has ended says nothing against what was sealed in time."""
    period = f"{seal.valid_from:%Y-%m-%dT%H:%M:%SZ} to {seal.valid_until:%Y-%m-%dT%H:%M:%SZ}"
    if _may_have_begun(seal, at):
        return unknown(CheckId.SEAL_VALIDITY, SubIndication.TRY_LATER, f"{_LOCAL}: {period}")
    if at < seal.valid_from:
        return failed(CheckId.SEAL_VALIDITY, SubIndication.NOT_YET_VALID, period)
    if at > seal.valid_until:
        told = f"the period has ended: {period}"
        return unknown(CheckId.SEAL_VALIDITY, SubIndication.OUT_OF_BOUNDS_NO_POE, told)
    return passed(CheckId.SEAL_VALIDITY, period)
