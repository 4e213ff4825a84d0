"""oathtool (OATH Toolkit) and we make the same one-time passwords, from the address a QR code holds."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.factors.totp_codes import base32, matching_step, provisioning_uri, step_of
from tests.support.databases import database, migrated_url
from tests.support.factors import PERSON, FactorDesk, attempt
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store.database import Database  # noqa: TC001 - a fixture's type

__all__ = ["database", "migrated_url"]

pytestmark = pytest.mark.interop

SECRETS = (b"12345678901234567890", bytes(range(20)), b"\xff" * 20, b"\x00" * 19 + b"\x01")
MOMENTS = (59, 1111111109, 1234567890, 1796083200, 2000000000, 20000000000)


def oathtool(secret: str, moment: datetime) -> str:
    if shutil.which("oathtool") is None:
        pytest.skip("oathtool is absent: make interop installs it")
    at = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    done = subprocess.run(
        ["oathtool", "--totp", "--base32", "--now", at, "-"], input=secret, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_each_value_is_the_same(secret: bytes) -> None:
    typed = parse_qs(urlsplit(provisioning_uri(secret, account="li.hua", issuer="示例市")).query)["secret"][0]
    assert typed == base32(secret)
    for seconds in MOMENTS:
        now = datetime.fromtimestamp(seconds, UTC)
        assert matching_step(secret, oathtool(typed, now), now=now, drift=0, used=-1) == step_of(now)


def test_an_app_that_is_oathtool_enrols_and_signs_in(database: Database) -> None:
    desk = FactorDesk(database)
    now = datetime(2026, 12, 1, 12, 0, 0, tzinfo=UTC)
    offer = desk.totp.begin(desk.enroller(), account="li.hua", now=now)
    desk.totp.confirm(desk.enroller(), offer.handle, oathtool(offer.typed, now), now=now)
    later = datetime(2026, 12, 1, 12, 0, 30, tzinfo=UTC)
    code = oathtool(offer.typed, later)
    assert desk.totp.prove(attempt(at=later), code).person == PERSON
    with pytest.raises(TrustError) as caught:
        desk.totp.prove(attempt(at=later), code)
    assert caught.value.code is IdentityCode.FACTOR_REFUSED
