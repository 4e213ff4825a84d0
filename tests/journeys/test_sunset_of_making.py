"""What the home's rules on algorithms no longer let be made is not made, by any door: documents, messages, lists, stamps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import SAMPLE, passphrase
from tests.support.pki import BendableClock
from trustkit.app.asking_stamps import ask_own_authority, new_request
from trustkit.app.cosigning import MessageOrder
from trustkit.cms.model import Dialect
from trustkit.crypto.algorithm_policy import AlgorithmUse, parse_algorithm_policy
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.verify import verify_signature
from trustkit.custody.policed import policed
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.licence_search import LicenceSearch, search

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys

RULE = '[[suite]]\nnames = ["sm2-sm3"]\nuses = ["{use}"]\nmake_until = 2026-06-30\nbelieve_until = 2040-01-01\n'
ORDER = MessageOrder(content=b"text", dialect=Dialect.RFC5652, attached=True)
LAST_DAY = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)


def _licence(authority: Authority, keys: Keys) -> None:
    authority.licences(keys).issue("business-licence", SAMPLE.read_bytes(), actor=authority.operator)


def _message(authority: Authority, keys: Keys) -> None:
    authority.messages(keys).make(ORDER, actor=authority.operator)


def _list(authority: Authority, keys: Keys) -> None:
    authority.publish_status_lists(keys)


def _stamp(authority: Authority, keys: Keys) -> None:
    ask_own_authority(new_request(b"x", DigestAlgorithm.SM3), authority, keys)


@pytest.mark.parametrize(
    ("use", "act"),
    [
        ("signature", _licence),
        ("signature", _message),
        ("signature", _list),
        ("timestamp", _licence),
        ("timestamp", _message),
        ("timestamp", _stamp),
    ],
)
def test_nothing_is_made_after_the_last_day(
    authority: Authority, use: str, act: Callable[[Authority, Keys], None]
) -> None:
    keys = authority.unlock(passphrase())
    act(authority, keys)  # as it comes, SM2 has no end
    with authority.database.reading() as unit:
        before = len(search(unit, LicenceSearch()))
    (authority.settings.home / "policies" / "algorithms.toml").write_text(RULE.format(use=use), "utf-8")
    with pytest.raises(TrustError) as caught:
        act(authority, keys)
    assert caught.value.code is ErrorCode.ALGORITHM_SUNSET
    with authority.database.reading() as unit:
        assert len(search(unit, LicenceSearch())) == before


@pytest.mark.parametrize(("use", "act"), [("signature", _stamp), ("timestamp", _list), ("certificate", _message)])
def test_a_rule_for_one_use_leaves_the_others(
    authority: Authority, use: str, act: Callable[[Authority, Keys], None]
) -> None:
    (authority.settings.home / "policies" / "algorithms.toml").write_text(RULE.format(use=use), "utf-8")
    act(authority, authority.unlock(passphrase()))


def test_a_signer_that_lives_past_the_day_stops() -> None:
    rules, clock = parse_algorithm_policy(RULE.format(use="signature").encode()), BendableClock(LAST_DAY)
    key = generate_key(KeyKind.SM2).signer()
    signer = policed(key, rules, AlgorithmUse.SIGNATURE, clock)
    for signature in (signer.sign(b"x"), *signer.sign_batch((b"x", b"x"))):
        verify_signature(suite=signer.suite, key=signer.public_key, message=b"x", signature=signature)
    clock.advance(timedelta(seconds=1))
    acts: tuple[Callable[[], object], ...] = (
        lambda: signer.sign(b"x"),
        lambda: signer.sign_batch((b"x",)),
        lambda: policed(key, rules, AlgorithmUse.SIGNATURE, clock),
    )
    for act in acts:
        with pytest.raises(TrustError) as caught:
            act()
        assert caught.value.code is ErrorCode.ALGORITHM_SUNSET
    assert policed(key, rules, AlgorithmUse.TIMESTAMP, clock).sign(b"x")
