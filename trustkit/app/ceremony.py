"""Ceremonies: sharing a key of the authority among custodians, making the recovery key, and sharing a key anew.

Order of acts of a sharing: the custodians' files are durable, then the set as a proposal, the trail, the set in force, and only then
is the container under the home's passphrase removed. A crash leaves the state before it, or one that the next command finishes
(`trustkit.app.set_changes`); share files of a set that never came into force open nothing. After it no single passphrase opens the key. Copies of the old container in backups are the operator's to destroy (docs/threat-model.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.operators import public_key_of, require_active, require_role
from trustkit.app.files import require_place, write_output
from trustkit.app.keys import ca_key
from trustkit.app.set_changes import SetChanges
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.key_set import Custodian
from trustkit.custody.key_sharing import share_key
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import operators
from trustkit.store.operators import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.custody.key_set import KeySet
    from trustkit.custody.key_sharing import SharedKey
    from trustkit.custody.private_key import PrivateKey

RECOVERY: Final = "recovery"  # the key escrowed keys are sealed to


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Who is to hold shares, by pseudonym, how many of them are needed, and the folder for their files."""

    custodians: tuple[str, ...]
    threshold: int
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """Ceremonies of one home."""

    home: OpenedHome

    @property
    def changes(self) -> SetChanges:
        """How the sets of the home change."""
        return SetChanges(home=self.home)

    def shared(self) -> tuple[KeySet, ...]:
        """Return the home's shared keys, by name."""
        self.changes.settle()
        return self.changes.sets.all()

    def share(self, authority: str, keys: Keys, shares: Shares) -> KeySet:
        """Share the current key of an authority, by its name in the register; return its set.

        Raises:
            TrustError: CA_AUTHORITY_MISSING; KEY_SHARED when that was done before; OPERATOR_*; USAGE (numbers); PASSPHRASE_WRONG; OUTPUT_EXISTS; DISK_*.
        """
        file = keys.file_of(ca_key(authority), self.home.authorities.certificate(authority))
        self.changes.settle()
        there = self.changes.sets.find(file)
        if there is not None:
            self._finish(there, keys)
            return there
        made = self._make(file, keys.read(file), shares)
        self._write_shares(made, shares.folder)
        self.changes.change(made.key_set, before=None)
        keys.forget(file)
        return made.key_set

    def _finish(self, key_set: KeySet, keys: Keys) -> None:
        """Do what a crash left undone: tell the trail, and remove the container beside the set when it holds the same key."""
        try:
            key = keys.read(key_set.name)
        except TrustError as error:
            if error.code is ErrorCode.KEY_MISSING:
                raise TrustError(ErrorCode.KEY_SHARED, "it is shared already", key=key_set.name) from error
            raise
        if key.public_key.spki != key_set.public_key.spki:
            raise TrustError(ErrorCode.KEY_SET_MALFORMED, "set and container hold different keys", key=key_set.name)
        if not self.changes.is_told(key_set):
            self.changes.tell(key_set, replaces="")
        keys.forget(key_set.name)

    def recovery_set(self) -> KeySet:
        """Return the recovery key's set, which must be the one the trail tells of: keys are escrowed to nobody else.

        Raises:
            TrustError: KEY_MISSING when no ceremony has made one, KEY_SET_MALFORMED when the file was exchanged.
        """
        self.changes.settle()
        found = self.changes.sets.find(RECOVERY)
        if found is None:
            told = "there is no recovery key; `trustkit ca ceremony recovery-key` makes it"
            raise TrustError(ErrorCode.KEY_MISSING, told, key=RECOVERY)
        if not self.changes.is_told(found):
            raise TrustError(ErrorCode.KEY_SET_MALFORMED, "not the set the trail tells of", key=RECOVERY)
        return found

    def make_recovery_key(self, shares: Shares) -> KeySet:
        """Make the recovery key, which exists as shares from the beginning. Raise KEY_EXISTS, and as `share`."""
        self.changes.settle()
        if self.changes.sets.find(RECOVERY) is not None:
            raise TrustError(ErrorCode.KEY_EXISTS, "there is a recovery key; share it anew instead", key=RECOVERY)
        made = self._make(RECOVERY, generate_key(KeyKind.SM2), shares)
        self._write_shares(made, shares.folder)
        self.changes.change(made.key_set, before=None)
        return made.key_set

    def share_anew(self, old: KeySet, key: PrivateKey, shares: Shares) -> KeySet:
        """Share an opened key among other custodians; shares of the set before fit no set here any more. Raise as `share`."""
        made = self._make(old.name, key, shares)
        self._write_shares(made, shares.folder)
        self.changes.change(made.key_set, before=old)
        return made.key_set

    def _make(self, name: str, key: PrivateKey, shares: Shares) -> SharedKey:
        with self.home.database.reading() as unit:
            rows = tuple(operators.get(unit, custodian) for custodian in shares.custodians)
        for row in rows:
            require_active(row)
            require_role(row, Role.CUSTODIAN)
        custodians = tuple(Custodian(id=row.id, key=public_key_of(row)) for row in rows)
        return share_key(key, name=name, custodians=custodians, threshold=shares.threshold)

    def _write_shares(self, made: SharedKey, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        places = _places(made.key_set, folder)
        for place in places:
            require_place(place)
        for place, data in zip(places, made.shares, strict=True):
            write_output(place, data, mode=0o600)


def _places(key_set: KeySet, folder: Path) -> Sequence[Path]:
    return [folder / f"{key_set.name}-share-{member.index}-{member.custodian}.json" for member in key_set.members]
