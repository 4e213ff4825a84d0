"""Certificates, lists and names from anybody: nothing but `TrustError` escapes, and nothing runs away."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.support.pki import PkiWorld
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.crl import parse_crl, verify_crl
from trustkit.x509.describe import describe_extensions
from trustkit.x509.extensions import extension
from trustkit.x509.name import common_name, display_name, name_key, names_equal, parse_name
from trustkit.x509.path import validate_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.revocation import RevocationState, revocation_from_crls

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList

AT = PkiWorld.START
EXTENSIONS = ("2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.32", "2.5.29.33",
              "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.46", "2.5.29.54", "1.3.6.1.5.5.7.1.1", "1.2.156.10260.4.1.1")  # fmt: skip


@cache
def world() -> PkiWorld:
    return PkiWorld()


@cache
def own_list() -> CertificateList:
    return world().crl()


@st.composite
def mutated(draw: st.DrawFn, source: Callable[[], bytes]) -> bytes:
    """Return octets with some changed, inserted, removed or cut off."""
    octets = bytearray(source())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(octets) - 1)))
        match draw(st.sampled_from(["set", "flip", "insert", "remove", "cut"])):
            case "set":
                octets[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "flip" if octets:
                octets[at] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                octets[at:at] = draw(st.binary(max_size=6))
            case "remove":
                del octets[at : at + draw(st.integers(1, 6))]
            case _:
                del octets[at:]
    return bytes(octets)


def use(certificate: Certificate, more: frozenset[bytes] = frozenset()) -> None:
    """Do with a parsed certificate what callers do; only TrustError may come of it. `more` was issued too (tbs)."""
    assert isinstance(certificate.subject + certificate.issuer + certificate.common_name + repr(certificate), str)
    describe_extensions(certificate)
    with suppress(TrustError):
        _ = certificate.public_key
    for purpose in Purpose:
        with suppress(TrustError):
            path = validate_path(certificate, anchors=world().anchors, pool=world().pool, at=AT, purpose=purpose)
            assert path.leaf.tbs in {world().signer.certificate.tbs, world().issuing.certificate.tbs} | more
    status = revocation_from_crls(certificate, world().issuing.certificate, (own_list(),), at=AT)
    assert status.detail


@given(mutated(lambda: world().signer.der))
def test_mutated_certificates(octets: bytes) -> None:
    with suppress(TrustError):
        use(parse_certificate(octets))


@given(st.sampled_from(EXTENSIONS), st.binary(max_size=60), st.booleans())
def test_any_octets_in_an_extension(oid: str, value: bytes, critical: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    leaf = world().issue(
        "x", exact_extensions=(extension(oid, value, critical=critical),), signer=world().signer.signer
    )
    certificate = parse_certificate(leaf.der)
    assert isinstance(describe_extensions(certificate), tuple)
    with suppress(TrustError):
        validate_path(certificate, anchors=world().anchors, pool=world().pool, at=AT, purpose=Purpose.ANY)


@given(st.sampled_from(["2.5.29.30", "2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"]), st.binary(max_size=60))
def test_any_octets_in_the_constraints_of_an_authority(oid: str, value: bytes) -> None:
    pki = world()
    constrained = (extension(oid, value, critical=True),)
    middle = pki.issue(
        "y", issuer=pki.root, ca=True, usage=("keyCertSign",), more_extensions=constrained, signer=pki.tsa.signer
    )
    leaf = pki.issue("x", issuer=middle, signer=pki.signer.signer).certificate
    with suppress(TrustError):
        validate_path(leaf, anchors=pki.anchors, pool=(middle.certificate,), at=AT, purpose=Purpose.ANY)


def read_list(crl: CertificateList) -> None:
    repr(crl)
    with suppress(TrustError):
        assert crl.entry_count >= 0
    for serial in (world().revoked.certificate.serial, 0, -1):
        with suppress(TrustError):
            crl.revoked_entry(serial)
    with suppress(TrustError):
        assert verify_crl(crl, world().issuing.certificate).crl.tbs == own_list().tbs
    status = revocation_from_crls(world().revoked.certificate, world().issuing.certificate, (crl,), at=AT)
    if crl.tbs != own_list().tbs:
        assert status.state is RevocationState.UNKNOWN


@given(mutated(lambda: own_list().der))
def test_mutated_lists(octets: bytes) -> None:
    with suppress(TrustError):
        read_list(parse_crl(octets))


@given(st.lists(st.binary(max_size=30), max_size=6), st.binary(max_size=40))
def test_any_octets_as_entries_and_extensions(entries: list[bytes], value: bytes) -> None:
    pki = world()
    algorithm = pki.issuing.signer.suite.algorithm_identifier()
    tbs = w.sequence(
        w.integer(1), algorithm, pki.issuing.certificate.subject_der, w.time(AT), w.time(AT + timedelta(days=1)),
        w.sequence(*(w.sequence(w.tlv(2, entry[:9]), entry[9:]) for entry in entries)),
        w.explicit(0, w.sequence(extension("2.5.29.28", value, critical=True))),
    )  # fmt: skip
    crl = parse_crl(w.sequence(tbs, algorithm, w.bit_string(pki.issuing.signer.sign(tbs))))
    with suppress(TrustError):
        crl.revoked_entry(5)
    status = revocation_from_crls(pki.signer.certificate, pki.issuing.certificate, (crl,), at=AT)
    assert status.detail


@given(st.binary(max_size=200))
def test_random_octets(octets: bytes) -> None:
    for parse, code in ((parse_certificate, ErrorCode.CERTIFICATE_MALFORMED), (parse_crl, ErrorCode.CRL_MALFORMED)):
        try:
            parse(octets)
        except TrustError as error:
            assert error.code is code  # noqa: PT017 - parsing may succeed, and then there is nothing to assert


@given(st.one_of(st.binary(max_size=80), mutated(lambda: world().signer.certificate.subject_der)))
def test_names(octets: bytes) -> None:
    assert all(character.isprintable() for character in display_name(octets) + common_name(octets))
    assert names_equal(octets, octets)
    assert hash(name_key(octets)) == hash(name_key(octets))
    with suppress(TrustError):
        parse_name(octets)


@given(st.text(max_size=70), st.text(max_size=70))
def test_equal_names_are_equal_both_ways(first: str, second: str) -> None:
    one, two = (
        w.sequence(w.set_of(w.sequence(w.oid("2.5.4.3"), w.tlv(0x0C, t.encode("utf-8", "replace")))))
        for t in (first, second)
    )
    assert names_equal(one, two) == names_equal(two, one) == (name_key(one) == name_key(two))
