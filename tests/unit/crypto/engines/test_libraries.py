"""Libraries that are absent, too old or broken: each is ENGINE_MISSING with a reason, never another exception."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from trustkit.crypto.engines import gmssl, ippcp, libcrypto
from trustkit.crypto.engines.ippcp import Ippcp, require
from trustkit.crypto.engines.libcrypto import Libcrypto
from trustkit.crypto.engines.wheel_files import wheel_library, wheel_version
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def refusal(act: Callable[[], object]) -> TrustError:
    with pytest.raises(TrustError) as caught:
        act()
    return caught.value


def test_no_libcrypto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libcrypto, "_NAMES", ("libcrypto.so.none",))
    monkeypatch.setattr("ctypes.util.find_library", lambda _name: None)
    error = refusal(Libcrypto)
    assert error.code is ErrorCode.ENGINE_MISSING
    assert "libssl3" in error.detail
    monkeypatch.setattr("ctypes.util.find_library", lambda _name: "libcrypto.so.none")
    assert refusal(Libcrypto).code is ErrorCode.ENGINE_MISSING


def test_libcrypto_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libcrypto, "_NAMES", ())
    assert Libcrypto().version.startswith("OpenSSL 3")


@pytest.mark.parametrize("name", ["libc.so.6", "libcrypto.so.3"])
def test_a_libcrypto_that_is_too_old(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library without OpenSSL_version_num, and one below the least version."""
    monkeypatch.setattr(libcrypto, "_NAMES", (name,))
    monkeypatch.setattr(libcrypto, "_MIN_VERSION", 1 << 62)
    error = refusal(Libcrypto)
    assert error.code is ErrorCode.ENGINE_MISSING
    assert "older" in error.detail


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", bytes(100)])
def test_public_keys_libcrypto_refuses(octets: bytes) -> None:
    assert refusal(lambda: Libcrypto().public_key(octets)).code is ErrorCode.KEY_MALFORMED


def test_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(lambda: wheel_library("no-such-distribution", "lib.so")).code is ErrorCode.ENGINE_MISSING
    assert refusal(lambda: wheel_library("cffi", "lib.so")).code is ErrorCode.ENGINE_MISSING
    assert refusal(lambda: wheel_version("no-such-distribution")).code is ErrorCode.ENGINE_MISSING
    assert wheel_version("cffi")

    class Bare:
        files = None

    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: Bare())
    assert refusal(lambda: wheel_library("cffi", "lib.so")).code is ErrorCode.ENGINE_MISSING


def test_a_libippcp_that_does_not_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "libippcp.so.13"
    broken.write_bytes(b"not a library")
    monkeypatch.setattr(ippcp, "wheel_library", lambda _distribution, _name: broken)
    monkeypatch.setattr(ippcp, "wheel_version", lambda _distribution: "0")
    assert refusal(Ippcp).code is ErrorCode.ENGINE_MISSING


def test_a_status_that_cannot_be() -> None:
    assert refusal(lambda: require(-8)).code is ErrorCode.ENGINE_SELF_TEST


def test_a_gmssl_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_name: str) -> Any:
        raise ImportError

    monkeypatch.setattr("importlib.import_module", fail)
    assert refusal(gmssl.GmsslEngine).code is ErrorCode.ENGINE_MISSING
