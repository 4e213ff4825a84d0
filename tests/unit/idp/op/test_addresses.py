"""Which addresses may be registered, and which are the registered ones."""

from __future__ import annotations

import pytest

from idp.op.addresses import MAX_ADDRESS, registered, require_redirect_uri
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

SIX = "http://[::1]/cb"
FOUR = "http://127.0.0.1/cb?a=1"


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("https://app.test/cb", "https://app.test/cb"),
        (FOUR, FOUR),
        ("http://127.0.0.1:51004/cb?a=1", FOUR),
        ("http://[::1]:8080/cb", SIX),
        ("http://127.0.0.1:8/cb", "http://127.0.0.1:8/cb"),
    ],
)
def test_is_registered(asked: str, known: str) -> None:
    assert registered(asked, [known])


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("https://app.test:8/cb", "https://app.test/cb"),
        ("https://app.test/cb/more", "https://app.test/cb"),
        ("https://app.test/cb?a=1", "https://app.test/cb"),
        ("https://app.test/cb%2F..%2Fevil", "https://app.test/cb"),
        ("https://app.test/c", "https://app.test/cb"),
        ("https://app.test/CB", "https://app.test/cb"),
        ("https://app.test.evil.test/cb", "https://app.test/cb"),
        ("http://127.0.0.1:80\t/cb?a=1", FOUR),
        ("http://127.0.0.1\n/cb?a=1", FOUR),
        ("http://127.0.0.1:8/cb?a=1#", FOUR),
        ("http://127.0.0.1:8/cb?a=1#x", FOUR),
        ("http://127.0.0.1:8/cb?a=1;b", FOUR),
        ("http://127.0.0.1:8/cb", FOUR),
        ("http://127.0.0.1:8/cb", f"{SIX}?"),
        ("http://u@127.0.0.1:8/cb?a=1", FOUR),
        ("http://@127.0.0.1:8/cb?a=1", FOUR),
        ("http://127.0.0.1:/cb?a=1", FOUR),
        ("http://127.0.0.1:08/cb?a=1", FOUR),
        ("http://127.0.0.1:99999/cb?a=1", FOUR),
        ("http://127.0.0.1:8/cb?a=1" + "x" * MAX_ADDRESS, FOUR),
        ("HTTP://127.0.0.1:8/cb?a=1", FOUR),
        ("http://localhost:8/cb?a=1", FOUR),
        ("http://[::1]evil.test/cb", SIX),
        ("http://[::1]:8/cb?", SIX),
        ("http://[::1]:8/CB", SIX),
        ("http://127.0.0.1:9/cb", "http://127.0.0.1:8/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:8/cb"),
        ("http://app.test:9/cb", "http://app.test/cb"),
    ],
)
def test_is_not_registered(asked: str, known: str) -> None:
    assert not registered(asked, [known])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://app.test/cb",
        "http://[::1]evil.test/cb",
        "http://[::1]:x/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:080/cb",
        "https://app.test:/cb",
        "https://u:p@app.test/cb",
        "https://@app.test/cb",
        "https://app.test/cb#",
        "https://app.test/c b",
    ],
)
def test_may_not_be_registered(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        require_redirect_uri(text, native=True)
    assert caught.value.code is IdentityCode.OP_REDIRECT_FORM
