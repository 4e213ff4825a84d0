from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Final

import pytest

from trustkit.crypto.engines import selection
from trustkit.crypto.engines.abi.ippcp import ffi
from trustkit.crypto.engines.gmssl import GmsslEngine, InsecureEngineWarning
from trustkit.crypto.engines.openssl import OpensslEngine
from trustkit.crypto.engines.port import EngineAnswer, LaneItem
from trustkit.crypto.engines.selection import (
    choose,
    current_batch_engine,
    current_engine,
    use_engines,
)
from trustkit.crypto.engines.self_test import require_known_answers, require_known_batch_answers
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trustkit.crypto.sm2 import Sm2Signature
    from trustkit.error_family import Code


@pytest.fixture(autouse=True)
def _own_choice() -> Iterator[None]:
    use_engines(production=True)
    yield
    use_engines(production=True)


def absent() -> OpensslEngine:
    raise TrustError(ErrorCode.ENGINE_MISSING, "the package ipp-crypto is not installed")


def unfit() -> OpensslEngine:
    message = "undefined symbol: ippsGFpECVerifySM2"
    raise AttributeError(message)


def without_a_symbol() -> OpensslEngine:
    ffi.dlopen("libc.so.6").ippsGFpECVerifySM2  # noqa: B018 - looking is asking
    return OpensslEngine()


class Yes(OpensslEngine):
    """An engine that finds every signature valid: the one mistake that must never be chosen."""

    def verify(self, _point: bytes, _id: bytes, _message: bytes, _signature: Sm2Signature, /) -> EngineAnswer:
        return EngineAnswer.VALID


class BatchYes:
    name: Final = "yes"

    def verify_many(self, items: Sequence[LaneItem], /) -> tuple[EngineAnswer, ...]:
        return (EngineAnswer.VALID,) * len(items)


def test_every_engine_has_a_reason() -> None:
    choice = choose(production=True)
    assert [report.name for report in choice.reports] == ["multibuffer", "ipp", "openssl", "gmssl"]
    assert all(report.reason for report in choice.reports)
    chosen = [report for report in choice.reports if report.chosen]
    assert choice.single.name in {report.name for report in chosen}
    assert (choice.batch is None) is not choice.reports[0].chosen


def test_a_preferred_engine_is_used_or_refused() -> None:
    choice = choose(production=True, preferred="openssl")
    assert choice.single.name == "openssl"
    by_name = {report.name: report for report in choice.reports}
    assert by_name["openssl"].reason == "named in the settings"
    assert not by_name["ipp"].chosen


def test_an_unknown_name() -> None:
    for act in (choose, use_engines):
        with pytest.raises(TrustError) as caught:
            act(production=True, preferred="fastest")
        assert caught.value.code is ErrorCode.USAGE


@pytest.mark.parametrize("maker", [absent, unfit, without_a_symbol, Yes])
def test_what_does_not_serve_is_passed_over_aloud(
    maker: Callable[[], OpensslEngine], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(selection._MAKERS, "ipp", maker)
    choice = choose(production=True)
    assert choice.single.name == "openssl"
    report = next(report for report in choice.reports if report.name == "ipp")
    assert report.code in {ErrorCode.ENGINE_MISSING, ErrorCode.ENGINE_SELF_TEST}
    assert not report.usable
    with caplog.at_level(logging.WARNING):
        assert current_engine().name == "openssl"
    assert "ipp is passed over" in caplog.text


@pytest.mark.parametrize(
    ("maker", "code"),
    [
        (absent, ErrorCode.ENGINE_MISSING),
        (unfit, ErrorCode.ENGINE_MISSING),
        (without_a_symbol, ErrorCode.ENGINE_MISSING),
        (Yes, ErrorCode.ENGINE_SELF_TEST),
    ],
)
def test_a_preferred_engine_that_does_not_serve(
    maker: Callable[[], OpensslEngine], code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(selection._MAKERS, "ipp", maker)
    with pytest.raises(TrustError) as caught:
        choose(production=True, preferred="ipp")
    assert caught.value.code is code
    use_engines(production=True, preferred="ipp")
    with pytest.raises(TrustError) as caught:
        current_engine()
    assert caught.value.code is code


def test_gmssl_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TrustError) as caught:
        choose(production=True, preferred="gmssl")
    assert caught.value.code is ErrorCode.ENGINE_REFUSED
    for name in ("ipp", "openssl"):
        monkeypatch.setitem(selection._MAKERS, name, absent)
    with pytest.raises(TrustError) as caught:
        choose(production=True)
    assert caught.value.code is ErrorCode.ENGINE_REFUSED
    assert "ipp-crypto is not installed" in caught.value.detail
    with pytest.warns(InsecureEngineWarning):
        assert isinstance(choose(production=False).single, GmsslEngine)


def test_gmssl_is_not_touched_while_another_serves() -> None:
    report = choose(production=False).reports[-1]
    assert (report.name, report.chosen) == ("gmssl", False)
    assert report.reason.startswith("not tried")


def test_self_tests_refuse_yes() -> None:
    with pytest.raises(TrustError) as caught:
        require_known_answers(Yes())
    assert caught.value.code is ErrorCode.ENGINE_SELF_TEST
    with pytest.raises(TrustError) as caught:
        require_known_batch_answers(BatchYes())
    assert caught.value.code is ErrorCode.ENGINE_SELF_TEST


def test_one_choice_a_process() -> None:
    assert current_engine() is current_engine()
    assert current_batch_engine() is current_batch_engine()
    use_engines(production=True, preferred="openssl")
    assert current_engine().name == "openssl"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # the runner may have threads
def test_a_fork_while_the_lock_is_held() -> None:
    with selection._PROCESS.lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if current_engine().name and selection._PROCESS.lock.acquire(blocking=False) else 1)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
