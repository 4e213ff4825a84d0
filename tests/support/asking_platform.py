"""A platform that asks wallets at a home: with an access token of an issuer the home takes, for citizens are asked by nobody without one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.credential_desk import opened_desk
from tests.support.token_issuer import API, Issuer
from tests.support.web import Visitor
from trustkit.app.wiring import open_authority
from trustkit.jose.claims import lifetime_claims, numeric_date

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from tests.support.credential_desk import CredentialDesk


def asking_platform(home: Path, stack: ExitStack) -> tuple[CredentialDesk, Visitor]:
    """Return the desk of a home, and a platform with a token for ten minutes; who brings none may verify there, too."""
    issuer = Issuer(stack.enter_context(open_authority(home)))
    issuer.keys.tend()
    stack.enter_context(issuer.listening())
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[tokens]\nissuer = "{issuer.url}"\nresource = "{API}"\nverify = true\nanonymous = true\n')
    desk = opened_desk(home, stack)
    now = desk.authority.clock.now()
    life = lifetime_claims(now, timedelta(minutes=10)) | {"auth_time": numeric_date(now)}
    visitor = Visitor.of(desk.authority)
    return desk, Visitor(visitor.app, headers={"authorization": f"Bearer {issuer.token(**life)}"})
