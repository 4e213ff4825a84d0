from __future__ import annotations

from pathlib import Path

import pytest

from ca.profile import list_profiles, load_profile
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


def test_shipped_profiles_load() -> None:
    names = [profile.name for profile in list_profiles(POLICIES)]
    assert set(names) >= {"root-ca", "issuing-ca", "seal", "timestamping", "status", "tls-server", "encryption", "ocsp"}
    assert names == sorted(names)


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
        ("days = 10", "days = 10\nkey_kinds = []"),
        ("days = 10", 'days = 10\nkey_kinds = ["dsa"]'),
        ("days = 10", 'days = 10\nkey_kinds = ["sm2", "sm2"]'),
        ("days = 10", "days = 10\nkey_kinds = [1]"),
        ("days = 10", 'days = 10\nalternative_names = ["phone"]'),
        ("days = 10", "days = 10\nalternative_names_required = true"),
        ("days = 10", 'days = 10\npolicies = ["1.2.x"]'),
        ("days = 10", 'days = 10\nextensions = ["2.5.29.15"]'),
        ("days = 10", "days = 10\nno_check = true"),
        ("extended_key_usage = []", 'extended_key_usage = ["ocspSigning", "clientAuth"]'),
        ("extended_key_usage = []", 'extended_key_usage = ["anyExtendedKeyUsage"]'),
        ('title_zh = "甲"', 'title_zh = " "'),
        ("publish_links = true", 'publish_links = true\n[name_constraints]\npermitted_dns = ["a.cn"]'),
        ("publish_links = true", "publish_links = true\n[subject]"),
        ("publish_links = true", "publish_links = true\n[subject]\nCN = {}"),
        ("publish_links = true", "publish_links = true\n[subject]\nCN = true"),
        ("publish_links = true", "publish_links = true\n[subject]\nXX = { required = true }"),
        ("publish_links = true", "publish_links = true\n[subject]\nCN = { required = true, limit = 65 }"),
        ("publish_links = true", "publish_links = true\n[subject]\nCN = { required = true, limit = 0 }"),
        ("publish_links = true", 'publish_links = true\n[subject]\nCN = { required = true, form = "free" }'),
        ("publish_links = true", 'publish_links = true\n[subject]\nC = { fixed = "cn" }'),
        ("publish_links = true", 'publish_links = true\n[subject]\nOU = { fixed = "x", form = "uscc" }'),
        ("publish_links = true", "publish_links = true\n[subject]\nCN = { required = true, colour = 1 }"),
        ("ca = false", "ca = true"),
        ("extended_key_usage = []", 'extended_key_usage = ["timeStamping", "clientAuth"]'),
        ("extended_key_usage = []", 'extended_key_usage = ["magic"]'),
        ("extended_key_usage = []", 'extended_key_usage = ["statusSigning", "clientAuth"]'),
        ("extended_key_usage = []", 'extended_key_usage = ["sealMaking", "clientAuth"]'),
        ("title_en", "= = ="),
        ("days = 10", "days = " + "9" * 5000),
        ("days = 10", "days = " + "[" * 5000),
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
