"""An opened home: what the authority's acts stand on. `trustkit.app.authority` adds the acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ca.revocation import RevocationAuthority
from trustkit.app.home_authorities import HomeAuthorities
from trustkit.app.keys import RENEWABLE, KeyName, Keys
from trustkit.app.publications import StorePublications
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from trustkit.app.settings import Settings
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate


@dataclass(kw_only=True)
class OpenedHome:
    """Settings, store, clock and the person at the terminal. Safe to share between threads; not carried over a fork.

    `asked` is whether it was asked who acts, or a service answers for itself; without, a home whose officials sign in opens no key.
    """

    settings: Settings
    database: Database
    clock: Clock
    operator: Principal
    asked: bool = False

    def require_asked(self) -> None:
        """Raise BUG when a key is about to be opened, officials are to sign in, and nobody was asked: a command that forgot to."""
        if self.settings.idp.officials_sign_in and not self.asked:
            raise TrustError(ErrorCode.BUG, "a key was to be opened and nobody was asked who acts")

    def certificate(self, name: KeyName) -> Certificate:
        """Return the newest issued certificate of a key. Raise as `newest`."""
        return self.newest(name)[1]

    def require_fit_to_sign(self, *names: KeyName) -> None:
        """Raise OWN_CERTIFICATE when one of the authority's certificates would sign what nobody may rely on."""
        now = self.clock.now()
        for name in names:
            row, certificate = self.newest(name)
            over = "revoked" if row.revoked_at is not None else "expired" if now > certificate.not_after else ""
            if over:
                told = f"it is {over}; `trustkit ca renew {name.value}` makes the next"
                raise TrustError(ErrorCode.OWN_CERTIFICATE, told, part=name.value, state=over)

    def newest(self, name: KeyName) -> tuple[CertificateRow, Certificate]:
        """Return the newest issued certificate of a key, which is the current one, and its row in the register.

        Of the OCSP responder, that under the issuing CA's current key: its earlier keys have theirs, too.

        Raises:
            TrustError: OWN_CERTIFICATE when there is none and it can be made, else HOME_INCOMPLETE.
        """
        if name is KeyName.OCSP:
            found = self.authorities.responder("issuing", under=self.authorities.certificate("issuing"))
        else:
            found = self._newest(name)
        if found is None:
            if name in RENEWABLE:  # such as the status certificate of a home older than that
                told = f"there is none yet; `trustkit ca renew {name.value}` makes it"
                raise TrustError(ErrorCode.OWN_CERTIFICATE, told, part=name.value, state="missing")
            raise TrustError(ErrorCode.HOME_INCOMPLETE, "the store has no certificate of this kind", part=name.value)
        return found

    def _newest(self, name: KeyName) -> tuple[CertificateRow, Certificate] | None:
        state = certificates.CertificateState.ISSUED
        with self.database.reading() as unit:
            issuer = "issuing" if name in RENEWABLE else None
            rows = certificates.search(unit, issuer=issuer, profile=name.value, state=state, limit=1)
        return (rows[0], parse_certificate(rows[0].der)) if rows and rows[0].der is not None else None

    @property
    def authorities(self) -> HomeAuthorities:
        """The certificate authorities of the home, and the profiles they issue by."""
        return HomeAuthorities(settings=self.settings, database=self.database)

    def publications(self) -> StorePublications:
        """Return what relying parties fetch."""
        return StorePublications(database=self.database)

    def status_list_uri(self, number: int = 1) -> str:
        """Return the URI of a status list of this authority."""
        return f"{self.settings.server.base_url}/v1/status-lists/{number}"

    def revocation(self, keys: Keys, name: str) -> RevocationAuthority:
        """Return the revocation authority of a CA by its name in the register."""
        certificate = self.authorities.certificate(name)
        publication, binding = self.settings.publication, self.authorities.links(name).lists
        return RevocationAuthority(
            name=name,
            database=self.database,
            clock=self.clock,
            signer=keys.ca_signer(name, certificate),
            certificate=certificate,
            lifetime=timedelta(hours=publication.crl_hours),
            base_url=self.settings.server.base_url,
            partitions=binding.partitions,
            deltas=binding.deltas,
            keep_expired=publication.crl_keep_expired,
        )

    def close(self) -> None:
        """Let go of the store."""
        self.database.close()
