"""Validation records out of anybody's hands: `read_record` refuses by its own error or gives what replays."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import scaled
from tests.support.pki import PkiWorld
from tests.unit.verifier.recording import BY, Recorder, altered, opened
from trustkit.errors import TrustError
from verifier.record.read import read_record
from verifier.record.replay import replay, submission_in

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@cache
def record() -> bytes:
    """Return a good record that holds its file."""
    from tests.unit.verifier.test_record import everything_in_one_file  # noqa: PLC0415 - made when first asked for

    world = PkiWorld()
    return Recorder(at=PkiWorld.START, anchors=world.anchors).record(everything_in_one_file(world), with_file=True)[1]


def read(data: bytes) -> None:
    """Read and replay a record. A refusal is nobody's fault; every other exception is ours."""
    try:
        found = read_record(data)
        replay(found, submission_in(found), by=BY)
    except TrustError:
        return


@given(data=st.binary(max_size=200))
@settings(max_examples=scaled(50), deadline=None)
def test_anything(data: bytes) -> None:
    read(data)


@given(name=st.sampled_from(sorted(opened(record()))), value=JSON)
@settings(max_examples=scaled(100), deadline=None)
def test_members_of_any_kind_under_a_digest_that_fits(name: str, value: JsonValue) -> None:
    read(altered(record(), **{name: value}))


@given(data=st.data(), value=JSON)
@settings(max_examples=scaled(150), deadline=None)
def test_inner_members_of_any_kind(data: st.DataObject, value: JsonValue) -> None:
    table = opened(record())
    name = data.draw(st.sampled_from([key for key, each in table.items() if isinstance(each, dict) and each]))
    inner = table[name]
    assert isinstance(inner, dict)
    key = data.draw(st.sampled_from(sorted(inner)))
    read(altered(record(), **{name: {**inner, key: value}}))
