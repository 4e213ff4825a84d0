"""What an authenticator's maker vouches for: by roots that an operator chose, nothing without them (WebAuthn 6.5, 8).

    policy = AttestationPolicy(roots=store)
    policy.shows_hardware(attestation, client_digest, now=now)

The formats of security keys are judged, ``packed`` (8.2) and ``fido-u2f`` (8.6); of others nothing is concluded. A credential that
may be copied to other devices is not bound to its hardware, whoever vouches for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.path import validate_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from datetime import datetime

    from fido2.webauthn import AttestationObject

_MOST_CERTIFICATES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationPolicy:
    """Whose authenticators count as hardware.

    Attributes:
        roots: certificates of makers; with none of them attestation is not asked for.
        required: an authenticator that shows nothing is not enrolled.
    """

    roots: TrustStore = field(default_factory=TrustStore.none)
    required: bool = False

    @property
    def conveyance(self) -> str:
        """What browsers are asked for (WebAuthn 5.4.7)."""
        return "direct" if self.roots.anchors else "none"

    def shows_hardware(self, attestation: AttestationObject, client_digest: bytes, *, now: datetime) -> bool:
        """Tell whether a maker vouches that the key cannot leave its device.

        Raises:
            TrustError: FACTOR_ATTESTATION for a statement that is wrong, and, where it is required, for none or another maker's.
        """
        shown = bool(self.roots.anchors) and self._holds(attestation, client_digest, now)
        if self.required and not shown:
            raise TrustError(IdentityCode.FACTOR_ATTESTATION, "no maker that is accepted vouches for it")
        return shown and not attestation.auth_data.is_backup_eligible()

    def _holds(self, found: AttestationObject, client_digest: bytes, now: datetime) -> bool:
        # Loaded where an operator names makers and somebody enrols: the library brings every format along.
        from fido2.attestation.base import AttestationType  # noqa: PLC0415
        from fido2.attestation.packed import PackedAttestation  # noqa: PLC0415
        from fido2.attestation.u2f import FidoU2FAttestation  # noqa: PLC0415

        formats = {made.FORMAT: made for made in (PackedAttestation, FidoU2FAttestation)}
        if found.fmt not in formats:
            return False
        kind = formats[found.fmt]()
        try:
            result = kind.verify(found.att_stmt, found.auth_data, client_digest)
            chain = tuple(parse_certificate(octets) for octets in result.trust_path[:_MOST_CERTIFICATES])
        except Exception as error:  # the library's verifiers raise whatever their steps do
            raise TrustError(IdentityCode.FACTOR_ATTESTATION, "the attestation is wrong") from error
        if result.attestation_type is not AttestationType.BASIC or not chain:
            return False
        try:
            validate_path(chain[0], anchors=self.roots, pool=chain[1:], at=now, purpose=Purpose.ANY)
        except TrustError:
            return False
        return True
