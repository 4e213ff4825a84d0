"""A time-stamp token handed in by itself (RFC 3161), over the content given with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.errors import TrustError
from trustkit.timestamp.verify import verify_token
from trustkit.verdict import CheckId, SignatureVerdict, Verdict, conclude, passed
from verifier.format import Format
from verifier.judgement.message import CONTENT_CHECKS, deviations, refused_signature
from verifier.judgement.names import signer_name
from verifier.judgement.stamp import judge_token_trust
from verifier.judgement.trust import required
from verifier.judgement.weighing import weigh

if TYPE_CHECKING:
    from trustkit.timestamp.model import TimestampToken
    from verifier.judgement.context import Context

_FORM = "rfc3161"
_COVERS = "the content given beside the token"


def judge_token(context: Context, token: TimestampToken, content: bytes | None) -> Verdict:
    """Return the verdict of a token."""
    signature = _judge(context, token, content)
    return Verdict(
        format=Format.TIMESTAMP.value,
        at=context.at,
        signatures=(signature,),
        checks=(passed(CheckId.FORMAT),),
        uncovered=(),
        conclusion=signature.conclusion,
        subject=(("time", token.gen_time.isoformat()), ("serial", f"{token.serial:x}"), ("policy", token.policy)),
    )


def _judge(context: Context, token: TimestampToken, content: bytes | None) -> SignatureVerdict:
    try:
        verified = verify_token(token, data=content, extra_certificates=context.evidence.certificates)
    except TrustError as error:
        return refused_signature(error, form=_FORM, covers=_COVERS)
    checks = (
        *(passed(check) for check in CONTENT_CHECKS),
        *deviations(context, verified.notes),
        *judge_token_trust(context, verified, context.now),
    )
    checks = weigh(context.policy, checks)  # whether the time is proved follows from the conclusion
    conclusion = conclude(checks, required(context, *CONTENT_CHECKS))
    return SignatureVerdict(
        form=_FORM,
        signer=signer_name(verified.certificate),
        signed_at=verified.gen_time,
        time_proved=conclusion.sub_indication is None,
        covers=_COVERS,
        checks=checks,
        conclusion=conclusion,
    )
