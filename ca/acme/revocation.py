"""Revocation over ACME (RFC 8555 7.6): by the account that got the certificate or may have its names, or by its own key.

A compromise is the key's, and ends all of its certificates. So only who had the key can say it: the account whose request it was in,
or the key itself. Who may have the names alone gives another reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from ca.acme.accounts import account_principal
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.store import acme_orders, certificates
from trustkit.store.certificates import CertificateState, serial_text
from trustkit.x509 import oids
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.general_name import DNS_NAME
from trustkit.x509.reason import COMPROMISED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.jwk import Jwk
    from trustkit.store.acme_accounts import AccountRow
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate

MAX_CERTIFICATE: Final = 32 * 1024
# RFC 5280 5.3.1 by number; a CA's own reasons, suspension and its end are no subscriber's to give.
REASONS: Final[Mapping[int, str]] = {
    0: "unspecified",
    1: "keyCompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
}


class Revokes(Protocol):
    """Revokes certificates."""

    def revoke(self, serial: str, *, reason: str, actor: Principal) -> None:
        """Revoke. Raise CA_SERIAL_REVOKED, CA_SERIAL_MISSING."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeRevocation:
    """Judges who may revoke what."""

    database: Database
    clock: Clock
    revokes: Revokes

    def revoke(self, payload: Mapping[str, JsonValue], *, account: AccountRow | None, key: Jwk) -> None:
        """Revoke the certificate of a payload, asked for by an account, or by `key` alone when None.

        Raises:
            TrustError: ACME_MALFORMED; ACME_MISSING for a certificate that is not ours; ACME_REASON; ACME_UNAUTHORIZED;
                CA_SERIAL_REVOKED.
        """
        certificate = self._certificate(payload.get("certificate"))
        reason = payload.get("reason", 0)
        if isinstance(reason, bool) or not isinstance(reason, int) or reason not in REASONS:
            raise TrustError(ErrorCode.ACME_REASON, "not of those that can be given")
        serial = serial_text(certificate.serial)
        if account is not None:
            ordered = self._ordered(account, serial, certificate)
            if not ordered and REASONS[reason] in COMPROMISED:
                raise TrustError(ErrorCode.ACME_REASON, "a compromise is told by who had the key")
            actor = account_principal(account.identifier)
        elif key.public_key.spki == certificate.public_key.spki:
            actor = Principal(id=f"certificate:{serial}")
        else:
            raise TrustError(ErrorCode.ACME_UNAUTHORIZED, "not the certificate's key")
        self.revokes.revoke(serial, reason=REASONS[reason], actor=actor)

    def _certificate(self, value: JsonValue) -> Certificate:
        if not isinstance(value, str) or len(value) > MAX_CERTIFICATE:
            raise TrustError(ErrorCode.ACME_MALFORMED, "certificate is base64url of DER")
        try:
            certificate = parse_certificate(decode_base64url(value))
        except TrustError as error:
            raise TrustError(ErrorCode.ACME_MALFORMED, "certificate is base64url of DER") from error
        with self.database.reading() as unit:
            row = certificates.find(unit, serial_text(certificate.serial)) if certificate.serial > 0 else None
        if row is None or row.state is not CertificateState.ISSUED or row.der != certificate.der:
            raise TrustError(ErrorCode.ACME_MISSING, "this authority has issued no such certificate")
        return certificate

    def _ordered(self, account: AccountRow, serial: str, certificate: Certificate) -> bool:
        """Tell whether an account that may revoke a certificate had ordered it itself. Raise ACME_UNAUTHORIZED unless it did or may have all its names."""
        with self.database.reading() as unit:
            order = acme_orders.find_of_serial(unit, serial)
            held = acme_orders.authorized_names(unit, account.identifier, now=self.clock.now())
        if order is not None and order.account == account.identifier:
            return True
        extension = certificate.extensions.get(oids.SUBJECT_ALT_NAME)
        names = read_alternative_names(extension.value) if extension is not None else ()
        if not names or any(name.form != DNS_NAME or name.text not in held for name in names):
            raise TrustError(ErrorCode.ACME_UNAUTHORIZED, "another account's certificate, for names not all proved")
        return False
