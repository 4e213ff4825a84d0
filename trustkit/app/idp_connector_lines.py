"""What commands tell of connectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from idp.connectors.port import LoginStart, Redirect
from idp.upstream_logout_api import LOGOUT_PATH
from trustkit.app.idp_connector_settings import OpenIdSettings, RemoteSettings
from trustkit.identity import NOT_SIGNED_IN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from idp.connectors.port import Connector
    from trustkit.app.idp_connector_settings import ConnectorSettings

COLUMNS: Final = ("name", "kind", "provider", "title", "logout address")


@dataclass(frozen=True, slots=True)
class ConnectorLine:
    """One connector in a list; `logout` is the address its provider is to be given for logouts, empty where it tells of none."""

    name: str
    kind: str
    provider: str
    titles: Mapping[str, str]
    logout: str

    @classmethod
    def of(cls, settings: ConnectorSettings, *, base: str) -> ConnectorLine:
        """Return the line of a connector: its provider by the issuer, or the name we have there; `base` is our own address."""
        provider = settings.client if isinstance(settings, RemoteSettings) else ""
        if isinstance(settings, OpenIdSettings):
            provider = settings.issuer
        logout = f"{base}{LOGOUT_PATH}/{settings.name}" if isinstance(settings, OpenIdSettings) else ""
        return cls(settings.name, settings.kind, provider, settings.title(), logout)

    def to_json(self) -> Mapping[str, object]:
        """Return the line as JSON."""
        told = {"name": self.name, "kind": self.kind, "provider": self.provider, "title": dict(self.titles)}
        return told | {"backchannel_logout_uri": self.logout}

    def row(self) -> Sequence[str]:
        """Return the line as cells."""
        return (self.name, self.kind, self.provider, self.titles["zh"], self.logout)


async def begun_words(connector: Connector, *, now: datetime) -> str:
    """Return how a login by a connector begins: the host it leads to, or the kind of page. Raise what beginning raises."""
    start = LoginStart(handle="check", needed=NOT_SIGNED_IN, max_age=None, language="en")
    begun = await connector.begin(start, now=now)
    if isinstance(begun.step, Redirect):
        return urlsplit(begun.step.url).hostname or ""
    return begun.step.kind
