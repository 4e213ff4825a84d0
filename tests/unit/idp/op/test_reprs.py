"""Nothing a client or browser keeps secret is in what a log or a traceback may show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pytest

from idp.op.client_authentication import Presented, Proven
from idp.op.client_model import AuthMethod
from idp.op.door import Call
from idp.op.parameters import read_query
from idp.op.taking import TokenRequest
from idp.op.userinfo import ShownToken

if TYPE_CHECKING:
    from idp.op.client_model import Client

NOW = datetime(2026, 12, 1, tzinfo=UTC)
_NAMES = ("client_secret", "client_assertion", "code", "code_verifier", "refresh_token", "device_code", "token")
_FORM = read_query("&".join(f"{name}=hidden" for name in _NAMES).encode())
_PROVEN = Proven(client=cast("Client", None), method=AuthMethod.NONE, certificate=b"hidden")


@pytest.mark.parametrize(
    "value",
    [
        _FORM,
        _PROVEN,
        Presented(parameters=_FORM, authorization=("Basic hidden",), certificate=b"hidden"),
        ShownToken(authorization=("Bearer hidden",), proofs=("hidden",), certificate="", method="GET"),
        TokenRequest(parameters=_FORM, proven=_PROVEN, proof=None, now=NOW),
        Call(parameters=_FORM, proven=_PROVEN, proof=None, now=NOW, seen={"token": "hidden"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_secret_is_in_a_repr(value: object) -> None:
    assert "hidden" not in repr(value)
