"""What is kept of a proposed order: read back as it was written, and nothing else is read."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esign.licence.proposal_order import ProposedOrder, parse_proposed_order
from tests.support.examples import scaled
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import TrustError
from trustkit.licence_codes import LicenceCode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COUNT = st.integers(0, 2**40)
ORDERS = st.builds(
    ProposedOrder,
    act=TEXT,
    type_code=TEXT,
    kind=TEXT,
    identifier=TEXT,
    changes=COUNT,
    data=TEXT,
    formats=st.lists(TEXT, max_size=3).map(tuple),
    reason=TEXT,
    effective_at=st.none() | st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - its zone is drawn
    rows=COUNT,
)
ORDER = ProposedOrder(act="issue", type_code="t", data='{"name": "示例"}', formats=("pdf",))


def read(octets: bytes) -> None:
    """Read octets as an order: what is read is written as it was, or refused with our error."""
    with suppress(TrustError):
        assert parse_proposed_order(octets).octets == octets


@settings(max_examples=scaled(200), deadline=None)
@given(ORDERS)
def test_orders_round_trip(order: ProposedOrder) -> None:
    assert parse_proposed_order(order.octets) == order


@settings(max_examples=scaled(300), deadline=None)
@given(st.binary(max_size=200) | st.text(st.sampled_from('{}[]",:0 act'), max_size=80).map(str.encode))
def test_strange_octets_raise_our_error_alone(octets: bytes) -> None:
    read(octets)


def _with(**values: object) -> bytes:
    tree = parse_json(ORDER.octets)
    assert isinstance(tree, dict)
    return canonical_json({**tree, **values})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"{}",
        ORDER.octets + b" ",
        ORDER.octets[:-1],
        _with(format=2),
        _with(format=True),
        _with(formats="pdf"),
        _with(formats=[1]),
        _with(changes="0"),
        _with(rows=True),
        _with(act=1),
        _with(effective_at="yesterday"),
        _with(effective_at="2026-12-01T08:00:00+08:00"),
        _with(more=""),
    ],
)
def test_what_is_no_order(octets: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        parse_proposed_order(octets)
    assert caught.value.code is LicenceCode.PROPOSAL_OTHERWISE
