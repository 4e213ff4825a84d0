"""Electronic seals and what was signed with them: the one place for seal files, OFD and PDF form C.

Letters are those of GM/T 0031-2014, 6.1.2 for a seal and 6.2.3 for a signature; what GB/T 38540-2020 (v4) and GM/T 0031-2025
(v5) add or change stands at its step. Any failure stops, as 6.1.2 and 6.2.3 have it. What is merely not known does not: a later
step may still find the octets changed, which is worth more than the doubt.

    judged = judge_sealed(context, parse_seal_signature(octets), content)
    judged = judge_intact(context, verify_seal_signature(parse_seal_signature(octets), content=content))    # the same, proved before
    judged.verdict("what it covers", before=checks, required=ids)

NOTE: the standards judge by the time the signer names. Here that time is believed against its signer only; for him speaks a
trusted time stamp, or else the time of judging (docs/DIVERGENCES.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.seal.picture_kind import picture_facts
from esign.seal.verify import (
    AuthenticSealSignature,
    IntactSealSignature,
    authenticate_seal_signature,
    other_digest_note,
    require_protected,
    verify_seal,
)
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.errors import TrustError
from trustkit.verdict import (
    Check,
    CheckId,
    CheckStatus,
    SignatureVerdict,
    SubIndication,
    Verdict,
    conclude,
    passed,
    unknown,
    warning,
)
from verifier.format import Format
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.message import CONTENT_CHECKS, deviations, signing_purpose
from verifier.judgement.names import mask, signer_name
from verifier.judgement.outcomes import as_warning, outcome
from verifier.judgement.seal_maker import judge_maker
from verifier.judgement.seal_status import judge_seal_alone, judge_seal_status
from verifier.judgement.seal_times import (
    earliest_claim,
    judge_made_before_use,
    judge_period_now,
    judge_period_of_use,
    judge_signing_time,
    judge_yet_to_come,
    signed_at,
)
from verifier.judgement.stamp import Stamped, best_time
from verifier.judgement.trust import Claim, judge_certificate_trust, required

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from esign.seal.model import SealExtension, UnverifiedSeal, UnverifiedSealSignature
    from esign.seal.verify import IntactSeal
    from trustkit.cms.content import ContentDigests
    from verifier.judgement.context import BestTime, Context

SEAL_CHECKS: Final = (CheckId.SEAL, CheckId.SEAL_MAKER, CheckId.SEAL_VALIDITY)
Proof = AuthenticSealSignature | IntactSealSignature
_COVERS_CONTENT: Final = "the content given beside the seal signature"
_COVERS_SEAL: Final = "the seal"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSealSignature:
    """What was found of a seal signature, for the verdict of whatever it lies in.

    `form` is ``ses-v1``, ``ses-v4`` or ``ses-v5``; `signer` is empty when nobody is proved to have signed; `checks` stand in the
    order of the letters; `required` is what must have passed.
    """

    form: str
    signer: str
    signed_at: datetime | None
    time_proved: bool
    checks: tuple[Check, ...]
    required: frozenset[CheckId]

    def verdict(
        self,
        covers: str,
        *,
        before: tuple[Check, ...] = (),
        after: tuple[Check, ...] = (),
        required: frozenset[CheckId] = frozenset(),
    ) -> SignatureVerdict:
        """Return the verdict, with the checks and demands of whatever the signature lies in."""
        checks = (*before, *self.checks, *after)
        return SignatureVerdict(
            form=self.form,
            signer=self.signer,
            signed_at=self.signed_at,
            time_proved=self.time_proved,
            covers=covers,
            checks=checks,
            conclusion=conclude(checks, self.required | required),
        )


def judge_seal(context: Context, seal: UnverifiedSeal) -> Verdict:
    """Return the verdict of a seal by itself, as of the time asked about."""
    try:
        intact = verify_seal(seal)  # b
    except TrustError as error:
        maker = ""
        checks: tuple[Check, ...] = (_refused(error),)
    else:
        maker = signer_name(intact.maker)
        checks = _until_failed(_seal_steps(context, intact))
    judged = SignatureVerdict(
        form=f"seal-v{int(seal.version)}",
        signer=maker,
        signed_at=seal.created_at,
        time_proved=False,
        covers=_COVERS_SEAL,
        checks=checks,
        conclusion=conclude(checks, frozenset(SEAL_CHECKS)),
    )
    return _file_verdict(context, Format.SEAL, seal, judged)


def judge_seal_signature(
    context: Context, signature: UnverifiedSealSignature, content: bytes | ContentDigests | None
) -> Verdict:
    """Return the verdict of a seal signature by itself, over the content given with it."""
    judged = judge_sealed(context, signature, content).verdict(_COVERS_CONTENT)
    return _file_verdict(context, Format.SEAL_SIGNATURE, signature.seal, judged)


def judge_sealed(
    context: Context,
    signature: UnverifiedSealSignature,
    content: bytes | ContentDigests | None,
    *,
    known: BestTime | None = None,
) -> JudgedSealSignature:
    """Return what was found of a seal signature by GM/T 0031-2014 6.2.3.

    `content` is what dataHash protects, None when it is not at hand; `known` is since when the signature is known to exist by
    other means than its own time stamp.
    """
    # a) format: who read the octets knows
    try:
        authentic = authenticate_seal_signature(signature, accepted=context.policy.accepted_dialects)  # b
    except TrustError as error:
        return JudgedSealSignature(
            form=_form(signature),
            signer="",
            signed_at=None,
            time_proved=False,
            checks=(_refused(error),),
            required=_demands(context),
        )
    return _judged(context, authentic, content, known)


def judge_intact(
    context: Context, intact: IntactSealSignature, *, known: BestTime | None = None
) -> JudgedSealSignature:
    """Return what `judge_sealed` does of a signature whose mathematics was proved before, without doing it again."""
    return _judged(context, intact, None, known)


def _judged(
    context: Context, proof: Proof, content: bytes | ContentDigests | None, known: BestTime | None
) -> JudgedSealSignature:
    stamped = _stamped(context, proof, known or context.now)
    return JudgedSealSignature(
        form=_form(proof.signature),
        signer=signer_name(proof.certificate),
        signed_at=signed_at(context, proof, stamped.best),
        time_proved=stamped.best.proved,
        checks=_until_failed(_signature_steps(context, proof, stamped, content)),
        required=_demands(context),
    )


def _form(signature: UnverifiedSealSignature) -> str:
    return f"ses-v{int(signature.version)}"


def _demands(context: Context) -> frozenset[CheckId]:
    return required(context, *CONTENT_CHECKS, CheckId.SEAL_SIGNER, *SEAL_CHECKS)


def _signature_steps(
    context: Context, proof: Proof, stamped: Stamped, content: bytes | ContentDigests | None
) -> Iterator[tuple[Check, ...]]:
    """Yield what each step of 6.2.3 finds, in its order."""
    best = stamped.best
    # b) the signature value over TBS_Sign; v4 and v5: by a signer whom the seal lists
    yield (
        passed(CheckId.SIGNER_CERTIFICATE),
        passed(CheckId.SIGNATURE_VALUE),
        passed(CheckId.SEAL_SIGNER),
        *deviations(context, proof.notes),
        *_restrictions(proof.signature.extensions, CheckId.SIGNATURE_VALUE),
        *judge_algorithms(
            context,
            proof.suite,
            proof.suite.digest,
            key=proof.certificate.public_key,
            use=AlgorithmUse.SIGNATURE,
            at=best.moment,
        ),
    )
    # c) the signer's certificate: chain and key usage, and by the time of signing its period and revocation
    yield judge_certificate_trust(
        context,
        proof.certificate,
        purpose=signing_purpose(context),
        best=best,
        claim=Claim(moment=earliest_claim(proof)),
    )
    # d) the time of signing; from v4 on a time stamp may prove it
    yield (*stamped.checks, *judge_signing_time(proof), *judge_yet_to_come(context, proof))
    # e) the digest of what is protected
    yield _protected(context, proof, content)
    # f) the seal by 6.1.2, and the time of signing inside its period
    yield from _used_seal_steps(context, proof, best)


def _protected(context: Context, proof: Proof, content: bytes | ContentDigests | None) -> tuple[Check, ...]:
    """Judge dataHash, by whichever digest it is: the policy may not accept that one."""
    told: tuple[Check, ...] = ()
    if isinstance(proof, IntactSealSignature):
        used = proof.content_digest  # told with the signature's other deviations
    else:
        try:
            used = require_protected(proof, content)
        except TrustError as error:
            return (outcome(error),)
        told = deviations(context, other_digest_note(proof.suite, used))
    told = (passed(CheckId.CONTENT_DIGEST), *told)
    if used is proof.suite.digest or used in context.policy.digests:
        return told
    refused = f"{used.value} of what is protected: not accepted"
    return (*told, unknown(CheckId.ALGORITHM, SubIndication.CRYPTO_CONSTRAINTS_FAILURE, refused))


def _used_seal_steps(context: Context, proof: Proof, best: BestTime) -> Iterator[tuple[Check, ...]]:
    seal = proof.signature.seal
    try:
        intact = proof.seal if isinstance(proof, IntactSealSignature) else verify_seal(seal)  # 6.1.2 b
    except TrustError as error:
        yield (_refused(error),)
        return
    yield _seal_itself(context, intact)
    yield judge_maker(context, intact, best, user=proof.certificate)  # 6.1.2 c
    yield (
        judge_period_of_use(intact, proof.claimed_time, best),
        *judge_made_before_use(seal, proof.claimed_time),
    )  # 6.1.2 d
    # no edition has a revocation of seals; a registry may
    yield judge_seal_status(context, seal, best, claimed=proof.claimed_time, earliest=earliest_claim(proof))


def _seal_steps(context: Context, intact: IntactSeal) -> Iterator[tuple[Check, ...]]:
    """Yield what each step of 6.1.2 finds, in its order, once a) the format and b) the maker's signature hold."""
    yield _seal_itself(context, intact)
    yield judge_maker(context, intact, context.now)  # c
    yield (judge_period_now(intact.seal, context.at),)  # d
    yield judge_seal_alone(context, intact.seal)  # of no edition: what its registry says
    # e) what is left over is valid


def _until_failed(steps: Iterator[tuple[Check, ...]]) -> tuple[Check, ...]:
    """Return the checks up to and including the first step in which something failed."""
    found: list[Check] = []
    for checks in steps:
        found += checks
        if any(check.status is CheckStatus.FAILED for check in checks):
            break
    return tuple(found)


def _stamped(context: Context, proof: Proof, known: BestTime) -> Stamped:
    """Return the best time of a signature: of the stamp over its value, else known by other means.

    A token inside a v1 timeInfo stamps the document and is signed itself: it says nothing of when that was done.
    """
    signature = proof.signature
    tokens = () if signature.timestamp is None else (signature.timestamp,)
    return best_time(context, tokens, signature.signature, proof.claimed_time, known=known)


def _refused(error: TrustError) -> Check:
    """Return the check a refusal amounts to; one of a time stamp is that, and not of the content."""
    stamp = error.code.value.startswith("timestamp:")
    return outcome(error, check=CheckId.TIMESTAMP if stamp else None)


def _genuine(intact: IntactSeal) -> Check:
    seal = intact.seal
    return passed(CheckId.SEAL, mask(f"{seal.name} ({seal.identifier}), made by {intact.maker.subject}"))


def _seal_itself(context: Context, intact: IntactSeal) -> tuple[Check, ...]:
    restrictions = _restrictions(intact.seal.extensions, CheckId.SEAL)
    return (_genuine(intact), *_picture_notes(intact), *restrictions, *deviations(context, intact.notes))


def _restrictions(extensions: tuple[SealExtension, ...], check: CheckId) -> tuple[Check, ...]:
    """Leave open what an extension restricts that is marked critical: none is known here, and it may forbid just this use."""
    unread = [each.oid for each in extensions if each.critical]
    if not unread:
        return ()
    told = f"critical extension {unread[0]} is not understood"
    return (unknown(check, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)


def _picture_notes(intact: IntactSeal) -> tuple[Check, ...]:
    """Tell of a picture that is something else than the seal names, or that nobody should unpack."""
    picture = intact.seal.picture
    try:
        facts = picture_facts(picture.data)
    except TrustError as error:
        return (as_warning(outcome(error, check=CheckId.SEAL)),)
    if facts.is_called(picture.type):
        return ()
    return (warning(CheckId.SEAL, f"the picture is {facts.kind.value} where the seal names {picture.type[:16]}"),)


def _file_verdict(context: Context, form: Format, seal: UnverifiedSeal, judged: SignatureVerdict) -> Verdict:
    listed = len(seal.certificates) + len(seal.certificate_digests)
    return Verdict(
        format=form.value,
        at=context.at,
        signatures=(judged,),
        checks=(passed(CheckId.FORMAT, f"edition {int(seal.version)}"),),
        uncovered=(),
        conclusion=judged.conclusion,
        subject=(
            ("seal", mask(seal.name)),
            ("identifier", mask(seal.identifier)),
            ("type", str(seal.kind)),
            ("created", seal.created_at.isoformat()),
            ("valid_from", seal.valid_from.isoformat()),
            ("valid_until", seal.valid_until.isoformat()),
            ("users", str(listed)),
            ("picture", f"{seal.picture.type[:16]}, {seal.picture.width} by {seal.picture.height} mm"),
        ),
    )
