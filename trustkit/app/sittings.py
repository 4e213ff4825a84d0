"""Sittings: custodians open a shared key together, one at a time and each at a machine of his own if need be.

    sitting = sittings.begin("root-ca", "sign-crl", passphrase)        # its file goes to the custodians
    data = contribute_to(sitting, share_file, decryptor, now)          # by each: his share, sealed anew to the sitting's key
    with sittings.opened((data, data2), passphrase) as (key_set, key): # the key, for one act
        ...

The sitting's key is kept in the home under its passphrase until the act is done or the sitting's time has ended: contributions are
good for one sitting, and a sitting for one act. Who took part is in the trail before the key is used.

A sitting is the file ``ID.json``. While a process begins, uses or ends it, the file is ``ID.held`` and held by that process
(`trustkit.custody.held_files`): two cannot use one sitting, and one whose process died may have served its act, so that the next
command ends it. The trail tells of each sitting's beginning and end once.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from trustkit.app.home import KEYS
from trustkit.app.key_sets import KeySets
from trustkit.app.set_changes import SetChanges
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339, parse_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind, PublicKey, parse_public_key
from trustkit.custody.held_files import create_held, hold
from trustkit.custody.key_files import read_private_file, require_private_folder
from trustkit.custody.key_sharing import open_key_set
from trustkit.custody.private_key import generate_key
from trustkit.custody.share_files import contribute, open_share, parse_share_file, require_of_set
from trustkit.custody.software import SoftwareKeystore
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal, fresh_identifier
from trustkit.store import operators

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from trustkit.app.opened import OpenedHome
    from trustkit.custody.held_files import HeldFile
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
_OPEN: Final = ".json"
_HELD: Final = ".held"
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
        passphrase.require_strength()
        SetChanges(home=self._home).settle()
        key_set = self._sets.get(key)
        self.forget_ended()
        name, sealing = fresh_identifier("st"), generate_key(KeyKind.SM2)
        sitting = Sitting(
            id=name,
            key=key,
            set_id=key_set.set_id,
            purpose=purpose,
            expires_at=(self._home.clock.now() + LIFETIME).replace(microsecond=0),
            public_key=sealing.public_key,
        )
        require_private_folder(self._folder, create=True)
        facts: dict[str, FactValue] = {**_facts(sitting), "sitting_sm3": sitting.fingerprint}
        with create_held(self._held(name), encode_sitting(sitting)) as held:
            self._keystore.add(name, sealing, passphrase)
            with self._home.database.unit_of_work() as uow:
                trail.record(uow, self._event(EventType.SITTING_BEGUN, sitting, self._home.operator, facts))
            held.rename(self._open(name))
        return sitting

    def find(self, name: str) -> Sitting:
        """Return a sitting of this home that is not over. Raise SITTING_OVER, KEY_BUSY (it is being used), SHARE_MALFORMED."""
        self.forget_ended()
        if not _ID.fullmatch(name):
            raise _over(name)
        try:
            return self._read(self._open(name))
        except TrustError as error:
            if error.code is not ErrorCode.KEY_MISSING:
                raise
            if self._held(name).exists():
                raise TrustError(ErrorCode.KEY_BUSY, "another command uses the sitting", sitting=name) from error
            raise _over(name) from error

    @contextmanager
    def opened(
        self, contributions: Sequence[bytes], passphrase: Passphrase, *, purpose: str | None = None
    ) -> Iterator[tuple[KeySet, PrivateKey]]:
        """Give the key that the contributions open; when the block comes to its end, the sitting is over.

        `purpose` is what the sitting must have been begun for; None for the acts that take any.

        Raises:
            TrustError: SITTING_OVER, KEY_BUSY (another command uses it), SHARE_* (each named; SHARE_FOREIGN for a sitting for another purpose), OPERATOR_REVOKED and OPERATOR_MISSING (of a custodian),
                PASSPHRASE_WRONG (of the home), KEY_CONTAINER_MALFORMED.
        """
        self._home.require_asked()
        files = tuple(parse_share_file(data) for data in contributions)
        sittings = {file.sitting for file in files}
        if len(sittings) != 1:
            raise TrustError(ErrorCode.SHARE_FOREIGN, "contributions of one sitting are needed", sittings=len(sittings))
        sitting = self.find(sittings.pop())
        if purpose is not None and sitting.purpose != purpose:
            told = f"custodians contributed for another purpose; this needs a sitting for {purpose}"
            raise TrustError(ErrorCode.SHARE_FOREIGN, told, purpose=sitting.purpose)
        SetChanges(home=self._home).settle()
        key_set = self._sets.get(sitting.key)
        if key_set.set_id != sitting.set_id:
            raise TrustError(ErrorCode.SITTING_OVER, "the key was shared anew since", sitting=sitting.id)
        decryptor = self._keystore.read(sitting.id, passphrase).decryptor()
        shares: list[Share] = []
        for file in files:
            require_of_set(file, key_set, sitting=sitting.id)
            shares.append(open_share(file, decryptor))
        key = open_key_set(key_set, shares)
        with self._hold(sitting) as held:
            try:
                self._tell_custodians(sitting, tuple(file.custodian for file in files))
                yield key_set, key
            except BaseException:  # the custodians need not come again for an act that failed
                with suppress(TrustError):
                    held.rename(self._open(sitting.id))
                raise
            self._close(sitting, held)

    def end(self, name: str) -> None:
        """End a sitting: its contributions open nothing any more. Raise SITTING_OVER, KEY_BUSY."""
        sitting = self.find(name)
        with self._hold(sitting) as held:
            self._close(sitting, held)

    def forget_ended(self) -> int:
        """End the sittings whose time has ended or whose process died, whether or not anybody asks; return how many."""
        ended = 0
        for path in sorted(self._folder.glob("st-*")):
            if path.suffix in {_OPEN, _HELD}:
                with suppress(TrustError):  # a file that cannot be read is `find`'s to tell of, and stops nothing else
                    ended += self._forget_ended(path)
        return ended

    def _forget_ended(self, path: Path) -> bool:
        sitting = self._read(path)
        is_late = self._home.clock.now() >= sitting.expires_at
        held = hold(path) if is_late or path.suffix == _HELD else None
        if held is None:
            return False
        with held:
            held.rename(self._held(sitting.id))
            self._close(sitting, held, reason="expired" if is_late else "interrupted")
        return True

    def _hold(self, sitting: Sitting) -> HeldFile:
        """Return the sitting's file, held and so named. Raise KEY_BUSY, SITTING_OVER: another command came first."""
        held = hold(self._open(sitting.id))
        if held is None:
            self.find(sitting.id)
            raise TrustError(ErrorCode.KEY_BUSY, "another command uses the sitting", sitting=sitting.id)
        held.rename(self._held(sitting.id))
        return held

    def _close(self, sitting: Sitting, held: HeldFile, *, reason: str = "") -> None:
        """Remove the key, tell, remove the file: stopped anywhere, the next command does the rest."""
        try:
            self._keystore.remove(sitting.id)
        except TrustError as error:
            if error.code is not ErrorCode.KEY_MISSING:
                raise
        with self._home.database.unit_of_work() as uow:
            is_begun = trail.last_event(uow, EventType.SITTING_BEGUN, sitting.id) is not None
            if is_begun and trail.last_event(uow, EventType.SITTING_ENDED, sitting.id) is None:
                event = self._event(EventType.SITTING_ENDED, sitting, self._home.operator, _facts(sitting))
                trail.record(uow, replace(event, reason=reason))
        held.remove()

    def _tell_custodians(self, sitting: Sitting, custodians: tuple[str, ...]) -> None:
        """Write who took part, before the key is used; a custodian whose powers were withdrawn stops it."""
        with self._home.database.unit_of_work() as uow:
            for custodian in custodians:
                if operators.get(uow, custodian).revoked_at is not None:
                    raise TrustError(ErrorCode.OPERATOR_REVOKED, "a custodian of this set", operator=custodian)
            for custodian in custodians:
                facts: dict[str, FactValue] = {**_facts(sitting), "custodian": custodian}
                trail.record(uow, self._event(EventType.SITTING_JOINED, sitting, Principal(id=custodian), facts))

    def _event(self, kind: EventType, sitting: Sitting, actor: Principal, facts: Mapping[str, FactValue]) -> AuditEvent:
        now = self._home.clock.now()
        return AuditEvent(type=kind, at=now, actor=actor, object_type="sitting", object_id=sitting.id, facts=facts)

    def _read(self, path: Path) -> Sitting:
        return parse_sitting(read_private_file(path, limit=MAX_SITTING))

    def _open(self, name: str) -> Path:
        return self._folder / f"{name}{_OPEN}"

    def _held(self, name: str) -> Path:
        return self._folder / f"{name}{_HELD}"


def _over(name: str) -> TrustError:
    return TrustError(ErrorCode.SITTING_OVER, "no such sitting here, or its time has ended", sitting=name[:32])


def _facts(sitting: Sitting) -> dict[str, FactValue]:
    return {"key": sitting.key, "key_set": sitting.set_id, "purpose": sitting.purpose}
