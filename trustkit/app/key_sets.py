"""The sets of shared keys in a home: one ``NAME.shared.json`` a key, beside the containers of the other keys.

A new set is a proposal first (``NAME.shared.proposed``), held by the process that made it: `trustkit.app.set_changes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.custody.held_files import HeldFile, create_held, hold
from trustkit.custody.key_files import read_private_file
from trustkit.custody.key_set import MAX_KEY_SET, KeySet, encode_key_set, parse_key_set
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.crypto.public_key import PublicKey

_SUFFIX: Final = ".shared.json"
_PROPOSED: Final = ".shared.proposed"


class KeySets:
    """Key sets in a folder of keys."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is read yet."""
        self._folder = folder

    def find(self, name: str) -> KeySet | None:
        """Return a set, or None. Raise KEY_SET_MALFORMED (also for a set under another's name), KEY_FILE_MODE."""
        try:
            data = read_private_file(self._path(name), limit=MAX_KEY_SET)
        except TrustError as error:
            if error.code is ErrorCode.KEY_MISSING:
                return None
            raise
        found = parse_key_set(data)
        if found.name != name:
            raise TrustError(ErrorCode.KEY_SET_MALFORMED, "the file holds another key's set", key=name)
        return found

    def get(self, name: str) -> KeySet:
        """Return a set. Raise KEY_MISSING, and as `find`."""
        found = self.find(name)
        if found is None:
            raise TrustError(ErrorCode.KEY_MISSING, "no shared key of this name", key=name)
        return found

    def all(self) -> tuple[KeySet, ...]:
        """Return every set, by name."""
        names = sorted(path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}"))
        return tuple(self.get(name) for name in names)

    def of_key(self, key: PublicKey) -> KeySet | None:
        """Return the set of a public key, None where it is not shared. Raise as `find`."""
        return next((each for each in self.all() if each.public_key.spki == key.spki), None)

    def propose(self, key_set: KeySet) -> HeldFile:
        """Keep a set beside the one in force, durable on return and held. Raise KEY_BUSY when one is proposed already, DISK_*."""
        return create_held(self._folder / f"{key_set.name}{_PROPOSED}", encode_key_set(key_set))

    def install(self, proposal: HeldFile, key_set: KeySet) -> None:
        """Put a proposal in the place of the set before, whole or not at all. Raise DISK_*."""
        proposal.rename(self._path(key_set.name))

    def left(self) -> Iterator[tuple[HeldFile, KeySet]]:
        """Give each proposal whose proposer is gone, held. Raise as `find`."""
        for path in sorted(self._folder.glob(f"*{_PROPOSED}")):
            held = hold(path)
            if held is not None:
                with held:
                    yield held, parse_key_set(read_private_file(path, limit=MAX_KEY_SET))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"
