"""Certificates clients show are judged by the home's register, as it is now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from trustkit.app.idp_certificates import RegisteredCertificates
from trustkit.app.keys import KeyName
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.app.authority import Authority


def _judged(authority: Authority, der: bytes, now: datetime) -> str:
    with authority.database.reading() as unit:
        return RegisteredCertificates().subject_of(unit, der, now=now)


def test_a_certificate_of_the_home_in_force_is_believed(authority: Authority) -> None:
    mine = authority.certificate(KeyName.SEAL)
    assert _judged(authority, mine.der, authority.clock.now()) == mine.subject


def test_any_other_is_not(authority: Authority) -> None:
    mine, now = authority.certificate(KeyName.SEAL), authority.clock.now()
    rows = [
        (b"no certificate", now, ErrorCode.CERTIFICATE_MALFORMED),
        (PkiWorld().signer.certificate.der, now, ErrorCode.CERTIFICATE_UNPROVED),
        (mine.der, mine.not_after + timedelta(seconds=1), ErrorCode.CERTIFICATE_EXPIRED),
        (mine.der, mine.not_before - timedelta(seconds=1), ErrorCode.CERTIFICATE_NOT_YET_VALID),
    ]
    for der, at, code in rows:
        with pytest.raises(TrustError) as caught:
            _judged(authority, der, at)
        assert caught.value.code is code
