"""Where changes are not sent, whatever an organisation names; and what Retry-After says."""

from __future__ import annotations

import ssl
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.databases import NOON
from tests.support.webhook_desk import ISSUER, jwks
from tests.support.webhook_receiver import Receiver, receiving
from trustkit.app.webhook_network import WebhookNetwork, retry_after
from trustkit.clock import SystemClock
from trustkit.copy_codes import CopyCode
from trustkit.errors import TrustError

TLS = ssl.create_default_context()


def _network(*bases: str, plain: bool = True, address: str = "8.8.8.8") -> WebhookNetwork:
    return WebhookNetwork(
        clock=SystemClock(), tls=TLS, bases=bases, plain=plain, resolver=lambda *_: (address,), seconds=2
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/hook",
        "ftp://bank.example/hook",
        "https://user:secret@bank.example/hook",
        "https://bank.example/hook#part",
        "https://bank.example/ho ok",
        "https://银行.example/hook",
        "https:///hook",
        "https://bank.example:0/",
        "//bank.example/",
        "",
        "https://bank.example/" + "a" * 2048,
        "http://127.0.0.1:8000/hook",
        "http://localhost:8000/hook",
    ],
)
def test_by_its_text_alone_it_is_refused(url: str) -> None:
    with pytest.raises(TrustError) as refusal:
        _network("http://127.0.0.1:9/").target(url)
    assert refusal.value.code is CopyCode.WEBHOOK_ADDRESS


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0"],  # noqa: S104 - an address that is refused
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_asked(address: str) -> None:
    with pytest.raises(TrustError) as refusal:
        _network(address=address).post("https://bank.example/hook", b"x", media_type="text/plain")
    assert refusal.value.code is CopyCode.WEBHOOK_ADDRESS


def test_this_machine_is_asked_outside_production_where_it_is_named() -> None:
    with receiving(Receiver(ISSUER, jwks)) as there:
        base = there.url.rpartition("/")[0]
        for network in (_network(base, plain=False), _network(), _network("http://127.0.0.1:9/")):
            with pytest.raises(TrustError) as refusal:
                network.post(there.url, b"x", media_type="application/secevent+jwt")
            assert refusal.value.code is CopyCode.WEBHOOK_ADDRESS
        assert not there.asked.is_set()
        there.headers = {"Retry-After": "7"}
        reply = _network(base, address="127.0.0.1").post(there.url, b"x", media_type="application/secevent+jwt")
        assert (reply.status, reply.wait) == (400, timedelta(seconds=7))


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("0", timedelta(0)),
        ("120", timedelta(minutes=2)),
        ("99999999999999999999", timedelta(days=1)),
        ("Tue, 01 Dec 2026 12:01:00 GMT", timedelta(seconds=59, microseconds=876544)),
        ("Tue, 01 Dec 2020 12:00:00 GMT", timedelta(0)),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("１２", None),
        (f"Tue, 01 Dec 2020 12:00:00 +{'9' * 20}", None),
        (f"Tue, 01 Dec {'9' * 20} 12:00:00 GMT", None),
    ],
)
def test_what_retry_after_says(text: str, wait: timedelta | None) -> None:
    assert retry_after(text, NOON) == wait


@given(st.text(max_size=40))
def test_whatever_it_says_is_no_more_than_a_day(text: str) -> None:
    found = retry_after(text, NOON)
    assert found is None or timedelta(0) <= found <= timedelta(days=1)
