"""Verified tokens are looked into by several threads: what one forgets, another is not just finding."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from idp.op import known_tokens
from idp.op.known_tokens import KnownTokens
from trustkit.jose.keys import JwkSet

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

NOW = datetime(2026, 12, 1, tzinfo=UTC)
A_MOMENT = 0.2  # seconds


class _Looked:
    """A token; while its end is read, something else happens."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._meanwhile = meanwhile

    @property
    def expires_at(self) -> datetime:
        self._meanwhile()
        return datetime.max.replace(tzinfo=UTC)


def test_a_token_another_thread_pushes_out_is_found_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_tokens, "MOST", 1)
    known, keys = KnownTokens(), JwkSet.of()
    other = Thread(target=lambda: known.keep("other", keys, cast("Any", _Looked(lambda: None))))

    def push_out() -> None:
        other.start()
        other.join(A_MOMENT)

    mine = cast("Any", _Looked(push_out))
    known.keep("mine", keys, mine)
    assert known.find("mine", keys, now=NOW) is mine
    other.join()
    assert known.find("mine", keys, now=NOW) is None
    assert known.find("other", keys, now=NOW) is not None
