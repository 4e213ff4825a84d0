"""What the two sides of an SM2 key agreement send each other, and what each keeps in between (GB/T 32918.3 6.1).

    offer         A to B    who A is, R_A, and until when
    answer        B to A    who B is, R_B, the offer it answers, and S_B
    confirmation  A to B    the answer it confirms, and S_A
    pending       kept      what a side waits for; its ephemeral key is sealed to its own static key

All are canonical JSON. Nothing in what is sent is believed for standing there: a changed ID, key or share gives another Z or
another point, and the confirmation values differ. The length and the use of the key are in none of them; each side says them itself.
`trustkit.custody.agreement_run` makes and uses these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar, cast

from trustkit.clock import format_rfc3339, parse_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.crypto.sm2 import POINT_SIZE
from trustkit.custody.agreement import CONFIRMATION_SIZE, ExchangeRole, PeerShare
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MAX_AGREEMENT_FILE: Final = 8 * 1024
OFFER: Final = "trustkit-agreement-offer/1"
ANSWER: Final = "trustkit-agreement-answer/1"
CONFIRMATION: Final = "trustkit-agreement-confirmation/1"
PENDING: Final = "trustkit-agreement-pending/1"
_IDENTITY: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_File = TypeVar("_File")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The initiator's first step: who it is, with its ephemeral point, and until when it waits."""

    side: PeerShare
    expires: datetime

    def encode(self) -> bytes:
        """Return canonical JSON; the inverse of `parse_offer`."""
        return canonical_json({"format": OFFER, **_side(self.side), "expires": format_rfc3339(self.expires)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The responder's step: who it is, with its ephemeral point, SM3 of the offer it answers (hex), and S_B."""

    side: PeerShare
    offer: str
    confirmation: bytes

    def encode(self) -> bytes:
        """Return canonical JSON; the inverse of `parse_answer`."""
        said: dict[str, JsonValue] = {"offer": self.offer, "confirmation": encode_base64(self.confirmation)}
        return canonical_json({"format": ANSWER, **_side(self.side), **said})


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The initiator's last step: SM3 of the answer it confirms (hex), and S_A."""

    answer: str
    confirmation: bytes

    def encode(self) -> bytes:
        """Return canonical JSON; the inverse of `parse_confirmation`."""
        said = encode_base64(self.confirmation)
        return canonical_json({"format": CONFIRMATION, "answer": self.answer, "confirmation": said})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A run that waits for the other side.

    Attributes:
        own: this side, as it was sent.
        peer: the other side; an initiator does not know its share yet (b"").
        sent: SM3 (hex) of what was sent, which the other side refers to.
        sealed: the ephemeral private key, sealed to the own static key and bound to everything else here.
    """

    role: ExchangeRole
    own: PeerShare
    peer: PeerShare
    sent: str
    expires: datetime
    sealed: bytes = field(repr=False)

    def plain(self) -> dict[str, JsonValue]:
        """Return everything but the sealed part."""
        return {
            "format": PENDING,
            "role": self.role.value,
            "own": _side(self.own),
            "peer": _side(self.peer),
            "sent": self.sent,
            "expires": format_rfc3339(self.expires),
        }

    def encode(self) -> bytes:
        """Return canonical JSON; the inverse of `parse_pending`."""
        return canonical_json({**self.plain(), "sealed": encode_base64(self.sealed)})


def name_of(message: bytes) -> str:
    """Return what a later message names this one by: SM3 of its octets, hex."""
    return digest(DigestAlgorithm.SM3, message).hex()


def identity_octets(text: str) -> bytes:
    """Return the ID of a side in UTF-8. Raise USAGE for an empty or long one, or one with control characters."""
    if not _IDENTITY.fullmatch(text):
        raise TrustError(ErrorCode.USAGE, "an ID is 1 to 255 characters without control characters")
    return text.encode("utf-8")


def parse_offer(data: bytes) -> Offer:
    """Return an offer. Raise AGREEMENT_MALFORMED for anything `Offer.encode` would not write."""
    return _parsed(data, OFFER, lambda tree: Offer(side=_read_side(tree), expires=_moment(tree)), Offer.encode)


def parse_answer(data: bytes) -> Answer:
    """Return an answer. Raise AGREEMENT_MALFORMED for anything `Answer.encode` would not write."""

    def read(tree: dict[str, JsonValue]) -> Answer:
        return Answer(side=_read_side(tree), offer=_hex(tree["offer"]), confirmation=_confirmation(tree))

    return _parsed(data, ANSWER, read, Answer.encode)


def parse_confirmation(data: bytes) -> Confirmation:
    """Return a confirmation. Raise AGREEMENT_MALFORMED for anything `Confirmation.encode` would not write."""

    def read(tree: dict[str, JsonValue]) -> Confirmation:
        return Confirmation(answer=_hex(tree["answer"]), confirmation=_confirmation(tree))

    return _parsed(data, CONFIRMATION, read, Confirmation.encode)


def parse_pending(data: bytes) -> Pending:
    """Return what a side kept. Raise AGREEMENT_MALFORMED for anything `Pending.encode` would not write."""

    def read(tree: dict[str, JsonValue]) -> Pending:
        role = ExchangeRole(tree["role"])
        peer_share = 0 if role is ExchangeRole.INITIATOR else POINT_SIZE
        return Pending(
            role=role,
            own=_read_side(cast("dict[str, JsonValue]", tree["own"])),
            peer=_read_side(cast("dict[str, JsonValue]", tree["peer"]), share_size=peer_share),
            sent=_hex(tree["sent"]),
            expires=_moment(tree),
            sealed=decode_base64(cast("str", tree["sealed"])),
        )

    return _parsed(data, PENDING, read, Pending.encode)


def _parsed(
    data: bytes, form: str, read: Callable[[dict[str, JsonValue]], _File], encode: Callable[[_File], bytes]
) -> _File:
    try:
        tree = cast("dict[str, JsonValue]", parse_json(data, max_size=MAX_AGREEMENT_FILE, max_depth=3))
        found = read(tree)
        same = tree["format"] == form and encode(found) == data
    except (TrustError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise TrustError(ErrorCode.AGREEMENT_MALFORMED, f"not {form}") from error
    if not same:
        raise TrustError(ErrorCode.AGREEMENT_MALFORMED, f"not the canonical form of {form}")
    return found


def _side(side: PeerShare) -> dict[str, JsonValue]:
    return {
        "id": side.identity.decode("utf-8"),
        "key": encode_base64(side.public_key.spki),
        "share": encode_base64(side.share),
    }


def _read_side(tree: dict[str, JsonValue], *, share_size: int = POINT_SIZE) -> PeerShare:
    key, share = parse_public_key(decode_base64(cast("str", tree["key"]))), decode_base64(cast("str", tree["share"]))
    _require(key.kind is KeyKind.SM2 and len(share) == share_size)
    return PeerShare(public_key=key, share=share, identity=identity_octets(cast("str", tree["id"])))


def _moment(tree: dict[str, JsonValue]) -> datetime:
    return parse_rfc3339(cast("str", tree["expires"]))


def _confirmation(tree: dict[str, JsonValue]) -> bytes:
    octets = decode_base64(cast("str", tree["confirmation"]))
    _require(len(octets) == CONFIRMATION_SIZE)
    return octets


def _hex(value: JsonValue) -> str:
    _require(isinstance(value, str) and _DIGEST.fullmatch(value) is not None)
    return cast("str", value)


def _require(holds: bool) -> None:  # noqa: FBT001 - one condition, said by name where it is asked
    if not holds:
        raise TrustError(ErrorCode.AGREEMENT_MALFORMED, "a field has not its form")
