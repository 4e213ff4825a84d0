"""What wallets send, bent: only our own error, within bounds, and a nonce is ours or none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from esign.wallet.metadata import PRE_AUTHORIZED
from esign.wallet.nonces import Nonces
from esign.wallet.requests import (
    FORM,
    JSON,
    MAX_DETAILS,
    CredentialRequest,
    Notice,
    NoticeEvent,
    TokenRequest,
    parse_credential_request,
    parse_notice,
    parse_token_request,
)
from tests.support.mutations import bent_octets
from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
NONCES = Nonces(key=b"k" * 32, entropy=lambda size: b"r" * size)
DETAILS = json.dumps([{"type": "openid_credential", "credential_configuration_id": "permit.es256"}])
TOKEN = urlencode(
    {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "c" * 43, "tx_code": "1", "authorization_details": DETAILS}
).encode()
CREDENTIAL = json.dumps({"credential_configuration_id": "permit.es256", "proofs": {"jwt": ["a.b.c"]}}).encode()
NOTICE = json.dumps({"notification_id": "n", "event": "credential_accepted", "event_description": ""}).encode()
PARSERS: tuple[tuple[Callable[[bytes, str], object], str, bytes], ...] = (
    (parse_token_request, FORM, TOKEN),
    (parse_credential_request, JSON, CREDENTIAL),
    (parse_notice, JSON, NOTICE),
)


def read(data: bytes) -> None:
    """Read octets by every parser, and hold what was read to its bounds."""
    for parse, kind, _ in PARSERS:
        try:
            found = parse(data, kind)
        except TrustError:
            continue
        assert parse(data, kind) == found
        if isinstance(found, TokenRequest):
            assert found.code
            assert len(found.wanted) <= MAX_DETAILS
        elif isinstance(found, CredentialRequest):
            assert bool(found.configuration) != bool(found.dataset)
        else:
            assert isinstance(found, Notice)
            assert found.event in set(NoticeEvent)


@given(st.one_of(*(bent_octets(seed) for _, _, seed in PARSERS)))
def test_bent_requests_are_refused_in_our_words(data: bytes) -> None:
    read(data)


def test_the_seeds_are_read() -> None:
    for parse, kind, seed in PARSERS:
        assert parse(seed, kind)


@given(st.text(max_size=100) | bent_octets(NONCES.fresh(NOW).encode()).map(lambda octets: octets.decode("latin-1")))
def test_a_nonce_is_ours_or_refused(text: str) -> None:
    refusals = []
    try:
        NONCES.require_given(text, NOW)
    except TrustError as error:
        refusals.append(error.code)
    assert refusals == ([] if text == NONCES.fresh(NOW) else [CredentialCode.PROOF_NONCE])
