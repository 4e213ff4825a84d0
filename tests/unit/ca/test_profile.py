from __future__ import annotations

from pathlib import Path

import pytest

from ca.profile import load_profile
from trustkit.errors import ErrorCode, TrustError

POLICIES = Path(__file__).parents[3] / "policies" / "certificates"
GOOD = """
title_en = "a"
title_zh = "甲"
days = 10
ca = false
key_usage = ["digitalSignature"]
extended_key_usage = []
publish_links = true
"""


@pytest.mark.parametrize("name", ["root-ca", "issuing-ca", "seal", "timestamping", "status"])
def test_shipped_profiles_load(name: str) -> None:
    assert load_profile(POLICIES, name).name == name


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("days = 10", "days = 0"),
        ("days = 10", "days = 40000"),
        ("days = 10", "days = true"),
        ("days = 10", ""),
        ("days = 10", "days = 10\npath_length = 0"),
        ("days = 10", "days = 10\ncolour = 1"),
        ('["digitalSignature"]', "[]"),
        ('["digitalSignature"]', '["everything"]'),
        ('["digitalSignature"]', '["keyCertSign"]'),
        ('["digitalSignature"]', '["digitalSignature", "keyEncipherment"]'),
        ("ca = false", "ca = true"),
        ("extended_key_usage = []", 'extended_key_usage = ["timeStamping", "clientAuth"]'),
        ("extended_key_usage = []", 'extended_key_usage = ["magic"]'),
        ("extended_key_usage = []", 'extended_key_usage = ["statusSigning", "clientAuth"]'),
        ("title_en", "= = ="),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, change: str, to: str) -> None:
    assert change in GOOD
    (tmp_path / "x.toml").write_text(GOOD.replace(change, to), "utf-8")
    with pytest.raises(TrustError) as refusal:
        load_profile(tmp_path, "x")
    assert refusal.value.code is ErrorCode.CA_PROFILE


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrustError) as refusal:
        load_profile(tmp_path, "absent")
    assert refusal.value.code is ErrorCode.CA_PROFILE
