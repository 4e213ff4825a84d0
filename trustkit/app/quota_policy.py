"""How much each client may ask and have judged, as the home says (``policies/quotas.toml``); a home too old to have the file gets the installation's."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.api_codes import ApiCode
from trustkit.app.files import read_input
from trustkit.app.home import POLICIES, policies_source
from trustkit.clock import CHINA
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE: Final = "quotas.toml"
MAX_POLICY: Final = 1024 * 1024
MAX_CLIENTS: Final = 10_000
MOST: Final = 2**31 - 1
_NAME: Final = 128
_MINUTE: Final = 60  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Files a client may have judged in a day, and in a month, and calls it may make in a minute; 0 is without bound."""

    per_minute: int = 0
    per_day: int = 0
    per_month: int = 0

    def minute(self, now: datetime) -> tuple[str, datetime]:
        """Return the minute `now` lies in, by name, and when it is over."""
        number = int(now.timestamp()) // _MINUTE
        return f"m{number}", datetime.fromtimestamp((number + 1) * _MINUTE, tz=CHINA)

    def periods(self, now: datetime) -> dict[str, tuple[int, datetime]]:
        """Return the bounded periods of Beijing that `now` lies in, by name: how many, and when each is over."""
        today = now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        month = today.replace(day=1)
        found = {}
        if self.per_day:
            found[today.strftime("%Y-%m-%d")] = (self.per_day, today + timedelta(days=1))
        if self.per_month:
            found[month.strftime("%Y-%m")] = (self.per_month, (month + timedelta(days=32)).replace(day=1))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaPolicy:
    """The quota of every client."""

    every: Quota
    clients: Mapping[str, Quota]

    def of(self, client: str) -> Quota:
        """Return the quota of a client by the name the trail has of it."""
        return self.clients.get(client, self.every)


def quota_policy(home: Path) -> QuotaPolicy:
    """Return the quotas of a home. Raise QUOTA_POLICY, INPUT_UNREADABLE, HOME_INCOMPLETE."""
    own = home / POLICIES / _FILE
    return parse_quotas(read_input(own if own.exists() else policies_source() / _FILE, limit=MAX_POLICY))


def parse_quotas(octets: bytes) -> QuotaPolicy:
    """Return the quotas a file says. Raise QUOTA_POLICY naming what is wrong."""
    try:
        tree = tomllib.loads(octets.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _wrong("no TOML") from error
    if tree.get("format") != 1 or set(tree) - {"format", "every", "client"}:
        raise _wrong("format is 1, beside it stand every and client")
    tables = tree.get("client", [])
    if not isinstance(tables, list) or len(tables) > MAX_CLIENTS:
        raise _wrong("client is tables, so many at most")
    clients: dict[str, Quota] = {}
    for table in tables:
        name = table.get("id") if isinstance(table, dict) else None
        if not isinstance(name, str) or not 0 < len(name) <= _NAME or name in clients:
            raise _wrong("each client has an id of its own")
        clients[name] = _quota({key: value for key, value in table.items() if key != "id"})
    return QuotaPolicy(every=_quota(tree.get("every", {})), clients=MappingProxyType(clients))


def _quota(table: object) -> Quota:
    if not isinstance(table, dict) or set(table) - {"per_minute", "per_day", "per_month"}:
        raise _wrong("a quota is per_minute, per_day and per_month")
    for value in table.values():
        if type(value) is not int or not 0 <= value <= MOST:
            raise _wrong("a number of calls or files, 0 for no bound")
    return Quota(**table)


def _wrong(told: str) -> TrustError:
    return TrustError(ApiCode.QUOTA_POLICY, f"{_FILE}: {told}")
