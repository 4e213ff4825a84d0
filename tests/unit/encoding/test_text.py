from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.encoding.pem import encode_pem, is_pem, parse_pem
from trustkit.encoding.text64 import decode_base64, decode_base64url, encode_base64url
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code


@pytest.mark.parametrize("text", ["A", "AA", "AA=", "AA==\n", "AB==", "A A=", "é", "AA-_"])
def test_base64_refuses(text: str) -> None:
    with pytest.raises(TrustError) as refusal:
        decode_base64(text)
    assert refusal.value.code is ErrorCode.BASE64_MALFORMED


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "A+", "A/", "A\n"])
def test_base64url_refuses(text: str) -> None:
    with pytest.raises(TrustError):
        decode_base64url(text)


def test_base64url_round_trip() -> None:
    assert decode_base64url(encode_base64url(b"\xfb\xff\x00")) == b"\xfb\xff\x00"


def test_pem_round_trip_with_text_around() -> None:
    text = b"subject=A\n" + encode_pem("CERTIFICATE", b"one" * 50) + b"\r\n" + encode_pem("X509 CRL", b"two")
    assert [(b.label, b.der) for b in parse_pem(text)] == [("CERTIFICATE", b"one" * 50), ("X509 CRL", b"two")]
    assert is_pem(text)
    assert not is_pem(b"\x30\x00")
    assert parse_pem(b"nothing here") == ()


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN A-----\nAA==\n",
        b"-----BEGIN A-----\nAA==\n-----END B-----\n",
        b"-----BEGIN A-----\nA\n-----END A-----\n",
        b"-----BEGIN A-----\nAA==\n-----BEGIN A-----\n-----END A-----\n",
    ],
)
def test_pem_refuses(text: bytes) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_pem(text)
    assert refusal.value.code is ErrorCode.PEM_MALFORMED


JSON_REFUSED = {
    "duplicate": (b'{"a":1,"a":2}', ErrorCode.JSON_DUPLICATE_KEY),
    "float": (b"[1.5]", ErrorCode.JSON_MALFORMED),
    "NaN": (b"[NaN]", ErrorCode.JSON_MALFORMED),
    "huge integer": (b"9" * 5000, ErrorCode.JSON_MALFORMED),
    "beyond 2^53": (b"9007199254740992", ErrorCode.JSON_MALFORMED),
    "byte order mark": (b"\xef\xbb\xbf1", ErrorCode.JSON_MALFORMED),
    "not UTF-8": (b'"\xff"', ErrorCode.JSON_MALFORMED),
    "lone surrogate": (b'"\\ud800"', ErrorCode.JSON_MALFORMED),
    "trailing": (b"1 2", ErrorCode.JSON_MALFORMED),
    "empty": (b"", ErrorCode.JSON_MALFORMED),
    "deep": (b"[" * 100 + b"]" * 100, ErrorCode.JSON_DEPTH),
    "very deep": (b"[" * 100_000, ErrorCode.JSON_DEPTH),
}


@pytest.mark.parametrize(("data", "code"), JSON_REFUSED.values(), ids=JSON_REFUSED.keys())
def test_json_refuses(data: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_json(data)
    assert refusal.value.code is code


def test_json_size_is_bounded() -> None:
    with pytest.raises(TrustError) as refusal:
        parse_json(b'"' + b"a" * 100 + b'"', max_size=50)
    assert refusal.value.code is ErrorCode.INPUT_TOO_LARGE


def test_json_brackets_in_strings_do_not_nest() -> None:
    assert parse_json(b'["' + b"[" * 100 + b'\\"{"]') == ["[" * 100 + '"{']


def test_canonical_form() -> None:
    value = parse_json('{"b":[1,true,null],"a":"证照","😀":1,"\uffff":2}'.encode())
    assert canonical_json(value) == '{"a":"证照","b":[1,true,null],"😀":1,"\uffff":2}'.encode()
    assert parse_json(canonical_json(value)) == value
    with pytest.raises(TrustError):
        canonical_json({"a": 1.5})  # type: ignore[dict-item]
