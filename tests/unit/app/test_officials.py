"""Who acts at a terminal is weighed as he was at the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.levels.assessment import Levels
from tests.support.connected_site import SETTINGS
from trustkit.app.officials import OfficialDesk
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.identity import AssuranceLevel

if TYPE_CHECKING:
    from pathlib import Path


def test_a_connector_gives_officials_no_more_than_the_home_lets_it(home: Path) -> None:
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS + "most_identity = 2\nmost_authentication = 1\n")
    with open_authority(home, SystemClock()) as authority:
        levels = OfficialDesk.of(authority).sessions.levels
    assert isinstance(levels, Levels)
    assert dict(levels.limits) == {"national": AssuranceLevel(identity=2, authentication=1)}
