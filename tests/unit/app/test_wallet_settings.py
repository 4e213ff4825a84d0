"""Settings of the service for wallets: where it is reached, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trustkit.app.wallet_settings import WalletSettings
from trustkit.errors import ErrorCode, TrustError

HTTPS = WalletSettings(base_url="https://licences.example/wallets/")


def test_where_it_is_reached() -> None:
    assert WalletSettings().url() == "http://127.0.0.1:8443"
    assert WalletSettings(host="::1", port=9, tls_certificate="a", tls_key="b").url() == "https://[::1]:9"
    assert HTTPS.url() == "https://licences.example/wallets"
    for fit in (WalletSettings(), HTTPS, replace(HTTPS, sign_in_level="phr urn:trustkit:ial:2:aal:2")):
        fit.require_fit()


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (replace(HTTPS, sign_in_level=""), "wallet.sign_in_level"),
        (replace(HTTPS, sign_in_level="gold"), "wallet.sign_in_level"),
        (replace(HTTPS, base_url="https://licences.example/{name}"), "wallet.base_url"),
        (replace(HTTPS, base_url="https://licences.example/%7B"), "wallet.base_url"),
        (replace(HTTPS, trusted_proxies=("0.0.0.0/0",)), "wallet.trusted_proxies"),
        (replace(HTTPS, trusted_proxies=("proxy",)), "wallet.trusted_proxies"),
    ],
)
def test_what_does_not_fit(settings: WalletSettings, key: str) -> None:
    with pytest.raises(TrustError) as refusal:
        settings.require_fit()
    assert (refusal.value.code, refusal.value.facts["key"]) == (ErrorCode.SETTINGS_MALFORMED, key)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (WalletSettings(), "wallet.base_url"),
        (HTTPS, "wallet.trusted_proxies"),
    ],
)
def test_what_production_does_not_have(settings: WalletSettings, key: str) -> None:
    with pytest.raises(TrustError) as refusal:
        settings.require_secure()
    assert (refusal.value.code, refusal.value.facts["key"]) == (ErrorCode.SETTINGS_INSECURE, key)


def test_what_production_has() -> None:
    replace(HTTPS, trusted_proxies=("10.0.0.7",)).require_secure()
    WalletSettings(tls_certificate="a", tls_key="b").require_secure()
