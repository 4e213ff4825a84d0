"""ACME at one home: its parts wired by ``[acme]`` of the settings."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from ca.acme.accounts import AcmeAccounts
from ca.acme.caa import AsksCaa, Caa
from ca.acme.nonces import Nonces
from ca.acme.orders import AcmeOrders
from ca.acme.revocation import AcmeRevocation
from ca.acme.service import AcmeService
from ca.acme.validation import AsksTxt, FetchesHttp
from ca.acme.worker import AcmeWorker
from trustkit.app.acme_network import NameService, WebServers, parse_networks
from trustkit.app.ca_desk import HolderDesk
from trustkit.app.ca_issuing import HomeIssues, requestable_profile
from trustkit.app.logs import say

if TYPE_CHECKING:
    from trustkit.app.authority import Authority
    from trustkit.app.ca_desk import HomeDesk
    from trustkit.app.keys import Keys

_log = logging.getLogger("trustkit.app")


class Network(FetchesHttp, AsksTxt, AsksCaa, Protocol):
    """All that ACME asks of the world outside."""


def acme_accounts(home: Authority) -> AcmeAccounts:
    """Return the accounts of a home, for the door and for the command line."""
    return AcmeAccounts(database=home.database, clock=home.clock, binding_required=home.settings.acme.external_accounts)


def acme_service(home: Authority, keys: Keys, desk: HomeDesk, *, network: Network | None = None) -> AcmeService:
    """Return ACME of a home; `network` is asked for proofs and CAA, None for the real one. Raise CA_AUTHORITY_MISSING, CA_PROFILE, SETTINGS_MALFORMED before anything listens."""
    settings = home.settings.acme
    requestable_profile(home, settings.profile)
    names = NameService(server=settings.resolver)
    web = WebServers(clock=home.clock, names=names, networks=parse_networks(settings.networks), port=settings.http_port)
    orders = AcmeOrders(
        database=home.database,
        clock=home.clock,
        issues=HomeIssues(home=home, keys=keys, ca=settings.authority),  # the proofs of control stand for approval
        caa=Caa(identities=settings.caa_identities, network=network or names, clock=home.clock),
        profile=settings.profile,
    )
    worker = AcmeWorker(
        database=home.database,
        clock=home.clock,
        orders=orders,
        http=network or web,
        dns=network or names,
        tell=lambda code: say(_log, "acme.failed", logging.ERROR, code=code),
    )
    return AcmeService(
        base=f"{home.settings.ca_server.url()}/acme",
        nonces=Nonces(home.clock),
        accounts=acme_accounts(home),
        orders=orders,
        revocation=AcmeRevocation(database=home.database, clock=home.clock, revokes=HolderDesk(desk=desk)),
        worker=worker,
        chain=desk.chain_of,
        domains=settings.domains,
        terms=settings.terms,
        website=settings.website,
    )
