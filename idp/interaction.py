"""What somebody must still do before an act goes on: made by whatever needs a login, worked off by the login, read again at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta  # noqa: TC003 - field types of a public dataclass
from enum import StrEnum, unique

from trustkit.identity import AcrDemand, AssuranceLevel  # noqa: TC001 - as above


@unique
class InteractionPurpose(StrEnum):
    """What goes on when it is done, and so where the browser is sent: each purpose has one path of our own."""

    AUTHORIZATION = "authorization"  # /authorize/continue: an authorization request of a client
    DEVICE = "device"  # /device/continue: a device's user code
    ACCOUNT = "account"  # /account: the person's own pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A login that is needed.

    Attributes:
        id: random, unguessable, bound to one browser by a cookie; the store has its digest.
        needed: the level the act needs; `max_age` how long ago the person may have signed in, None for any time.
        demands: names any of which is needed on top; with `insists` one of them must be reached, else it is tried for.
        reauthenticate: a session there is already does not do (`prompt=login`).
        client, client_name: who asks, as registered; empty for our own pages.
        reference: what the purpose finds its own record by, such as the authorization request's id.
        person: who must sign in (from `login_hint` or `id_token_hint`, or a step-up of a session); None for anybody.
    """

    id: str = field(repr=False)
    purpose: InteractionPurpose
    needed: AssuranceLevel
    max_age: timedelta | None
    demands: tuple[AcrDemand, ...] = ()
    insists: bool = True
    reauthenticate: bool = False
    client: str = ""
    client_name: str = ""
    reference: str = field(default="", repr=False)
    person: str | None = None
    language: str = ""
    created_at: datetime
    expires_at: datetime
