"""What of the register a client sees: its own, and with the act `search` what its grant covers. The one place of these rules.

    client_requests.state("rq-…", client)         # whichever kind of request, or CA_REQUEST_MISSING
    require_sight(client, row, owner=…)           # of a certificate, or CA_SERIAL_MISSING

What is another's and what is not there are told in the same words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from ca.clients import Client, Permission
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from ca.client_grant import ClientGrant
    from ca.enrolment_port import Enrolment, EnrolmentState
    from trustkit.identity import Principal
    from trustkit.store.certificates import CertificateRow

_QUEUED: Final = re.compile(r"rq-[a-z]{13}")  # the number of a request that registrars see


class Queued(Protocol):
    """Requests that are known by the number registrars see: revocations, recoveries, destructions."""

    def queued(self, number: str, *, requester: Principal, bounds: ClientGrant, every: bool) -> EnrolmentState:
        """Return where a queued request is, of this requester or with `every` of any. Raise CA_REQUEST_MISSING.

        His own is carried out once it is approved, while it is within the bounds.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRequests:
    """The requests of clients, of every kind."""

    enrolment: Enrolment
    others: Queued

    def state(self, identifier: str, client: Client) -> EnrolmentState:
        """Return where a request is, for whom it may concern. Raise CA_REQUEST_MISSING, and what carrying out raises."""
        every = client.may(Permission.REQUEST_READ_ALL)
        if _QUEUED.fullmatch(identifier):
            bounds = client.bounds(Permission.CERTIFICATE_REVOKE, Permission.KEY_RECOVER)
            found = self.others.queued(identifier, requester=client.principal, bounds=bounds, every=every)
        else:
            bounds = client.bounds(Permission.REQUEST_SUBMIT)
            found = self.enrolment.state(identifier, requester=client.principal, bounds=bounds, every=every)
        if found.requester != client.principal.id and not client.grant.sees_place(found.authority, found.profile):
            raise TrustError(ErrorCode.CA_REQUEST_MISSING, "none of this identifier")
        return found


def require_sight(client: Client, row: CertificateRow, *, owner: str | None) -> None:
    """Raise CA_SERIAL_MISSING for a certificate that is not the client's own, and not within what it may search."""
    if owner == client.principal.id:
        return
    if not client.may(Permission.CERTIFICATE_SEARCH) or not client.grant.sees_place(row.issuer, row.profile):
        raise TrustError(ErrorCode.CA_SERIAL_MISSING, "no such certificate")
