"""A platform of network identities asked over HTTP as an exchange describes it: the operator's contract in TOML, no code.

[platform]
parameters = { orgID = "00001234", appID = "0001" }     # what the app is called with

[[call]]
url = "https://gateway.example/auth"
encoding = "json"
parameters = { bizSeq = "{sequence}", authMode = "{mode}", idCardAuthData = "{credential}", certPwdData = "{password}" }
success = { pointer = "/resultCode", values = ["C0000000"] }
take = { number = "/networkNumber", level = "/level" }

[identity]
subject = "number"
real_name = "level"
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from idp.connectors.exchange_description import (
    CallDescription,
    IdentityDescription,
    parse_calls,
    parse_identity,
    read_toml,
)
from idp.connectors.national import NationalAnswer, NationalResult
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from datetime import datetime

    from idp.connectors.exchange_calls import Exchanging

_KNOWN: Final = frozenset(
    {"nonce", "timestamp", "timestamp_ms", "sequence", "mode", "credential", "password", "client"}
)
_PARAMETERS: Final = frozenset({"orgID", "appID"})
_TABLES: Final = frozenset({"platform", "call", "identity"})
_MAX_VALUE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalExchange:
    """The description; `parse_national_exchange` makes it."""

    app: Mapping[str, str]
    calls: tuple[CallDescription, ...]
    identity: IdentityDescription


def parse_national_exchange(text: str) -> NationalExchange:
    """Return a description. Raise IDP_CONNECTOR naming what is wrong."""
    tree = read_toml(text)
    platform = tree.get("platform")
    app = platform.get("parameters") if isinstance(platform, dict) and set(platform) == {"parameters"} else None
    if not isinstance(app, dict) or set(app) != _PARAMETERS or not all(_short(each) for each in app.values()):
        raise TrustError(
            IdentityCode.IDP_CONNECTOR, "platform.parameters are orgID and appID", key="platform.parameters"
        )
    if surplus := sorted(set(tree) - _TABLES):
        raise TrustError(IdentityCode.IDP_CONNECTOR, f"{surplus[0]!r} is not known", key=surplus[0])
    calls, taken = parse_calls(tree, _KNOWN)
    identity = parse_identity(tree, taken)
    if identity != replace(
        identity, login="", authenticated_at="", display_name="", uscc="", organisation="", role="", roles={}
    ):
        # what is not taken cannot be kept: no names, no numbers of persons
        raise TrustError(
            IdentityCode.IDP_CONNECTOR, "identity has subject and real_name, and nothing else", key="identity"
        )
    return NationalExchange(app=app, calls=calls, identity=identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangePlatform:
    """The platform behind a described exchange."""

    description: NationalExchange
    exchanging: Exchanging
    client: str

    def parameters(self) -> Mapping[str, str]:
        """See `NationalPlatform.parameters`."""
        return self.description.app

    async def confirm(self, answer: NationalAnswer, *, now: datetime) -> NationalResult:
        """See `NationalPlatform.confirm`."""
        values = {
            "client": self.client,
            "sequence": answer.sequence,
            "mode": answer.mode.value,
            "credential": answer.credential,
            "password": answer.password,
        }
        taken = await self.exchanging.taken(self.description.calls, values, now=now)
        identity = self.description.identity
        return NationalResult(number=taken[identity.subject], level=taken.get(identity.real_name, ""))


def _short(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_VALUE and value.isalnum()
