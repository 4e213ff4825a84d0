"""The token endpoint for codes of offers (OpenID4VCI 1.0 6): a code becomes an access token, once.

A code that comes a second time, whole, ends the token it became (RFC 6749 4.1.2): one of the two who had it was not meant to. Wrong
transaction codes are counted, and with the fifth the offer is locked, so that who photographed the code has five tries of a million.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from esign.credential.suites import CredentialSuite
from esign.wallet.configurations import configuration_name, dataset_name
from esign.wallet.handles import digest_of, fresh_handle, is_handle
from esign.wallet.metadata import OPENID_CREDENTIAL
from esign.wallet.offers import offer_event, require_in_force, transaction_mac
from trustkit.audit import trail
from trustkit.audit.events import EventType, FactValue
from trustkit.credential_codes import CredentialCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.jose.claims import same_text
from trustkit.store import credential_offers, op_once
from trustkit.store.credential_offers import OfferRow, OfferState, TokenRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.wallet.requests import TokenRequest
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.dpop import VerifiedProof
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import UnitOfWork

TOKEN_TIME: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
_UNUSABLE: Final = "no such code, or none any more"  # one answer for all of it: who guesses learns nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemingDesk:
    """Redeems codes; with `bound` every token is bound to a key the wallet proves (DPoP), else where it proves one."""

    database: Database
    clock: Clock
    kind_of: Callable[[LicenceRow], str]
    entropy: Callable[[int], bytes] = field(repr=False)
    bound: bool = False

    def redeem(self, request: TokenRequest, proof: VerifiedProof | None) -> dict[str, JsonValue]:
        """Return the members of the answer (RFC 6749 5.1).

        Raises:
            TrustError: TOKEN_PROOF without a proof where one is needed, or for one that was used; OFFER_CODE; OFFER_TRANSACTION,
                OFFER_TRANSACTION_FORM; WALLET_DETAILS; LICENCE_MISSING, LICENCE_STATE; LICENCE_TYPE; what the store raises.
        """
        if proof is None and self.bound:
            raise TrustError(ErrorCode.TOKEN_PROOF, "a DPoP proof is needed", scheme="DPoP")
        token = fresh_handle(self.entropy)
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            row = credential_offers.hold_by_code(uow, digest_of(request.code)) if is_handle(request.code) else None
            if row is None:
                raise TrustError(CredentialCode.OFFER_CODE, _UNUSABLE)
            refusal = self._refused(uow, row, request, now)
            if refusal is None:
                answer = self._given(uow, row, request, proof, token, now)
        if refusal is not None:  # what it wrote has been committed
            raise refusal
        return {"access_token": token, **answer}

    def _refused(self, uow: UnitOfWork, row: OfferRow, request: TokenRequest, now: datetime) -> TrustError | None:
        """Judge a code; note what is to be remembered of a refusal. Raise for what is to leave no trace."""
        if row.state in {OfferState.REVOKED, OfferState.LOCKED} or now >= row.expires_at:
            raise TrustError(CredentialCode.OFFER_CODE, _UNUSABLE)
        if bool(request.transaction_code) != (row.transaction_mac is not None):
            raise TrustError(CredentialCode.OFFER_TRANSACTION_FORM, "tx_code is sent if and only if the offer says so")
        if row.transaction_mac is not None:
            answered = transaction_mac(request.code, request.transaction_code)
            if not same_text(answered, row.transaction_mac):
                return self._wrong(uow, row, now)
        if row.state is OfferState.REDEEMED:
            if credential_offers.drop_tokens(uow, row.identifier):
                _tell(uow, EventType.CREDENTIAL_OFFER_REFUSED, row, now, {})
            return TrustError(CredentialCode.OFFER_CODE, _UNUSABLE)
        return None

    def _wrong(self, uow: UnitOfWork, row: OfferRow, now: datetime) -> TrustError:
        if row.state is not OfferState.OPEN:
            return TrustError(CredentialCode.OFFER_CODE, _UNUSABLE)
        tries = row.tries + 1
        credential_offers.note_try(uow, row.identifier)
        _tell(uow, EventType.CREDENTIAL_OFFER_REFUSED, row, now, {"tries": tries})
        if tries >= MOST_TRIES:
            credential_offers.end(uow, row.identifier, OfferState.LOCKED, at=now)
            _tell(uow, EventType.CREDENTIAL_OFFER_LOCKED, row, now, {"tries": tries})
        return TrustError(CredentialCode.OFFER_TRANSACTION, "tx_code is wrong")

    def _given(  # noqa: PLR0917 - what a token is made of
        self,
        uow: UnitOfWork,
        row: OfferRow,
        request: TokenRequest,
        proof: VerifiedProof | None,
        token: str,
        now: datetime,
    ) -> dict[str, JsonValue]:
        kind = self.kind_of(require_in_force(uow, row.licence, now))
        offered = {configuration_name(kind, CredentialSuite(suite)) for suite in row.suites.split()}
        if not set(request.wanted) <= offered:
            raise TrustError(CredentialCode.WALLET_DETAILS, "more than was offered")
        if proof is not None and not op_once.see(uow, digest_of(proof.once), expires_at=proof.expires_at):
            raise TrustError(ErrorCode.TOKEN_PROOF, ErrorCode.DPOP_REPLAYED.value, scheme="DPoP")
        if not credential_offers.end(uow, row.identifier, OfferState.REDEEMED, at=now):
            raise TrustError(CredentialCode.OFFER_CODE, _UNUSABLE)
        credential_offers.forget_tokens(uow, before=now)
        binding = "" if proof is None else proof.thumbprint
        credential_offers.add_token(
            uow,
            TokenRow(token_sm3=digest_of(token), offer=row.identifier, binding=binding, expires_at=now + TOKEN_TIME),
        )
        _tell(uow, EventType.CREDENTIAL_OFFER_REDEEMED, row, now, {"binding": "key" if binding else "none"})
        answer: dict[str, JsonValue] = {
            "token_type": "DPoP" if binding else "Bearer",
            "expires_in": int(TOKEN_TIME.total_seconds()),
        }
        if request.wanted:
            answer["authorization_details"] = [
                {
                    "type": OPENID_CREDENTIAL,
                    "credential_configuration_id": name,
                    "credential_identifiers": [dataset_name(name, row.licence)],
                }
                for name in request.wanted
            ]
        return answer


def wallet_of(offer: str) -> Principal:
    """Return who acts on an offer: whoever was given it."""
    return Principal(id=f"wallet:{offer}")


def _tell(uow: UnitOfWork, kind: EventType, row: OfferRow, now: datetime, facts: dict[str, FactValue]) -> None:
    trail.record(uow, offer_event(kind, row, now, wallet_of(row.identifier), facts))
