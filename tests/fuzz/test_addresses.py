"""Texts that name things (keys in modules, databases, subjects, places to fetch from): read, or refused with our own error."""

from __future__ import annotations

import base64
from contextlib import suppress
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from ca.ocsp_api import decode_path
from tests.support.mutations import bent_octets
from trustkit.app.acme_network import parse_networks
from trustkit.app.subject_text import parse_subject
from trustkit.custody.module_uri import parse_module_uri
from trustkit.errors import TrustError
from trustkit.store.location import parse_location
from trustkit.x509.name import display_name, parse_name
from trustkit.x509.name_forms import read_host, read_mailbox
from verifier.address import is_public, parse_target

WORDS = (
    "http", "https://", "pkcs11:", "sqlite:///", "postgresql://", "a", ":", "/", "//", "@", "[", "]", "[::1]", "%", "%00", "%41",
    "?", "&", ";", "=", "#", "\\", ",", "\x00", "\ud800", ".", "..", "99999", "٣", "CN=", "C=CN", "\\E4\\B8\\AD", "token=a",
    "module-path=/a", "index=1", "object=k", "id=%FF", "x.test", "*.x.test", "localhost", "127.0.0.1", "xn--a", "user:pw@",
)  # fmt: skip
TEXTS = st.lists(st.text(max_size=12) | st.sampled_from(WORDS), max_size=8).map("".join)


@given(
    TEXTS
    | st.builds("pkcs11:token=a{}?module-path=/a{}".format, TEXTS, TEXTS)
    | st.builds("sdf:{}?module-path=/a".format, TEXTS)
)
def test_keys_in_modules(text: str) -> None:
    with suppress(TrustError):
        found = parse_module_uri(text)
        assert parse_module_uri(str(found)) == found


@given(TEXTS | st.builds("sqlite:///{}".format, TEXTS) | st.builds("postgresql://{}/x{}".format, TEXTS, TEXTS))
def test_databases(text: str) -> None:
    with suppress(TrustError):
        found = parse_location(text)
        assert (found.path is None) != (found.url is None)


@given(TEXTS | st.builds("CN=a,{}".format, TEXTS) | st.builds("C={},CN={}".format, TEXTS, TEXTS))
def test_subjects(text: str) -> None:
    with suppress(TrustError):
        name = parse_subject(text)
        assert parse_name(name)
        assert display_name(name).isprintable()


@given(TEXTS | st.builds("http://{}/{}".format, TEXTS, TEXTS) | st.builds("https://{}".format, TEXTS))
def test_places_to_fetch_from(uri: str) -> None:
    with suppress(TrustError):
        found = parse_target(uri, allowed_bases=("http://127.0.0.1:8440", "https://x.test/a/"))
        assert found.host
        assert found.url.startswith(("http://", "https://"))
        assert not is_public(found.host) or not found.host.startswith("127.")


@given(TEXTS | st.ip_addresses().map(str))
def test_numeric_addresses(text: str) -> None:
    assert is_public(text) in {True, False}
    with suppress(TrustError):
        assert len(parse_networks((text, "10.0.0.0/8"))) == 2


@given(st.binary(max_size=80) | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_names_of_hosts_and_mailboxes(octets: bytes) -> None:
    host = read_host(octets)
    assert host is None or isinstance(host, str)
    read_mailbox(octets)


@given(st.data(), st.binary(max_size=60))
def test_ocsp_requests_in_a_path(data: st.DataObject, request: bytes) -> None:
    good = quote(base64.b64encode(request)).encode()
    assert decode_path(good) == request
    assert isinstance(decode_path(data.draw(bent_octets(good) | st.binary(max_size=60))), bytes | None)
