"""OFD: a verdict for each signature in its own form, then the file: lists of signatures, coverage, the licence it may be.

The steps are those of GM/T 0031-2014 6.2.3 and their forms in GB/T 38540-2020 and GM/T 0031-2025, numbered as in `esign.ofd.verify`:
1 digests, 2 Signature.xml, 3 dataHash, 4 signature, 5 signer in the seal, 6 seal; then 7 the maker's chain, 8 the signer's chain at the
signing time, 9 revocation before or after it, for seals where all seals are judged (`verifier.judgement.seal`). Coverage is judged
apart (`verifier.judgement.ofd_coverage`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from esign.ofd.model import OfdDeviation, UnreadableSignature, UnverifiedOfdSignature
from esign.ofd.verify import FileDigests, verify_ofd_signature
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import (
    Check,
    CheckId,
    Indication,
    SignatureVerdict,
    SubIndication,
    Verdict,
    conclude,
    passed,
    unknown,
    worst,
)
from verifier.format import Format
from verifier.judgement.licence import judge_licence
from verifier.judgement.licence_carrier import carried_licence, covers_metadata
from verifier.judgement.message import deviations, judge_verified_signer, refused_signature
from verifier.judgement.ofd_coverage import OfdCoverageJudgement
from verifier.judgement.ofd_integrity import judge_integrity
from verifier.judgement.outcomes import outcome
from verifier.judgement.seal import judge_intact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.ofd.model import OfdSignature, UnverifiedOfd
    from esign.ofd.verify import IntactOfdSignature
    from verifier.judgement.context import Context

_UNREAD_FORM: Final = "ofd"
_TOLD: Final = 10


def judge_ofd(context: Context, ofd: UnverifiedOfd) -> Verdict:
    """Return the verdict of an OFD; its conclusion is the worst of its signatures and of what concerns the file."""
    digests = FileDigests(ofd.package)
    proved: dict[int, IntactOfdSignature] = {}
    refused: dict[int, TrustError] = {}
    for number, signature in enumerate(ofd.signatures):
        try:
            proved[number] = _proved(context, ofd, signature, digests)
        except TrustError as error:
            refused[number] = error
    alone = {number: _judge(context, each) for number, each in proved.items()}
    standing = {number: each.verdict.conclusion.indication for number, each in alone.items()}
    coverage = OfdCoverageJudgement(context, ofd, proved, standing)
    signatures = tuple(
        _covering(alone[number], coverage, number) if number in proved else _refused(signature, refused[number])
        for number, signature in enumerate(ofd.signatures)
    )
    signatures = (*signatures, *judge_integrity(context, ofd))
    covering = [number for number, each in proved.items() if covers_metadata(ofd, each)]
    covering.sort(key=lambda number: signatures[number].conclusion.indication is not Indication.TOTAL_PASSED)
    licence = judge_licence(context, carried_licence(ofd), tuple(proved[number].certificate for number in covering))
    checks = (
        passed(CheckId.FORMAT),
        *deviations(context, ofd.notes),
        *_lists(ofd),
        *_unpacked(ofd, proved),
        *licence.checks,
    )
    conclusions = (
        *(each.conclusion for each in signatures),
        conclude(checks, frozenset({CheckId.FORMAT}) | licence.required),
    )
    return Verdict(
        format=Format.OFD.value,
        at=context.at,
        signatures=signatures,
        checks=checks,
        uncovered=coverage.uncovered(),
        conclusion=worst(conclusions),
        subject=licence.subject,
        said=licence.said,
    )


def _proved(context: Context, ofd: UnverifiedOfd, signature: OfdSignature, digests: FileDigests) -> IntactOfdSignature:
    """Take steps 1 to 6. Raise what they raise, or what kept the signature from being read."""
    if isinstance(signature, UnreadableSignature):
        raise signature.error
    return verify_ofd_signature(
        ofd,
        signature,
        digests=digests,
        extra_certificates=context.evidence.certificates,
        accepted=context.policy.accepted_dialects,
    )


def _refused(signature: OfdSignature, error: TrustError) -> SignatureVerdict:
    form = _UNREAD_FORM
    if isinstance(signature, UnverifiedOfdSignature):
        form = f"{_UNREAD_FORM}-{signature.type.value.lower()}"
    return refused_signature(error, form=form, covers=f"nothing that is proved, by {signature.file[:200]}")


@dataclass(frozen=True, slots=True)
class _Alone:
    """A signature judged in everything but coverage, and the check behind which that is told."""

    verdict: SignatureVerdict
    last: Check
    files: int


def _judge(context: Context, intact: IntactOfdSignature) -> _Alone:
    """Take steps 7 to 9."""
    files = len(intact.covered)
    before = (
        passed(CheckId.CONTENT_DIGEST, f"{files} files of the package"),
        *deviations(context, intact.notes),
        *_check_method(context, intact),
    )
    if intact.seal_signature is not None:
        judged = judge_intact(context, intact.seal_signature).verdict("", before=before)
        return _Alone(replace(judged, form=intact.form), before[-1], files)
    judged = judge_verified_signer(  # 8, 9
        context,
        intact.signed_by,
        covers="",
        crls=intact.crls,
        form=intact.form,
        claimed=intact.claimed_time,
        told=before,
    )
    return _Alone(judged, before[-1], files)


def _covering(alone: _Alone, coverage: OfdCoverageJudgement, number: int) -> SignatureVerdict:
    """Return the verdict with coverage judged, which makes none better."""
    told = alone.verdict.checks
    place = next(at for at, each in enumerate(told) if each is alone.last) + 1
    checks = (*told[:place], *coverage.checks(number), *told[place:])
    conclusion = worst((conclude(checks, frozenset()), alone.verdict.conclusion))
    return replace(
        alone.verdict,
        checks=checks,
        covers=coverage.covers(number, alone.files),
        conclusion=conclusion,
        looks=coverage.looks(number),
    )


def _check_method(context: Context, intact: IntactOfdSignature) -> tuple[Check, ...]:
    """Judge the digest of the files as strictly as that of the signature: whoever breaks it changes pages."""
    if intact.check_digest in context.policy.digests:
        return ()
    told = f"{intact.check_digest.value} of the files: not accepted"
    return (unknown(CheckId.ALGORITHM, SubIndication.CRYPTO_CONSTRAINTS_FAILURE, told),)


def _unpacked(ofd: UnverifiedOfd, proved: dict[int, IntactOfdSignature]) -> tuple[Check, ...]:
    """Unpack what nothing else looked at: a file that is not what its headers say is a trap for the next reader."""
    known = frozenset[str]().union(*(each.covered for each in proved.values()))
    for name in ofd.package.names:
        if name not in known:
            try:
                ofd.package.octets(name)
            except TrustError as error:
                return (outcome(error),)
    return ()


def _lists(ofd: UnverifiedOfd) -> tuple[Check, ...]:
    """Judge whether the lists of signatures lead to all there are. Nothing that was signed is ever called unsigned."""
    found = [
        outcome(TrustError(ErrorCode.OFD_SIGNATURE_LIST, f"the list cannot be read: {each.list_error.code.value}"))
        for each in ofd.documents
        if each.list_error is not None
    ]
    if ofd.unlisted:
        told = ", ".join(each[:120] for each in ofd.unlisted[:_TOLD])
        found.append(outcome(TrustError(ErrorCode.OFD_SIGNATURE_LIST, f"no list leads to {told}")))
    found += (
        outcome(TrustError(ErrorCode.OFD_SIGNATURE_LIST, told))
        for told in (*_misplaced(ofd), *_misnamed(ofd), *_doubled(ofd))
    )
    if ofd.package.is_pdf_too:
        told = "the file is a PDF as well: what is seen depends on how it is called"
        found.append(unknown(CheckId.COVERAGE, SubIndication.SIG_CONSTRAINTS_FAILURE, told))
    if not (ofd.signatures or any(each.id is CheckId.SIGNATURE_FORM for each in found)):
        found.append(
            unknown(CheckId.SIGNATURE_FORM, SubIndication.NOT_SIGNED, "no list of signatures, and no trace of any")
        )
    return tuple(found)


def _misplaced(ofd: UnverifiedOfd) -> Iterator[str]:
    """Yield what is wrong with the places of signatures in their lists, which nobody signed: readers show seals by them."""
    read = [each for each in ofd.signatures if isinstance(each, UnverifiedOfdSignature)]
    for each in read if len(ofd.documents) > 1 else ():
        folder = ofd.documents[each.document].root.rpartition("/")[0]
        if not each.file.startswith(f"{folder}/"):
            yield f"listed by another document than it lies with: {each.file[:120]}"
            return
    for each in read:
        folder = each.file.rpartition("/")[0]
        apart = next(
            (file for file in (each.value_file, each.seal_file) if file and file.rpartition("/")[0] != folder), None
        )
        if apart is not None:
            yield f"does not lie with the signature it belongs to, where some readers look alone: {apart[:120]}"
            return


def _misnamed(ofd: UnverifiedOfd) -> Iterator[str]:
    """Yield that a file of signatures is called in other letters than what names it: readers that tell them apart show no seal."""
    read = (each for each in ofd.signatures if isinstance(each, UnverifiedOfdSignature))
    if any(OfdDeviation.PATH_CASE in notes for notes in (ofd.notes, *(each.notes for each in read))):
        yield "a file is called in other letters than it is named: not every reader finds it"


def _doubled(ofd: UnverifiedOfd) -> Iterator[str]:
    """Yield that two signatures of one document have one identifier: a program that goes by it finds either."""
    told = Counter((each.document, each.identifier.lstrip("0")) for each in ofd.signatures if each.identifier)
    found = next((identifier for (_, identifier), times in told.items() if times > 1), None)
    if found is not None:
        yield f"two signatures of the identifier {found[:40]}"
