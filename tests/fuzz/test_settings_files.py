"""Settings and policies in TOML: whatever stands in the file, it is read or refused with a code of ours."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ca.profile import load_profile
from ca.registration_policy import load_registration_policy
from esign.licence.types import load_licence_type
from esign.seal.kinds import load_seal_kinds
from idp.levels.ladder import parse_ladder
from idp.levels.strength import parse_factor_rules
from tests.support.examples import scaled
from tests.support.mutations import bent_octets
from trustkit.app.quota_policy import parse_quotas
from trustkit.app.settings import AuthoritySettings, load_settings, render_settings
from trustkit.crypto.algorithm_policy import parse_algorithm_policy
from trustkit.errors import TrustError
from verifier.policy import parse_policy

POLICIES = Path(__file__).resolve().parents[2] / "policies"
VALUES = st.sampled_from(
    [
        "9" * 5000, "-1", "0", "1", "1e400", "nan", "-inf", "0.5", "true", "[]", "[[]]", "[1, 1]", "{}", "{ a = 1 }", '""', '"x"',
        '"\\u0000"', '"\\U0010FFFF"', '["a", "a"]', "2026-12-01", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "07:32:00",
        "9223372036854775807", "9223372036854775808", "[" * 3000, "{a=" * 500, '"' + "x" * 5000 + '"',
    ]
)  # fmt: skip


@st.composite
def _changed(draw: st.DrawFn, good: bytes) -> bytes:
    """Return the file with a few values exchanged, lines lost or repeated."""
    lines = good.decode("utf-8").splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        key, equals, _ = lines[at].partition("=")
        match draw(st.sampled_from(("value", "value", "lose", "repeat", "move", "name"))):
            case "value" if equals:
                lines[at] = f"{key}= {draw(VALUES)}"
            case "lose" if len(lines) > 1:
                del lines[at]
            case "repeat":
                lines.insert(at, lines[at])
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines[at])
            case "name" if equals:
                lines[at] = f"other = {draw(VALUES)}"
    return "\n".join(lines).encode("utf-8")


Reader = Callable[[bytes], object]


def _through(path: Path, load: Callable[[Path], object]) -> Reader:
    def read(data: bytes) -> object:
        path.write_bytes(data)
        return load(path)

    return read


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    home, licence = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("licences") / "business-licence"
    shutil.copytree(POLICIES / "licences" / "business-licence", licence)
    return {
        "validation": parse_policy,
        "algorithms": parse_algorithm_policy,
        "quotas": parse_quotas,
        "registration": _through(home / "registration.toml", load_registration_policy),
        "ladder": partial(parse_ladder, "ladder"),
        "factors": parse_factor_rules,
        "seals": _through(home / "seals.toml", load_seal_kinds),
        "profile": _through(home / "profile.toml", lambda path: load_profile(path.parent, path.stem)),
        "licence": _through(licence / "type.toml", lambda path: load_licence_type(path.parent)),
        "settings": _through(home / "settings.toml", lambda path: load_settings(path.parent)),
    }


GOOD = {
    "validation": (POLICIES / "validation" / "default.toml").read_bytes(),
    "algorithms": (POLICIES / "algorithms.toml").read_bytes(),
    "quotas": (POLICIES / "quotas.toml").read_bytes() + b'[[client]]\nid = "platform"\nper_day = 5\nper_month = 9\n',
    "registration": (POLICIES / "registration.toml").read_bytes(),
    "ladder": (POLICIES / "assurance" / "certificate.toml").read_bytes(),
    "factors": (POLICIES / "factors.toml").read_bytes(),
    "seals": (POLICIES / "seals.toml").read_bytes(),
    "profile": (POLICIES / "certificates" / "tls-server.toml").read_bytes(),
    "licence": (POLICIES / "licences" / "business-licence" / "type.toml").read_bytes(),
    "settings": render_settings(
        authority=AuthoritySettings(name="示例局", uscc="1199010000TRYQK01Q"),
        base_url="http://127.0.0.1:8440",
        port=8440,
        engine="auto",
    ).encode(),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_changed_is_good(readers: dict[str, Reader], name: str) -> None:
    assert readers[name](GOOD[name])


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=scaled(60))
@given(data=st.data())
def test_changed_values(readers: dict[str, Reader], name: str, data: st.DataObject) -> None:
    with suppress(TrustError):
        readers[name](data.draw(_changed(GOOD[name])))


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=scaled(30))
@given(data=st.data())
def test_changed_octets(readers: dict[str, Reader], name: str, data: st.DataObject) -> None:
    with suppress(TrustError):
        readers[name](data.draw(bent_octets(GOOD[name])))


@pytest.mark.parametrize("name", GOOD)
@given(octets=st.binary(max_size=60))
@example(octets=b"a = " + b"9" * 5000)
@example(octets=b"a = " + b"[" * 5000)
def test_any_octets(readers: dict[str, Reader], name: str, octets: bytes) -> None:
    with suppress(TrustError):
        readers[name](octets)
