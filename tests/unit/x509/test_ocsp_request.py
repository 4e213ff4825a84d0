"""OCSP requests: what we write we read, what others write too, and what is no request is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509 as peer
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.support.pki import PkiWorld
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extensions import extension
from trustkit.x509.ocsp_cert_id import CERT_ID_DIGESTS, make_cert_id
from trustkit.x509.ocsp_request import MAX_CERT_IDS, MAX_REQUEST_SIZE, build_ocsp_request, parse_ocsp_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.x509.ocsp_cert_id import CertId


def wanted(world: PkiWorld, digest: DigestAlgorithm = DigestAlgorithm.SHA1) -> CertId:
    issuer = world.issuing.certificate
    return make_cert_id(issuer.subject_der, issuer.public_key, world.signer.certificate.serial, digest)


@pytest.mark.parametrize("digest", CERT_ID_DIGESTS)
def test_what_is_written_is_read(world: PkiWorld, digest: DigestAlgorithm) -> None:
    request = parse_ocsp_request(build_ocsp_request((wanted(world, digest),), nonce=b"n" * 32))
    assert request.cert_ids == (wanted(world, digest),)
    assert (request.nonce, request.signed, request.takes_basic) == (b"n" * 32, False, True)
    assert request.cert_ids[0].names(world.issuing.certificate)
    assert not request.cert_ids[0].names(world.root.certificate)


def test_several_and_none_of_a_nonce(world: PkiWorld) -> None:
    many = tuple(wanted(world, digest) for digest in CERT_ID_DIGESTS)
    request = parse_ocsp_request(build_ocsp_request(many))
    assert (request.cert_ids, request.nonce) == (many, None)


def test_a_digest_is_named_by_its_oid_alone(world: PkiWorld) -> None:
    written = wanted(world, DigestAlgorithm.SM3)
    with_null = w.sequence(
        w.sequence(w.oid("1.2.156.10197.1.401"), w.null()),
        w.octet_string(written.name_hash),
        w.octet_string(written.key_hash),
        w.integer(written.serial),
    )
    request = parse_ocsp_request(w.sequence(w.sequence(w.sequence(w.sequence(with_null)))))
    assert request.cert_ids == (written,)
    assert request.cert_ids[0].der == with_null  # an answer repeats what was asked


def test_pyca_and_we_write_the_same() -> None:
    world = PkiWorld(kind=KeyKind.EC_P256)
    certificate = peer.load_der_x509_certificate(world.signer.der)
    issuer = peer.load_der_x509_certificate(world.issuing.der)
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
    theirs = builder.add_extension(peer.OCSPNonce(b"0123456789abcdef"), critical=False).build()
    ours = build_ocsp_request((wanted(world, DigestAlgorithm.SHA256),), nonce=b"0123456789abcdef")
    assert theirs.public_bytes(Encoding.DER) == ours


def frame(*fields: bytes, after: bytes = b"") -> bytes:
    return w.sequence(w.sequence(*fields), after)


def single(world: PkiWorld, *more: bytes) -> bytes:
    return w.sequence(wanted(world).der, *more)


def extensions(*each: bytes) -> bytes:
    return w.explicit(2, w.sequence(*each))


def test_what_clients_add_is_tolerated(world: PkiWorld) -> None:
    requestor = w.explicit(1, w.explicit(4, world.signer.certificate.subject_der))
    signature = w.explicit(
        0, w.sequence(world.signer.signer.suite.algorithm_identifier(), w.bit_string(b"not looked at"))
    )
    locator = w.explicit(0, w.sequence(extension(oids.OCSP_SERVICE_LOCATOR, w.sequence())))
    acceptable = extension(oids.OCSP_ACCEPTABLE, w.sequence(w.oid(oids.OCSP_BASIC), w.oid("1.2.3")), critical=True)
    octets = frame(
        w.explicit(0, w.integer(0)),
        requestor,
        w.sequence(single(world, locator)),
        extensions(acceptable, extension("1.2.3.4", b"\x05\x00")),
        after=signature,
    )
    request = parse_ocsp_request(octets)
    assert (request.signed, request.takes_basic) == (True, True)
    other = extensions(extension(oids.OCSP_ACCEPTABLE, w.sequence(w.oid("1.2.3"))))
    assert not parse_ocsp_request(frame(w.sequence(single(world)), other)).takes_basic


def nonce(octets: bytes) -> bytes:
    return extensions(extension(oids.OCSP_NONCE, w.octet_string(octets)))


@pytest.mark.parametrize("size", [1, 16, 32, 128])
def test_nonces_that_are_read(world: PkiWorld, size: int) -> None:
    assert parse_ocsp_request(frame(w.sequence(single(world)), nonce(b"x" * size))).nonce == b"x" * size


M, C = ErrorCode.OCSP_MALFORMED, ErrorCode.OCSP_UNKNOWN_CRITICAL
WRONG: dict[str, tuple[Callable[[PkiWorld], bytes], Code]] = {
    "empty": (lambda _: b"", M),
    "text": (lambda _: b"GET / HTTP/1.1", M),
    "cut": (lambda wd: build_ocsp_request((wanted(wd),))[:-1], M),
    "tail": (lambda wd: build_ocsp_request((wanted(wd),)) + b"\x00", M),
    "indefinite length": (lambda wd: b"\x30\x80" + build_ocsp_request((wanted(wd),))[2:] + b"\x00\x00", M),
    "a certificate": (lambda wd: wd.signer.der, M),
    "too large": (lambda _: bytes(MAX_REQUEST_SIZE + 1), ErrorCode.INPUT_TOO_LARGE),
    "nobody asked for": (lambda _: frame(w.sequence()), M),
    "too many": (lambda wd: frame(w.sequence(*[single(wd)] * (MAX_CERT_IDS + 1))), M),
    "no list": (lambda _: frame(), M),
    "version 2": (lambda wd: frame(w.explicit(0, w.integer(1)), w.sequence(single(wd))), M),
    "unknown field": (lambda wd: frame(w.sequence(single(wd)), w.explicit(5, w.null())), M),
    "three members": (lambda wd: w.sequence(w.sequence(w.sequence(single(wd))), w.explicit(0, w.null()), w.null()), M),
    "a request of three": (lambda wd: frame(w.sequence(single(wd, w.null(), w.null()))), M),
    "half a CertID": (lambda _: frame(w.sequence(w.sequence(w.sequence(w.sequence(w.oid("1.2.3")))))), M),
    "no digest": (
        lambda _: frame(
            w.sequence(
                w.sequence(
                    w.sequence(w.sequence(w.oid("1.2.3")), w.octet_string(b""), w.octet_string(b"x"), w.integer(1))
                )
            )
        ),
        M,
    ),
    "no serial": (
        lambda _: frame(
            w.sequence(
                w.sequence(
                    w.sequence(
                        w.sequence(w.oid("1.2.3")), w.octet_string(b"x"), w.octet_string(b"x"), w.tlv(2, b"")
                    )
                )
            )
        ),
        M,
    ),
    "empty nonce": (lambda wd: frame(w.sequence(single(wd)), nonce(b"")), M),
    "nonce of 129": (lambda wd: frame(w.sequence(single(wd)), nonce(b"x" * 129)), M),
    "bare nonce": (lambda wd: frame(w.sequence(single(wd)), extensions(extension(oids.OCSP_NONCE, b"x" * 16))), M),
    "extension twice": (lambda wd: frame(w.sequence(single(wd)), extensions(*[extension("1.2.3", b"")] * 2)), M),
    "unknown critical": (
        lambda wd: frame(w.sequence(single(wd)), extensions(extension("1.2.3", b"", critical=True))),
        C,
    ),
    "unknown critical of one": (
        lambda wd: frame(
            w.sequence(single(wd, w.explicit(0, w.sequence(extension("1.2.3", b"", critical=True)))))
        ),
        C,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_request(world: PkiWorld, name: str) -> None:
    make, code = WRONG[name]
    with pytest.raises(TrustError) as caught:
        parse_ocsp_request(make(world))
    assert caught.value.code is code


def test_what_is_not_written(world: PkiWorld) -> None:
    for ids, octets in (
        ((), None),
        ((wanted(world),) * 33, None),
        ((wanted(world),), b""),
        ((wanted(world),), b"x" * 129),
    ):
        with pytest.raises(TrustError) as caught:
            build_ocsp_request(ids, nonce=octets)
        assert caught.value.code is ErrorCode.USAGE
    with pytest.raises(TrustError) as caught:
        wanted(world, DigestAlgorithm.MD5)
    assert caught.value.code is ErrorCode.ALGORITHM_WEAK


def test_an_unknown_digest_names_nobody(world: PkiWorld) -> None:
    odd = w.sequence(w.sequence(w.oid("1.2.3")), w.octet_string(b"x"), w.octet_string(b"y"), w.integer(5))
    found = parse_ocsp_request(frame(w.sequence(w.sequence(odd)))).cert_ids[0]
    assert found.algorithm is None
    assert not found.names(world.issuing.certificate)
