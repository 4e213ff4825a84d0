from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustkit.custody.module_uri import MAX_INDEX, Pkcs11Uri, SdfUri, parse_module_uri
from trustkit.errors import ErrorCode, TrustError

LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"pkcs11:token=authority;object=issuing-ca?module-path={LIBRARY}",
            Pkcs11Uri(library=LIBRARY, token="authority", label="issuing-ca"),
        ),
        (
            f"pkcs11:serial=75088aaf;id=%01%FF;type=private?module-path={LIBRARY}",
            Pkcs11Uri(library=LIBRARY, serial="75088aaf", id=b"\x01\xff"),
        ),
        (
            f"pkcs11:token=%E7%AD%BE%E5%8F%91?module-path={LIBRARY}",
            Pkcs11Uri(library=LIBRARY, token="签发"),
        ),
        ("sdf:index=1?module-path=/usr/lib/libsdf.so", SdfUri(library="/usr/lib/libsdf.so", index=1)),
        (
            "sdf:index=20?module-path=/usr/lib/libsdf.so&ecc-bits=256",
            SdfUri(library="/usr/lib/libsdf.so", index=20, ecc_bits=256),
        ),
    ],
)
def test_reads(text: str, expected: Pkcs11Uri | SdfUri) -> None:
    assert parse_module_uri(text) == expected
    assert parse_module_uri(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pkcs11:",
        "http://example.org/",
        "pkcs11:token=a",
        "pkcs11:token=a?module-path=libsofthsm2.so",
        f"pkcs11:object=key?module-path={LIBRARY}",
        f"pkcs11:token=a;pin-value=1234?module-path={LIBRARY}",
        f"pkcs11:token=a?module-path={LIBRARY}&pin-value=1234",
        f"pkcs11:token=a?module-path={LIBRARY}&pin-source=file:/pin",
        f"pkcs11:token=a;token=b?module-path={LIBRARY}",
        f"pkcs11:token=?module-path={LIBRARY}",
        f"pkcs11:token?module-path={LIBRARY}",
        f"pkcs11:token=a;type=cert?module-path={LIBRARY}",
        f"pkcs11:token=a;slot-id=0?module-path={LIBRARY}",
        f"pkcs11:token={'a' * 33}?module-path={LIBRARY}",
        f"pkcs11:token=a;id={'%01' * 65}?module-path={LIBRARY}",
        f"pkcs11:token=a;object={'k' * 129}?module-path={LIBRARY}",
        f"pkcs11:token=%FF?module-path={LIBRARY}",
        f"pkcs11:token=a%0Ab?module-path={LIBRARY}",
        f"pkcs11:token=a b?module-path={LIBRARY}",
        f"pkcs11:token=签?module-path={LIBRARY}",
        f"pkcs11:token=a?module-path={LIBRARY}{'x' * 1024}",
        "sdf:index=0?module-path=/l.so",
        f"sdf:index={MAX_INDEX + 1}?module-path=/l.so",
        "sdf:index=-1?module-path=/l.so",
        "sdf:index=1?module-path=/l.so&ecc-bits=384",
        "sdf:index=1;token=a?module-path=/l.so",
        "sdf:index=%C2%B2?module-path=/l.so",
        "sdf:?module-path=/l.so",
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_module_uri(text)
    assert caught.value.code is ErrorCode.MODULE_URI
    assert "1234" not in str(caught.value)


@given(st.text(max_size=200) | st.text(alphabet="pkcs1sdf:;=?&%0aFmodule-pathtokenid/", max_size=120))
def test_anything_else_is_refused_by_its_own_error(text: str) -> None:
    try:
        found = parse_module_uri(text)
    except TrustError:
        return
    assert parse_module_uri(str(found)) == found


@given(
    st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8),
    st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), max_size=20),
    st.binary(max_size=64),
)
def test_what_is_written_is_read(token: str, label: str, identity: bytes) -> None:
    uri = Pkcs11Uri(library="/usr/lib/a b/签.so", token=token, label=label, id=identity)
    assert parse_module_uri(str(uri)) == uri
