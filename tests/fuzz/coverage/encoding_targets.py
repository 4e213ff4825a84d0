"""Targets: DER, BER, PEM, JSON, signed JSON, names, and the text forms people hand in."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from ca.acme.accounts import read_contacts
from ca.acme.binding import read_binding
from ca.acme.message import payload_of, read_message, verify_message
from ca.acme.names import read_identifiers
from tests.fuzz import test_acme
from tests.fuzz.coverage.target import Target
from tests.support.pki import PkiWorld
from trustkit.app.subject_text import parse_subject
from trustkit.custody.module_uri import parse_module_uri
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.encoding.ber import to_definite
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.encoding.pem import encode_pem, parse_pem
from trustkit.errors import TrustError
from trustkit.jose.jwk import parse_jwk
from trustkit.jose.read import parse_jws
from trustkit.jose.sign import sign_jws
from trustkit.jose.verify import verify_jws
from trustkit.x509.name import common_name, display_name, name_key, names_equal, parse_name


@cache
def world() -> PkiWorld:
    """Return a world for this room's seeds."""
    return PkiWorld()


def _der(data: bytes) -> None:
    outer = der.parse_strict(data)
    assert _written(data, outer) == data, "what is read is what was written"


def _written(data: bytes, element: der.Tlv) -> bytes:
    if element.constructed:
        return w.tlv(element.tag, b"".join(_written(data, child) for child in der.children(data, element)))
    body = der.content(data, element)
    with suppress(TrustError):
        if element.tag == der.INTEGER:
            assert w.integer(der.decode_integer(body)) == der.octets(data, element)
        elif element.tag == der.OID:
            assert w.oid(der.decode_oid(body)) == der.octets(data, element)
        elif element.tag in {der.UTC_TIME, der.GENERALIZED_TIME}:
            moment = der.decode_time(element.tag, body)
            again = w.generalized_time(moment, fraction=True)
            assert der.decode_time(der.GENERALIZED_TIME, again[2:]) == moment
    return w.tlv(element.tag, body)


def _ber(data: bytes) -> None:
    definite = to_definite(data)
    assert to_definite(definite) == definite


def _ber_seeds() -> tuple[bytes, ...]:
    good = world().signer.der
    inside = good[4:]
    segments = b"\x24\x80\x04\x03abc\x04\x02de\x00\x00"
    return (b"\x30\x80" + inside + b"\x00\x00", b"\x30\x80" + segments + b"\x00\x00", good)


def _pem(data: bytes) -> None:
    blocks = parse_pem(data)
    again = parse_pem(b"".join(encode_pem(block.label, block.der) for block in blocks))
    assert again == blocks


def _pem_seeds() -> tuple[bytes, ...]:
    one, two = encode_pem("CERTIFICATE", world().signer.der), encode_pem("X509 CRL", b"\x30\x00")
    return one, b"text\n" + one + b"between\r\n" + two, two


def _json(data: bytes) -> None:
    value = parse_json(data)
    written = canonical_json(value)
    assert parse_json(written) == value
    assert canonical_json(parse_json(written)) == written


def _jws(data: bytes) -> None:
    verified = verify_jws(parse_jws(data), world().signer.signer.public_key)
    assert verified.payload == b"{}"


def _jws_seeds() -> tuple[bytes, ...]:
    return (sign_jws({"typ": "JWT", "kid": "k"}, b"{}", world().signer.signer).encode(),)


def _acme(data: bytes) -> None:
    found = read_message(data)
    verified = verify_message(found, parse_jwk(dict(test_acme.key().jwk)), url=test_acme.URL)
    assert payload_of(verified) == test_acme.PAYLOAD


def _acme_payload(data: bytes) -> None:
    """Read JSON as what a signed message of ACME may hold."""
    value = parse_json(data)
    for read in (parse_jwk, read_binding, read_contacts, lambda each: read_identifiers(each, allowed=("test",))):
        with suppress(TrustError):
            read(value)


def _acme_payload_seeds() -> tuple[bytes, ...]:
    names = [{"type": "dns", "value": "a.test"}, {"type": "dns", "value": "*.b.test"}]
    binding = {"protected": "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsiLCJ1cmwiOiJ1In0", "payload": "e30", "signature": "AA"}
    values = (dict(test_acme.key().jwk), names, ["mailto:a@b.test"], binding)
    return tuple(canonical_json(value) for value in values)  # type: ignore[arg-type]


def _name(data: bytes) -> None:
    assert (display_name(data) + common_name(data)).isprintable()
    assert names_equal(data, data)
    assert hash(name_key(data)) == hash(name_key(data))
    assert parse_name(data) == parse_name(data)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _module_uri(data: bytes) -> None:
    found = parse_module_uri(_text(data))
    assert parse_module_uri(str(found)) == found


def _subject(data: bytes) -> None:
    name = parse_subject(_text(data))
    assert parse_name(name)
    display_name(name)


TARGETS = (
    Target(
        name="der", act=_der, seeds=lambda: (world().signer.der, world().crl().der), outside=("certs/*.der", "cms/*")
    ),
    Target(name="ber", act=_ber, seeds=_ber_seeds, outside=("cms/*",)),
    Target(name="name", act=_name, seeds=lambda: (world().signer.certificate.subject_der,)),
    Target(name="pem", act=_pem, seeds=_pem_seeds, outside=("certs/*.pem", "certs/*.crt"), binary=False),
    Target(
        name="json",
        act=_json,
        seeds=lambda: ('{"a":[1,true,null,"é中"],"b":{"c":-9007199254740991}}'.encode(),),
        binary=False,
    ),
    Target(name="jws", act=_jws, seeds=_jws_seeds, binary=False),
    Target(name="acme", act=_acme, seeds=lambda: (test_acme.message(),), binary=False),
    Target(name="acme-payload", act=_acme_payload, seeds=_acme_payload_seeds, binary=False),
    Target(
        name="module-uri",
        act=_module_uri,
        seeds=lambda: (
            b"pkcs11:token=a;serial=1;object=k;id=%01%FF;type=private?module-path=/usr/lib/x.so",
            b"sdf:index=20?module-path=/usr/lib/libsdf.so&ecc-bits=256",
        ),
        binary=False,
        max_length=1100,
    ),
    Target(
        name="subject",
        act=_subject,
        seeds=lambda: ("C=CN, ST=a, L=b, O=示范局, OU=x\\,y, CN=\\E4\\B8\\AD".encode(),),
        binary=False,
        max_length=2200,
    ),
)
