"""What an order may ask of a profile: key, subject, alternative names, validity, further extensions.

An order outside of its profile is refused by name before anything is reserved, built or signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ca.subject_form import require_subject
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import general_name as forms
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.order import CertificateOrder
    from ca.profile_model import CertificateProfile
    from trustkit.crypto.public_key import PublicKey
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.general_name import GeneralName

BACKDATING: Final = timedelta(minutes=10)  # clocks of relying parties differ
MAX_AHEAD: Final = timedelta(days=90)  # a certificate made today for a later beginning, as at the turn of a year
MAX_ORDER_EXTENSION: Final = 8 * 1024  # octets; real ones take some tens
_KINDS: Final = {
    forms.DNS_NAME: "dns",
    forms.IP_ADDRESS: "ip",
    forms.RFC822_NAME: "email",
    forms.URI: "uri",
    forms.DIRECTORY_NAME: "directory",
    forms.REGISTERED_ID: "registered-id",
    forms.OTHER_NAME: "other",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """From and to, both included, in whole seconds."""

    not_before: datetime
    not_after: datetime


def require_within_profile(order: CertificateOrder, key: PublicKey) -> None:
    """Raise CA_ORDER or CA_SUBJECT unless the profile allows the order's key, subject, names and extensions."""
    profile = order.profile
    if key.kind.value not in profile.key_kinds:
        raise _refused(profile, "kind of key", key.kind.value)
    if profile.subject is not None:
        require_subject(profile.subject, order.subject_der)
    require_names(profile, order.alternative_names)
    seen: set[str] = set()
    for extension in order.extensions:
        oid = _extension_oid(extension)
        if oid not in profile.extensions or oid in seen:
            raise _refused(profile, "extension", oid)
        seen.add(oid)


def require_names(profile: CertificateProfile, names: tuple[GeneralName, ...]) -> None:
    """Raise CA_ORDER unless each alternative name is of a kind the profile allows, and there is one where one must be."""
    for name in names:
        kind = _KINDS.get(name.form, f"form-{name.form}")
        if kind not in profile.alternative_names:
            raise _refused(profile, "alternative name", kind)
    if profile.alternative_names_required and not names:
        raise _refused(profile, "alternative name", "none")


def validity_of(order: CertificateOrder, issuer: Certificate | None, at: datetime) -> Validity:
    """Return the validity an order gets at a time: what it asks for, else the profile's days, cut at the issuer's end.

    Raises:
        TrustError: CA_VALIDITY for a beginning in the past or far ahead, an end before it, or more days than the profile
            has; CA_ENDS_FIRST when a stated end lies beyond the issuer's.
    """
    earliest = at.replace(microsecond=0) - BACKDATING
    not_before = order.not_before.replace(microsecond=0) if order.not_before is not None else earliest
    if not earliest <= not_before <= earliest + MAX_AHEAD:
        raise TrustError(ErrorCode.CA_VALIDITY, "it begins in the past or too far ahead", profile=order.profile.name)
    longest = not_before + timedelta(days=order.profile.days)
    not_after = order.not_after.replace(microsecond=0) if order.not_after is not None else longest
    if not not_before < not_after <= longest:
        detail = f"it ends after it begins and within {order.profile.days} days"
        raise TrustError(ErrorCode.CA_VALIDITY, detail, profile=order.profile.name)
    if issuer is None:
        return Validity(not_before=not_before, not_after=not_after)
    if order.not_after is not None and not_after > issuer.not_after:
        raise TrustError(ErrorCode.CA_ENDS_FIRST, "the issuing authority ends before the end asked for")
    return Validity(not_before=max(not_before, issuer.not_before), not_after=min(not_after, issuer.not_after))


def _extension_oid(encoded: bytes) -> str:
    try:
        outer = der.parse_strict(encoded, max_size=MAX_ORDER_EXTENSION)
        der.expect(encoded, outer, der.SEQUENCE, "extension")
        return oids.dotted(der.expect(encoded, der.children(encoded, outer)[0], der.OID, "extension"))
    except (TrustError, IndexError) as error:
        raise TrustError(ErrorCode.CA_ORDER, "an extension of the order cannot be read") from error


def _refused(profile: CertificateProfile, what: str, found: str) -> TrustError:
    return TrustError(ErrorCode.CA_ORDER, f"{what} the profile does not allow", profile=profile.name, found=found)
