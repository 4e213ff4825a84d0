"""Revocation lists: written, read lazily, and proved to be their issuer's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import crl_entries, oids
from trustkit.x509 import extensions as ext
from trustkit.x509.crl import CertificateList, VerifiedCrl, parse_crl, verify_crl
from trustkit.x509.crl_build import CrlEntry, CrlSpec, assemble_crl, build_tbs_crl
from trustkit.x509.crl_extensions import delta_crl_indicator
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from tests.support.pki import PkiWorld
    from trustkit.custody.port import Signer
    from trustkit.error_family import Code

THEN = datetime(2026, 11, 1, tzinfo=UTC)
TIME = w.tlv(0x17, b"261101000000Z")
ALGORITHM = SignatureSuite.SM2_SM3.algorithm_identifier()


def spec_of(**fields: Any) -> CrlSpec:
    spec = CrlSpec(
        suite=SignatureSuite.SM2_SM3,
        issuer_der=w.sequence(),
        this_update=THEN,
        next_update=THEN + timedelta(days=7),
        number=1,
        authority_key_id=b"key",
    )
    return replace(spec, **fields)


def unsigned(spec: CrlSpec) -> CertificateList:
    return parse_crl(assemble_crl(build_tbs_crl(spec), spec.suite, b""))


def raw(*fields: bytes, tail: bytes = b"") -> bytes:
    return w.sequence(w.sequence(*fields), ALGORITHM, w.bit_string(b"")) + tail


def with_entries(*entries: bytes, extensions: bytes = b"") -> CertificateList:
    return parse_crl(raw(w.integer(1), ALGORITHM, w.sequence(), TIME, TIME, w.sequence(*entries), extensions))


def entry(serial: bytes, *extensions: bytes) -> bytes:
    return w.sequence(serial, TIME, w.sequence(*extensions) if extensions else b"")


def test_round_trip_of_every_reason() -> None:
    reasons = [reason for reason in RevocationReason if reason is not RevocationReason.REMOVE_FROM_CRL]
    entries = tuple(
        CrlEntry(serial=1000 - n, revoked_at=THEN, reason=reason, invalidity_date=THEN if n % 2 else None)
        for n, reason in enumerate(reasons)
    )
    crl = unsigned(spec_of(entries=entries, number=0xABCDEF))
    assert (crl.version, crl.number, crl.authority_key_id, crl.entry_count) == (2, 0xABCDEF, b"key", len(reasons))
    assert (crl.this_update, crl.next_update) == (THEN, THEN + timedelta(days=7))
    for n, reason in enumerate(reasons):
        found = crl.revoked_entry(1000 - n)
        assert found is not None
        assert (found.serial, found.date, found.reason) == (1000 - n, THEN, reason)
        assert found.invalidity_date == (THEN if n % 2 else None)
    assert crl.revoked_entry(5) is None


def test_empty_list_has_no_entries_field() -> None:
    tbs = build_tbs_crl(spec_of())
    assert tbs.count(b"\x17\x0d") == 2
    crl = unsigned(spec_of())
    assert crl.entry_count == 0
    assert crl.revoked_entry(1) is None


def test_list_identity_and_display(world: PkiWorld) -> None:
    crl = world.crl()
    assert crl == parse_crl(crl.der)
    assert len({crl, parse_crl(crl.der)}) == 1
    assert crl != crl.der
    assert "number=1" in repr(crl)
    assert crl.issuer == world.issuing.certificate.subject


def test_old_list_without_version_and_end() -> None:
    crl = parse_crl(raw(ALGORITHM, w.sequence(), TIME, w.sequence(entry(w.integer(5)))))
    assert (crl.version, crl.next_update, crl.number) == (1, None, None)
    assert crl.revoked_entry(5) is not None


@pytest.mark.parametrize("size", [1, 20, 128])
def test_odd_entries_are_found(size: int) -> None:
    long_value = ext.extension("1.2.3", b"x" * 200)
    crl = with_entries(
        entry(w.tlv(2, b"\x00\x05")),
        entry(w.integer(-5)),
        entry(w.tlv(2, b"\x01" * size), long_value),
        entry(w.integer(0x10101)),
    )
    assert crl.revoked_entry(5) is not None
    assert crl.revoked_entry(-5) is not None
    assert crl.revoked_entry(int.from_bytes(b"\x01" * size)) is not None
    assert crl.entry_count == 4


def test_first_entry_speaks_when_a_serial_stands_twice() -> None:
    hold = ext.extension(oids.REASON_CODE, w.tlv(0x0A, b"\x06"))
    found = with_entries(entry(w.integer(5), hold), entry(w.integer(5))).revoked_entry(5)
    assert found is not None
    assert found.reason is RevocationReason.CERTIFICATE_HOLD


@pytest.mark.parametrize(
    ("number", "reason"),
    [(8, RevocationReason.REMOVE_FROM_CRL), (7, RevocationReason.UNSPECIFIED), (99, RevocationReason.UNSPECIFIED)],
)
def test_reason_numbers(number: int, reason: RevocationReason) -> None:
    code = ext.extension(oids.REASON_CODE, w.tlv(0x0A, bytes([number])), critical=True)  # critical and known: processed
    found = with_entries(entry(w.integer(5), code)).revoked_entry(5)
    assert found is not None
    assert found.reason is reason


def test_a_large_list_is_indexed_once() -> None:
    entries = b"".join(entry(w.integer((n << 64) + 0x0101FF04)) for n in range(1, 20_001))
    crl = with_entries(entries)
    assert crl.revoked_entry((20_000 << 64) + 0x0101FF04) is not None
    assert crl.revoked_entry(1) is None
    assert crl.entry_count == 20_000


UNKNOWN_CRITICAL = ext.extension(oids.CERTIFICATE_ISSUER, w.sequence(), critical=True)
BAD_ENTRIES: list[tuple[str, bytes, Code]] = [
    ("critical entry extension", entry(w.integer(9), UNKNOWN_CRITICAL), ErrorCode.CRL_SCOPE),
    ("entry no SEQUENCE", w.set_of(w.integer(9), TIME), ErrorCode.CRL_MALFORMED),
    ("entry empty", w.sequence(), ErrorCode.CRL_MALFORMED),
    ("serial alone", w.sequence(w.integer(9)), ErrorCode.CRL_MALFORMED),
    ("serial empty", w.sequence(b"\x02\x00", TIME), ErrorCode.CRL_MALFORMED),
    ("serial runs over", w.sequence(b"\x02\x7f" + b"\x01" * 20), ErrorCode.CRL_MALFORMED),
    ("serial of 129 octets", entry(w.tlv(2, b"\x01" * 129)), ErrorCode.CRL_MALFORMED),
    ("entry runs over", b"\x30\x7f\x02\x01\x09", ErrorCode.CRL_MALFORMED),
    ("indefinite length", b"\x30\x80\x02\x01\x09\x00\x00", ErrorCode.CRL_MALFORMED),
]


@pytest.mark.parametrize(("entries", "code"), [row[1:] for row in BAD_ENTRIES], ids=[row[0] for row in BAD_ENTRIES])
def test_one_bad_entry_spoils_the_list_for_all(entries: bytes, code: Code) -> None:
    crl = with_entries(entry(w.integer(5)), entries)
    for _ in range(2):
        with pytest.raises(TrustError) as caught:
            crl.revoked_entry(5)
        assert caught.value.code is code


@pytest.mark.parametrize(
    "spoilt",
    [
        w.sequence(w.integer(5), w.utf8_string("then")),
        w.sequence(w.integer(5), TIME, w.sequence(), w.null()),
        entry(w.integer(5), ext.extension(oids.REASON_CODE, w.integer(1))),
        entry(w.integer(5), ext.extension(oids.REASON_CODE, b"")),
        entry(w.integer(5), ext.extension(oids.INVALIDITY_DATE, w.integer(1))),
        entry(w.integer(5), ext.extension("1.2.3", b""), ext.extension("1.2.3", b"")),
    ],
)
def test_an_entry_that_cannot_be_read_is_told_when_asked_for(spoilt: bytes) -> None:
    crl = with_entries(spoilt)
    with pytest.raises(TrustError) as caught:
        crl.revoked_entry(5)
    assert caught.value.code is ErrorCode.CRL_MALFORMED


NUMBER = ext.extension(oids.CRL_NUMBER, w.integer(1))
INDIRECT = ext.extension(oids.ISSUING_DISTRIBUTION_POINT, w.sequence(w.tlv(0x84, b"\xff")), critical=True)
FRAME = (w.integer(1), ALGORITHM, w.sequence(), TIME)
MALFORMED: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("tail", raw(*FRAME, tail=b"\x00")),
    ("version 3", raw(w.integer(2), *FRAME[1:])),
    ("fields missing", raw(w.integer(1), ALGORITHM)),
    ("algorithms differ", raw(w.integer(1), w.sequence(w.oid("1.2.3")), w.sequence(), TIME)),
    ("issuer no SEQUENCE", raw(w.integer(1), ALGORITHM, w.null(), TIME)),
    ("time is none", raw(w.integer(1), ALGORITHM, w.sequence(), w.null())),
    ("next update is none", raw(*FRAME, w.tlv(0x17, b"x"))),
    ("unknown field", raw(*FRAME, w.explicit(1, w.null()))),
    ("entries twice", raw(*FRAME, w.sequence(), w.sequence())),
    ("extensions with a tail", raw(*FRAME, w.explicit(0, w.sequence() + w.null()))),
    ("extension twice", raw(*FRAME, w.explicit(0, w.sequence(NUMBER, NUMBER)))),
    ("number is none", raw(*FRAME, w.explicit(0, w.sequence(ext.extension(oids.CRL_NUMBER, w.null()))))),
    ("number empty", raw(*FRAME, w.explicit(0, w.sequence(ext.extension(oids.CRL_NUMBER, w.tlv(2, b"")))))),
    ("key identifier is none", raw(*FRAME, w.explicit(0, w.sequence(ext.extension(oids.AUTHORITY_KEY_IDENTIFIER, b""))))),
]  # fmt: skip


@pytest.mark.parametrize("octets", [row[1] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_malformed_lists_are_refused(octets: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        parse_crl(octets)
    assert caught.value.code is ErrorCode.CRL_MALFORMED


def test_size_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustkit.x509.crl.MAX_CRL_SIZE", 10)
    with pytest.raises(TrustError) as caught:
        parse_crl(b"\x30" * 11)
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE


def test_entry_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustkit.x509.crl_entries.MAX_ENTRIES", 1)
    with pytest.raises(TrustError) as caught:
        with_entries(entry(w.integer(5)), entry(w.integer(6))).revoked_entry(5)
    assert caught.value.code is ErrorCode.CRL_MALFORMED
    with pytest.raises(TrustError) as caught:
        with_entries(entry(w.integer(5)), entry(w.integer(5))).revoked_entry(5)  # a serial number again is work again
    assert caught.value.code is ErrorCode.CRL_MALFORMED


@pytest.mark.parametrize(
    ("octets", "extensions"),
    [
        (b"\x01\x01\xff\x04", b""),  # what a critical extension looks like
        (b"\x06\x03\x55\x1d\x1d", w.explicit(0, w.sequence(INDIRECT))),  # the identifier of certificateIssuer
    ],
)
def test_an_entry_is_read_once_however_often_it_looks_worth_it(
    octets: bytes, extensions: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    crl = with_entries(entry(w.integer(5), ext.extension("1.2.3", octets * 1000)), extensions=extensions)
    read = Mock(side_effect=crl_entries._read)
    monkeypatch.setattr(crl_entries, "_read", read)
    assert crl.entry_count == 1
    assert read.call_count == 1


def test_a_field_for_each_octet_is_refused_early() -> None:
    with pytest.raises(TrustError) as caught:
        parse_crl(raw(w.null() * 20_000))
    assert caught.value.code is ErrorCode.CRL_MALFORMED


def test_signed_by_its_issuer(world: PkiWorld) -> None:
    crl = world.crl()
    verified = verify_crl(crl, world.issuing.certificate)
    assert (verified.crl, verified.issuer) == (crl, world.issuing.certificate)
    with pytest.raises(TrustError) as caught:
        VerifiedCrl(crl=crl, issuer=world.issuing.certificate, proof=object())
    assert caught.value.code is ErrorCode.BUG


def bent(world: PkiWorld, crl: CertificateList) -> CertificateList:
    octets = bytearray(crl.der)
    position = crl.der.index(w.integer(world.revoked.certificate.serial))
    octets[position + 8] ^= 1
    return parse_crl(bytes(octets))


def test_lists_that_prove_nothing(world: PkiWorld) -> None:
    other: Signer = world.signer.signer
    no_crl_sign = world.issue("无权CA", issuer=world.root, ca=True, usage=("keyCertSign",))
    rows = [
        (world.crl(), world.root, ErrorCode.CRL_SCOPE),
        (world.crl(signer=other), world.issuing, ErrorCode.SIGNATURE_WRONG),
        (bent(world, world.crl()), world.issuing, ErrorCode.SIGNATURE_WRONG),
        (world.crl(issuer=no_crl_sign), no_crl_sign, ErrorCode.CERTIFICATE_PURPOSE),
    ]
    for crl, issuer, code in rows:
        with pytest.raises(TrustError) as caught:
            verify_crl(crl, issuer.certificate)
        assert caught.value.code is code


REFUSED: list[dict[str, Any]] = [
    {"next_update": THEN},
    {"this_update": datetime(2026, 1, 1)},  # noqa: DTZ001 - the naive time is what is refused
    {"next_update": datetime(2027, 1, 1)},  # noqa: DTZ001 - as above
    {"number": -1},
    {"number": 1 << 159},
    {"entries": (CrlEntry(serial=1, revoked_at=THEN),) * 2},
    {"entries": (CrlEntry(serial=0, revoked_at=THEN),)},
    {"entries": (CrlEntry(serial=1, revoked_at=THEN, reason=RevocationReason.REMOVE_FROM_CRL),)},
]


@pytest.mark.parametrize("fields", REFUSED)
def test_nonsense_is_not_written(fields: dict[str, Any]) -> None:
    with pytest.raises(TrustError) as caught:
        build_tbs_crl(spec_of(**fields))
    assert caught.value.code is ErrorCode.USAGE


@pytest.mark.parametrize("number", [b"", b"\x00" * 129])
def test_numbers_that_cannot_be_read(world: PkiWorld, number: bytes) -> None:
    told = ext.extension(oids.DELTA_CRL_INDICATOR, w.tlv(2, number), critical=True)
    with pytest.raises(TrustError) as caught:
        world.crl(more_extensions=(told,))
    assert caught.value.code is ErrorCode.CRL_MALFORMED
    assert world.crl(more_extensions=(delta_crl_indicator(1),)).base_number == 1
