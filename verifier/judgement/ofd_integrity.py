"""The list of an OFD's files (OFDEntries.xml): who signed it, and whether the package keeps to it (GM/T 0099-2020 7.4.6).

A verdict of its own kind, said in so many words: the list names files and holds no digests, so that a changed file passes it. It
never makes a document pass that nobody signed or sealed; a package that does not keep to it fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.integrity_verify import verify_integrity
from trustkit.errors import TrustError
from trustkit.verdict import CheckId, passed, warning
from verifier.judgement.message import judge_verified_signer, refused_signature

if TYPE_CHECKING:
    from esign.ofd.model import UnverifiedOfd
    from trustkit.verdict import SignatureVerdict
    from verifier.judgement.context import Context

FORM: Final = "ofd-file-list"
COVERS: Final = "the names of the files in the package, and none of what is in them"
_NO_DIGESTS: Final = "the list holds no digests: a changed file passes it; it proves that none was added or left out"


def judge_integrity(context: Context, ofd: UnverifiedOfd) -> tuple[SignatureVerdict, ...]:
    """Return the verdict of each who signed the list of files; empty where the package has none."""
    found = ofd.integrity
    if found is None:
        return ()
    if isinstance(found, TrustError):
        return (refused_signature(found, form=FORM, covers=COVERS),)
    try:
        verified = verify_integrity(
            ofd.package,
            found,
            extra_certificates=context.evidence.certificates,
            accepted=context.policy.accepted_dialects,
        )
    except TrustError as error:
        return (refused_signature(error, form=FORM, covers=COVERS),)
    told = (passed(CheckId.FILE_SET, f"{verified.files} files"), warning(CheckId.COVERAGE, _NO_DIGESTS))
    return tuple(
        judge_verified_signer(
            context, signer, covers=COVERS, crls=verified.crls, form=FORM, told=told, more=(CheckId.FILE_SET,)
        )
        for signer in verified.signers
    )
