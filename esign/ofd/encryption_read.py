"""Reading what an encrypted package says in clear, and the map once it is decrypted (GM/T 0099-2020 annex C).

for act in read_encryptions(package.octets(ENCRYPTIONS_NAME)):
    read_keys(package.octets(act.seed_name), act.seed_name)
read_map(octets, act.map_name)                              # what came out of entriesmap.dat
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.encryption_model import (
    ENCRYPTIONS_NAME,
    KEY_SIZE,
    EncryptedEntry,
    EncryptionAct,
    EncryptionScheme,
    KeyDescription,
    WrappedKey,
)
from esign.ofd.limits import MAX_ENTRIES
from esign.ofd.paths import resolve
from esign.ofd.xml import attribute, child, child_text, children, parse_xml, require_child, require_root, text
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from esign.ofd.package import Package

MAX_ACTS: Final = 8  # encryptions of one package, one over the other
MAX_USERS: Final = 1000  # as recipients of a message
MAX_CERTIFICATE: Final = 64 * 1024  # characters of base64
_IV_ABSENT: Final = bytes(KEY_SIZE)  # C.1: the default is sixteen zeros


def require_clear(package: Package) -> None:
    """Raise OFD_ENCRYPTED for a package with an Encryptions.xml: whatever else stands in it is not all that recipients see."""
    told = package.nearest(
        ENCRYPTIONS_NAME
    )  # in any case: on Windows that is one name, and what is shown would be what it tells of
    if told is None:
        return
    try:
        last = read_encryptions(package.octets(told))[-1]
        seed = package.nearest(last.seed_name) or last.seed_name
        keys = read_keys(package.octets(seed), seed)
    except TrustError as error:
        raise TrustError(ErrorCode.OFD_ENCRYPTED, "by GM/T 0099, and not as it should be") from error
    raise TrustError(ErrorCode.OFD_ENCRYPTED, "by GM/T 0099", scheme=keys.scheme.value, users=len(keys.keys))


def read_encryptions(octets: bytes) -> tuple[EncryptionAct, ...]:
    """Return the acts of encryption that Encryptions.xml tells of, in the order they were done.

    Raises:
        TrustError: OFD_XML, OFD_MALFORMED, OFD_PATH, OFD_LIMIT.
    """
    root = require_root(parse_xml(octets, ENCRYPTIONS_NAME), "Encryptions", ENCRYPTIONS_NAME)
    found = list(children(root, "EncryptInfo"))
    if not found:
        raise TrustError(ErrorCode.OFD_MALFORMED, "Encryptions.xml tells of no encryption")
    if len(found) > MAX_ACTS:
        raise TrustError(ErrorCode.OFD_LIMIT, "encryptions of one package", limit=MAX_ACTS)
    return tuple(_act(each) for each in found)


def _act(info: Element) -> EncryptionAct:
    seed = resolve(text(require_child(info, "DecryptSeedLoc")), holder=ENCRYPTIONS_NAME)
    place = resolve(text(require_child(info, "EntriesMapLoc")), holder=ENCRYPTIONS_NAME)
    identifier = attribute(info, "ID") or ""
    if len({seed, place, ENCRYPTIONS_NAME}) != 3:  # noqa: PLR2004 - three files, each by itself
        raise TrustError(ErrorCode.OFD_MALFORMED, "key descriptions and map in one file", id=identifier[:40])
    return EncryptionAct(identifier=identifier, seed_name=seed, map_name=place)


def read_keys(octets: bytes, name: str) -> KeyDescription:
    """Return a decryptseed.dat; `name` is the file's, for the refusal.

    Raises:
        TrustError: OFD_XML, OFD_MALFORMED, OFD_LIMIT, BASE64_MALFORMED; ALGORITHM_UNKNOWN for a scheme of another number.
    """
    root = parse_xml(octets, name)  # called DecyptSeed by ofdrw, without its first r; what is inside tells what it is
    users = list(children(root, "UserInfo"))
    if not users:
        raise TrustError(ErrorCode.OFD_MALFORMED, "key descriptions for nobody", file=name[:120])
    if len(users) > MAX_USERS:
        raise TrustError(ErrorCode.OFD_LIMIT, "users of one encryption", limit=MAX_USERS)
    keys = tuple(_wrapped(each) for each in users)
    return KeyDescription(scheme=_scheme(attribute(root, "EncryptCaseId"), keys), keys=keys)


def _scheme(told: str | None, keys: tuple[WrappedKey, ...]) -> EncryptionScheme:
    """Return the scheme named; where none is, as ofdrw leaves it, certificates tell."""
    if not told:
        certified = any(each.certificate is not None for each in keys)
        return EncryptionScheme.CERTIFICATE if certified else EncryptionScheme.PASSWORD
    if told not in set(EncryptionScheme):
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "scheme of encryption", scheme=told[:40])
    return EncryptionScheme(told)


def _wrapped(user: Element) -> WrappedKey:
    certificate = child(user, "UserCert")
    told = child_text(user, "IVValue")
    iv = _IV_ABSENT if told is None else decode_base64(told)
    if len(iv) != KEY_SIZE:
        raise TrustError(ErrorCode.OFD_MALFORMED, "an IV of another length than a block", octets=len(iv))
    return WrappedKey(
        user=attribute(user, "UserName") or "",
        certificate=None if certificate is None else _certificate(certificate),
        wrapped=decode_base64(text(require_child(user, "EncryptedWK"))),
        iv=iv,
    )


def _certificate(element: Element) -> bytes:
    """Return the certificate's octets; base64 of one is longer than other values may be."""
    value = element.text or ""
    if len(element) or len(value) > MAX_CERTIFICATE:
        raise TrustError(ErrorCode.OFD_LIMIT, "certificate of a user", limit=MAX_CERTIFICATE)
    return decode_base64("".join(value.split()))


def read_map(octets: bytes, name: str) -> tuple[EncryptedEntry, ...]:
    """Return which encrypted file was which, from a map in clear; `name` is the map's own.

    Raises:
        TrustError: OFD_XML, OFD_MALFORMED (a file twice), OFD_PATH, OFD_LIMIT.
    """
    root = require_root(parse_xml(octets, name), "EncryptEntries", name)
    found: dict[str, EncryptedEntry] = {}
    taken: set[str] = set()
    for number, each in enumerate(children(root, "EncryptEntry")):
        if number >= MAX_ENTRIES:
            raise TrustError(ErrorCode.OFD_LIMIT, "encrypted files", limit=MAX_ENTRIES)
        entry = _entry(each, name)
        if entry.name in found or entry.encrypted_name in taken:
            raise TrustError(ErrorCode.OFD_MALFORMED, "the map names a file twice", file=entry.name[:120])
        found[entry.name] = entry
        taken.add(entry.encrypted_name)
    return tuple(found.values())


def _entry(element: Element, holder: str) -> EncryptedEntry:
    seed = attribute(element, "DecryptSeedLoc")
    return EncryptedEntry(
        name=resolve(attribute(element, "Path") or "", holder=holder),
        encrypted_name=resolve(attribute(element, "EPath") or "", holder=holder),
        seed_name=None if seed is None else resolve(seed, holder=holder),
    )
