"""Sittings: custodians open a shared key together, one at a time and each at a machine of his own if need be.

    sitting = sittings.begin("root-ca", "sign-crl", passphrase)        # its file goes to the custodians
    data = contribute_to(sitting, share_file, decryptor, now)          # by each: his share, sealed anew to the sitting's key
    with sittings.opened((data, data2), passphrase) as (key_set, key): # the key, for one act
        ...

The sitting's key is kept in the home under its passphrase until the act is done or the sitting's time has ended: contributions are
good for one sitting, and a sitting for one act. Who took part is in the trail before the key is used.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from trustkit.app.home import KEYS
from trustkit.app.key_sets import KeySets
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339, parse_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind, PublicKey, parse_public_key
from trustkit.custody.key_files import read_private_file, remove_private_file, write_new_private_file
from trustkit.custody.key_sharing import open_key_set
from trustkit.custody.share_files import contribute, open_share, parse_share_file, require_of_set
from trustkit.custody.software import SoftwareKeystore
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal, fresh_identifier
from trustkit.store import operators

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trustkit.app.opened import OpenedHome
    from trustkit.custody.key_set import KeySet
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import Decryptor
    from trustkit.custody.private_key import PrivateKey
    from trustkit.custody.sharing import Share

FOLDER: Final = "sittings"
FORMAT: Final = "trustkit-sitting/1"
MAX_SITTING: Final = 4096
LIFETIME: Final = timedelta(hours=24)  # custodians in other towns; a key waits no longer than a day
RESHARE: Final = "reshare"  # to share the key anew
RECOVER: Final = "recover-key"  # to open a key in escrow
_PURPOSE: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_ID: Final = re.compile(r"st-[a-z]{13}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One sitting: for which key and set, what for, until when, and the key contributions are sealed to."""

    id: str
    key: str
    set_id: str
    purpose: str
    expires_at: datetime
    public_key: PublicKey

    @property
    def fingerprint(self) -> str:
        """SM3 of the file, hex: what custodians compare before they contribute."""
        return digest(DigestAlgorithm.SM3, encode_sitting(self)).hex()


def encode_sitting(sitting: Sitting) -> bytes:
    """Return canonical JSON; the inverse of `parse_sitting`."""
    return canonical_json(
        {
            "format": FORMAT,
            "sitting": sitting.id,
            "key": sitting.key,
            "set": sitting.set_id,
            "purpose": sitting.purpose,
            "expires_at": format_rfc3339(sitting.expires_at),
            "public_key": encode_base64(sitting.public_key.spki),
        }
    )


def parse_sitting(data: bytes) -> Sitting:
    """Return a sitting's file, read. Raise SHARE_MALFORMED for anything `encode_sitting` would not write."""
    try:
        tree = cast("dict[str, str]", parse_json(data, max_size=MAX_SITTING, max_depth=1))
        found = Sitting(
            id=tree["sitting"],
            key=tree["key"],
            set_id=tree["set"],
            purpose=tree["purpose"],
            expires_at=parse_rfc3339(tree["expires_at"]),
            public_key=parse_public_key(decode_base64(tree["public_key"])),
        )
        is_right = _ID.fullmatch(found.id) and _PURPOSE.fullmatch(found.purpose) and encode_sitting(found) == data
    except (TrustError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise TrustError(ErrorCode.SHARE_MALFORMED, "not the file of a sitting") from error
    if not is_right:
        raise TrustError(ErrorCode.SHARE_MALFORMED, "not the canonical form of a sitting's file")
    return found


def contribute_to(sitting: Sitting, share_file: bytes, decryptor: Decryptor, now: datetime) -> bytes:
    """Return a custodian's contribution.

    Raises:
        TrustError: SITTING_OVER, SHARE_MALFORMED, SHARE_FOREIGN (of another key or set), DECRYPTION_FAILED (another's share).
    """
    if now >= sitting.expires_at:
        raise TrustError(ErrorCode.SITTING_OVER, "its time has ended", sitting=sitting.id)
    file = parse_share_file(share_file)
    if (file.name, file.set_id) != (sitting.key, sitting.set_id):
        raise TrustError(ErrorCode.SHARE_FOREIGN, "the sitting is for another key or set", index=file.index)
    return contribute(file, decryptor, sitting=sitting.id, recipient=sitting.public_key)


class Sittings:
    """The sittings of one home."""

    def __init__(self, home: OpenedHome) -> None:
        """Name the home; nothing is read yet."""
        self._home = home
        self._folder = home.settings.home / FOLDER
        self._sets = KeySets(home.settings.home / KEYS)
        self._keystore = SoftwareKeystore(self._folder)

    def begin(self, key: str, purpose: str, passphrase: Passphrase) -> Sitting:
        """Return a new sitting. Raise KEY_MISSING (no such shared key), USAGE (purpose), PASSPHRASE_WEAK, DISK_*."""
        if not _PURPOSE.fullmatch(purpose):
            raise TrustError(ErrorCode.USAGE, "a purpose is a code such as sign-crl")
        key_set = self._sets.get(key)
        self.forget_ended()
        name = fresh_identifier("st")
        sealing = self._keystore.create(name, KeyKind.SM2, passphrase)
        sitting = Sitting(
            id=name,
            key=key,
            set_id=key_set.set_id,
            purpose=purpose,
            expires_at=(self._home.clock.now() + LIFETIME).replace(microsecond=0),
            public_key=sealing.public_key,
        )
        write_new_private_file(self._folder / f"{name}.json", encode_sitting(sitting))
        facts: dict[str, FactValue] = {**_facts(sitting), "sitting_sm3": sitting.fingerprint}
        self._tell(EventType.SITTING_BEGUN, sitting, self._home.operator, facts)
        return sitting

    def find(self, name: str) -> Sitting:
        """Return a sitting of this home that is not over. Raise SITTING_OVER, SHARE_MALFORMED."""
        over = TrustError(ErrorCode.SITTING_OVER, "no such sitting here, or its time has ended", sitting=name[:32])
        if not _ID.fullmatch(name):
            raise over
        try:
            sitting = parse_sitting(read_private_file(self._folder / f"{name}.json", limit=MAX_SITTING))
        except TrustError as error:
            if error.code is ErrorCode.KEY_MISSING:
                raise over from error
            raise
        if self._home.clock.now() >= sitting.expires_at:
            self._forget(sitting)
            raise over
        return sitting

    @contextmanager
    def opened(
        self, contributions: Sequence[bytes], passphrase: Passphrase, *, purpose: str | None = None
    ) -> Iterator[tuple[KeySet, PrivateKey]]:
        """Give the key that the contributions open; when the block comes to its end, the sitting is over.

        `purpose` is what the sitting must have been begun for; None for the acts that take any.

        Raises:
            TrustError: SITTING_OVER, SHARE_* (each named; SHARE_FOREIGN for a sitting for another purpose), OPERATOR_REVOKED and OPERATOR_MISSING (of a custodian),
                PASSPHRASE_WRONG (of the home), KEY_CONTAINER_MALFORMED.
        """
        files = tuple(parse_share_file(data) for data in contributions)
        sittings = {file.sitting for file in files}
        if len(sittings) != 1:
            raise TrustError(ErrorCode.SHARE_FOREIGN, "contributions of one sitting are needed", sittings=len(sittings))
        sitting = self.find(sittings.pop())
        if purpose is not None and sitting.purpose != purpose:
            told = f"custodians contributed for another purpose; this needs a sitting for {purpose}"
            raise TrustError(ErrorCode.SHARE_FOREIGN, told, purpose=sitting.purpose)
        key_set = self._sets.get(sitting.key)
        if key_set.set_id != sitting.set_id:
            raise TrustError(ErrorCode.SITTING_OVER, "the key was shared anew since", sitting=sitting.id)
        decryptor = self._keystore.read(sitting.id, passphrase).decryptor()
        shares: list[Share] = []
        for file in files:
            require_of_set(file, key_set, sitting=sitting.id)
            shares.append(open_share(file, decryptor))
        key = open_key_set(key_set, shares)
        self._tell_custodians(sitting, tuple(file.custodian for file in files))
        yield key_set, key
        self.end(sitting.id)

    def end(self, name: str) -> None:
        """End a sitting: its contributions open nothing any more. Raise SITTING_OVER."""
        sitting = self.find(name)
        self._forget(sitting)
        self._tell(EventType.SITTING_ENDED, sitting, self._home.operator, _facts(sitting))

    def forget_ended(self) -> int:
        """Remove the keys of sittings whose time has ended, whether or not anybody asks for them; return how many."""
        now, ended = self._home.clock.now(), 0
        for path in sorted(self._folder.glob("st-*.json")):
            with suppress(TrustError):  # a file that cannot be read is `find`'s to tell of, and stops nothing else
                sitting = parse_sitting(read_private_file(path, limit=MAX_SITTING))
                if now >= sitting.expires_at:
                    self._forget(sitting)
                    ended += 1
        return ended

    def _forget(self, sitting: Sitting) -> None:
        """Remove key and file; what a crash between the two left, or another process removes, is gone all the same."""
        for remove in (
            partial(self._keystore.remove, sitting.id),
            partial(remove_private_file, self._folder / f"{sitting.id}.json"),
        ):
            try:
                remove()
            except TrustError as error:
                if error.code is not ErrorCode.KEY_MISSING:
                    raise

    def _tell_custodians(self, sitting: Sitting, custodians: tuple[str, ...]) -> None:
        """Write who took part, before the key is used; a custodian whose powers were withdrawn stops it."""
        now = self._home.clock.now()
        with self._home.database.unit_of_work() as uow:
            for custodian in custodians:
                if operators.get(uow, custodian).revoked_at is not None:
                    raise TrustError(ErrorCode.OPERATOR_REVOKED, "a custodian of this set", operator=custodian)
            for custodian in custodians:
                facts: dict[str, FactValue] = {**_facts(sitting), "custodian": custodian}
                trail.record(uow, _event(EventType.SITTING_JOINED, sitting, now, Principal(id=custodian), facts))

    def _tell(self, kind: EventType, sitting: Sitting, actor: Principal, facts: Mapping[str, FactValue]) -> None:
        with self._home.database.unit_of_work() as uow:
            trail.record(uow, _event(kind, sitting, self._home.clock.now(), actor, facts))


def _facts(sitting: Sitting) -> dict[str, FactValue]:
    return {"key": sitting.key, "key_set": sitting.set_id, "purpose": sitting.purpose}


def _event(
    kind: EventType, sitting: Sitting, at: datetime, actor: Principal, facts: Mapping[str, FactValue]
) -> AuditEvent:
    return AuditEvent(type=kind, at=at, actor=actor, object_type="sitting", object_id=sitting.id, facts=facts)
