"""How the machine doors ask for certificates: what they need of whoever decides, and of whoever issues.

`Enrolment` decides: at once where the profile asks for nobody's approval, later where it does. `Issues` makes the certificate;
`together` is called in the very transaction that registers it, so what asked for it and the certificate exist together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.identity import Principal
    from trustkit.store.unit_of_work import UnitOfWork
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.request import VerifiedRequest

    Together: TypeAlias = Callable[[UnitOfWork, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for: a proved request under a profile.

    `dns_names` are the names that were validated, in order, and stand in the certificate whatever the request says; None takes
    the request's, as the profile allows them. `subject` likewise: label → value as registered, None for the request's.
    """

    request: VerifiedRequest
    profile: str
    dns_names: tuple[str, ...] | None = None
    subject: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentState:
    """Where a request is. `state` is ``processing``, ``pending`` (waits for approval), ``issued`` or ``refused``.

    `serial` in hexadecimal when issued; `reason` an error code's value when refused.
    """

    identifier: str
    profile: str
    state: str
    serial: str | None = None
    reason: str | None = None


class Issues(Protocol):
    """Makes certificates under one CA."""

    def issue(self, wish: Wish, *, actor: Principal, together: Together) -> Certificate:
        """Return the certificate; `together` gets the unit of work that registers it, and its serial in hexadecimal.

        Raises:
            TrustError: CA_PROFILE, CA_LINT and what the order's rules raise; nothing is issued then.
        """
        ...


class Enrolment(Protocol):
    """Takes requests and tells what became of them."""

    def submit(self, wish: Wish, *, requester: Principal, repeat_key: str | None) -> EnrolmentState:
        """Return the state of a request after submission; the same key and octets give the same request again.

        Raises:
            TrustError: CA_REQUEST_REPEATED for the key with other octets, CA_REQUEST_UNDER_WAY; what issuing raises.
        """
        ...

    def state(self, identifier: str, *, requester: Principal | None) -> EnrolmentState:
        """Return the state of a request, of this requester alone unless None. Raise CA_REQUEST_MISSING."""
        ...
