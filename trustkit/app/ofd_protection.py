"""Protecting the set of an OFD's files by whoever signs (GM/T 0099-2020 annex D), verified before anybody gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.integrity_read import read_integrity
from esign.ofd.integrity_sign import protect_package
from esign.ofd.integrity_verify import verify_integrity
from esign.ofd.package import open_package
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.cms.cosign import SigningParty

PROTECTION_FORM: Final = "ofd-file-list"  # in the trail, in reports and on the command line


def protect(data: bytes, party: SigningParty, *, at: datetime) -> bytes:
    """Return an OFD with the list of its files, signed by the party.

    Raises:
        TrustError: as `protect_package` and `verify_integrity`.
    """
    made = protect_package(
        data,
        signer=party.signer,
        certificate=party.certificate,
        chain=party.chain,
        at=at,
        timestamp=party.timestamp,
    )
    package = open_package(made)
    found = read_integrity(package)
    if found is None:
        raise TrustError(ErrorCode.OFD_MALFORMED, "the list of files was not written")
    verify_integrity(package, found)
    return made
