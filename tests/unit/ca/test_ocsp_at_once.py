"""OCSP answers that are had without waiting: about certificates asked for the first time, from an embedded store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ca.ocsp_answers import MALFORMED, TRY_LATER, UNAUTHORIZED, LiveAnswers
from ca.ocsp_mirror import RegisterMirror
from tests.support.pki import PkiWorld
from tests.unit.ca.test_ocsp import Bench, Clock, ask, bench, cert_id, statuses
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store.database import Database
from trustkit.x509.ocsp_request import build_ocsp_request
from trustkit.x509.ocsp_response import CertStatus

if TYPE_CHECKING:
    import pytest

    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.port import Signer

__all__ = ["bench"]


def _out_of_reach(_: Database) -> None:
    raise TrustError(ErrorCode.STORE_UNREACHABLE, "gone")


def test_a_store_out_of_reach_is_try_later(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    member = bench.member()
    bench.live.answer(ask(bench, member))

    monkeypatch.setattr(Database, "reading", _out_of_reach)
    assert bench.live.answer(ask(bench, member)) is TRY_LATER
    assert bench.prepared.answer(ask(bench, member)) is TRY_LATER


def test_memory_answers_without_the_store(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    member = bench.member()
    bench.publisher.publish(SYSTEM)
    request = ask(bench, member)
    for answers in (bench.live, bench.prepared):
        assert answers.ready(request) is None
        answers.answer(request)
    monkeypatch.setattr(Clock, "monotonic", lambda clock: clock.ticks)
    for answers in (bench.live, bench.prepared):
        answers.answer(request)
    monkeypatch.setattr(Database, "reading", None)
    monkeypatch.setattr(Database, "reading_at_once", _out_of_reach)
    for answers in (bench.live, bench.prepared):
        ready = answers.ready(request)
        assert ready is not None
        assert statuses(ready.body)[0] is CertStatus.GOOD
    assert bench.live.ready(b"junk") is MALFORMED
    for answers in (bench.live, bench.prepared):
        assert answers.ready(ask(bench, bench.delegate)) is None


def test_what_is_asked_for_the_first_time_is_answered_at_once_from_an_embedded_store(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bench.member(), bench.member()
    foreign = build_ocsp_request((cert_id(PkiWorld(), 5, DigestAlgorithm.SHA1),))
    bench.publisher.publish(SYSTEM)
    for answers in (bench.live, bench.prepared):
        answers.answer(ask(bench, first))
    monkeypatch.setattr(Database, "reading", None)
    for answers in (bench.live, bench.prepared):
        ready = answers.ready(ask(bench, second))
        assert ready is not None
        assert statuses(ready.body)[0] is CertStatus.GOOD
        assert answers.ready(foreign) is UNAUTHORIZED
    bench.revoke(second)
    for answers in (bench.live, bench.prepared):
        ready = answers.ready(ask(bench, second))
        assert ready is not None
        assert ready is TRY_LATER or statuses(ready.body)[0] is CertStatus.REVOKED


@dataclass(frozen=True)
class _ModuleSigner:
    """A signer that is not software: what it does may take its time."""

    inner: Signer

    @property
    def suite(self) -> SignatureSuite:
        return self.inner.suite

    @property
    def public_key(self) -> PublicKey:
        return self.inner.public_key

    def sign(self, message: bytes, /) -> bytes:
        return self.inner.sign(message)


def test_a_key_in_a_module_is_never_waited_for_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    member = bench.member()
    request, foreign = ask(bench, member), build_ocsp_request((cert_id(PkiWorld(), 5, DigestAlgorithm.SHA1),))
    live = LiveAnswers(
        bench.database, bench.clock, lambda: (replace(bench.responder, signer=_ModuleSigner(bench.delegate.signer)),)
    )
    assert statuses(live.answer(request).body)[0] is CertStatus.GOOD
    monkeypatch.setattr(_ModuleSigner, "sign", None)
    assert live.ready(request) is None
    assert live.ready(foreign) is UNAUTHORIZED  # nothing is signed for that
    assert live.ready(b"junk") is MALFORMED


def test_strangers_numbers_leave_nothing_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    member, issued = bench.member(), 1 << 159
    asked = [cert_id(bench.world, number, DigestAlgorithm.SHA1) for number in (5, issued, 1 << 160, 1 << 1000)]
    for each in asked:
        for answers in (bench.live.answer, bench.live.ready):
            found = answers(build_ocsp_request((each,)))
            assert found is not None
            assert statuses(found.body)[0] is CertStatus.UNKNOWN
    assert len(bench.live._mirror) == 0
    for nonce in (b"a" * 32, b"b" * 32, None):
        bench.publisher.publish(SYSTEM)
        assert statuses(bench.prepared.answer(ask(bench, member, nonce=nonce)).body)[0] is CertStatus.GOOD
        assert len(bench.prepared._mirror) == (nonce is None)
    monkeypatch.setattr("ca.ocsp_answers.find_word", None)  # longer than any serial number there can be
    for each in asked[2:]:
        assert statuses(bench.live.answer(build_ocsp_request((each,))).body)[0] is CertStatus.UNKNOWN


def test_what_would_be_waited_for_is_left_to_who_may_wait(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    member = bench.member()
    bench.publisher.publish(SYSTEM)
    for answers in (bench.live, bench.prepared):
        answers.answer(ask(bench, member))
    with bench.database.reading_at_once() as held:  # by another thread
        assert held is not None
        assert bench.live.ready(ask(bench, member)) is None
        assert bench.prepared.ready(ask(bench, member)) is None
    monkeypatch.setattr(RegisterMirror, "renew_at_once", lambda _mirror, _unit: None)  # another thread looks
    assert bench.live.ready(ask(bench, member)) is None
    assert bench.prepared.ready(ask(bench, member)) is None
