"""Making trust lists in the authority's name, and taking those of others: each act told to the trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.trustlist.sign import sign_trust_list
from esign.trustlist.verify import key_name
from trustkit.app.issuing import licence_signer
from trustkit.app.trust_lists import HomeTrustLists
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import parse_json
from verifier.fetch import HttpFetcher
from verifier.issuer_evidence import read_trust_list

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from esign.trustlist.verify import VerifiedTrustList
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.store.unit_of_work import UnitOfWork
    from trustkit.x509.certificate import Certificate

MAX_PLAN: Final = 4 * 1024 * 1024


def make_list(
    authority: Authority, keys: Keys, plan: bytes, *, lifetime: timedelta, following: Certificate | None
) -> VerifiedTrustList:
    """Return the list of a plan, signed by the seal's key; `following` has the key that is announced.

    Raises:
        TrustError: TRUST_LIST_MALFORMED, JSON_*; what signing raises.
    """
    signer, certificate = licence_signer(authority, keys)
    now = authority.clock.now().replace(microsecond=0)
    octets = sign_trust_list(
        parse_json(plan, max_size=MAX_PLAN),
        number=number_at(now),
        issued_at=now,
        expires_at=now + lifetime,
        signer=signer,
        chain=(certificate,),
        next_key="" if following is None else key_name(following),
    )
    made = read_trust_list(octets)
    _tell(authority, EventType.TRUST_LIST_MADE, made)
    return made


def add_list(authority: Authority, name: str, octets: bytes) -> VerifiedTrustList:
    """Keep a list of others and pin its key. Raise as `HomeTrustLists.add`."""
    found = HomeTrustLists.of(authority.settings).add(name, octets)
    _tell(authority, EventType.TRUST_LIST_TAKEN, found)
    return found


def fetch_list(authority: Authority, name: str) -> VerifiedTrustList | None:
    """Return the later edition of a list from where it lives, kept in its place; None where there is none yet.

    Raises:
        TrustError: EVIDENCE_REFUSED, EVIDENCE_TOO_LARGE, EVIDENCE_UNREACHABLE; as `HomeTrustLists.renew`.
    """
    lists, verify = HomeTrustLists.of(authority.settings), authority.settings.verify
    before = lists.get(name)
    fetcher = HttpFetcher(
        clock=authority.clock,
        allowed_bases=(authority.settings.server.base_url,),
        seconds=float(verify.fetch_seconds),
        octets=verify.fetch_octets,
    )
    octets = fetcher.fetch(before.content.uri)
    found = lists.renew(name, octets)
    if found.octets == before.octets:
        return None
    _tell(authority, EventType.TRUST_LIST_TAKEN, found)
    return found


def _tell(authority: Authority, kind: EventType, told: VerifiedTrustList) -> None:
    with authority.database.unit_of_work() as uow:
        tell_list(uow, authority, kind, told)


def tell_list(uow: UnitOfWork, authority: Authority, kind: EventType, told: VerifiedTrustList) -> None:
    """Tell the trail of a list, in the unit of the act it tells of."""
    event = AuditEvent(
        type=kind,
        at=authority.clock.now(),
        actor=authority.operator,
        object_type="trust-list",
        object_id=told.content.uri,
        facts={
            "list_sm3": digest(DigestAlgorithm.SM3, told.octets).hex(),
            "number": told.content.number,
            "public_key_sm3": told.key,
        },
    )
    trail.record(uow, event)


def number_at(now: datetime) -> int:
    """Return the number of an edition made at a time: higher in each later one, whoever makes it."""
    return int(now.timestamp())
