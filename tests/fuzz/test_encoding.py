"""Encodings from anybody: DER, PEM, base64, JSON, times. Only our own error, and what is read is what was written."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tests.support.mutations import bent_elements, bent_octets
from tests.support.pki import PkiWorld
from trustkit.clock import format_rfc3339, parse_rfc3339
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.encoding.ber import to_definite
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.encoding.pem import encode_pem, parse_pem
from trustkit.encoding.text64 import decode_base64, decode_base64url, encode_base64, encode_base64url
from trustkit.errors import ErrorCode, TrustError

DER_CODES = {ErrorCode.DER_MALFORMED, ErrorCode.DER_NOT_DER, ErrorCode.DER_DEPTH}
TIMES = st.datetimes(datetime(1950, 1, 1), datetime(2049, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=3),
    max_leaves=8,
)


@cache
def certificate() -> bytes:
    return PkiWorld().signer.der


def _rewritten(data: bytes, element: der.Tlv) -> bytes:
    inside = der.children(data, element) if element.constructed else ()
    body = b"".join(_rewritten(data, child) for child in inside) if inside else der.content(data, element)
    return w.tlv(element.tag, body)


def _walk(data: bytes) -> None:
    try:
        outer = der.parse_strict(data)
    except TrustError as error:
        assert error.code in DER_CODES  # noqa: PT017 - reading may succeed
    else:
        assert _rewritten(data, outer) == data


@given(st.data())
def test_der_has_one_form(data: st.DataObject) -> None:
    _walk(data.draw(bent_octets(certificate()) | bent_elements(certificate()) | st.binary(max_size=100)))


@given(st.binary(max_size=80))
def test_values_of_der(body: bytes) -> None:
    with suppress(TrustError):
        assert w.integer(der.decode_integer(body)) == w.tlv(der.INTEGER, body)
    with suppress(TrustError):
        assert w.oid(der.decode_oid(body)) == w.tlv(der.OID, body)
    for tag in (der.UTC_TIME, der.GENERALIZED_TIME, der.SEQUENCE):
        with suppress(TrustError):
            der.decode_time(tag, body)


@given(
    st.sampled_from((der.UTC_TIME, der.GENERALIZED_TIME)),
    st.text("0123456789.Z+-: \u0661", min_size=10, max_size=22)
    | st.from_regex(r"[0-9]{12,14}(\.[0-9]{1,9})?Z", fullmatch=True),
)
def test_texts_of_times(tag: int, text: str) -> None:
    with suppress(TrustError):
        assert der.decode_time(tag, text.encode()).tzinfo is UTC


@given(st.integers(-(2**300), 2**300), TIMES, st.lists(st.integers(0, 2**40), min_size=1, max_size=6))
def test_values_are_the_inverse_of_what_is_written(number: int, moment: datetime, arcs: list[int]) -> None:
    assert der.decode_integer(w.integer(number)[2:]) == number
    whole = moment.replace(microsecond=0)
    assert der.decode_time(der.UTC_TIME, w.time(whole)[2:]) == whole
    assert der.decode_time(der.GENERALIZED_TIME, w.generalized_time(moment, fraction=True)[2:]) == moment
    dotted = ".".join(("2", *map(str, arcs)))
    assert der.decode_oid(w.oid(dotted)[2:]) == dotted


@given(st.data())
def test_ber_is_brought_into_one_form(data: st.DataObject) -> None:
    inside = der.content(certificate(), der.read_tlv(certificate(), 0, len(certificate())))
    good = b"\x30\x80" + inside + b"\x24\x80\x04\x01a\x04\x01b\x00\x00" + b"\x00\x00"
    with suppress(TrustError):
        definite = to_definite(data.draw(bent_octets(good) | st.binary(max_size=60)))
        assert to_definite(definite) == definite


@given(st.data())
def test_pem(data: st.DataObject) -> None:
    good = b"words\n" + encode_pem("CERTIFICATE", certificate()) + encode_pem("X509 CRL", b"\x30\x00")
    with suppress(TrustError):
        blocks = parse_pem(data.draw(bent_octets(good) | st.binary(max_size=60)))
        assert parse_pem(b"".join(encode_pem(block.label, block.der) for block in blocks)) == blocks


@given(st.binary(max_size=60), st.text(max_size=40) | st.from_regex(r"[A-Za-z0-9+/_-]{0,20}={0,2}", fullmatch=True))
def test_base64_has_one_form(octets: bytes, text: str) -> None:
    assert decode_base64(encode_base64(octets)) == octets == decode_base64url(encode_base64url(octets))
    with suppress(TrustError):
        assert encode_base64(decode_base64(text)) == text
    with suppress(TrustError):
        assert encode_base64url(decode_base64url(text)) == text


@given(JSON)
def test_json_is_the_inverse_of_what_is_written(value: object) -> None:
    written = canonical_json(value)  # type: ignore[arg-type]
    assert parse_json(written) == value
    assert canonical_json(parse_json(written)) == written


@given(st.data())
def test_bent_json(data: st.DataObject) -> None:
    good = canonical_json(data.draw(JSON))
    with suppress(TrustError):
        value = parse_json(data.draw(bent_octets(good)))
        assert parse_json(canonical_json(value)) == value


@given(st.datetimes(timezones=st.just(UTC)), st.text(max_size=30) | st.text("0123456789-:.TZ+W ", max_size=30))
def test_times_in_text(moment: datetime, text: str) -> None:
    assert parse_rfc3339(format_rfc3339(moment)) == moment
    with suppress(ValueError):
        assert parse_rfc3339(text).tzinfo is UTC
