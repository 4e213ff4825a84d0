"""Ladders are read strictly, never fall, and those that are shipped say what they are known from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from idp.evidence import EvidenceKind
from idp.factors.port import FactorClass, FactorKind
from idp.levels.ladder import LadderStatus, parse_ladder
from idp.levels.strength import parse_factor_rules
from tests.support.registration import POLICIES
from trustkit.app.assurance import load_ladders
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

REAL_NAME, LOGIN = EvidenceKind.REAL_NAME, EvidenceKind.LOGIN
GOOD = """
status = "confirmed"
basis = "a guide"
title_en = "A ladder"
title_zh = "等级表"
real_name_hours = 24
login_hours = 12
[[real_name]]
words = ["L1", "1"]
level = 0
title_en = "Nothing"
title_zh = "无"
[[real_name]]
words = ["L2"]
level = 3
title_en = "Checked"
title_zh = "已核验"
[[login]]
words = ["sms"]
level = 1
title_en = "Message"
title_zh = "短信"
[[login]]
words = ["key"]
level = 3
title_en = "Key"
title_zh = "密钥"
classes = ["possession", "knowledge"]
phishing_resistant = true
hardware = true
"""
FLAGGED = """title_en = "x"
title_zh = "x"
hardware = true
phishing_resistant = true
[[login]]
words = ["x"]
level = 1"""
SHIPPED = {ladder.name: ladder for ladder in load_ladders(None)}


def test_a_ladder_is_what_its_file_says() -> None:
    ladder = parse_ladder("example", GOOD.encode())
    assert (ladder.name, ladder.status, ladder.title_zh) == ("example", LadderStatus.CONFIRMED, "等级表")
    assert [ladder.axes[kind].good_for for kind in (REAL_NAME, LOGIN)] == [timedelta(hours=24), timedelta(hours=12)]
    found = ladder.rung(REAL_NAME, "1")
    assert found is not None
    assert (found.level, found.title_en, found.classes) == (0, "Nothing", frozenset())
    key = ladder.rung(LOGIN, "key")
    assert key is not None
    assert (key.level, key.phishing_resistant, key.hardware) == (3, True, True)
    assert key.classes == {FactorClass.POSSESSION, FactorClass.KNOWLEDGE}
    assert (ladder.most(REAL_NAME), ladder.most(LOGIN)) == (3, 3)


@pytest.mark.parametrize(
    ("kind", "word"), [(REAL_NAME, "L9"), (REAL_NAME, "l1"), (REAL_NAME, "key"), (LOGIN, "L1"), (LOGIN, "")]
)
def test_other_words_stand_on_no_rung(kind: EvidenceKind, word: str) -> None:
    assert parse_ladder("example", GOOD.encode()).rung(kind, word) is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('status = "confirmed"', "", "ladder.status"),
        ('status = "confirmed"', 'status = "sure"', "status"),
        ('status = "confirmed"', "status = 1", "status"),
        ('basis = "a guide"', 'basis = ""', "basis"),
        ('basis = "a guide"', 'basis = " a guide"', "basis"),
        ('title_en = "A ladder"', 'title_en = "A\\nladder"', "title_en"),
        ('title_en = "A ladder"', f'title_en = "{"x" * 301}"', "title_en"),
        ('title_en = "A ladder"', 'title_en = "A ladder"\ncolour = 1', "ladder.colour"),
        ("real_name_hours = 24", "real_name_hours = 0", "real_name_hours"),
        ("real_name_hours = 24", "real_name_hours = 876601", "real_name_hours"),
        ("real_name_hours = 24", "real_name_hours = true", "real_name_hours"),
        ("level = 0", "level = 5", "real_name.1.level"),
        ("level = 0", "level = -1", "real_name.1.level"),
        ("level = 0", "level = true", "real_name.1.level"),
        ("level = 0", "level = 0.0", "real_name.1.level"),
        ("level = 0", "", "real_name.1.level"),
        ("level = 0", "level = 4", "real_name.2"),  # the next is worth less
        ("level = 0", "level = 0\nhardware = true", "real_name.1.hardware"),
        ("level = 0", 'level = 0\nclasses = ["knowledge"]', "real_name.1.classes"),
        ('words = ["L1", "1"]', "words = []", "real_name.1.words"),
        ('words = ["L1", "1"]', 'words = "L1"', "real_name.1.words"),
        ('words = ["L1", "1"]', 'words = ["L1", 1]', "real_name.1.words"),
        ('words = ["L1", "1"]', 'words = ["L1", ""]', "real_name.1.words"),
        ('words = ["L1", "1"]', f'words = ["{"x" * 129}"]', "real_name.1.words"),
        ('words = ["L1", "1"]', 'words = ["L1", "L1"]', "real_name.1.words"),
        ('words = ["L1", "1"]', 'words = ["L1", "L2"]', "real_name.2.words"),
        ('words = ["L1", "1"]', "words = [" + '"x", ' * 33 + "]", "real_name.1.words"),
        ("phishing_resistant = true", "phishing_resistant = 1", "login.2.phishing_resistant"),
        ("phishing_resistant = true", "", "login.2"),  # level 3 is both
        ("hardware = true", "hardware = false", "login.2"),
        ("hardware = true", "hardware = true\npaper = true", "login.2.paper"),
        ('classes = ["possession", "knowledge"]', 'classes = ["possession", "magic"]', "login.2.classes"),
        ('classes = ["possession", "knowledge"]', 'classes = "possession"', "login.2.classes"),
        ('classes = ["possession", "knowledge"]', "classes = [{}]", "login.2.classes"),
        ("level = 1", "level = 4", "login.1.level"),
        ("level = 1", f"level = 1\n{FLAGGED}", "login.2"),  # a rung may not lose what a lower one has
        ("level = 1", 'level = 0\nclasses = ["possession"]', "login.1"),
        ('[[real_name]]\nwords = ["L1", "1"]', '[[rung]]\nwords = ["L1", "1"]', "ladder.rung"),
        ("\nstatus", "\nlogin = []\nstatus", "file"),
        ("\nstatus", "\n" + "[" * 5000 + "\nstatus", "file"),
        ("\nstatus", "\n#" + "x" * 70_000 + "\nstatus", "file"),
    ],
)  # fmt: skip
def test_a_wrong_ladder_is_refused(old: str, new: str, key: str) -> None:
    assert old in GOOD
    with pytest.raises(TrustError) as caught:
        parse_ladder("example", GOOD.replace(old, new, 1).encode())
    assert caught.value.code is IdentityCode.IDP_LADDER
    assert caught.value.facts["key"] == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        'status = "confirmed"\nbasis = "b"\ntitle_en = "e"\ntitle_zh = "z"\n',
        'status = "confirmed"\nbasis = "b"\ntitle_en = "e"\ntitle_zh = "z"\nlogin = []\n',
        'status = "confirmed"\nbasis = "b"\ntitle_en = "e"\ntitle_zh = "z"\nlogin = [1]\n',
        'status = "confirmed"\nbasis = "b"\ntitle_en = "e"\ntitle_zh = "z"\nlogin = "x"\n',
        'status = "confirmed"\nbasis = "b"\ntitle_en = "e"\ntitle_zh = "z"\nlogin_hours = 1\n',
        "\udcff",
    ],
)
def test_no_ladder_is_refused(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_ladder("example", text.encode("utf-8", "surrogateescape"))
    assert caught.value.code is IdentityCode.IDP_LADDER


@pytest.mark.parametrize("name", ["", "Guangdong", "../x", "a" * 65, "1a", "a_b", "广东"])
def test_a_ladder_has_a_plain_name(name: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_ladder(name, GOOD.encode())
    assert caught.value.code is IdentityCode.IDP_LADDER


def test_the_shipped_ladders_are_worth_nothing_where_nobody_verified_them() -> None:
    unverified = {name for name, ladder in SHIPPED.items() if ladder.status is LadderStatus.UNVERIFIED}
    assert unverified == {"beijing", "hunan", "shanghai", "zhejiang"}
    assert all(SHIPPED[name].most(kind) == 0 for name in unverified for kind in EvidenceKind)


def test_the_shipped_ladders_of_other_providers_are_about_real_names_alone() -> None:
    for name in ("guangdong", "inspur", "zhejiang", "shanghai", "hunan"):
        assert list(SHIPPED[name].axes) == [REAL_NAME], name


RULES = (POLICIES / "factors.toml").read_text("utf-8")


def test_every_kind_of_factor_has_a_rule() -> None:
    rules = parse_factor_rules(RULES.encode())
    assert set(rules) == set(FactorKind)
    assert {kind for kind, rule in rules.items() if rule.most == 3} == {
        FactorKind.PASSKEY,
        FactorKind.CERTIFICATE,
        FactorKind.PASSWORD,
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[passkey]", "[hope]"),
        ("[passkey]", "passkey = 1\n[totp]"),
        ("most = 3", "most = 4"),
        ("most = 3", "most = -1"),
        ("most = 3", "most = '3'"),
        ("most = 3", ""),
        ("most = 3", "most = 3\nleast = 1"),
        ("good_hours = 12", "good_hours = 0"),
        ("good_hours = 12", "good_hours = 12.5"),
        ("good_hours = 12", "good_hours = " + "9" * 5000),
        ("[passkey]", "#" + "x" * 70_000 + "\n[passkey]"),
    ],
)
def test_wrong_rules_are_refused(old: str, new: str) -> None:
    assert old in RULES
    with pytest.raises(TrustError) as caught:
        parse_factor_rules(RULES.replace(old, new, 1).encode())
    assert caught.value.code is IdentityCode.IDP_LADDER
