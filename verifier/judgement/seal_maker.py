"""Who made a seal, and whether he may (GM/T 0031-2014 6.1.2 c: chain, period, revocation, key usage).

No standard marks the certificates of seal makers, and a seal shows the name and picture its maker put into it: to be trusted as a
signer is not to be trusted with that. A maker counts when somebody says that he makes seals (ADR 0023):

- the policy, which then says it alone (`seal_makers`: him, or an authority above him);
- the home's registry, which knows the seal as one of its own;
- the authority that issued his certificate, by the extended usage ``sealMaking``;
- or he is an authority himself: who may certify anybody gains nothing by making him a seal. To be an anchor is not enough, for that is how a
  signer alone is trusted.

Of any other maker it is not known whether he may, and the verdict stays open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esign.seal.model import SealVersion
from esign.seal.standing import document_digest, info_digest
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, failed, passed, unknown, warning
from trustkit.x509.purpose import Purpose, is_seal_maker
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.seal_times import judge_making_time
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
    if impossible := judge_making_time(context, seal, stamped.best):
        return impossible
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
    checks = (*algorithms, *found.checks, *_unvouched(context, intact, found.path))
    decisive = [_of_maker(check) for check in checks if check.sub_indication is not None]
    notices += [_of_maker(check) for check in checks if check.status is CheckStatus.WARNING]
    return (*(decisive or (passed(CheckId.SEAL_MAKER),)), *notices)


def _unvouched(context: Context, intact: IntactSeal, path: ValidatedPath | None) -> tuple[Check, ...]:
    """Leave open whether a maker may make seals of whom nobody says so. Without a path there is nothing to say it of."""
    if path is None:
        return ()
    wanted = context.policy.seal_makers
    if wanted:
        vouched = any(each.fingerprint_sm3 in wanted for each in path.certificates)
        told = "the policy names other makers of seals"
    else:
        maker = intact.maker
        vouched = maker.is_ca or is_seal_maker(maker) or _is_registered(context, intact)
        told = "nothing says that he may make seals: neither policy, registry nor his certificate"
    return () if vouched else (unknown(CheckId.SEAL_MAKER, SubIndication.CHAIN_CONSTRAINTS_FAILURE, told),)


def _is_registered(context: Context, intact: IntactSeal) -> bool:
    """Whether the registry made this very seal: anybody may sign what its maker signed once more, with a certificate of his own."""
    history = context.evidence.seals.get(info_digest(intact.seal))
    return history is not None and history.document_sm3 == document_digest(intact.seal)


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
