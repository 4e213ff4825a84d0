"""Targets: what tells whether something held: revocation lists, OCSP, time stamps."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest

from tests.fuzz import test_ocsp, test_timestamp, test_x509
from tests.fuzz.coverage.target import Target, read_twice
from tests.support.ocsp import DAY, answer
from tests.support.pki import PkiWorld
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import TrustError
from trustkit.timestamp.info import read_tst_info
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.request import build_request, parse_request
from trustkit.timestamp.response import Failure, make_refusal, make_response, parse_response
from trustkit.timestamp.verify import verify_token
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.crl import CertificateList, parse_crl
from trustkit.x509.extensions import extension
from trustkit.x509.ocsp_build import assemble_ocsp_response
from trustkit.x509.ocsp_request import build_ocsp_request, parse_ocsp_request
from trustkit.x509.ocsp_response import CertStatus, OcspResponse, parse_basic_response, parse_ocsp_response
from trustkit.x509.ocsp_verify import require_nonce, verify_ocsp_answer, verify_ocsp_response
from trustkit.x509.revocation import RevocationState, RevocationStatus, revocation_from_crls

MAX_WALKED = 50  # entries of one list
AT = PkiWorld.START + timedelta(hours=1)


def _crl(data: bytes) -> None:
    crl = read_twice(parse_crl, data)
    test_x509.read_list(crl)
    _walk(crl)


def _walk(crl: CertificateList) -> None:
    """Read the entries, which parsing leaves alone, and count them another way than their index does."""
    try:
        serials = _serials(crl.tbs)
    except TrustError:
        with pytest.raises(TrustError):
            _ = crl.entry_count  # the quick walk forgives nothing the careful one refuses
        return
    assert crl.entry_count == len(set(serials))
    for serial in serials[:MAX_WALKED]:
        found = crl.revoked_entry(serial)
        assert found is None or found.serial == serial


def _serials(tbs: bytes) -> list[int]:
    members = der.children(tbs, der.read_tlv(tbs, 0, len(tbs)))
    behind = 3 + (members[0].tag == der.INTEGER)  # version OPTIONAL, signature, issuer, thisUpdate
    entries = [each for each in members[behind:] if each.tag == der.SEQUENCE]
    return [_serial(tbs, entry) for listed in entries for entry in der.children(tbs, listed)]


def _serial(data: bytes, entry: der.Tlv) -> int:
    return int.from_bytes(der.content(data, der.read_tlv(data, entry.body, entry.end)), "big", signed=True)


def _crl_seeds() -> tuple[bytes, ...]:
    world = test_x509.world()
    return test_x509.own_list().der, world.crl(issuer=world.root).der


def _signed_crl(data: bytes) -> None:
    """Judge by a list that is rightly signed over these entries and extensions."""
    outer = der.parse_strict(data)
    entries, extensions = (der.octets(data, each) for each in (*der.children(data, outer), outer, outer)[:2])
    by = test_x509.world().issuing
    algorithm = by.signer.suite.algorithm_identifier()
    times = w.time(PkiWorld.START) + w.time(PkiWorld.START + timedelta(days=1))
    tbs = w.sequence(w.integer(1), algorithm, by.certificate.subject_der, times, entries, w.explicit(0, extensions))
    crl = parse_crl(w.sequence(tbs, algorithm, w.bit_string(by.signer.sign(tbs))))
    for member in (test_x509.world().revoked, test_x509.world().signer):
        assert revocation_from_crls(member.certificate, by.certificate, (crl,), at=AT).detail
    _walk(crl)


def _signed_crl_seeds() -> tuple[bytes, ...]:
    world = test_x509.world()
    reason = w.sequence(extension("2.5.29.21", w.tlv(0x0A, b"\x01")), extension("2.5.29.24", w.generalized_time(AT)))
    issuer = w.sequence(
        extension("2.5.29.29", w.sequence(w.explicit(4, world.issuing.certificate.subject_der)), critical=True)
    )
    serial = w.integer(world.revoked.certificate.serial)
    entries = w.sequence(w.sequence(serial, w.time(AT), reason), w.sequence(w.integer(5), w.time(AT), issuer))
    url = w.explicit(0, w.implicit(0, w.sequence(w.tlv(0x86, b"http://a.test/1.crl"))))
    point = w.sequence(w.implicit(0, w.sequence(url)), w.tlv(0x84, b"\xff"))
    number = extension("2.5.29.20", w.integer(3))
    return (
        w.sequence(entries, w.sequence(number, extension("2.5.29.28", point, critical=True))),
        w.sequence(entries, w.sequence(number, extension("2.5.29.27", w.integer(2), critical=True))),
        w.sequence(w.sequence(w.sequence(serial, w.time(AT))), w.sequence(number)),
    )


def _ocsp_request(data: bytes) -> None:
    found = read_twice(parse_ocsp_request, data)
    again = parse_ocsp_request(build_ocsp_request(found.cert_ids, nonce=found.nonce))
    assert (again.cert_ids, again.nonce) == (found.cert_ids, found.nonce)


def _ocsp_response(data: bytes) -> None:
    try:
        found = read_twice(parse_ocsp_response, data)
    except TrustError:
        found = read_twice(parse_basic_response, data)
    assert repr(found)
    _judge(found)


def _judge(found: OcspResponse) -> None:
    world = test_ocsp.world()
    for certificate in found.certificates:
        parse_certificate(certificate)
    proved = verify_ocsp_response(found, world.issuing.certificate, at=AT, standing=_unknown)
    require_nonce(found, test_ocsp.NONCE)
    verify_ocsp_answer(proved, world.revoked.certificate, at=AT)


def _unknown(_: object) -> RevocationStatus:
    return RevocationStatus(state=RevocationState.UNKNOWN, detail="")


@cache
def _by_issuer() -> bytes:
    world = test_ocsp.world()
    return answer(
        world,
        world.revoked,
        by=world.issuing,
        status=CertStatus.REVOKED,
        nonce=test_ocsp.NONCE,
        digests=(DigestAlgorithm.SHA1, DigestAlgorithm.SHA256),
        archive_cutoff=PkiWorld.START - DAY,
        certificates=(),
    )


def _signed_ocsp(data: bytes) -> None:
    """Judge by a rightly signed answer that says this (ResponseData)."""
    signer = test_ocsp.world().issuing.signer
    _judge(parse_ocsp_response(assemble_ocsp_response(data, signer.suite, signer.sign(data), certificates=())))


def _time_request(data: bytes) -> None:
    found = parse_request(data)
    assert found.extensions or parse_request(build_request(found)) == found


def _time_response(data: bytes) -> None:
    found = parse_response(data, test_timestamp.ASKED)
    asked = test_timestamp.ASKED
    assert (found.nonce, found.imprint, found.policy) == (asked.nonce, asked.imprint, asked.policy)


def _time_token(data: bytes) -> None:
    token = read_twice(parse_token, data)
    repr(token)
    verify_token(token, data=test_timestamp.DATA)


def _time_info(data: bytes) -> None:
    read_twice(read_tst_info, data)


def _time_info_seeds() -> tuple[bytes, ...]:
    content = parse_token(test_timestamp.token()).message.content
    assert content is not None
    return (content,)


TARGETS = (
    Target(name="crl", act=_crl, seeds=_crl_seeds, outside=("certs/*.crl",)),
    Target(name="crl-scope", act=_signed_crl, seeds=_signed_crl_seeds),
    Target(name="ocsp-request", act=_ocsp_request, seeds=lambda: (test_ocsp.request_octets(),)),
    Target(name="ocsp-response", act=_ocsp_response, seeds=lambda: (test_ocsp.response(), _by_issuer())),
    Target(name="ocsp-data", act=_signed_ocsp, seeds=lambda: (parse_ocsp_response(_by_issuer()).tbs,)),
    Target(name="time-request", act=_time_request, seeds=lambda: (build_request(test_timestamp.ASKED),)),
    Target(
        name="time-response",
        act=_time_response,
        seeds=lambda: (make_response(test_timestamp.token()), make_refusal(Failure.BAD_REQUEST, "否")),
    ),
    Target(name="time-token", act=_time_token, seeds=lambda: (test_timestamp.token(),), outside=("tsa/*.der",)),
    Target(name="time-info", act=_time_info, seeds=_time_info_seeds),
)
