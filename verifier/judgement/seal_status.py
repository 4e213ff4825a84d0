"""What the registry that made a seal says of it at the time that counts. GB/T 38540 and GM/T 0031 know no revocation of seals.

A seal the registry does not know gets no check: its makers tell in their own ways. Of a known one (ADR 0022):

- it was used, as is proved, before it was stopped: that stands, whatever became of the seal since;
- it was used, as is proved or by the signer's own word, while it was stopped: the signature is refused;
- it is stopped now and nothing proves that it was used before: nothing can be concluded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.seal.standing import Standing, info_digest
from trustkit.verdict import Check, CheckId, SubIndication, failed, passed, unknown

if TYPE_CHECKING:
    from datetime import datetime

    from esign.seal.model import UnverifiedSeal
    from esign.seal.standing import SealHistory
    from verifier.judgement.context import BestTime, Context


def judge_seal_status(
    context: Context,
    seal: UnverifiedSeal,
    best: BestTime,
    *,
    claimed: datetime | None,
    earliest: datetime | None = None,
) -> tuple[Check, ...]:
    """Return the check of a seal that is used at a proved time, or at one its signer claims; none for a seal nobody here knows.

    `earliest` is when it may have been used by another reading of what he claims (`verifier.judgement.seal_times`).
    """
    key = info_digest(seal)
    if key not in context.evidence.seals:
        return ()
    history = context.evidence.seals[key]
    if history is None:
        told = "the seal registry cannot be believed"
        return (unknown(CheckId.SEAL_STATUS, SubIndication.TRY_LATER, told),)
    used_at = best.moment if best.proved else claimed
    if used_at is not None and (then := history.at(used_at)) is not Standing.IN_FORCE:
        if best.proved and claimed is not None and history.at(claimed) is Standing.IN_FORCE:
            # anybody can have had it stamped later than it was made
            sub = SubIndication.REVOKED_NO_POE if then is Standing.REVOKED else SubIndication.TRY_LATER
            told = f"{history.number} was {then.value} when it was stamped; nothing proves that it was used before"
            return (unknown(CheckId.SEAL_STATUS, sub, told),)
        if not best.proved and earliest is not None and history.at(earliest) is Standing.IN_FORCE:
            sub = SubIndication.REVOKED_NO_POE if then is Standing.REVOKED else SubIndication.TRY_LATER
            told = f"{history.number} was {then.value} when it was used, unless its signer names the time of the place"
            return (unknown(CheckId.SEAL_STATUS, sub, told),)
        word = "" if best.proved else ", by its signer's own word"
        return (failed(CheckId.SEAL_STATUS, _sub(then), f"{history.number} was {then.value} when it was used{word}"),)
    return (_now(context, history) if not best.proved else _since(context, history),)


def judge_seal_alone(context: Context, seal: UnverifiedSeal) -> tuple[Check, ...]:
    """Return the check of a seal that was handed in by itself, as of the time of judging; none for one nobody here knows."""
    history = context.evidence.seals.get(info_digest(seal))
    if history is not None and history.at(context.at) is Standing.REVOKED:
        return (failed(CheckId.SEAL_STATUS, SubIndication.REVOKED, f"{history.number} is revoked"),)
    return judge_seal_status(context, seal, context.now, claimed=None)


def _now(context: Context, history: SealHistory) -> Check:
    """Judge a signature that nothing proves to be older than now."""
    standing = history.at(context.at)
    told = f"{history.number} is {standing.value}"
    if standing is Standing.IN_FORCE:
        return passed(CheckId.SEAL_STATUS, told)
    sub = SubIndication.REVOKED_NO_POE if standing is Standing.REVOKED else SubIndication.TRY_LATER
    return unknown(CheckId.SEAL_STATUS, sub, f"{told}; nothing proves that it was used before")


def _since(context: Context, history: SealHistory) -> Check:
    """Tell of a seal that was in force when it was used, as is proved."""
    standing = history.at(context.at)
    since = "" if standing is Standing.IN_FORCE else f"; it is {standing.value} since"
    return passed(CheckId.SEAL_STATUS, f"{history.number} was in force{since}")


def _sub(standing: Standing) -> SubIndication:
    return SubIndication.REVOKED if standing is Standing.REVOKED else SubIndication.SIG_CONSTRAINTS_FAILURE
