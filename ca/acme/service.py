"""The parts of ACME together, as the door needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.acme.accounts import AcmeAccounts
    from ca.acme.nonces import Nonces
    from ca.acme.orders import AcmeOrders
    from ca.acme.revocation import AcmeRevocation
    from ca.acme.worker import AcmeWorker


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeService:
    """What the door opens to.

    `base` is the URL ending in ``/acme``; `chain` gives a certificate and those above it, DER, by serial; `domains`
    are those served, empty for any.
    """

    base: str
    nonces: Nonces
    accounts: AcmeAccounts
    orders: AcmeOrders
    revocation: AcmeRevocation
    worker: AcmeWorker
    chain: Callable[[str], tuple[bytes, ...]]
    domains: tuple[str, ...] = ()
    terms: str = ""
    website: str = ""
