"""An opened authority: the acts every door offers, wired to one store, one clock, one set of settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ca.authority import INTENTS as CERTIFICATE_INTENTS
from ca.submissions import DEFAULT_AUTHORITY
from esign.copies.issuance import INTENTS as COPY_INTENTS
from esign.credential.issuance import INTENTS as CREDENTIAL_INTENTS
from esign.licence.issuance import INTENTS as LICENCE_INTENTS
from esign.licence.issuance import LicenceService
from esign.licence.proposals import close_expired
from esign.licence.status_publication import publish_lists
from esign.seal.registry import INTENTS as SEAL_INTENTS
from trustkit.app.credential_issuing import publishers_of
from trustkit.app.issuing import licence_service, message_service, status_publisher
from trustkit.app.keys import END_KEYS, KeyName, Keys
from trustkit.app.ocsp import publish_answers
from trustkit.app.ocsp_certificates import waiting_responders
from trustkit.app.opened import OpenedHome
from trustkit.app.opening import engine_in_use, installed_version
from trustkit.app.register import Register
from trustkit.app.revocations import revoke
from trustkit.app.rows import PublishedLine
from trustkit.app.set_changes import SetChanges
from trustkit.app.sittings import Sittings
from trustkit.app.verification import home_verification
from trustkit.audit.intents import LIVE
from trustkit.errors import TrustError
from trustkit.store import authority_keys, status_lists
from trustkit.store.licence_copies import SUITE as COPIES

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from trustkit.app.messages import MessageService
    from trustkit.custody.passphrase import Passphrase
    from trustkit.identity import Principal
    from verifier.service import VerificationService


@dataclass(kw_only=True)
class Authority(OpenedHome):
    """One home in use."""

    @property
    def version(self) -> str:
        """The installed version of trustkit."""
        return installed_version()

    @property
    def engine_name(self) -> str:
        """The SM2 engine of this process."""
        return engine_in_use()

    @cached_property
    def verification(self) -> VerificationService:
        """The verification service that trusts this home's root and its ``trust`` folder."""
        return home_verification(self)

    @property
    def register(self) -> Register:
        """What was issued, for lists and look-ups."""
        return Register(database=self.database)

    def unlock(self, passphrase: Passphrase) -> Keys:
        """Return the keys. Raise PASSPHRASE_WRONG when the passphrase opens none; BUG as `require_asked`."""
        self.require_asked()
        keys = Keys(self.settings.home, passphrase)
        keys.signer(KeyName.SEAL, self.certificate(KeyName.SEAL))
        return keys

    def revoke_certificate(
        self,
        keys: Keys,
        serial: str,
        *,
        reason: str,
        invalid_since: datetime | None = None,
        actor: Principal | None = None,
    ) -> tuple[PublishedLine, ...]:
        """Revoke a certificate by its serial, whichever CA issued it; for a compromise all of its key. Return the lists that say so.

        `actor` is who revokes, None for the person at the terminal.

        Raises:
            TrustError: as `RevocationAuthority.revoke`, and USAGE for a root.
        """
        by = actor or self.operator
        heads = revoke(self, keys, serial, reason=reason, actor=by, invalid_since=invalid_since)
        return tuple(PublishedLine.of_list(head) for head in heads)

    def licences(self, keys: Keys) -> LicenceService:
        """Return the licence service."""
        return licence_service(self, keys)

    def messages(self, keys: Keys) -> MessageService:
        """Return the service that signs messages."""
        return message_service(self, keys)

    def publish(
        self, keys: Keys, *, only_due: bool = False, among: Collection[str] | None = None
    ) -> tuple[PublishedLine, ...]:
        """Sign fresh CRLs and status lists (with `only_due`, those half-way through their time); say which.

        With `among` those of these authorities alone; the status lists' certificate is under the issuing CA, and they go with it.
        """
        SetChanges(home=self).settle()
        Sittings(self).forget_ended()
        self.recover()  # so that a server with keys closes what crashes left, whether or not anything is issued
        done: list[PublishedLine] = []
        for name in self.publications().names():
            if among is not None and name not in among:
                continue
            if keys.ca_waits(name, self.authorities.certificate(name)):
                done.append(PublishedLine(kind="waiting", name=name))  # its custodians publish it in a sitting
                continue
            publisher = self.revocation(keys, name).publisher
            heads = publisher.publish_due(self.operator) if only_due else publisher.publish(self.operator)
            done += [PublishedLine.of_list(head) for head in heads]
        if signed := publish_answers(self, keys, only_due=only_due, among=among):
            done.append(PublishedLine(kind="ocsp", name=f"{signed} answers"))
        waiting = [name for name in waiting_responders(self, keys) if among is None or name in among]
        done += [PublishedLine(kind="waiting-responder", name=name) for name in waiting]
        if among is None or DEFAULT_AUTHORITY in among:
            done += self.publish_status_lists(keys, only_due=only_due)
        return tuple(done)

    def publish_status_lists(self, keys: Keys, *, only_due: bool = False) -> tuple[PublishedLine, ...]:
        """Sign fresh status lists, of licences, of copies and of credentials, with the current certificates for them; say which."""
        with self.database.reading() as unit:
            suites = {row.suite for row in status_lists.list_all(unit)}
        own = status_publisher(self, keys)
        publishers = [own, *([replace(own, suite=COPIES)] if COPIES in suites else [])]
        publishers += map(publishers_of(self, keys), sorted(each for each in suites if each not in {None, COPIES}))
        uris = [
            uri
            for publisher in publishers
            for uri in publish_lists(
                self.database, publisher, now=self.clock.now(), only_due=only_due, actor=self.operator
            )
        ]
        return tuple(PublishedLine(kind="status-list", name=uri) for uri in uris)

    def unfit(self) -> tuple[str, ...]:
        """Return the names of the authority's certificates that are missing, expired or revoked and can be renewed."""
        found = []
        for name in END_KEYS:
            try:
                self.require_fit_to_sign(name)
            except TrustError:
                found.append(name.value)
        return tuple(found)

    def recover(self, *, older_than: timedelta = LIVE) -> tuple[str, ...]:
        """Mark intents older than this as abandoned, close proposals whose time is over; return serials, identifiers and numbers.

        Rows an earlier trustkit wrote beside this one are completed, too: without its authority's key OCSP knows no certificate.
        """
        authority_keys.fill(self.database)
        now = self.clock.now()
        expired = close_expired(self.database, now=now, actor=self.operator)
        return expired + tuple(
            key
            for intents in (CERTIFICATE_INTENTS, LICENCE_INTENTS, COPY_INTENTS, CREDENTIAL_INTENTS, SEAL_INTENTS)
            for key in intents.close_unfinished(self.database, before=now - older_than, now=now, actor=self.operator)
        )
