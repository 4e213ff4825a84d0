"""The application for an electronic seal: what is asked for, as it is signed by who asks and read again by who approves and makes.

    application = SealApplication(kind="contract", name="示例公司合同专用章", holder="9131…", users=(der,), days=365, picture=…)
    application.fields()                          # what is signed
    SealApplication.read(fields)                  # the same again

The picture goes beside it, kept by its digest; an approver sees the very octets that will stand in the seal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from esign.seal.model import SealPicture, SealVersion
from esign.seal.order import MAX_NAME, MAX_SIDE_MM
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.purpose import Purpose, require_purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.seal.kinds import SealKind
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate

MAX_USERS: Final = 32  # of one application; its statement has 64 KiB
_HOLDER: Final = re.compile(r"[0-9A-Z]{18}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_TYPE: Final = re.compile(r"[A-Za-z0-9]{1,16}")
_FIELDS: Final = frozenset(
    {
        "seal_kind",
        "name",
        "holder",
        "users",
        "by_digest",
        "days",
        "version",
        "picture_type",
        "picture_sm3",
        "picture_width",
        "picture_height",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureNamed:
    """A picture by its digest (SM3, hex), with its type and its sides in millimetres."""

    type: str
    sm3: str
    width: int
    height: int

    @classmethod
    def of(cls, picture: SealPicture) -> Self:
        """Return what names a picture."""
        return cls(type=picture.type, sm3=_sm3(picture.data), width=picture.width, height=picture.height)

    def with_octets(self, data: bytes) -> SealPicture:
        """Return the picture. Raise SEAL_PICTURE for the octets of another."""
        if _sm3(data) != self.sm3:
            raise TrustError(ErrorCode.SEAL_PICTURE, "not the picture that was asked for")
        return SealPicture(type=self.type, data=data, width=self.width, height=self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealApplication:
    """A seal asked for. `holder` is the unit's unified social credit code, of a person's chop too; `users` are certificates (DER)."""

    kind: str
    name: str = field(repr=False)
    holder: str
    users: tuple[bytes, ...] = field(repr=False)
    days: int
    picture: PictureNamed
    version: SealVersion = SealVersion.V4
    by_digest: bool = False

    def __post_init__(self) -> None:
        """Raise SEAL_ORDER, naming the field, for what could not become a seal."""
        named = self.name == self.name.strip() and self.name.isprintable()
        _require("name", f"1 to {MAX_NAME} printable characters", holds=named and 0 < len(self.name) <= MAX_NAME)
        _require("holder", "a unified social credit code", holds=_HOLDER.fullmatch(self.holder) is not None)
        several = 0 < len(self.users) <= MAX_USERS and len(set(self.users)) == len(self.users)
        _require("users", f"1 to {MAX_USERS} certificates, each once", holds=several)
        _require("days", "one day or more", holds=self.days > 0)
        digests = not self.by_digest or self.version is not SealVersion.V1
        _require("by_digest", "GM/T 0031-2014 lists certificates whole", holds=digests)
        picture = self.picture
        sides = (picture.width, picture.height)
        _require("picture", f"1 to {MAX_SIDE_MM} mm", holds=all(0 < side <= MAX_SIDE_MM for side in sides))
        written = _TYPE.fullmatch(picture.type) is not None and _DIGEST.fullmatch(picture.sm3) is not None
        _require("picture", "a type and a digest", holds=written)

    def certificates(self) -> tuple[Certificate, ...]:
        """Return the certificates of those who may use it. Raise CERTIFICATE_MALFORMED, CERTIFICATE_PURPOSE."""
        found = tuple(parse_certificate(der) for der in self.users)
        for certificate in found:
            require_purpose(certificate, Purpose.DOCUMENT_SIGNING)
        return found

    def require_kind(self, kind: SealKind) -> None:
        """Raise SEAL_ORDER when the seal would last longer than its kind may."""
        _require("days", f"{kind.days} at most", holds=self.days <= kind.days)

    def fields(self) -> dict[str, JsonValue]:
        """Return what is signed; `read` reads it again."""
        return {
            "seal_kind": self.kind,
            "name": self.name,
            "holder": self.holder,
            "users": [encode_base64(der) for der in self.users],
            "by_digest": self.by_digest,
            "days": self.days,
            "version": int(self.version),
            "picture_type": self.picture.type,
            "picture_sm3": self.picture.sm3,
            "picture_width": self.picture.width,
            "picture_height": self.picture.height,
        }

    @classmethod
    def read(cls, fields: Mapping[str, JsonValue]) -> Self:
        """Return what was asked for. Raise SEAL_ORDER for other fields, or what could not become a seal."""
        for name in sorted(_FIELDS ^ set(fields)):
            raise TrustError(ErrorCode.SEAL_ORDER, "unknown field" if name in fields else "missing", field=name)
        users, by_digest = fields["users"], fields["by_digest"]
        if not isinstance(users, list) or not isinstance(by_digest, bool):
            raise TrustError(ErrorCode.SEAL_ORDER, "a list and a yes or no", field="users, by_digest")
        version = _number(fields, "version")
        _require("version", "1, 4 or 5", holds=version in set(SealVersion))
        return cls(
            kind=_text(fields, "seal_kind"),
            name=_text(fields, "name"),
            holder=_text(fields, "holder"),
            users=tuple(_octets(each) for each in users),
            days=_number(fields, "days"),
            version=SealVersion(version),
            by_digest=by_digest,
            picture=PictureNamed(
                type=_text(fields, "picture_type"),
                sm3=_text(fields, "picture_sm3"),
                width=_number(fields, "picture_width"),
                height=_number(fields, "picture_height"),
            ),
        )


def _text(fields: Mapping[str, JsonValue], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise TrustError(ErrorCode.SEAL_ORDER, "text", field=name)
    return value


def _number(fields: Mapping[str, JsonValue], name: str) -> int:
    value = fields[name]
    if type(value) is not int:
        raise TrustError(ErrorCode.SEAL_ORDER, "a whole number", field=name)
    return value


def _octets(value: JsonValue) -> bytes:
    if not isinstance(value, str):
        raise TrustError(ErrorCode.SEAL_ORDER, "base64", field="users")
    try:
        return decode_base64(value)
    except TrustError as error:
        raise TrustError(ErrorCode.SEAL_ORDER, "base64", field="users") from error


def _require(field_name: str, demand: str, *, holds: bool) -> None:
    if not holds:
        raise TrustError(ErrorCode.SEAL_ORDER, demand, field=field_name)


def _sm3(data: bytes) -> str:
    return digest(DigestAlgorithm.SM3, data).hex()
