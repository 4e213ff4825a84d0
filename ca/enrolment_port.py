"""How the machine doors ask for certificates: what they need of whoever decides, and of whoever issues.

`Enrolment` decides: at once where the profile asks for nobody's approval, later where it does. `Issues` makes the certificate;
`together` is called in the very transaction that registers it, so what asked for it and the certificate exist together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.order import CertificateOrder
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
    With `encryption_profile` a pair is wished for (GB/T 20518): the authority makes the other key, and escrows it.
    """

    request: VerifiedRequest
    profile: str
    encryption_profile: str = ""
    dns_names: tuple[str, ...] | None = None
    subject: tuple[tuple[str, str], ...] | None = None


@unique
class Stage(StrEnum):
    """How far a request has come, as programs are told."""

    PROCESSING = "processing"
    PENDING = "pending"  # waits for approval
    APPROVED = "approved"  # waits for custodians
    ISSUED = "issued"
    DONE = "done"
    REFUSED = "refused"


WAITING: Final = frozenset({Stage.PENDING, Stage.APPROVED})  # for people, who take hours


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentState:
    """Where a request is.

    `serial` in hexadecimal when issued; `reason` an error code's value when refused, `refusal` the registrar's reason; `requester`
    whose request it is; `authority` and `profile` of the certificate it is for, or about. Of a pair `serial` is the signing certificate's, and `response` what its requester gets (CSRResponse of GM/T
    0092, DER): both certificates and the encryption key in its envelope. Of a recovery it is the envelope.
    """

    identifier: str
    requester: str
    authority: str
    profile: str
    state: Stage
    serial: str | None = None
    reason: str | None = None
    refusal: str | None = None
    encryption_serial: str | None = None
    response: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Where a queued request is: pending, approved, done (with the serial of the certificate it is about) or refused.

    `refusal` is the reason a registrar gave, if he gave one. Of a pair that is done also its other serial and its response.
    """

    state: Stage
    serial: str | None = None
    reason: str | None = None
    refusal: str | None = None
    encryption_serial: str | None = None
    response: bytes | None = field(default=None, repr=False)


class Bounds(Protocol):
    """What a requester may ask for: asked at the one place every machine door passes, before a key is used."""

    def require_place(self, authority: str, profile: str) -> None:
        """Raise CA_CLIENT_GRANT or CA_CLIENT_ROLE unless certificates of a profile under an authority may be asked for."""
        ...

    def require_order(self, order: CertificateOrder) -> None:
        """Raise the same unless every name the certificate will have may be asked for."""
        ...


class Issues(Protocol):
    """Makes certificates under one CA, called `ca` in the register."""

    @property
    def ca(self) -> str:
        """The CA's name in the register."""

    def order(self, wish: Wish) -> CertificateOrder:
        """Return what a wish will become. Raise CA_PROFILE, REQUEST_MISSING and what the order's rules raise."""
        ...

    def issue(self, order: CertificateOrder, *, actor: Principal, together: Together) -> Certificate:
        """Return the certificate; `together` gets the unit of work that registers it, and its serial in hexadecimal.

        Raises:
            TrustError: CA_LINT and what issuing raises; nothing is issued then.
        """
        ...


class Queue(Protocol):
    """Where requests wait for registrars."""

    def needed(self, profile: str) -> int:
        """Return how many registrars must agree to a certificate of a profile."""
        ...

    def enqueue(self, uow: UnitOfWork, wish: Wish, *, requester: Principal) -> str:
        """Return the number of the new request registrars see. Raise REGISTRATION_APPROVALS where nothing is queued."""
        ...

    def follow(self, number: str, *, actor: Principal | None, may_act: Callable[[], bool] = ...) -> Followed:
        """Return where a request is, after it was carried out for `actor` if it is approved and `may_act`; None only looks.

        `may_act` is asked only about a request that could be carried out now.

        Raises:
            TrustError: what carrying out raises; the request can be followed again then.
        """
        ...


class Enrolment(Protocol):
    """Takes requests and tells what became of them."""

    def submit(self, wish: Wish, *, requester: Principal, bounds: Bounds, repeat_key: str | None) -> EnrolmentState:
        """Return the state of a request after submission; the same key and octets give the same request again.

        Raises:
            TrustError: CA_CLIENT_GRANT or CA_CLIENT_ROLE beyond the bounds; CA_REQUEST_REPEATED for the key with other octets,
                CA_REQUEST_UNDER_WAY; what issuing raises.
        """
        ...

    def state(self, identifier: str, *, requester: Principal, bounds: Bounds, every: bool = False) -> EnrolmentState:
        """Return the state of a request of this requester, or with `every` of any. Raise CA_REQUEST_MISSING, and as `Queue.follow`.

        A requester who asks for his own request has it carried out once it is approved, while it is within the bounds.
        """
        ...
