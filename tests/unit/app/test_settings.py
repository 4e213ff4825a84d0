from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.app.settings import AuthoritySettings, load_settings, render_settings
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.error_family import Code

NAME = '测试"市\\监\n局'


def _home(tmp_path: Path, text: str) -> Path:
    (tmp_path / "settings.toml").write_text(text, "utf-8")
    return tmp_path


def _secure() -> str:
    return _good().replace("production = false", "production = true").replace("http://", "https://")


def _good() -> str:
    return render_settings(
        authority=AuthoritySettings(name=NAME, uscc="1199010000TRYQK01Q"),
        base_url="http://127.0.0.1:8440",
        port=8440,
        engine="auto",
    )


def test_what_is_rendered_is_read_back(tmp_path: Path) -> None:
    settings = load_settings(_home(tmp_path, _good()))
    assert settings.authority.name == NAME
    assert settings.server.port == 8440
    assert settings.database_url.startswith("sqlite:///")
    assert "sqlite" not in repr(settings)


REFUSED = {
    "unknown top key": ("colour = 1\n" + _good(), ErrorCode.SETTINGS_UNKNOWN_KEY),
    "unknown section key": (_good() + "colour = 1\n", ErrorCode.SETTINGS_UNKNOWN_KEY),
    "wrong type": (_good().replace("port = 8440", 'port = "8440"'), ErrorCode.SETTINGS_MALFORMED),
    "bool for int": (_good().replace("port = 8440", "port = true"), ErrorCode.SETTINGS_MALFORMED),
    "negative": (_good().replace("port = 8440", "port = -1"), ErrorCode.SETTINGS_MALFORMED),
    "port too large": (_good().replace("port = 8440", "port = 65536"), ErrorCode.SETTINGS_MALFORMED),
    "no authority": ("production = false\n", ErrorCode.SETTINGS_MALFORMED),
    "authority lacks a key": ('[authority]\nname = "a"\n', ErrorCode.SETTINGS_MALFORMED),
    "section is no table": ("server = 1\n", ErrorCode.SETTINGS_MALFORMED),
    "engine": (_good().replace('"auto"', '"magic"'), ErrorCode.SETTINGS_MALFORMED),
    "not TOML": ("= = =", ErrorCode.SETTINGS_MALFORMED),
    "more digits than Python reads": ("a = " + "9" * 5000, ErrorCode.SETTINGS_MALFORMED),
    "nested too deeply": ("a = " + "[" * 5000, ErrorCode.SETTINGS_MALFORMED),
    "base_url": (_good().replace("http://127.0.0.1:8440", "ftp://x"), ErrorCode.SETTINGS_MALFORMED),
    "base_url beyond ASCII": (_good().replace("http://127.0.0.1", "http://示例.test"), ErrorCode.SETTINGS_MALFORMED),
    "base_url with a blank": (_good().replace("http://127.0.0.1", "http://a b"), ErrorCode.SETTINGS_MALFORMED),
    "base_url with port 0": (_good().replace("127.0.0.1:8440", "127.0.0.1:0"), ErrorCode.SETTINGS_MALFORMED),
    "base_url with a port too many": (_good().replace(":8440", ":99999"), ErrorCode.SETTINGS_MALFORMED),
    "base_url with a user": (_good().replace("http://", "http://a:b@"), ErrorCode.SETTINGS_MALFORMED),
    "production over http": (_good().replace("production = false", "production = true"), ErrorCode.SETTINGS_INSECURE),
    "production with gmssl": (
        _good()
        .replace("production = false", "production = true")
        .replace('"auto"', '"gmssl"')
        .replace("http://", "https://"),
        ErrorCode.SETTINGS_INSECURE,
    ),
    "CA server port": (_good() + "[ca_server]\nport = 70000\n", ErrorCode.SETTINGS_MALFORMED),
    "CA server base_url": (_good() + '[ca_server]\nbase_url = "x"\n', ErrorCode.SETTINGS_MALFORMED),
    "CA server with half a TLS": (_good() + '[ca_server]\ntls_key = "a"\n', ErrorCode.SETTINGS_MALFORMED),
    "CA server over http for others in production": (
        _good().replace("production = false", "production = true").replace("http://", "https://")
        + '[ca_server]\nhost = "10.0.0.1"\n',
        ErrorCode.SETTINGS_INSECURE,
    ),
    "remote signing over http in production": (
        _good().replace("production = false", "production = true").replace("http://", "https://")
        + "[csc]\nenabled = true\n",
        ErrorCode.SETTINGS_INSECURE,
    ),
    "people sign in over http in production": (
        _good().replace("production = false", "production = true").replace("http://", "https://")
        + "[idp]\nofficials_sign_in = true\n",
        ErrorCode.SETTINGS_INSECURE,
    ),
    "a sign-on of http behind a proxy in production": (
        _good().replace("production = false", "production = true").replace("http://", "https://")
        + '[idp]\nbase_url = "http://id.example"\n',
        ErrorCode.SETTINGS_INSECURE,
    ),
    "a sign-on behind a proxy nobody names in production": (
        _good().replace("production = false", "production = true").replace("http://", "https://")
        + '[idp]\nbase_url = "https://id.example"\n',
        ErrorCode.SETTINGS_INSECURE,
    ),
    "a proxy that is no address": (_good() + '[idp]\ntrusted_proxies = ["proxy.test"]\n', ErrorCode.SETTINGS_MALFORMED),
    "a proxy with bits beyond its network": (
        _good() + '[idp]\ntrusted_proxies = ["10.0.0.1/8"]\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "a proxy of serve that is no address": (
        _good().replace("[server]", '[server]\ntrusted_proxies = ["proxy.test"]'),
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "everybody is a proxy of serve": (
        _good().replace("[server]", '[server]\ntrusted_proxies = ["0.0.0.0/0"]'),
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "everybody is a proxy": (_good() + '[idp]\ntrusted_proxies = ["::/0"]\n', ErrorCode.SETTINGS_MALFORMED),
    "access tokens for days": (_good() + "[idp]\naccess_minutes = 1441\n", ErrorCode.SETTINGS_MALFORMED),
    "access tokens for hours in production": (
        _secure() + '[idp]\nbase_url = "https://id.example"\ntrusted_proxies = ["10.0.0.1"]\naccess_minutes = 61\n',
        ErrorCode.SETTINGS_INSECURE,
    ),
    "codes for long in production": (
        _secure() + '[idp]\nbase_url = "https://id.example"\ntrusted_proxies = ["10.0.0.1"]\ncode_seconds = 121\n',
        ErrorCode.SETTINGS_INSECURE,
    ),
    "codes for longer than ten minutes": (_good() + "[idp]\ncode_seconds = 601\n", ErrorCode.SETTINGS_MALFORMED),
    "refresh tokens that outlive their grant": (
        _good() + "[idp]\nrefresh_hours = 13\n",
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "absence for half a year in production": (
        _secure() + '[idp]\nbase_url = "https://id.example"\ntrusted_proxies = ["10.0.0.1"]\noffline_days = 180\n',
        ErrorCode.SETTINGS_INSECURE,
    ),
    "failures without end in production": (
        _secure() + '[idp]\nbase_url = "https://id.example"\ntrusted_proxies = ["10.0.0.1"]\n'
        "failures_per_minute = 601\n",
        ErrorCode.SETTINGS_INSECURE,
    ),
    "certificates told by nobody": (
        _good() + '[idp]\nclient_certificates = "proxy"\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "certificates told by a word": (
        _good() + '[idp]\ntrusted_proxies = ["10.0.0.1"]\nclient_certificates = "yes"\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "an address for certificates nobody sees": (
        _good() + '[idp]\ntls_base_url = "https://mtls.example"\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "an address for certificates over http": (
        _good() + '[idp]\ntrusted_proxies = ["10.0.0.1"]\nclient_certificates = "proxy"\n'
        'tls_base_url = "http://mtls.example"\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "more hashes than a body holds": (_good() + "[csc]\nmax_hashes = 1001\n", ErrorCode.SETTINGS_MALFORMED),
    "more hashes than the rate lets through": (
        _good() + "[csc]\nsignatures_per_minute = 999\n",
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "a long authorization": (_good() + "[csc]\nsad_seconds = 3601\n", ErrorCode.SETTINGS_MALFORMED),
    "a region that is none": (_good() + '[csc]\nregion = "china"\n', ErrorCode.SETTINGS_MALFORMED),
    "a logo that is no URL": (_good() + '[csc]\nlogo = "logo.png"\n', ErrorCode.SETTINGS_MALFORMED),
    "more fetched than fits": (_good() + "[verify]\nfetch_megabytes = 65\n", ErrorCode.SETTINGS_MALFORMED),
    "lists not by a power of two": (_good() + "[publication]\ncrl_partitions = 3\n", ErrorCode.SETTINGS_MALFORMED),
    "a curve nobody spells so": (_good() + '[idp]\nsm2_curve = "sm2"\n', ErrorCode.SETTINGS_MALFORMED),
    "tokens of nobody": (_good() + "[tokens]\nverify = true\n", ErrorCode.SETTINGS_MALFORMED),
    "an issuer of tokens nothing asks for": (
        _good() + '[tokens]\nissuer = "https://idp.test"\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "a level without tokens": (
        _good() + '[tokens]\nverify_level = "urn:trustkit:ial:2"\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "anybody and yet a login": (
        _good() + '[tokens]\nissuer = "https://idp.test"\nverify = true\nanonymous = true\nverify_minutes = 5\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "a level in other words": (
        _good() + '[tokens]\nissuer = "https://idp.test"\nverify = true\nverify_level = "silver"\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "a level in other words among ours": (
        _good() + '[tokens]\nissuer = "https://idp.test"\nverify = true\nverify_level = "phr silver"\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "a level that is none": (
        _good() + '[tokens]\nissuer = "https://idp.test"\nverify = true\nverify_level = " "\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "an issuer of tokens over http in production": (
        _good().replace("production = false", "production = true").replace("http://", "https://")
        + '[tokens]\nissuer = "http://idp.test"\nverify = true\n',
        ErrorCode.SETTINGS_INSECURE,
    ),
    "an issuer of tokens that is no address": (
        _good() + '[tokens]\nissuer = "idp.test"\nverify = true\n',
        ErrorCode.SETTINGS_MALFORMED,
    ),
    "huge": ("#" * 70_000, ErrorCode.SETTINGS_MALFORMED),
}


@pytest.mark.parametrize(("text", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(tmp_path: Path, text: str, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        load_settings(_home(tmp_path, text))
    assert refusal.value.code is code


def test_sign_on_behind_a_named_proxy_serves_in_production(tmp_path: Path) -> None:
    text = _good().replace("production = false", "production = true").replace("http://", "https://")
    text += '[idp]\nbase_url = "https://id.example"\ntrusted_proxies = ["127.0.0.1", "2001:db8::/64"]\n'
    idp = load_settings(_home(tmp_path, text)).idp
    assert (idp.secure, [str(each) for each in idp.proxies()]) == (True, ["127.0.0.1/32", "2001:db8::/64"])


def test_missing_and_half_made_homes_differ(tmp_path: Path) -> None:
    with pytest.raises(TrustError) as missing:
        load_settings(tmp_path / "absent")
    assert missing.value.code is ErrorCode.HOME_MISSING
    with pytest.raises(TrustError) as incomplete:
        load_settings(tmp_path)
    assert incomplete.value.code is ErrorCode.HOME_INCOMPLETE


MACHINE_DOORS = {
    "unknown key of acme": ("acme", "colour = 1", ErrorCode.SETTINGS_UNKNOWN_KEY, "acme.colour"),
    "unknown key of est": ("est", "colour = 1", ErrorCode.SETTINGS_UNKNOWN_KEY, "est.colour"),
    "enabled by a word": ("acme", 'enabled = "yes"', ErrorCode.SETTINGS_MALFORMED, "acme.enabled"),
    "a port too many": ("acme", "http_port = 65536", ErrorCode.SETTINGS_MALFORMED, "acme.http_port"),
    "no port": ("acme", "http_port = 0", ErrorCode.SETTINGS_MALFORMED, "acme.http_port"),
    "a resolver by name": ("acme", 'resolver = "ns.example.cn"', ErrorCode.SETTINGS_MALFORMED, "acme.resolver"),
    "a resolver's port": ("acme", 'resolver = "192.0.2.1:x"', ErrorCode.SETTINGS_MALFORMED, "acme.resolver"),
    "a resolver's port too many": (
        "acme",
        'resolver = "192.0.2.1:70000"',
        ErrorCode.SETTINGS_MALFORMED,
        "acme.resolver",
    ),
    "no network": ("acme", 'networks = ["10.0.0.0/99"]', ErrorCode.SETTINGS_MALFORMED, "acme.networks"),
    "a network with host bits": ("acme", 'networks = ["10.0.0.1/8"]', ErrorCode.SETTINGS_MALFORMED, "acme.networks"),
    "networks as text": ("acme", 'networks = "10.0.0.0/8"', ErrorCode.SETTINGS_MALFORMED, "acme.networks"),
    "a domain with a blank": ("acme", 'domains = ["a b"]', ErrorCode.SETTINGS_MALFORMED, "acme.domains"),
    "a domain in capitals": ("acme", 'domains = ["Example.cn"]', ErrorCode.SETTINGS_MALFORMED, "acme.domains"),
    "a wildcard as a domain": ("acme", 'domains = ["*.example.cn"]', ErrorCode.SETTINGS_MALFORMED, "acme.domains"),
    "a domain twice": ("acme", 'domains = ["a.cn", "a.cn"]', ErrorCode.SETTINGS_MALFORMED, "acme.domains"),
    "an identity that is none": ("acme", 'caa_identities = [";"]', ErrorCode.SETTINGS_MALFORMED, "acme.caa_identities"),
    "terms that are no URL": ("acme", 'terms = "ask us"', ErrorCode.SETTINGS_MALFORMED, "acme.terms"),
    "a website by another scheme": ("acme", 'website = "ftp://a.cn"', ErrorCode.SETTINGS_MALFORMED, "acme.website"),
    "a profile that is a path": ("acme", 'profile = "../root"', ErrorCode.SETTINGS_MALFORMED, "acme.profile"),
    "no authority": ("acme", 'authority = ""', ErrorCode.SETTINGS_MALFORMED, "acme.authority"),
    "no authority of est": ("est", 'authority = ""', ErrorCode.SETTINGS_MALFORMED, "est.authority"),
    "a label that is a path": ("est", 'profiles = ["a/b"]', ErrorCode.SETTINGS_MALFORMED, "est.profiles"),
    "a label twice": ("est", 'profiles = ["a", "a"]', ErrorCode.SETTINGS_MALFORMED, "est.profiles"),
    "labels that are numbers": ("est", "profiles = [1]", ErrorCode.SETTINGS_MALFORMED, "est.profiles"),
    "est without TLS": ("est", "enabled = true", ErrorCode.SETTINGS_INSECURE, "est.enabled"),
    "est without a label": (
        "est",
        'enabled = true\nprofiles = []\n[ca_server]\nbase_url = "https://ca.example.cn"',
        ErrorCode.SETTINGS_INSECURE,
        "est.enabled",
    ),
}


@pytest.mark.parametrize(("section", "line", "code", "key"), MACHINE_DOORS.values(), ids=MACHINE_DOORS.keys())
def test_refuses_settings_no_machine_door_could_use(
    tmp_path: Path, section: str, line: str, code: Code, key: str
) -> None:
    with pytest.raises(TrustError) as refusal:
        load_settings(_home(tmp_path, f"{_good()}\n[{section}]\n{line}\n"))
    assert (refusal.value.code, refusal.value.facts.get("key")) == (code, key)


def test_settings_of_the_machine_doors_are_read(tmp_path: Path) -> None:
    text = """
[acme]
enabled = true
resolver = "192.0.2.1:5353"
networks = ["10.0.0.0/8", "fd00::/8"]
domains = ["example.cn"]
caa_identities = ["ca.example.cn"]
terms = "https://ca.example.cn/terms"
[est]
enabled = true
profiles = ["device", "tls-client"]
[ca_server]
base_url = "https://ca.example.cn"
"""
    settings = load_settings(_home(tmp_path, _good() + text))
    assert settings.acme.caa_identities == ("ca.example.cn",)
    assert settings.est.profiles == ("device", "tls-client")
