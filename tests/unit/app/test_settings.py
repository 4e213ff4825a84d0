from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.app.settings import AuthoritySettings, load_settings, render_settings
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

NAME = '测试"市\\监\n局'


def _home(tmp_path: Path, text: str) -> Path:
    (tmp_path / "settings.toml").write_text(text, "utf-8")
    return tmp_path


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
    "more fetched than fits": (_good() + "[verify]\nfetch_megabytes = 65\n", ErrorCode.SETTINGS_MALFORMED),
    "lists not by a power of two": (_good() + "[publication]\ncrl_partitions = 3\n", ErrorCode.SETTINGS_MALFORMED),
    "huge": ("#" * 70_000, ErrorCode.SETTINGS_MALFORMED),
}


@pytest.mark.parametrize(("text", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(tmp_path: Path, text: str, code: ErrorCode) -> None:
    with pytest.raises(TrustError) as refusal:
        load_settings(_home(tmp_path, text))
    assert refusal.value.code is code


def test_missing_and_half_made_homes_differ(tmp_path: Path) -> None:
    with pytest.raises(TrustError) as missing:
        load_settings(tmp_path / "absent")
    assert missing.value.code is ErrorCode.HOME_MISSING
    with pytest.raises(TrustError) as incomplete:
        load_settings(tmp_path)
    assert incomplete.value.code is ErrorCode.HOME_INCOMPLETE
