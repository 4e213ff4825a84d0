"""Extensions: what is written, what is read back, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.alternative_names import subject_alternative_names
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extension_values as values
from trustkit.x509 import extensions as ext
from trustkit.x509 import oids
from trustkit.x509.extension import read_extensions
from trustkit.x509.general_name import MAX_GENERAL_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.x509.extension import Extension


def read(*encoded: bytes) -> dict[str, Extension]:
    octets = w.sequence(*encoded)
    return dict(read_extensions(octets, der.read_tlv(octets, 0, len(octets))))


def only(encoded: bytes) -> Extension:
    (found,) = read(encoded).values()
    return found


def test_a_broken_extension_is_told_by_its_place_in_the_whole() -> None:
    sound, broken = ext.key_usage(("digitalSignature",)), w.sequence(w.oid(oids.KEY_USAGE), b"\x04\x05\x00")
    octets = bytes(129) + w.sequence(sound, sound, broken)  # something else stands before
    with pytest.raises(TrustError) as caught:
        read_extensions(octets, der.read_tlv(octets, 129, len(octets)))
    assert (caught.value.code, caught.value.facts["oid"]) == (ErrorCode.DER_MALFORMED, oids.KEY_USAGE)
    octets = bytes(129) + w.sequence(sound, broken)
    with pytest.raises(TrustError) as caught:
        read_extensions(octets, der.read_tlv(octets, 129, len(octets)))
    assert caught.value.facts["offset"] == len(octets) - 3


def test_one_extension_in_two_certificates_is_one_value() -> None:
    first, second = read(ext.key_usage(("digitalSignature",))), read(ext.key_usage(("digitalSignature",)))
    assert first == second
    assert first[oids.KEY_USAGE] is second[oids.KEY_USAGE]


def test_key_usage_octets_are_those_of_the_standard() -> None:
    # GB/T 20518 signing certificate: 06 C0; encryption certificate: 03 38
    assert only(ext.key_usage(("digitalSignature", "nonRepudiation"))).value == bytes.fromhex("030206C0")
    encryption = ext.key_usage(("keyEncipherment", "dataEncipherment", "keyAgreement"))
    assert only(encryption).value == bytes.fromhex("03020338")
    assert only(ext.key_usage(["decipherOnly"])).value == bytes.fromhex("0303070080")


@pytest.mark.parametrize(
    ("encoded", "oid", "critical"),
    [
        (ext.basic_constraints(ca=True, path_length=0), oids.BASIC_CONSTRAINTS, True),
        (ext.basic_constraints(ca=False), oids.BASIC_CONSTRAINTS, True),
        (ext.key_usage(["cRLSign"]), oids.KEY_USAGE, True),
        (ext.extended_key_usage(["timeStamping"]), oids.EXTENDED_KEY_USAGE, True),
        (ext.extended_key_usage(["clientAuth"]), oids.EXTENDED_KEY_USAGE, False),
        (ext.subject_key_identifier(b"x"), oids.SUBJECT_KEY_IDENTIFIER, False),
        (ext.authority_key_identifier(b"x"), oids.AUTHORITY_KEY_IDENTIFIER, False),
        (ext.crl_distribution_points(["http://x/"]), oids.CRL_DISTRIBUTION_POINTS, False),
        (ext.authority_information(issuer_urls=["http://x/"]), oids.AUTHORITY_INFO_ACCESS, False),
        (ext.certificate_policies(["1.2.3"]), oids.CERTIFICATE_POLICIES, False),
        (subject_alternative_names(dns=["x.example"]), oids.SUBJECT_ALT_NAME, False),
    ],
)
def test_criticality(encoded: bytes, oid: str, *, critical: bool) -> None:
    found = only(encoded)
    assert (found.oid, found.critical) == (oid, critical)


def test_round_trips() -> None:
    assert values.read_basic_constraints(only(ext.basic_constraints(ca=True, path_length=3)).value) == (True, 3)
    assert values.read_basic_constraints(only(ext.basic_constraints(ca=True)).value) == (True, None)
    assert values.read_basic_constraints(only(ext.basic_constraints(ca=False)).value) == (False, None)
    for name in oids.KEY_USAGE_BITS:
        assert values.read_key_usage(only(ext.key_usage([name])).value) == {name}
    purposes = ("clientAuth", "1.2.3.4")
    assert values.read_extended_key_usage(only(ext.extended_key_usage(purposes)).value) == purposes
    assert values.read_subject_key_identifier(only(ext.subject_key_identifier(b"key")).value) == b"key"
    assert values.read_authority_key_identifier(only(ext.authority_key_identifier(b"key")).value) == b"key"
    urls = ("http://a/x.crl", "http://b/x.crl")
    assert values.read_crl_urls(only(ext.crl_distribution_points(urls)).value) == urls
    aia = only(ext.authority_information(issuer_urls=["http://a/"], ocsp_urls=["http://o/"])).value
    assert values.read_authority_information(aia) == values.AuthorityInformation(
        ocsp_urls=("http://o/",), issuer_urls=("http://a/",)
    )
    names = values.read_alternative_names(only(subject_alternative_names(dns=["d"], uris=["urn:u"])).value)
    assert [(n.form, n.text) for n in names] == [(2, "d"), (6, "urn:u")]


def test_standard_extensions_leave_out_what_is_empty() -> None:
    least = read(*ext.standard_extensions(key_identifier=b"k", authority_identifier=None, ca=False, usage=["cRLSign"]))
    assert list(least) == [oids.SUBJECT_KEY_IDENTIFIER, oids.BASIC_CONSTRAINTS, oids.KEY_USAGE]
    most = read(
        *ext.standard_extensions(
            key_identifier=b"k",
            authority_identifier=b"a",
            ca=True,
            path_length=1,
            usage=["keyCertSign"],
            purposes=["clientAuth"],
            crl_urls=["http://c/"],
            ocsp_urls=["http://o/"],
            policies=["1.2.3"],
        )
    )
    assert len(most) == 8


REFUSED_BUILDS: list[Callable[[], bytes]] = [
    lambda: ext.basic_constraints(ca=False, path_length=0),
    lambda: ext.basic_constraints(ca=True, path_length=-1),
    lambda: ext.key_usage([]),
    lambda: ext.key_usage(["signing"]),
    lambda: ext.extended_key_usage([]),
    lambda: ext.extended_key_usage(["timeStamping", "clientAuth"]),
    lambda: ext.extended_key_usage(["stamping"]),
    lambda: ext.extended_key_usage(["9.9.9"]),
    lambda: ext.crl_distribution_points(["http://例/"]),
    lambda: ext.crl_distribution_points(["http://a b/"]),
    lambda: ext.authority_information(issuer_urls=["http://a\n/"]),
]


@pytest.mark.parametrize("build", REFUSED_BUILDS)
def test_nonsense_is_not_written(build: Callable[[], bytes]) -> None:
    with pytest.raises(TrustError) as caught:
        build()
    assert caught.value.code is ErrorCode.USAGE


def purpose_of(*parts: bytes) -> bytes:
    return w.sequence(*parts)


MALFORMED: list[tuple[Callable[[bytes], object], bytes]] = [
    (values.read_basic_constraints, b""),
    (values.read_basic_constraints, w.sequence() + b"\x00"),
    (values.read_basic_constraints, w.sequence(w.integer(1), w.boolean(value=True))),
    (values.read_basic_constraints, w.sequence(b"\x01\x02\xff\xff")),
    (values.read_basic_constraints, w.sequence(w.boolean(value=True), w.integer(1), w.integer(1))),
    (values.read_basic_constraints, w.sequence(w.boolean(value=True), w.integer(-1))),
    (values.read_key_usage, w.tlv(3, b"")),
    (values.read_key_usage, w.tlv(3, b"\x08\x80")),
    (values.read_key_usage, w.tlv(3, b"\x01")),
    (values.read_extended_key_usage, w.sequence(w.utf8_string("x"))),
    (values.read_subject_key_identifier, w.octet_string(b"")),
    (values.read_subject_key_identifier, w.octet_string(b"x" * 129)),
    (values.read_authority_key_identifier, w.sequence(w.tlv(0x80, b""))),
    (values.read_crl_urls, w.sequence(w.set_of())),
    (values.read_crl_urls, w.sequence(w.sequence(w.explicit(0, w.explicit(0, w.null()))))),
    (values.read_authority_information, w.sequence(w.sequence(w.oid("1.2.3")))),
    (values.read_alternative_names, w.sequence(w.utf8_string("x"))),
    (values.read_alternative_names, w.sequence(w.tlv(0x89, b"x"))),
    (values.read_alternative_names, w.sequence(*(w.tlv(0x82, b"x"),) * (MAX_GENERAL_NAMES + 1))),
]


@pytest.mark.parametrize(("reader", "octets"), MALFORMED)
def test_malformed_values(reader: Callable[[bytes], object], octets: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        reader(octets)
    assert caught.value.code in {ErrorCode.DER_MALFORMED, ErrorCode.DER_NOT_DER}


def test_only_complete_lists_are_fetched() -> None:
    url = w.tlv(0x86, b"http://x/")
    name = w.explicit(0, w.explicit(0, url))
    relative = w.explicit(0, w.explicit(1, w.set_of()))
    points = w.sequence(
        w.sequence(name, w.tlv(0x81, b"\x00\x40")),  # some reasons
        w.sequence(name, w.explicit(2, b"")),  # another issuer's list
        w.sequence(relative),
        w.sequence(w.explicit(0, w.explicit(0, w.tlv(0x82, b"host") + w.tlv(0x86, b"ldap://x/")))),
    )
    assert values.read_crl_urls(points) == ("ldap://x/",)


def test_huge_path_length_is_no_limit() -> None:
    assert values.read_basic_constraints(w.sequence(w.boolean(value=True), w.integer(1 << 64))) == (True, None)
