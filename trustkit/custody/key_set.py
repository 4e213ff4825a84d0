"""What an authority keeps of a shared key: the container, its threshold, and what is public about each share.

A set holds no secret that fewer than `threshold` shares could open. Each share is told by SM3 over context, set, index and
share: a share is 128 random bits, so that its digest gives nothing away that could be computed, and with it a wrong share is
named, instead of the key merely not opening. `trustkit.custody.key_sharing` makes and opens sets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, cast

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import PublicKey, parse_public_key
from trustkit.custody.sharing import MAX_SHARES, MIN_THRESHOLD
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError

FORMAT: Final = "trustkit-key-set/1"
MAX_KEY_SET: Final = 64 * 1024
KEY_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HEX: Final = re.compile(r"[0-9a-f]{32}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CUSTODIAN: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Custodian:
    """Who is to hold a share: a pseudonym, and the SM2 key the share is sealed to."""

    id: str
    key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What is public about one share: its index, who holds it, and the digest it is told by (hex)."""

    index: int
    custodian: str
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    """A shared key: `threshold` of its `members` open `container`, which holds the private half of `public_key`."""

    name: str
    set_id: str
    threshold: int
    members: tuple[Member, ...]
    public_key: PublicKey
    container: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SM3 of the encoded set, hex: what the trail remembers it by."""
        return digest(DigestAlgorithm.SM3, encode_key_set(self)).hex()


def encode_key_set(key_set: KeySet) -> bytes:
    """Return canonical JSON; the inverse of `parse_key_set`."""
    return canonical_json(
        {
            "format": FORMAT,
            "name": key_set.name,
            "set": key_set.set_id,
            "threshold": key_set.threshold,
            "members": [
                {"index": member.index, "custodian": member.custodian, "commitment": member.commitment}
                for member in key_set.members
            ],
            "public_key": encode_base64(key_set.public_key.spki),
            "container": encode_base64(key_set.container),
        }
    )


def parse_key_set(data: bytes) -> KeySet:
    """Return the set in canonical JSON. Raise KEY_SET_MALFORMED for anything `encode_key_set` would not write."""
    try:
        tree = cast("dict[str, JsonValue]", parse_json(data, max_size=MAX_KEY_SET, max_depth=4))
        members = cast("list[dict[str, JsonValue]]", tree["members"])
        found = KeySet(
            name=_text(tree["name"], KEY_NAME),
            set_id=_text(tree["set"], _HEX),
            threshold=cast("int", tree["threshold"]),
            members=tuple(
                Member(
                    index=cast("int", member["index"]),
                    custodian=_text(member["custodian"], _CUSTODIAN),
                    commitment=_text(member["commitment"], _DIGEST),
                )
                for member in members
            ),
            public_key=parse_public_key(decode_base64(cast("str", tree["public_key"]))),
            container=decode_base64(cast("str", tree["container"])),
        )
        in_order = [member.index for member in found.members] == list(range(1, len(found.members) + 1))
        if not in_order or not MIN_THRESHOLD <= found.threshold <= len(found.members) <= MAX_SHARES:
            raise TrustError(ErrorCode.KEY_SET_MALFORMED, "indices or threshold")  # noqa: TRY301 - one refusal below
        same = encode_key_set(found) == data
    except (TrustError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise TrustError(ErrorCode.KEY_SET_MALFORMED, "not a set of a shared key") from error
    if not same:
        raise TrustError(ErrorCode.KEY_SET_MALFORMED, "not the canonical form")
    return found


def _text(value: JsonValue, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise TrustError(ErrorCode.KEY_SET_MALFORMED, "a field has not its form")
    return value
