"""The documented settings are those there are, and the operator sees what is in force."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

from idp.op.rules import CertificateSource
from trustkit.app.idp_diagnosis import sign_on
from trustkit.app.idp_provider_settings import _BOUNDS, ProviderSettings
from trustkit.app.idp_settings import IdpSettings

PAGE = Path(__file__).parents[3] / "docs" / "sign-on.md"
ROW = re.compile(r"\| `(\w+)` \| `([^`]*)` \| (\d*) ?\| (\d*) ?\|")


def test_the_page_has_every_setting_with_its_preset_and_bounds() -> None:
    told = {name: (preset, most, safe) for name, preset, most, safe in ROW.findall(PAGE.read_text("utf-8"))}
    made = {}
    for each in fields(ProviderSettings):
        preset = f'"{each.default}"' if isinstance(each.default, str) else str(each.default).lower()
        most, safe = _BOUNDS.get(each.name, ("", ""))
        made[each.name] = (preset, str(most), str(safe))
    assert told == made


def test_rules_are_what_the_settings_say() -> None:
    settings = IdpSettings(
        client_registration=True,
        dpop_nonce=True,
        trusted_proxies=("10.0.0.1",),
        client_certificates="proxy",
        tls_base_url="https://mtls.example/",
        access_minutes=5,
        code_seconds=30,
        refresh_hours=1,
        grant_hours=2,
        offline_days=3,
    )
    settings.require_fit()
    rules = settings.provider_rules("https://id.example", tls=False)
    assert (rules.registration, rules.proof_nonce, rules.certificates) == (True, True, CertificateSource.PROXY)
    assert rules.tls_issuer == "https://mtls.example"
    assert (rules.access, rules.id_token, rules.code) == (
        timedelta(minutes=5),
        timedelta(minutes=5),
        timedelta(seconds=30),
    )
    assert (rules.refresh, rules.grant, rules.offline) == (timedelta(hours=1), timedelta(hours=2), timedelta(days=3))
    found = {each.what: each.found for each in sign_on(settings)}
    assert found["sign-on client certificates"] == "proxy, asked for at https://mtls.example/"
    assert "invite" in found["sign-on clients register themselves"]
    assert found["sign-on DPoP nonces"] == "on"
    assert "code 30 s" in found["sign-on times"]
    assert "self_signed_tls_client_auth" in found["sign-on clients prove themselves by"]


def test_what_tls_of_ones_own_sees_is_what_is_offered() -> None:
    preset = IdpSettings()
    assert preset.certificate_source(tls=True) is CertificateSource.TLS
    assert preset.certificate_source(tls=False) is CertificateSource.NONE
