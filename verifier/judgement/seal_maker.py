"""Who made a seal, and whether he may (GM/T 0031-2014 6.1.2 c: chain, period, revocation, key usage).

No standard marks the certificates of seal makers, so any certificate for signing under an anchor could make a seal in any
organisation's name. Who makes it is therefore told always, a signer who made his own seal is warned of, and a policy can name the
makers it accepts (`seal_makers`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esign.seal.model import SealVersion
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, failed, passed, unknown, warning
from trustkit.x509.purpose import Purpose
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.stamp import best_time
from verifier.judgement.trust import Claim, find_trust

if TYPE_CHECKING:
    from collections.abc import Iterable

    from esign.seal.verify import IntactSeal
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.path import ValidatedPath
    from verifier.judgement.context import BestTime, Context


def judge_maker(
    context: Context, intact: IntactSeal, best: BestTime, *, user: Certificate | None = None
) -> tuple[Check, ...]:
    """Return what is wrong with the maker of a seal that is known to exist since `best`, or one check that nothing is.

    v1 and v4 judge him at the time that counts for the signature; v5 by the time he says to have made the seal: what ends his
    certificate later is a notice. `user` is who signed with the seal.
    """
    seal, maker = intact.seal, intact.maker
    v5 = seal.version is SealVersion.V5
    if v5 and seal.created_at < maker.not_before:
        told = "made before the maker's certificate began"
        return (failed(CheckId.SEAL_MAKER, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)
    tokens = () if seal.timestamp is None else (seal.timestamp,)
    stamped = best_time(context, tokens, seal.signature, seal.created_at, known=best)
    found = find_trust(
        context,
        maker,
        purpose=Purpose.SEAL_MAKING,
        best=stamped.best,
        claim=Claim(moment=seal.created_at, decides=v5),
    )
    algorithms = judge_algorithms(
        context,
        intact.suite,
        intact.suite.digest,
        key=maker.public_key,
        use=AlgorithmUse.SIGNATURE,
        at=stamped.best.moment,
    )
    notices = [*_notices(context, intact, user)]
    notices += [check for check in stamped.checks if check.id is CheckId.TIMESTAMP]
    checks = (*algorithms, *found.checks, *_named(context, found.path))
    decisive = [_of_maker(check) for check in checks if check.sub_indication is not None]
    notices += [_of_maker(check) for check in checks if check.status is CheckStatus.WARNING]
    return (*(decisive or (passed(CheckId.SEAL_MAKER),)), *notices)


def _named(context: Context, path: ValidatedPath | None) -> tuple[Check, ...]:
    """Refuse a maker whom the policy does not name, by his own certificate or one above it."""
    wanted = context.policy.seal_makers
    if not wanted or path is None or any(each.fingerprint_sm3 in wanted for each in path.certificates):
        return ()
    told = "the policy names other makers of seals"
    return (unknown(CheckId.SEAL_MAKER, SubIndication.CHAIN_CONSTRAINTS_FAILURE, told),)


def _notices(context: Context, intact: IntactSeal, user: Certificate | None) -> Iterable[Check]:
    if user is not None and user.spki == intact.maker.spki:
        yield warning(CheckId.SEAL_MAKER, "who signed with the seal made it himself")
    created, maker = intact.seal.created_at, intact.maker
    if not maker.not_before <= created <= maker.not_after:
        yield warning(CheckId.SEAL_MAKER, "made outside the period of the maker's certificate")
    elif intact.seal.version is SealVersion.V5 and context.at > maker.not_after:
        yield warning(CheckId.SEAL_MAKER, f"the maker's certificate ended on {maker.not_after:%Y-%m-%d}")


def _of_maker(check: Check) -> Check:
    """Return a finding about a certificate as one about the maker, so that it is not taken for the signer's."""
    detail = f"{check.id.value}: {check.detail}" if check.detail else check.id.value
    return check if check.id is CheckId.SEAL_MAKER else replace(check, id=CheckId.SEAL_MAKER, detail=detail)
