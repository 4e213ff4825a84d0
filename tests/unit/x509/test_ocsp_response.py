"""The form of OCSP answers: every part bent once, and refused as malformed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.support.ocsp import DAY, answer
from tests.support.pki import PkiWorld
from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509 import oids
from trustkit.x509.ocsp_response import MAX_ANSWERS, MAX_RESPONSE_SIZE, parse_ocsp_response

if TYPE_CHECKING:
    from trustkit.error_family import Code

NOW = PkiWorld.START
E = ErrorCode


@dataclass(frozen=True)
class Frame:
    """An OCSPResponse made by hand, each part replaceable."""

    version: bytes = b""
    responder: bytes = field(default_factory=lambda: w.explicit(2, w.octet_string(b"k" * 20)))
    produced: bytes = field(default_factory=lambda: w.generalized_time(NOW))
    single: bytes | None = None
    cert_id: bytes = b""
    status: bytes = b"\x80\x00"
    times: bytes = field(default_factory=lambda: w.generalized_time(NOW))
    after_times: bytes = b""
    extensions: bytes = b""
    certs: bytes = b""
    kind: str = oids.OCSP_BASIC
    outcome: bytes = b"\x0a\x01\x00"
    count: int = 1

    def octets(self, cert_id: bytes) -> bytes:
        single = self.single
        if single is None:
            single = w.sequence(self.cert_id or cert_id, self.status, self.times, self.after_times)
        data = w.sequence(self.version, self.responder, self.produced, w.sequence(single * self.count), self.extensions)
        algorithm = SignatureSuite.SM2_SM3.algorithm_identifier()
        basic = w.sequence(data, algorithm, w.bit_string(b"x"), self.certs)
        return w.sequence(self.outcome, w.explicit(0, w.sequence(w.oid(self.kind), w.octet_string(basic))))


def critical(number: int) -> bytes:
    return w.explicit(number, w.sequence(ext.extension("1.2.3", b"", critical=True)))


MALFORMED: dict[str, Frame] = {
    "version 2": Frame(version=w.explicit(0, w.integer(1))),
    "no responder": Frame(responder=b""),
    "responder by number": Frame(responder=w.explicit(3, w.null())),
    "responder with a tail": Frame(responder=w.explicit(2, w.octet_string(b"x") + w.null())),
    "UTCTime": Frame(produced=w.time(NOW)),
    "no answers": Frame(single=b""),
    "too many answers": Frame(count=MAX_ANSWERS + 1),
    "answer without status": Frame(status=b""),
    "fourth status": Frame(status=b"\x83\x00"),
    "good with content": Frame(status=b"\x80\x01\x00"),
    "revoked without a time": Frame(status=b"\xa1\x00"),
    "revoked with a tail": Frame(status=w.tlv(0xA1, w.generalized_time(NOW) + w.null())),
    "nextUpdate before thisUpdate": Frame(after_times=w.explicit(0, w.generalized_time(NOW - DAY))),
    "unknown field of an answer": Frame(after_times=w.explicit(7, w.null())),
    "unknown field": Frame(extensions=w.explicit(7, w.null())),
    "empty nonce": Frame(extensions=w.explicit(1, w.sequence(ext.extension(oids.OCSP_NONCE, w.octet_string(b""))))),
    "extension twice": Frame(extensions=w.explicit(1, w.sequence(*[ext.extension("1.2.3", b"")] * 2))),
    "odd archive cutoff": Frame(
        after_times=w.explicit(1, w.sequence(ext.extension(oids.OCSP_ARCHIVE_CUTOFF, w.time(NOW))))
    ),
    "too many certificates": Frame(certs=w.explicit(0, w.sequence(*[w.sequence()] * 9))),
    "another type": Frame(kind="1.2.3"),
    "success and no status": Frame(outcome=b""),
    "status 4": Frame(outcome=b"\x0a\x01\x04"),
    "an error with an answer": Frame(outcome=b"\x0a\x01\x03"),
    "half a CertID": Frame(cert_id=w.sequence(w.null())),
}


def test_the_frame_itself_is_read(world: PkiWorld) -> None:
    response = parse_ocsp_response(Frame().octets(_cert_id(world)))
    assert (response.responder_key, response.responder_name) == (b"k" * 20, None)
    assert response.answers[0].cert_id.serial == world.signer.certificate.serial


def _cert_id(world: PkiWorld) -> bytes:
    return parse_ocsp_response(answer(world, world.signer)).answers[0].cert_id.der


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_answer(world: PkiWorld, name: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_ocsp_response(MALFORMED[name].octets(_cert_id(world)))
    assert caught.value.code is E.OCSP_MALFORMED


@pytest.mark.parametrize("frame", [Frame(extensions=critical(1)), Frame(after_times=critical(1))])
def test_unknown_critical_extensions(world: PkiWorld, frame: Frame) -> None:
    with pytest.raises(TrustError) as caught:
        parse_ocsp_response(frame.octets(_cert_id(world)))
    assert caught.value.code is E.OCSP_UNKNOWN_CRITICAL


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", E.OCSP_MALFORMED),
        (b"\x30\x00", E.OCSP_MALFORMED),
        (b"\x30\x03\x0a\x01\x00", E.OCSP_MALFORMED),
        (b"<html>", E.OCSP_MALFORMED),
        (bytes(MAX_RESPONSE_SIZE + 1), E.INPUT_TOO_LARGE),
    ],
)
def test_octets_that_are_none(octets: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        parse_ocsp_response(octets)
    assert caught.value.code is code
