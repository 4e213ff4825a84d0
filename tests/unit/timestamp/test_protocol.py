from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.cms import oids
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.request import TimestampRequest, build_request, parse_request
from trustkit.timestamp.response import Failure, failure_of, make_refusal, make_response, parse_response
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code

IMPRINT = bytes(range(32))
POLICY = "1.2.3.4"
ASKED = TimestampRequest(imprint_algorithm=DigestAlgorithm.SM3, imprint=IMPRINT, policy=POLICY, nonce=99)
_IMPRINT_DER = w.sequence(w.sequence(w.oid(oids.SM3)), w.octet_string(IMPRINT))


def _answer(world: PkiWorld, **bent: object) -> bytes:
    arguments = {
        "imprint": IMPRINT,
        "imprint_algorithm": DigestAlgorithm.SM3,
        "serial": 1,
        "gen_time": world.START,
        "policy": POLICY,
        "nonce": 99,
        "signer": world.tsa.signer,
        "certificate": world.tsa.certificate,
    } | bent
    return make_response(make_token(**arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "request_",
    [
        ASKED,
        TimestampRequest(imprint_algorithm=DigestAlgorithm.SM3, imprint=IMPRINT),
        TimestampRequest(imprint_algorithm=DigestAlgorithm.SHA512, imprint=bytes(64), certificates=False, nonce=2**63),
        TimestampRequest(imprint_algorithm=DigestAlgorithm.SHA384, imprint=bytes(48), nonce=-1),
    ],
)
def test_request_round_trip(request_: TimestampRequest) -> None:
    assert parse_request(build_request(request_)) == request_


EXTENSION = w.sequence(w.oid("1.2.3"), w.boolean(value=True), w.octet_string(b""))


def test_extensions_are_read_critical_or_not() -> None:
    other = w.sequence(w.oid("1.2.4"), w.octet_string(b""))
    octets = w.sequence(w.integer(1), _IMPRINT_DER, w.implicit(0, w.sequence(EXTENSION, other)))
    assert parse_request(octets).extensions == ("1.2.3", "1.2.4")


REFUSED_REQUESTS: Mapping[str, tuple[bytes, Code]] = {
    "empty": (b"", ErrorCode.DER_MALFORMED),
    "another version": (w.sequence(w.integer(2), _IMPRINT_DER), ErrorCode.TIMESTAMP_MALFORMED),
    "no imprint": (w.sequence(w.integer(1)), ErrorCode.TIMESTAMP_MALFORMED),
    "imprint of another length": (
        w.sequence(w.integer(1), w.sequence(w.sequence(w.oid(oids.SM3)), w.octet_string(b"a"))),
        ErrorCode.TIMESTAMP_MALFORMED,
    ),
    "SHA-1": (
        w.sequence(w.integer(1), w.sequence(w.sequence(w.oid("1.3.14.3.2.26")), w.octet_string(bytes(20)))),
        ErrorCode.ALGORITHM_WEAK,
    ),
    "surplus": (w.sequence(w.integer(1), _IMPRINT_DER, w.null()), ErrorCode.TIMESTAMP_MALFORMED),
    "nonce too long": (w.sequence(w.integer(1), _IMPRINT_DER, w.tlv(2, b"\x01" * 65)), ErrorCode.TIMESTAMP_MALFORMED),
    "extension twice": (
        w.sequence(w.integer(1), _IMPRINT_DER, w.implicit(0, w.sequence(EXTENSION, EXTENSION))),
        ErrorCode.TIMESTAMP_MALFORMED,
    ),
    "no extensions in their place": (
        w.sequence(w.integer(1), _IMPRINT_DER, w.implicit(0, w.sequence())),
        ErrorCode.TIMESTAMP_MALFORMED,
    ),
    "too large": (w.sequence(bytes(9000)), ErrorCode.INPUT_TOO_LARGE),
}


@pytest.mark.parametrize(("octets", "code"), REFUSED_REQUESTS.values(), ids=REFUSED_REQUESTS.keys())
def test_request_refused(octets: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_request(octets)
    assert refusal.value.code is code


@pytest.mark.parametrize(
    ("bent", "code"),
    [
        (TimestampRequest(imprint_algorithm=DigestAlgorithm.SM3, imprint=b"a"), ErrorCode.USAGE),
        (TimestampRequest(imprint_algorithm=DigestAlgorithm.SHA1, imprint=bytes(20)), ErrorCode.ALGORITHM_WEAK),
    ],
)
def test_request_misuse(bent: TimestampRequest, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        build_request(bent)
    assert refusal.value.code is code


def test_answer(world: PkiWorld) -> None:
    assert parse_response(_answer(world), ASKED).serial == 1


@pytest.mark.parametrize(
    "bent",
    [
        {"nonce": 98},
        {"nonce": None},
        {"policy": "1.2.3.5"},
        {"imprint": bytes(32)},
        {"imprint_algorithm": DigestAlgorithm.SHA256},
    ],
)
def test_answer_to_another_request(world: PkiWorld, bent: dict[str, object]) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_response(_answer(world, **bent), ASKED)
    assert refusal.value.code is ErrorCode.TIMESTAMP_RESPONSE


@pytest.mark.parametrize("failure", Failure)
def test_refusal_tells_why(failure: Failure) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_response(make_refusal(failure, "时钟\x07"), ASKED)
    assert refusal.value.code is ErrorCode.TIMESTAMP_REFUSED
    assert refusal.value.detail == f"时钟?; {failure.name.lower().replace('_', ' ')}"
    with pytest.raises(TrustError) as silent:
        parse_response(w.sequence(w.sequence(w.integer(2))), ASKED)
    assert silent.value.code is ErrorCode.TIMESTAMP_REFUSED


REFUSED_ANSWERS: Mapping[str, tuple[bytes, Code]] = {
    "empty": (b"", ErrorCode.DER_MALFORMED),
    "granted, no token": (w.sequence(w.sequence(w.integer(0))), ErrorCode.TIMESTAMP_MALFORMED),
    "no status": (w.sequence(), ErrorCode.TIMESTAMP_MALFORMED),
    "another kind": (w.octet_string(b""), ErrorCode.TIMESTAMP_MALFORMED),
    "surplus": (w.sequence(w.sequence(w.integer(2)), w.sequence(), w.null()), ErrorCode.TIMESTAMP_MALFORMED),
    "token of another kind": (w.sequence(w.sequence(w.integer(0)), w.sequence()), ErrorCode.CMS_MALFORMED),
    "too large": (bytes(1_100_000), ErrorCode.INPUT_TOO_LARGE),
}


@pytest.mark.parametrize(("octets", "code"), REFUSED_ANSWERS.values(), ids=REFUSED_ANSWERS.keys())
def test_answer_refused(octets: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_response(octets, ASKED)
    assert refusal.value.code is code


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (ErrorCode.ALGORITHM_WEAK, Failure.BAD_ALGORITHM),
        (ErrorCode.TIMESTAMP_CLOCK, Failure.TIME_NOT_AVAILABLE),
        (ErrorCode.DER_MALFORMED, Failure.BAD_DATA_FORMAT),
        (ErrorCode.DISK_FULL, Failure.SYSTEM_FAILURE),
    ],
)
def test_failures(code: Code, failure: Failure) -> None:
    assert failure_of(TrustError(code)) is failure
