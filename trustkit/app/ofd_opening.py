"""Opening an encrypted OFD: the act behind ``trustkit decrypt`` of packages (GM/T 0099-2020 7.3).

What comes out is verified: CBC does not tell what was changed on the way, signatures inside do. A document whose signature is wrong is
not handed out, as with messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.ofd.encryption_model import ENCRYPTIONS_NAME
from esign.ofd.encryption_open import CertificateKey, OpenedPackage, PasswordKey, ReadingKey, open_encrypted
from esign.ofd.package import open_package
from trustkit.app.enveloping import withheld
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.cms.open import Opener
    from trustkit.custody.passphrase import Passphrase
    from trustkit.verdict import Verdict
    from verifier.service import VerificationService

_ARCHIVE: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedOfd:
    """A package in clear, and the verdict of the document in it."""

    opened: OpenedPackage = field(repr=False)
    verdict: Verdict

    @property
    def signed(self) -> bool:
        """Whether there is a signature to judge."""
        return bool(self.verdict.signatures)


def is_encrypted_ofd(data: bytes) -> bool:
    """Whether octets are a package that was encrypted as a whole or in part; False for anything else, broken or not."""
    try:
        return open_package(data).nearest(ENCRYPTIONS_NAME) is not None
    except TrustError:
        return False


def require_no_package(data: bytes) -> None:
    """Raise what is wrong with a package that is broken, and USAGE for one in which nothing is encrypted: no message begins so."""
    if data.startswith(_ARCHIVE):
        open_package(data)
        raise TrustError(ErrorCode.USAGE, "nothing in this package is encrypted: there is nothing to open")


def certificate_key(opener: Opener) -> ReadingKey:
    """Return what opens packages with a recipient's key. Raise KEY_UNSUPPORTED for one that is not SM2."""
    if opener.sm2 is None:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "packages are encrypted to SM2 keys")
    return CertificateKey(decryptor=opener.sm2)


def password_key(password: Passphrase) -> ReadingKey:
    """Return what opens packages under a password."""
    return PasswordKey(password=password)


def open_ofd(
    data: bytes, key: ReadingKey, *, service: VerificationService, evidence: tuple[bytes, ...] = ()
) -> OpenedOfd:
    """Return the package in clear, with the verdict of what is in it.

    Raises:
        TrustError: what `open_encrypted` raises; the code of the failed check, such as OFD_DIGEST, when a signature inside is
            TOTAL-FAILED, and the document is withheld.
    """
    opened = open_encrypted(data, key)
    verdict = service.verify(Submission(name="opened", data=opened.octets, evidence=evidence))
    if verdict.signatures and verdict.conclusion.indication is Indication.TOTAL_FAILED:
        raise withheld(verdict)
    return OpenedOfd(opened=opened, verdict=verdict)
