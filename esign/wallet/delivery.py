"""The credential and notification endpoints (OpenID4VCI 1.0 8 and 11): a licence is handed to a wallet, and the wallet says what became of it.

    answer = desk.hand_out(access, request)

With the intent of the credential the nonce is spent and the token confirmed, in one transaction; with its result, where the token still stands,
it is noted as handed out.
A process that dies between leaves an abandoned intent and a wallet that asks again with a new nonce. What was handed out once is not handed
out again on the same authorization: an answer that got lost is an official's matter, who revokes it and makes another offer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from esign.credential.issuance import JoinedWrites, event_of
from esign.credential.key_proof import VerifiedKeyProof, verify_answered_proof
from esign.credential.suites import suite_of
from esign.wallet.handles import digest_of, fresh_handle, is_handle
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError
from trustkit.store import credential_deliveries
from trustkit.store.credential_deliveries import DeliveryRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from esign.credential.issuance import CredentialService
    from esign.credential.suites import CredentialSuite
    from esign.wallet.access import Access
    from esign.wallet.nonces import Nonces
    from esign.wallet.requests import CredentialRequest, Notice
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.credentials import CredentialRow
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDesk:
    """Hands credentials out; `issuer` is who proofs are made for."""

    database: Database
    clock: Clock
    issuer: str
    service: CredentialService
    nonces: Nonces
    entropy: Callable[[int], bytes] = field(repr=False)

    def hand_out(self, access: Access, request: CredentialRequest) -> dict[str, JsonValue]:
        """Return the answer with a new credential.

        Raises:
            TrustError: WALLET_CONFIGURATION, WALLET_IDENTIFIER, WALLET_ACCESS; PROOF_*, SIGNATURE_*, ALGORITHM_*; WALLET_REPEATED;
                TOKEN_REFUSED, TOKEN_PROOF; what `CredentialService.issue` raises.
        """
        chosen = access.choose(request.configuration, request.dataset)
        licence, suite = chosen.licence, chosen.suite
        proof = self._proof(request.proof, suite)
        notification = fresh_handle(self.entropy)

        def intended(uow: UnitOfWork) -> None:
            access.confirm(uow)
            self.nonces.spend(uow, proof.nonce, self.clock.now())
            if credential_deliveries.find(uow, access.source, licence, suite.value) is not None:
                raise _repeated()

        def issued(uow: UnitOfWork, rows: Sequence[CredentialRow]) -> None:
            access.stands(uow)
            for each in rows:
                row = DeliveryRow(
                    source=access.source,
                    licence=licence,
                    suite=each.suite,
                    number=each.number,
                    notification_sm3=digest_of(notification),
                )
                if not credential_deliveries.add(uow, row):
                    raise _repeated()

        (made,) = self.service.issue(
            licence,
            (proof,),
            lifetime=timedelta(days=access.days),
            actor=access.actor,
            joined=JoinedWrites(intended=intended, issued=issued),
        )
        return {"credentials": [{"credential": made.text}], "notification_id": notification}

    def note(self, access: Access, notice: Notice) -> None:
        """Note what a wallet says of a credential it was handed; the first word counts, and a second changes nothing.

        Raises:
            TrustError: WALLET_NOTICE_UNKNOWN; TOKEN_REFUSED, TOKEN_PROOF.
        """
        with self.database.unit_of_work() as uow:
            access.confirm(uow)
            name = digest_of(notice.identifier) if is_handle(notice.identifier) else ""
            row = credential_deliveries.find_by_notification(uow, name)
            if row is None or row.source != access.source:
                raise TrustError(CredentialCode.WALLET_NOTICE_UNKNOWN, "not of a credential of this token")
            if credential_deliveries.tell(uow, row.number, notice.event.value):
                facts = {"event": notice.event.value, "licence": row.licence, "suite": row.suite}
                now = self.clock.now()
                trail.record(
                    uow, event_of(EventType.CREDENTIAL_NOTIFIED, row.number, now, access.actor, facts={**facts})
                )

    def _proof(self, text: str, suite: CredentialSuite) -> VerifiedKeyProof:
        now = self.clock.now()
        proof = verify_answered_proof(
            text, issuer=self.issuer, require_given=lambda nonce: self.nonces.require_given(nonce, now), now=now
        )
        if suite_of(proof.key) is not suite:
            raise TrustError(CredentialCode.PROOF_MALFORMED, "the key is of another suite than the configuration")
        return proof


def _repeated() -> TrustError:
    return TrustError(CredentialCode.WALLET_REPEATED, "handed out on this authorization before")
