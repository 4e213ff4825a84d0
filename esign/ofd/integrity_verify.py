"""Verifying the protection of a package's set of files: signature, and the set exactly, in both directions (GM/T 0099-2020 7.4.6).

    verify_integrity(package, read_integrity(package))

NOTE: the list holds no digests. Whatever a file is changed into, this passes: it proves who said which files there are, and
that none was added or left out since. 7.4.6 compares what is there with the list; that something of the list is missing is
looked at here too (ofdrw does not).
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Final

from esign.ofd.signed_digest import verify_signed_digest
from trustkit.cms.read import parse_signed_message
from trustkit.cms.verify import VerifiedSigner  # noqa: TC001 - a field type of a public dataclass
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.integrity_model import UnverifiedIntegrity
    from esign.ofd.package import Package
    from trustkit.x509.certificate import Certificate

TOLD: Final = 5  # names of files in a refusal
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedIntegrity:
    """A list of files that somebody signed and that the package keeps to. Whether the signers are trusted is not said. Made only here."""

    signers: tuple[VerifiedSigner, ...]
    files: int
    crls: tuple[bytes, ...] = field(repr=False)
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedIntegrity comes from verify_integrity"
            raise TypeError(message)


def verify_integrity(
    package: Package,
    found: UnverifiedIntegrity,
    *,
    extra_certificates: tuple[Certificate, ...] = (),
    accepted: frozenset[str] = frozenset(),
) -> VerifiedIntegrity:
    """Return who signed the list, which is that of the package's files.

    Raises:
        TrustError: what `verify_signed_digest` raises; OFD_FILE_SET when a file was added, or one of the list is not there.
    """
    message = parse_signed_message(found.signed_value)
    signers = verify_signed_digest(
        message, covered=found.entries, extra_certificates=extra_certificates, accepted=accepted
    )
    there = frozenset(package.names) - found.own_names
    listed = frozenset(package.nearest(name) or name for name in found.listed) - found.own_names
    added, missing = sorted(there - listed), sorted(listed - there)
    if added or missing:
        facts = {"added": len(added), "missing": len(missing)}
        names = ", ".join((*added, *missing)[:TOLD])
        raise TrustError(ErrorCode.OFD_FILE_SET, "files were added or left out since", **facts, files=names[:300])
    return VerifiedIntegrity(signers=signers, files=len(there), crls=message.crls, made_here=_MADE_HERE)
