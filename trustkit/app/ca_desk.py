"""What the CA's API shows and does at one home, beside enrolment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.client_grant import ANY, names_of
from ca.client_view import require_sight
from ca.clients import denials_told
from ca.profile import list_profiles
from ca.revocation import find_issued
from ca.submissions import RevocationAsked
from trustkit.app.ca_issuing import requestable_profile
from trustkit.app.ca_queue import HomeQueue
from trustkit.app.home import POLICIES
from trustkit.app.keys import OWN_PROFILES
from trustkit.app.orders import is_for_others
from trustkit.app.registration import carry_out_revocation, require_revocable
from trustkit.app.revocations import revoked_with
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import ca_requests, certificates
from trustkit.store.certificates import CertificateState, serial_text
from trustkit.x509 import oids
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.extension_values import read_alternative_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ca.client_grant import ClientGrant
    from ca.clients import Client
    from ca.enrolment_port import EnrolmentState
    from ca.profile_model import CertificateProfile
    from ca.subject_form import SubjectAttribute
    from ca.submissions import DestructionAsked, RecoveryAsked
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.identity import Principal
    from trustkit.store.certificates import CertificateRow


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeDesk:
    """`ca.api.Desk` over a home."""

    home: Authority
    keys: Keys

    @property
    def _queue(self) -> HomeQueue:
        return HomeQueue(home=self.home, keys=self.keys, ca=self.home.settings.ca_server.authority)

    def profiles(self) -> tuple[tuple[CertificateProfile, int, str | None], ...]:
        """See `ca.api.Desk.profiles`."""
        found = [
            each for each in list_profiles(self.home.settings.home / POLICIES / "certificates") if is_for_others(each)
        ]
        queue = self._queue
        if not queue.is_open():  # what is queued is not offered, and a pair always is
            return tuple((each, 0, None) for each in found if not queue.needed(each.name))
        return tuple((each, queue.needed(each.name), queue.twin(each.name)) for each in found)

    def search(
        self, asked: Mapping[str, str], *, grant: ClientGrant, after: str | None, limit: int
    ) -> tuple[CertificateRow, ...]:
        """See `ca.api.Desk.search`."""
        state = asked.get("state")
        with self.home.database.reading() as unit:
            return certificates.search(
                unit,
                issuer=asked.get("issuer"),
                issuers=None if ANY in grant.authorities else grant.authorities,
                profile=asked.get("profile"),
                profiles=None if ANY in grant.profiles else grant.profiles,
                state=CertificateState(state) if state is not None else None,
                subject_holds=asked.get("subject"),
                after=after,
                limit=limit,
            )

    def certificate(self, serial: str, *, client: Client) -> CertificateRow:
        """See `ca.api.Desk.certificate`."""
        row = self.issued(serial)
        with self.home.database.reading() as unit:
            owner = ca_requests.find_requester(unit, row.serial)
        require_sight(client, row, owner=owner)
        return row

    def issued(self, serial: str) -> CertificateRow:
        """Return an issued certificate, whoever asks. Raise CA_SERIAL_MISSING."""
        with self.home.database.reading() as unit:
            row = find_issued(unit, serial)
        if row is None:
            raise TrustError(ErrorCode.CA_SERIAL_MISSING, "no such certificate")
        return row

    def holder(self, der: bytes) -> CertificateRow:
        """Return the row of a certificate of ours that is good now. Raise CA_CLIENT_REFUSED.

        The register is asked, octet for octet: a certificate with a right signature that is not in it was not issued.
        """
        serial = serial_text(abs(parse_certificate(der).serial))
        with self.home.database.reading() as unit:
            row = find_issued(unit, serial)
        now = self.home.clock.now()
        if row is None or row.der != der or row.revoked_at is not None or row.not_after is None or now > row.not_after:
            raise TrustError(ErrorCode.CA_CLIENT_REFUSED, "not a certificate of ours that is good now")
        return row

    def chain(self, row: CertificateRow) -> tuple[bytes, ...]:
        """Return a certificate and those above it without the root, DER."""
        if row.der is None:
            return ()
        above = self.home.authorities.above(parse_certificate(row.der))
        return (row.der, *(each.der for each in above))

    def chain_of(self, serial: str) -> tuple[bytes, ...]:
        """Return the chain of a certificate by its serial. Raise CA_SERIAL_MISSING."""
        return self.chain(self.issued(serial))

    def revoke(
        self, serial: str, *, reason: str, client: Client, invalid_since: datetime | None = None
    ) -> EnrolmentState | CertificateRow:
        """Revoke, suspend or resume for a program: see `ca.api.Desk.revoke`.

        Raise CA_CLIENT_GRANT for what the client was not granted; REGISTRATION_APPROVALS where registrars must agree and nothing
        is queued, CA_STATE for a hold that is or is not there, and as `revoke_for_holder`.
        """
        asked = RevocationAsked(serial=self._others(serial), reason=reason, invalid_since=invalid_since)
        self._require_granted(asked.serial, client)
        if self._queue.needed_to_revoke():
            number = self._queue.submit(asked, requester=client.principal)
            return self._queue.state(number, requester=client.principal, every=False, may_act=lambda _: True)
        require_revocable(self.home, asked)
        carry_out_revocation(self.home, self.keys, asked, actor=client.principal)
        return self.issued(asked.serial)

    def revoked_with(self, row: CertificateRow) -> tuple[str, ...]:
        """See `ca.api.Desk.revoked_with`."""
        return revoked_with(self.home, row.serial)

    def ask(self, asked: RecoveryAsked | DestructionAsked, *, client: Client) -> EnrolmentState:
        """Queue what is asked for an escrowed key; return where it is.

        Raise CA_CLIENT_GRANT for what the client was not granted, and as `HomeQueue.submit`.
        """
        self._require_granted(asked.serial, client)
        number = self._queue.submit(asked, requester=client.principal)
        return self._queue.state(number, requester=client.principal, every=False, may_act=lambda _: False)

    def queued(self, number: str, *, requester: Principal, bounds: ClientGrant, every: bool) -> EnrolmentState:
        """See `ca.client_view.Queued.queued`."""

        def may_act(serial: str) -> bool:
            try:
                self._require_covered(self.issued(serial), bounds)
            except TrustError as error:
                if error.code is not ErrorCode.CA_CLIENT_GRANT:
                    raise
                return False
            return True

        return self._queue.state(number, requester=requester, every=every, may_act=may_act)

    def _require_granted(self, serial: str, client: Client) -> None:
        """Raise CA_CLIENT_GRANT, and tell the trail, unless a client's grant covers a certificate."""
        with denials_told(self.home.database, self.home.clock, client.principal):
            self._require_covered(self.issued(serial), client.grant)

    def _require_covered(self, row: CertificateRow, grant: ClientGrant) -> None:
        """Raise CA_CLIENT_GRANT unless a client was granted the certificate's authority, profile and names."""
        grant.require_place(row.issuer, row.profile)
        if row.der is not None:
            found = parse_certificate(row.der)
            san = found.extensions.get(oids.SUBJECT_ALT_NAME)
            names = read_alternative_names(san.value) if san is not None else ()
            grant.require_names(names_of(found.subject_der, names, self._form(row.profile)))

    def _form(self, profile: str) -> tuple[SubjectAttribute, ...]:
        """Return a profile's subject form; of one that is gone nothing counts as fixed."""
        try:
            return requestable_profile(self.home, profile).subject or ()
        except TrustError:
            return ()

    def revoke_for_holder(self, serial: str, *, reason: str, actor: Principal) -> None:
        """Revoke for whoever proved to hold the certificate. Raise CA_SERIAL_MISSING, CA_SERIAL_REVOKED, USAGE."""
        self.home.revoke_certificate(self.keys, self._others(serial), reason=reason, actor=actor)

    def _others(self, serial: str) -> str:
        """Return the serial, as in the register, of a certificate for others: no program ends the authority's own."""
        row = self.issued(serial)
        if row.authority is not None or row.profile in OWN_PROFILES:
            raise TrustError(ErrorCode.CA_SERIAL_MISSING, "not a certificate for others")
        return row.serial


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderDesk:
    """`ca.acme.revocation.Revokes` over a desk: a holder's own revocation needs nobody's agreement."""

    desk: HomeDesk

    def revoke(self, serial: str, *, reason: str, actor: Principal) -> None:
        """Revoke. Raise as `HomeDesk.revoke_for_holder`."""
        self.desk.revoke_for_holder(serial, reason=reason, actor=actor)
