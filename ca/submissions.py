"""What can be asked for, checked when it is asked, and read again from what was signed.

    asked = CertificateAsked(request=csr_octets, profile="person", encryption_profile="encryption")
    CertificateAsked.read(verified.said)

Each kind knows the fields it signs. Who a request is about stands in these fields, in the store; the trail has their digest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final, Protocol, Self

from trustkit.clock import format_rfc3339
from trustkit.crypto.public_key import KeyKind, PublicKey, parse_public_key
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.registrations import Kind
from trustkit.x509.request import VerifiedRequest, parse_request, verify_request

if TYPE_CHECKING:
    from ca.statements import VerifiedStatement
    from trustkit.encoding.canonical_json import JsonValue

MAX_BASIS: Final = 500  # characters of a legal basis: a law's name, an article, a file number
DEFAULT_AUTHORITY: Final = "issuing"  # under which CA, by its name in the register, when nothing else is said
_REASON: Final = re.compile(r"[a-z][A-Za-z0-9-]{0,63}")
_PROFILE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Asked(Protocol):
    """One thing asked for. `profile` and `serial` may be empty or None where they say nothing."""

    @property
    def kind(self) -> Kind:
        """Which kind of request it makes."""

    @property
    def profile(self) -> str:
        """The profile the policy looks at."""

    @property
    def serial(self) -> str | None:
        """The certificate it is about, hex."""

    def fields(self) -> dict[str, JsonValue]:
        """What is signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAsked:
    """A certificate for the key of a request (PKCS#10) under a CA, and with `encryption_profile` its encryption twin."""

    request: bytes = field(repr=False)
    profile: str
    encryption_profile: str = ""
    authority: str = DEFAULT_AUTHORITY
    kind: Kind = Kind.CERTIFICATE
    serial: str | None = None

    def __post_init__(self) -> None:
        """Check the names. Raise USAGE."""
        names = (self.profile, self.authority, *([self.encryption_profile] if self.encryption_profile else []))
        if not all(_PROFILE.fullmatch(name) for name in names):
            raise TrustError(ErrorCode.USAGE, "the name of a profile or a CA is small letters, digits and hyphens")

    def proved(self) -> VerifiedRequest:
        """Return the request, proved to be made by the owner of its key (RFC 2986 4.2).

        Raises:
            TrustError: as `parse_request` and `verify_request`; ALGORITHM_MISMATCH when a twin is asked for and the key is not
                SM2, since the twin's key comes back under it (GM/T 0009).
        """
        request = verify_request(parse_request(self.request))
        if self.encryption_profile and request.public_key.kind is not KeyKind.SM2:
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "dual certificates have SM2 keys")
        return request

    def fields(self) -> dict[str, JsonValue]:
        """See `Asked.fields`."""
        return {
            "request": encode_base64(self.request),
            "profile": self.profile,
            "encryption_profile": self.encryption_profile,
            "authority": self.authority,
        }

    @classmethod
    def read(cls, said: VerifiedStatement) -> Self:
        """Return what was asked for. Raise STATEMENT_WRONG."""
        return cls(
            request=_octets(said, "request"),
            profile=said.text("profile"),
            encryption_profile=said.text("encryption_profile"),
            authority=said.text("authority") if "authority" in said.fields else DEFAULT_AUTHORITY,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationAsked:
    """The revocation of a certificate with a reason of RFC 5280 5.3.1, and since when it is not to be relied on (5.3.2), if known."""

    serial: str
    reason: str
    invalid_since: datetime | None = None
    kind: Kind = Kind.REVOCATION
    profile: str = ""

    def fields(self) -> dict[str, JsonValue]:
        """See `Asked.fields`."""
        since = {} if self.invalid_since is None else {"invalid_since": format_rfc3339(self.invalid_since)}
        return {"serial": self.serial, "reason": self.reason, **since}

    @classmethod
    def read(cls, said: VerifiedStatement) -> Self:
        """Return what was asked for. Raise STATEMENT_WRONG."""
        since = said.moment("invalid_since") if "invalid_since" in said.fields else None
        return cls(serial=said.text("serial"), reason=said.text("reason"), invalid_since=since)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryAsked:
    """The recovery of an escrowed key for the owner of `recipient`, with a reason as a code and its legal basis."""

    serial: str
    reason: str
    basis: str = field(repr=False)
    recipient: PublicKey
    kind: Kind = Kind.RECOVERY
    profile: str = ""

    def __post_init__(self) -> None:
        """Check reason and basis. Raise USAGE, ALGORITHM_MISMATCH."""
        _require_reason(self.reason, self.basis)
        if self.recipient.kind is not KeyKind.SM2:
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "a recovered key is returned under an SM2 key")

    def fields(self) -> dict[str, JsonValue]:
        """See `Asked.fields`."""
        recipient = encode_base64(self.recipient.spki)
        return {"serial": self.serial, "reason": self.reason, "basis": self.basis, "recipient": recipient}

    @classmethod
    def read(cls, said: VerifiedStatement) -> Self:
        """Return what was asked for. Raise STATEMENT_WRONG."""
        return cls(
            serial=said.text("serial"),
            reason=said.text("reason"),
            basis=said.text("basis"),
            recipient=parse_public_key(_octets(said, "recipient")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionAsked:
    """The destruction of an escrowed key after its retention; the record stays."""

    serial: str
    reason: str
    basis: str = field(repr=False)
    kind: Kind = Kind.DESTRUCTION
    profile: str = ""

    def __post_init__(self) -> None:
        """Check reason and basis. Raise USAGE."""
        _require_reason(self.reason, self.basis)

    def fields(self) -> dict[str, JsonValue]:
        """See `Asked.fields`."""
        return {"serial": self.serial, "reason": self.reason, "basis": self.basis}

    @classmethod
    def read(cls, said: VerifiedStatement) -> Self:
        """Return what was asked for. Raise STATEMENT_WRONG."""
        return cls(serial=said.text("serial"), reason=said.text("reason"), basis=said.text("basis"))


def _require_reason(reason: str, basis: str) -> None:
    if not _REASON.fullmatch(reason):
        raise TrustError(ErrorCode.USAGE, "a reason is a code such as key-lost or court-order")
    if not 1 <= len(basis.strip()) <= MAX_BASIS:
        raise TrustError(ErrorCode.USAGE, f"a legal basis has 1 to {MAX_BASIS} characters")


def _octets(said: VerifiedStatement, name: str) -> bytes:
    try:
        return decode_base64(said.text(name))
    except TrustError as error:
        raise TrustError(ErrorCode.STATEMENT_WRONG, "a field is no base64", field=name) from error
