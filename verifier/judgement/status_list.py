"""A status list handed in by itself, JWT or CWT: who signed it, whether he may, and whether it is still good at the time asked about.

The verdict is about the list, not about the licences in it: who asks for one of those hands in the licence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esign.status.verify import VerifiedStatusList, require_current, verify_status_list
from trustkit.cose.model import UnverifiedSign1
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.errors import TrustError
from trustkit.verdict import Check, CheckId, SignatureVerdict, SubIndication, Verdict, conclude, passed, unknown
from trustkit.x509.purpose import Purpose
from verifier.format import Format
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.message import refused_signature
from verifier.judgement.names import signer_name
from verifier.judgement.outcomes import outcome
from verifier.judgement.trust import judge_certificate_trust, required

if TYPE_CHECKING:
    from esign.status.model import UnverifiedStatusList
    from verifier.judgement.context import Context

_SIGNED: Final = (CheckId.SIGNER_CERTIFICATE, CheckId.SIGNATURE_VALUE)


def judge_status_list(context: Context, document: UnverifiedStatusList) -> Verdict:
    """Return the verdict of a list."""
    signature = _judge(context, document)
    return Verdict(
        format=Format.STATUS_LIST.value,
        at=context.at,
        signatures=(signature,),
        checks=(passed(CheckId.FORMAT),),
        uncovered=(),
        conclusion=signature.conclusion,
        subject=(
            ("uri", document.uri),
            ("issued_at", document.issued_at.isoformat()),
            ("expires_at", "" if document.expires_at is None else document.expires_at.isoformat()),
            ("entries", str(len(document.entries))),
        ),
    )


def _judge(context: Context, document: UnverifiedStatusList) -> SignatureVerdict:
    form = "statuslist+cwt" if isinstance(document.message, UnverifiedSign1) else "statuslist+jwt"
    covers = f"the status of {len(document.entries)} licences"
    if not document.certificates:
        absent = unknown(
            CheckId.SIGNER_CERTIFICATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND, "no certificate in the header"
        )
        return SignatureVerdict(
            form=form,
            signer="",
            signed_at=None,
            time_proved=False,
            covers=covers,
            checks=(absent,),
            conclusion=conclude((absent,), frozenset()),
        )
    try:
        verified = verify_status_list(document)
    except TrustError as error:
        return refused_signature(error, form=form, covers=covers)
    suite = document.message.algorithm.suite
    checks = (
        *(passed(check) for check in _SIGNED),
        *judge_algorithms(
            context,
            suite,
            suite.digest,
            key=verified.certificate.public_key,
            use=AlgorithmUse.SIGNATURE,
            at=context.at,
        ),
        *judge_certificate_trust(
            context,
            verified.certificate,
            purpose=Purpose.STATUS_SIGNING,
            best=context.now,
            helpers=verified.chain,
        ),
        _currency(context, verified),
    )
    return SignatureVerdict(
        form=form,
        signer=signer_name(verified.certificate),
        signed_at=verified.issued_at,
        time_proved=False,
        covers=covers,
        checks=checks,
        conclusion=conclude(checks, required(context, *_SIGNED, CheckId.EVIDENCE)),
    )


def _currency(context: Context, verified: VerifiedStatusList) -> Check:
    limit = context.policy.evidence_max_age
    if limit is not None and context.at - verified.issued_at > limit:
        return unknown(CheckId.EVIDENCE, SubIndication.TRY_LATER, "older than the policy allows")
    try:
        require_current(verified, at=context.at)
    except TrustError as error:
        return replace(outcome(error, check=CheckId.EVIDENCE), sub_indication=SubIndication.TRY_LATER)
    return passed(CheckId.EVIDENCE)
