"""Offers of credentials (OpenID4VCI 1.0 4.1): made by an official for who holds a licence, good once and for a short time.

    made = desk.make(OfferOrder(licence=…, suites=(CredentialSuite.ES256,)), actor=who)
    made.link, made.transaction_code          # shown once: the store has neither

The code in the link is what lets a wallet in. Of it the store keeps a digest; of the transaction code, which is told by another way than
the link, a code that only who has the link could try digits against.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from esign.licence.lifecycle import Standing, standing_of
from esign.wallet.configurations import configuration_name
from esign.wallet.handles import digest_of, fresh_handle
from esign.wallet.metadata import AUTHORIZATION_CODE, PRE_AUTHORIZED
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.mac import MacAlgorithm, compute_mac
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import credential_offers, licences
from trustkit.store.credential_offers import OfferRow, OfferState

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.credential.suites import CredentialSuite
    from esign.wallet.metadata import WalletAddresses
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import ReadUnit

DEFAULT_TIME: Final = timedelta(minutes=15)
MAX_TIME: Final = timedelta(days=7)
DEFAULT_DAYS: Final = 365
MAX_DAYS: Final = 3650
TRANSACTION_DIGITS: Final = 6
_SCHEME: Final = "openid-credential-offer://"
_NUMBER_SIZE: Final = 16  # octets
_DRAWN: Final = 8  # octets six digits are drawn from: each is as likely as the other but for one in 10^13


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferOrder:
    """What is offered: a licence in these suites, for so long; `days` is how long a credential lasts at most."""

    licence: str
    suites: tuple[CredentialSuite, ...]
    good_for: timedelta = DEFAULT_TIME
    days: int = DEFAULT_DAYS
    asks_transaction_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOffer:
    """An offer that stands in the register; link and transaction code are told to who holds the licence, and kept nowhere."""

    identifier: str
    licence: str
    configurations: tuple[str, ...]
    expires_at: datetime
    link: str = field(repr=False)
    transaction_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDesk:
    """Makes and withdraws offers; `addresses` are the issuer's, `kind_of` the name of a licence's type."""

    database: Database
    clock: Clock
    addresses: WalletAddresses
    kind_of: Callable[[LicenceRow], str]
    entropy: Callable[[int], bytes] = field(repr=False)

    def make(self, order: OfferOrder, *, actor: Principal) -> MadeOffer:
        """Make an offer of a licence in force.

        Raises:
            TrustError: USAGE for bounds that are overstepped; LICENCE_MISSING, LICENCE_STATE, LICENCE_TYPE; what the store raises.
        """
        if not order.suites or not timedelta(0) < order.good_for <= MAX_TIME or not 0 < order.days <= MAX_DAYS:
            raise TrustError(
                ErrorCode.USAGE, f"an offer is good for up to {MAX_TIME.days} days, of {MAX_DAYS} days each"
            )
        code, digits = fresh_handle(self.entropy), self._digits() if order.asks_transaction_code else ""
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            licence = require_in_force(uow, order.licence, now)
            names = tuple(configuration_name(self.kind_of(licence), suite) for suite in order.suites)
            row = OfferRow(
                identifier=self.entropy(_NUMBER_SIZE).hex(),
                licence=licence.identifier,
                suites=" ".join(suite.value for suite in order.suites),
                days=order.days,
                code_sm3=digest_of(code),
                transaction_mac=transaction_mac(code, digits) if digits else None,
                created_at=now,
                expires_at=(now + order.good_for).replace(microsecond=0),
            )
            credential_offers.add(uow, row)
            facts: dict[str, FactValue] = {
                "days": row.days,
                "expires_at": format_rfc3339(row.expires_at),
                "suites": row.suites.replace(" ", "+"),
                "transaction_code": "asked" if digits else "none",
            }
            trail.record(uow, offer_event(EventType.CREDENTIAL_OFFER_MADE, row, now, actor, facts))
        return MadeOffer(
            identifier=row.identifier,
            licence=row.licence,
            configurations=names,
            expires_at=row.expires_at,
            link=offer_link(offer_object(self.addresses, names, code, asks_transaction_code=bool(digits))),
            transaction_code=digits,
        )

    def revoke(self, identifier: str, *, actor: Principal) -> OfferRow:
        """Withdraw an open offer, or the token its code became; return it as it is now. What was handed out stays.

        Raises:
            TrustError: OFFER_MISSING; OFFER_ENDED.
        """
        with self.database.unit_of_work() as uow:
            now, row = self.clock.now(), credential_offers.find(uow, identifier)
            if row is None:
                raise TrustError(CredentialCode.OFFER_MISSING, "no such offer was made here")
            withdrawn = credential_offers.end(uow, identifier, OfferState.REVOKED, at=now)
            if not withdrawn and not credential_offers.take_back(uow, identifier, at=now):
                raise TrustError(CredentialCode.OFFER_ENDED, f"the offer is {row.state.value}", state=row.state.value)
            trail.record(uow, offer_event(EventType.CREDENTIAL_OFFER_REVOKED, row, now, actor, {}))
            return credential_offers.find(uow, identifier) or row

    def _digits(self) -> str:
        drawn = int.from_bytes(self.entropy(_DRAWN), "big")
        return f"{drawn % 10**TRANSACTION_DIGITS:0{TRANSACTION_DIGITS}d}"


def require_in_force(unit: ReadUnit, identifier: str, now: datetime) -> LicenceRow:
    """Return a licence that is in force. Raise LICENCE_MISSING, LICENCE_STATE."""
    row = licences.find(unit, identifier)
    if row is None or row.state in licences.NEVER_ISSUED:
        raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
    if (standing := standing_of(row, now)) is not Standing.EFFECTIVE:
        told = f"the licence is {standing.value}; those in force are offered"
        raise TrustError(ErrorCode.LICENCE_STATE, told, state=standing.value)
    return row


def transaction_mac(code: str, digits: str) -> str:
    """Return what the store knows a transaction code by: keyed with the code of the offer, which the store has not."""
    return compute_mac(
        MacAlgorithm.HMAC_SM3, code.encode(), message_of(Context.CREDENTIAL_TRANSACTION, digits.encode())
    ).hex()


def offer_object(
    addresses: WalletAddresses, configurations: tuple[str, ...], code: str, *, asks_transaction_code: bool
) -> dict[str, JsonValue]:
    """Return the offer as wallets read it (OpenID4VCI 1.0 4.1.1)."""
    grant: dict[str, JsonValue] = {"pre-authorized_code": code}
    if asks_transaction_code:
        grant["tx_code"] = {"input_mode": "numeric", "length": TRANSACTION_DIGITS}
    if addresses.provider:  # of several authorization servers an offer names one
        grant["authorization_server"] = addresses.issuer
    return {
        "credential_issuer": addresses.issuer,
        "credential_configuration_ids": [*configurations],
        "grants": {PRE_AUTHORIZED: grant},
    }


def sign_in_object(addresses: WalletAddresses, configurations: tuple[str, ...]) -> dict[str, JsonValue]:
    """Return the offer of what a holder fetches who signs in; there is no secret in it, and it is good for everybody."""
    return {
        "credential_issuer": addresses.issuer,
        "credential_configuration_ids": [*configurations],
        "grants": {AUTHORIZATION_CODE: {"authorization_server": addresses.provider}},
    }


def offer_link(offer: dict[str, JsonValue]) -> str:
    """Return the link that hands an offer to a wallet by value (OpenID4VCI 1.0 4.1.2)."""
    text = json.dumps(offer, ensure_ascii=True, separators=(",", ":"))
    return f"{_SCHEME}?credential_offer={quote(text, safe='')}"


def offer_event(
    kind: EventType, row: OfferRow, at: datetime, actor: Principal, facts: dict[str, FactValue]
) -> AuditEvent:
    """Return what the trail is told of an offer; nothing of its codes."""
    told: dict[str, FactValue] = {"licence": row.licence, **facts}
    return AuditEvent(
        type=kind, at=at, actor=actor, object_type="credential-offer", object_id=row.identifier, reason="", facts=told
    )
