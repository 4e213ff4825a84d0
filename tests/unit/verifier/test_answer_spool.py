"""Answers kept for a client that takes them later: in order, most of them in a file."""

from __future__ import annotations

import errno
import os
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustkit.errors import ErrorCode, TrustError
from verifier import answer_spool
from verifier.answer_spool import AnswerSpool


@given(acts=st.lists(st.one_of(st.binary(min_size=1, max_size=40), st.none()), max_size=40))
def test_what_is_put_is_taken_in_order(acts: list[bytes | None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answer_spool, "IN_MEMORY", 60)
        patch.setattr(answer_spool, "_PIECE", 16)
        spool, put, taken = AnswerSpool(), b"", b""
        for act in acts:
            if act is None:
                taken += spool.take()
            else:
                spool.put(act)
                put += act
            assert spool.waiting == len(put) - len(taken)
        spool.end()
        while not spool.is_over:
            taken += spool.take()
        assert taken == put
        assert spool.take() == b""
        spool.close()


def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> IO[bytes]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(answer_spool, "TemporaryFile", full)
    spool: Any = AnswerSpool()
    with pytest.raises(TrustError) as told:
        spool.put(b"x" * (answer_spool.IN_MEMORY + 1))
    assert told.value.code is ErrorCode.DISK_FULL
