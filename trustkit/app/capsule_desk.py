"""The QR code of an issued licence in force: made of what its sealed document says, signed, judged as anybody would, and told to the trail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.capsule.model import capsule_text
from esign.capsule.sign import content_of, sign_capsule
from esign.licence.lifecycle import Standing, standing_of
from trustkit.app.issuing import licence_signer
from trustkit.app.verification import home_verification
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication
from verifier.judgement.licence_carrier import MAX_METADATA, carried_licence
from verifier.opening import Unread, open_submission
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.encoding.canonical_json import JsonValue

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


def require_in_force(authority: Authority, identifier: str) -> None:
    """Raise LICENCE_MISSING, and LICENCE_STATE for a licence that is not in force now."""
    standing = standing_of(authority.register.licence_status(identifier), authority.clock.now())
    if standing is not Standing.EFFECTIVE:
        raise TrustError(ErrorCode.LICENCE_STATE, "a code is made of licences in force", state=standing.value)


def make_code(authority: Authority, keys: Keys, identifier: str) -> LicenceCode:
    """Return the code of a licence in force, which stands in the trail by its digest.

    Raises:
        TrustError: as `require_in_force`; CAPSULE_TOO_LARGE; LICENCE_SELF_CHECK where the verifier does not pass it.
    """
    require_in_force(authority, identifier)
    now = authority.clock.now()
    signer, certificate = licence_signer(authority, keys)
    octets = sign_capsule(content_of(_metadata(authority, identifier), issued_at=now), signer, certificate)
    submission = Submission(name=_NAME, data=octets, evidence=(certificate.der,))
    conclusion = home_verification(authority, offline=True).judge(submission).conclusion
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


def _metadata(authority: Authority, identifier: str) -> dict[str, JsonValue]:
    """Return what the sealed document says, which alone the issuer has signed."""
    document = authority.register.licence_document(identifier)
    opened = open_submission(Submission(name=_NAME, data=document.octets))
    carried = None if isinstance(opened, Unread) else carried_licence(opened.document).metadata
    value = None if carried is None else parse_json(carried, max_size=MAX_METADATA)
    if not isinstance(value, dict):
        raise TrustError(ErrorCode.BUG, "a licence of the register carries no metadata")
    return value
