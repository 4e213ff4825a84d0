"""Time stamps: when a trusted one proves that a signature existed (EN 319 102-1 5.4, 5.5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.errors import TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import VerifiedToken, verify_token
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, passed, unknown
from trustkit.x509.purpose import Purpose
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.context import BestTime, Context
from verifier.judgement.outcomes import as_warning, outcome
from verifier.judgement.parsed import crls_of
from verifier.judgement.trust import judge_certificate_trust
from verifier.policy import Need

if TYPE_CHECKING:
    from datetime import datetime

LOCAL_TIME: Final = timedelta(hours=8)  # some writers in China put the time of the place where UTC belongs
MAX_STAMPS = 8  # of one signature; an archive holds two or three


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """What the stamps of one signature prove: the best time, and the checks to report."""

    best: BestTime
    checks: tuple[Check, ...]


def judge_token_trust(context: Context, token: VerifiedToken, known: BestTime) -> tuple[Check, ...]:
    """Return the checks of a token that holds: order of times, algorithms, and trust in its authority.

    `known` is since when the token itself is known to exist: the time of judging, or an earlier one that an archive time stamp
    proves; its authority is judged at that time (EN 319 102-1 5.6.2.4 for the token's own signature).
    """
    if token.gen_time - known.moment > context.policy.clock_tolerance:
        than = "the time stamp over it" if known.proved else "the time of judging"
        return (unknown(CheckId.TIMESTAMP, SubIndication.TIMESTAMP_ORDER_FAILURE, f"stamped later than {than}"),)
    if token.certificate.not_before - token.gen_time > context.policy.clock_tolerance:
        # else who gets hold of the newest authority's key could date back by decades, before certificates and algorithms ended
        told = "stamped before the certificate of its authority began"
        return (unknown(CheckId.TIMESTAMP, SubIndication.TIMESTAMP_ORDER_FAILURE, told),)
    return (
        *judge_algorithms(
            context,
            token.suite,
            token.imprint_algorithm,
            key=token.certificate.public_key,
            use=AlgorithmUse.TIMESTAMP,
            at=known.moment,
        ),
        *judge_certificate_trust(
            context,
            token.certificate,
            purpose=Purpose.TIMESTAMPING,
            best=known,
            helpers=token.certificates,
            crls=crls_of(token.crls),
        ),
    )


def best_time(
    context: Context, tokens: tuple[bytes, ...], stamped: bytes, claimed: datetime | None, *, known: BestTime
) -> Stamped:
    """Return the earliest proved time of a signature: of its own time stamps over `stamped`, else `known` by others.

    A stamp that does not hold proves nothing and is reported; it cannot make the signature worse, because anyone can put
    a useless stamp beside another's signature (it is not signed). Policy may demand one that holds.
    """
    proofs: list[datetime] = []
    problems: list[Check] = []
    for der in tokens[:MAX_STAMPS]:
        try:
            token = verify_token(parse_token(der), data=stamped)
        except TrustError as error:
            problems.append(as_warning(outcome(error, check=CheckId.TIMESTAMP)))
            continue
        decisive = [check for check in judge_token_trust(context, token, known) if check.sub_indication is not None]
        if decisive:
            problems.append(_unproved(decisive[0]))
        else:
            proofs.append(token.gen_time)
    earliest = min((*proofs, known.moment)) if known.proved or not proofs else min(proofs)
    best = BestTime(moment=earliest, proved=known.proved or bool(proofs))
    problems += _contradiction(context, claimed, best)
    if best.proved:
        return Stamped(best=best, checks=(passed(CheckId.SIGNATURE_TIME), *problems))
    return Stamped(best=best, checks=(*problems, _without_proof(context, claimed)))


def told_time(context: Context, best: BestTime, claimed: datetime | None) -> datetime | None:
    """Return when something was signed: as proved, else as its signer says unless that is yet to come."""
    if best.proved:
        return best.moment
    to_come = claimed is not None and claimed - context.at > context.policy.clock_tolerance
    return None if to_come else claimed


def _contradiction(context: Context, claimed: datetime | None, best: BestTime) -> list[Check]:
    """Tell of a signer who claims a time later than the signature is known to exist: nothing is judged by that claim.

    Where the verifier's own clock alone contradicts him, by more than a local time in the place of UTC, the verdict stays open: he
    signed in a time that is yet to come, or one of the clocks is wrong.
    """
    if claimed is None or claimed - best.moment <= context.policy.clock_tolerance:
        return []
    if not best.proved and claimed - context.at > context.policy.clock_tolerance + LOCAL_TIME:
        told = "the signer names a time that is yet to come"
        return [unknown(CheckId.SIGNATURE_TIME, SubIndication.SIG_CONSTRAINTS_FAILURE, told)]
    known = "the time stamp" if best.proved else "the time of judging"
    detail = f"the signer claims a time later than {known}"
    return [Check(id=CheckId.SIGNATURE_TIME, status=CheckStatus.WARNING, detail=detail)]


def _unproved(check: Check) -> Check:
    detail = f"{check.id.value}: {check.sub_indication.value if check.sub_indication else ''} {check.detail}".strip()
    return Check(id=CheckId.TIMESTAMP, status=CheckStatus.WARNING, detail=detail, code=check.code)


def _without_proof(context: Context, claimed: datetime | None) -> Check:
    told = "only the signer's own word" if claimed is not None else "no time at all"
    if context.policy.signature_timestamp is Need.REQUIRED:
        return unknown(CheckId.SIGNATURE_TIME, SubIndication.NO_POE, told)
    return Check(id=CheckId.SIGNATURE_TIME, status=CheckStatus.INFORMATION, detail=told)
