"""Which of two forms a caller would rather have."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from trustkit.web.accepted import prefers

ROWS = {
    "": False,
    "*/*": False,
    "b/c": True,
    "B/C": True,
    "a/b, b/c": False,
    "b/c, a/b": True,
    "a/b;q=0.5, b/c": True,
    "b/c;q=0.5, a/b": False,
    "a/b;q=0, b/c;q=0.1": True,
    "b/c;q=0": False,
    "b/c;q=x": False,
    "b/c;q=nan": False,
    "*/*, " * 40 + "b/c": False,
}


@pytest.mark.parametrize("accept", ROWS)
def test_preference(accept: str) -> None:
    request = Request({"type": "http", "headers": [(b"accept", accept.encode())]})
    assert prefers(request, "b/c", before="a/b") is ROWS[accept]
