"""An application is signed and read again as the same; what could not become a seal is refused with the field named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from esign.seal.application import MAX_USERS, PictureNamed, SealApplication
from esign.seal.model import SealPicture, SealVersion
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.pki import PkiWorld
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.error_family import Code

PICTURE = SealPicture(type="PNG", data=b"\x89PNG of a seal", width=42, height=30)


@pytest.fixture(scope="session")
def application(world: PkiWorld) -> SealApplication:
    return SealApplication(
        kind="contract",
        name="示例公司合同专用章",
        holder="91310000MA1FL0EXA1",
        users=(world.signer.certificate.der,),
        days=365,
        picture=PictureNamed.of(PICTURE),
    )


def refused(act: Callable[[], object]) -> Code:
    with pytest.raises(TrustError) as error:
        act()
    return error.value.code


def test_what_was_signed_is_read_as_the_same(application: SealApplication, world: PkiWorld) -> None:
    for one in (application, replace(application, version=SealVersion.V5, by_digest=True)):
        fields = parse_json(canonical_json(one.fields()), max_size=64 * 1024)
        assert isinstance(fields, dict)
        assert SealApplication.read(fields) == one
    assert application.certificates() == (world.signer.certificate,)
    assert application.picture.with_octets(PICTURE.data) == PICTURE
    assert refused(lambda: application.picture.with_octets(b"another")) is ErrorCode.SEAL_PICTURE
    assert "合同" not in repr(application)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": " 示例"},
        {"name": "a\nb"},
        {"name": "章" * 201},
        {"holder": ""},
        {"holder": "91310000ma1fl0exa1"},
        {"users": ()},
        {"users": (b"1", b"1")},
        {"users": tuple(bytes((number,)) for number in range(MAX_USERS + 1))},
        {"days": 0},
        {"days": -1},
        {"by_digest": True, "version": SealVersion.V1},
        {"picture": PictureNamed(type="PNG", sm3="0" * 64, width=0, height=30)},
        {"picture": PictureNamed(type="PNG", sm3="0" * 64, width=42, height=201)},
        {"picture": PictureNamed(type="", sm3="0" * 64, width=42, height=30)},
        {"picture": PictureNamed(type="PNG", sm3="0" * 63, width=42, height=30)},
    ],
)
def test_what_could_not_become_a_seal_is_refused(application: SealApplication, changes: dict[str, object]) -> None:
    assert refused(lambda: replace(application, **changes)) is ErrorCode.SEAL_ORDER  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seal_kind", 7),
        ("name", None),
        ("name", ["示例"]),
        ("holder", 1),
        ("users", "text"),
        ("users", [1]),
        ("users", ["not base64!"]),
        ("users", {"a": "b"}),
        ("by_digest", 1),
        ("days", "365"),
        ("days", True),
        ("days", 1.5),
        ("version", 2),
        ("version", "4"),
        ("picture_width", True),
        ("picture_sm3", 0),
        ("colour", "red"),
    ],
)
def test_a_field_of_another_type_is_refused(application: SealApplication, name: str, value: JsonValue) -> None:
    fields = {**application.fields(), name: value}
    assert refused(lambda: SealApplication.read(fields)) is ErrorCode.SEAL_ORDER


def test_no_field_may_be_left_out(application: SealApplication) -> None:
    for name in application.fields():
        fields = {key: value for key, value in application.fields().items() if key != name}
        assert refused(lambda fields=fields: SealApplication.read(fields)) is ErrorCode.SEAL_ORDER  # type: ignore[misc]


def test_a_certificate_that_may_not_sign_is_refused(application: SealApplication, world: PkiWorld) -> None:
    other = replace(application, users=(world.root.certificate.der,))
    assert refused(other.certificates) is ErrorCode.CERTIFICATE_PURPOSE
    junk = replace(application, users=(b"junk",))
    assert refused(junk.certificates) is not ErrorCode.BUG
    assert json.dumps(application.fields()["users"]) == json.dumps([encode_base64(application.users[0])])
