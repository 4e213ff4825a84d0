"""Share files and contributions: one share sealed to a custodian, or by him to one sitting that needs the key.

    data = seal_share(key_set, share, custodian)                  # when the key is shared
    share = open_share(parse_share_file(data), decryptor)         # by the custodian, with his key
    again = contribute(parsed, decryptor, sitting)                # or: for one sitting, without showing the share to anybody

Both are canonical JSON whose plain part (set, name, index, threshold, custodian, and the sitting) is bound to the sealed part:
none of it can be changed without the share failing to open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, cast

from trustkit.crypto.contexts import Context, message_of
from trustkit.custody.sealed import open_sealed, seal
from trustkit.custody.sharing import MAX_SHARES, MIN_THRESHOLD, SECRET_SIZE, Share
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.key_set import Custodian, KeySet
    from trustkit.custody.port import Decryptor

MAX_SHARE_FILE: Final = 8 * 1024
SHARE: Final = "trustkit-share/1"
CONTRIBUTION: Final = "trustkit-contribution/1"
_CONTEXTS: Final = {SHARE: Context.SHARE, CONTRIBUTION: Context.CONTRIBUTION}
_FORMS: Final = {
    "set": re.compile(r"[0-9a-f]{32}"),
    "name": re.compile(r"[a-z0-9][a-z0-9-]{0,62}"),
    "custodian": re.compile(r"[a-z0-9][a-z0-9-]{0,31}"),
    "sitting": re.compile(r"([a-z0-9][a-z0-9-]{0,31})?"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFile:
    """A sealed share. `sitting` is empty in a custodian's own file, and names the sitting in a contribution."""

    format: str
    set_id: str
    name: str
    index: int
    threshold: int
    custodian: str
    sitting: str
    sealed: bytes = field(repr=False)


def seal_share(key_set: KeySet, share: Share, custodian: Custodian) -> bytes:
    """Return a custodian's file. Raise ALGORITHM_MISMATCH for a key that is not SM2."""
    file = ShareFile(
        format=SHARE,
        set_id=key_set.set_id,
        name=key_set.name,
        index=share.index,
        threshold=key_set.threshold,
        custodian=custodian.id,
        sitting="",
        sealed=b"",
    )
    return _encode(file, seal(custodian.key, share.octets, bound=_bound(file)))


def open_share(file: ShareFile, decryptor: Decryptor) -> Share:
    """Return the share inside. Raise DECRYPTION_FAILED (another's file, or changed), SHARE_MALFORMED."""
    octets = open_sealed(decryptor, file.sealed, bound=_bound(file))
    if len(octets) != SECRET_SIZE:
        raise TrustError(ErrorCode.SHARE_MALFORMED, "size of a share", index=file.index)
    return Share(index=file.index, octets=octets)


def contribute(file: ShareFile, decryptor: Decryptor, *, sitting: str, recipient: PublicKey) -> bytes:
    """Return the share sealed anew to the key of one sitting. Raise as `open_share`, and USAGE for a contribution."""
    if file.format != SHARE:
        raise TrustError(ErrorCode.USAGE, "a contribution is made from a custodian's own share file")
    share = open_share(file, decryptor)
    again = replace(file, format=CONTRIBUTION, sitting=sitting, sealed=b"")
    return _encode(again, seal(recipient, share.octets, bound=_bound(again)))


def require_of_set(file: ShareFile, key_set: KeySet, *, sitting: str) -> None:
    """Raise SHARE_FOREIGN unless the file is of this set, of one of its custodians, and for this sitting."""
    holders = {member.index: member.custodian for member in key_set.members}
    expected = (key_set.set_id, key_set.name, key_set.threshold, holders.get(file.index), sitting)
    if (file.set_id, file.name, file.threshold, file.custodian, file.sitting) != expected:
        told = "a share of another key, set or sitting"
        raise TrustError(ErrorCode.SHARE_FOREIGN, told, index=file.index, custodian=file.custodian)


def parse_share_file(data: bytes) -> ShareFile:
    """Return a share file or contribution, unopened. Raise SHARE_MALFORMED for anything not written here."""
    try:
        tree = cast("dict[str, JsonValue]", parse_json(data, max_size=MAX_SHARE_FILE, max_depth=2))
        for name, form in _FORMS.items():
            if not form.fullmatch(cast("str", tree[name])):
                raise TrustError(ErrorCode.SHARE_MALFORMED, "a field has not its form")  # noqa: TRY301 - one refusal
        found = ShareFile(
            format=cast("str", tree["format"]),
            set_id=cast("str", tree["set"]),
            name=cast("str", tree["name"]),
            index=cast("int", tree["index"]),
            threshold=cast("int", tree["threshold"]),
            custodian=cast("str", tree["custodian"]),
            sitting=cast("str", tree["sitting"]),
            sealed=decode_base64(cast("str", tree["sealed"])),
        )
        numbers = 1 <= found.index <= MAX_SHARES and MIN_THRESHOLD <= found.threshold <= MAX_SHARES
        is_right = found.format in _CONTEXTS and (found.format == SHARE) == (not found.sitting) and numbers
        same = is_right and _encode(found, found.sealed) == data
    except (TrustError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise TrustError(ErrorCode.SHARE_MALFORMED, "not a share file") from error
    if not same:
        raise TrustError(ErrorCode.SHARE_MALFORMED, "not the canonical form of a share file")
    return found


def _plain(file: ShareFile) -> dict[str, JsonValue]:
    return {
        "format": file.format,
        "set": file.set_id,
        "name": file.name,
        "index": file.index,
        "threshold": file.threshold,
        "custodian": file.custodian,
        "sitting": file.sitting,
    }


def _bound(file: ShareFile) -> bytes:
    return message_of(_CONTEXTS[file.format], canonical_json(_plain(file)))


def _encode(file: ShareFile, sealed: bytes) -> bytes:
    return canonical_json({**_plain(file), "sealed": encode_base64(sealed)})
