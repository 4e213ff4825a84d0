"""The QR code of an issued licence in force: made of what its sealed document says, signed, judged as anybody would, and told to the trail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.capsule.model import capsule_text
from esign.capsule.sign import content_of, sign_capsule
from esign.licence.lifecycle import Standing, standing_of
from trustkit.app.issuing import licence_signer
from trustkit.app.sealed_record import sealed_record
from trustkit.app.verification import own_verification
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.store.licences import LicenceRow

_NAME: Final = "register"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceCode:
    """The capsule of a licence, and whether the signer's certificate is in it."""

    identifier: str
    octets: bytes = field(repr=False)
    carries_certificate: bool

    @property
    def text(self) -> str:
        """What the QR code says."""
        return capsule_text(self.octets)


def require_in_force(authority: Authority, identifier: str) -> LicenceRow:
    """Return the register's row of a licence in force. Raise LICENCE_MISSING, and LICENCE_STATE for one that is not in force now."""
    row = authority.register.licence_status(identifier)
    standing = standing_of(row, authority.clock.now())
    if standing is not Standing.EFFECTIVE:
        raise TrustError(ErrorCode.LICENCE_STATE, "a code is made of licences in force", state=standing.value)
    return row


def make_code(authority: Authority, keys: Keys, identifier: str) -> LicenceCode:
    """Return the code of a licence in force, which stands in the trail by its digest.

    Raises:
        TrustError: as `require_in_force` and `sealed_record`; CAPSULE_TOO_LARGE; LICENCE_SELF_CHECK where the verifier does not pass it.
    """
    said = sealed_record(authority, require_in_force(authority, identifier))
    now = authority.clock.now()
    signer, certificate = licence_signer(authority, keys)
    octets = sign_capsule(content_of(said, issued_at=now), signer, certificate)
    submission = Submission(name=_NAME, data=octets, evidence=(certificate.der,))
    conclusion = own_verification(authority).judge(submission).conclusion
    if conclusion.indication is not Indication.TOTAL_PASSED:
        told = f"{conclusion.indication.value} {conclusion.sub_indication}"
        raise TrustError(ErrorCode.LICENCE_SELF_CHECK, told)
    event = AuditEvent(
        type=EventType.LICENCE_CODED,
        at=now,
        actor=authority.operator,
        object_type="licence",
        object_id=identifier,
        facts={"capsule_sm3": digest(DigestAlgorithm.SM3, octets).hex()},
    )
    with authority.database.unit_of_work() as uow:
        trail.record(uow, event)
    return LicenceCode(identifier=identifier, octets=octets, carries_certificate=certificate.der in octets)
