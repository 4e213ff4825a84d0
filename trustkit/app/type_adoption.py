"""Licence types that came with a later version than the home: what is new, changed, or altered here, and adopting it.

    found = look_for_types(home)                       # changes nothing
    adopt_types(home, chosen, …)                       # tried on a copy first; the trail tells of each before it is put in its place

A home's type is its own to change. Which files came with any version is noted in the installation (``policies/licences/shipped.txt``): a
folder all of whose files, hidden ones and those in folders too, are among those was never touched here, and may be replaced by the newer
one; any other is left alone.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Final

from esign.licence.type_digest import digest_of_files, files_of
from esign.licence.types import SHARED, licence_types
from trustkit.app.files import disk_error, sync_folder
from trustkit.app.home import POLICIES, policies_source
from trustkit.app.type_trial import require_drawn
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustkit.app.opened import OpenedHome

COLUMNS: Final = ("type", "standing", "files that differ", "digest here", "digest shipped")
SHIPPED: Final = "shipped.txt"
_ADOPTING, _REPLACED = ".adopting-", ".replaced-"  # folders on their way; hidden ones are no types
_MAX_SHIPPED: Final = 1024 * 1024


@unique
class TypeStanding(StrEnum):
    """How a type of the home stands to the one that came with the installation."""

    NEW = "new"  # the home does not have it
    SAME = "same"
    CHANGED = "changed"  # the home has an earlier one, as it came
    ALTERED = "altered"  # changed here
    OWN = "own"  # never came with any installation


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeState:
    """One folder; `differing` are the files that are not as they came."""

    name: str
    standing: TypeStanding
    differing: tuple[str, ...]
    here: str
    shipped: str

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {
            "type": self.name,
            "standing": self.standing.value,
            "differing": list(self.differing),
            "sm3": self.here or None,
            "shipped_sm3": self.shipped or None,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``licence adopt-types``."""
        return (self.name, self.standing.value, ", ".join(self.differing), self.here[:16], self.shipped[:16])


def look_for_types(home: Path) -> tuple[TypeState, ...]:
    """Return how each type, and what templates share, stands to what came with this installation. Raise LICENCE_POLICY."""
    own, source = home / POLICIES / "licences", policies_source() / "licences"
    known = _shipped(source)
    names = sorted({*_folders(own), *_folders(source)})
    return tuple(_state(name, own, source, known) for name in names)


def chosen_types(found: Sequence[TypeState], names: Sequence[str], *, replace: bool) -> tuple[TypeState, ...]:
    """Return what would be adopted: everything new, with `replace` also what an earlier version brought; of `names` alone if there are some.

    Raises:
        TrustError: LICENCE_TYPE for a name that came with no installation; TYPE_ALTERED for one that was changed here, or that the home
            has an earlier one of and `replace` is not asked for.
    """
    wanted = {TypeStanding.NEW, TypeStanding.CHANGED} if replace else {TypeStanding.NEW}
    by_name = {each.name: each for each in found}
    for name in names:
        state = by_name.get(name)
        if state is None or state.standing is TypeStanding.OWN:
            raise TrustError(ErrorCode.LICENCE_TYPE, "no such type came with this installation", type=name)
        if state.standing is TypeStanding.ALTERED or (state.standing is TypeStanding.CHANGED and not replace):
            told = ", ".join(state.differing)
            raise TrustError(
                LicenceCode.TYPE_ALTERED, f"{state.standing.value}: {told}", type=name, standing=state.standing.value
            )
    return tuple(each for each in found if each.standing in wanted and (not names or each.name in names))


def adopt_types(home: OpenedHome, chosen: Sequence[TypeState]) -> None:
    """Put types from the installation into the home, each whole or not at all, once all are seen to be read and drawn there.

    The trail tells of each with the digests before it is in its place: what is cut off then is adopted by the next call.

    Raises:
        TrustError: TYPE_UNFIT, naming the type, when it cannot be read or drawn with what the home has; TYPE_ALTERED when a folder changed
            meanwhile; DISK_*.
    """
    own, source = home.settings.home / POLICIES / "licences", policies_source() / "licences"
    now = {each.name: each for each in look_for_types(home.settings.home)}
    for each in chosen:
        if now.get(each.name) != each:
            raise TrustError(LicenceCode.TYPE_ALTERED, "changed meanwhile", type=each.name)
    with _trial(own, source, chosen) as trial:
        touched = {each.name for each in chosen}
        names = (
            licence_types(trial) if SHARED in touched else [name for name in licence_types(trial) if name in touched]
        )
        for name in names:
            require_drawn(trial / name, home)
    # What templates share comes first: no type is there that draws on what is not.
    for each in sorted(chosen, key=lambda state: (state.name != SHARED, state.name)):
        _tell(home, each)
        _put(own, source / each.name)


def _state(name: str, own: Path, source: Path, known: dict[str, set[str]]) -> TypeState:
    mine = own / name
    here = files_of(mine) if mine.is_dir() else {}
    there = files_of(source / name) if (source / name).is_dir() else {}
    differing = tuple(sorted(file for file in {*here, *there} if here.get(file) != there.get(file)))
    if not there:
        standing = TypeStanding.OWN
    elif not mine.exists() and not mine.is_symlink():
        standing = TypeStanding.NEW
    elif mine.is_symlink() or not mine.is_dir():
        standing = TypeStanding.ALTERED
    elif not differing:
        standing = TypeStanding.SAME
    else:
        as_it_came = all(sm3 in known.get(f"{name}/{file}", set()) for file, sm3 in here.items())
        standing = TypeStanding.CHANGED if as_it_came else TypeStanding.ALTERED
    return TypeState(
        name=name,
        standing=standing,
        differing=differing,
        here=digest_of_files(here) if here else "",
        shipped=digest_of_files(there) if there else "",
    )


def _folders(place: Path) -> tuple[str, ...]:
    try:
        return tuple(each.name for each in place.iterdir() if each.is_dir() and not each.name.startswith("."))
    except OSError:
        return ()


def _shipped(source: Path) -> dict[str, set[str]]:
    try:
        text = (source / SHIPPED).read_bytes()[:_MAX_SHIPPED].decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise TrustError(
            ErrorCode.HOME_INCOMPLETE, "this installation does not say what it brought", part=SHIPPED
        ) from error
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        sm3, _, name = line.partition("  ")
        found.setdefault(name, set()).add(sm3)
    return found


@contextmanager
def _trial(own: Path, source: Path, chosen: Sequence[TypeState]) -> Iterator[Path]:
    """Give a copy of the home's types with what is chosen in its place."""
    with tempfile.TemporaryDirectory(prefix="trustkit-types-") as folder:
        trial = Path(folder) / "licences"
        try:
            shutil.copytree(own, trial, ignore=shutil.ignore_patterns(".*"))
            for each in chosen:
                shutil.rmtree(trial / each.name, ignore_errors=True)
                shutil.copytree(source / each.name, trial / each.name)
        except OSError as error:
            raise disk_error(error) from error
        yield trial


def _put(own: Path, shipped: Path) -> None:
    """Put a folder in the place of the one of its name, by renaming: a crash leaves the one before, the new one, or none of it."""
    name = shipped.name
    fresh, before = own / f"{_ADOPTING}{name}", own / f"{_REPLACED}{name}"
    try:
        for left in (fresh, before):  # by a crash
            shutil.rmtree(left, ignore_errors=True)
        shutil.copytree(shipped, fresh)
        _sync(fresh)
        if (own / name).exists():
            (own / name).rename(before)
        fresh.rename(own / name)
        sync_folder(own)
        shutil.rmtree(before, ignore_errors=True)
    except OSError as error:
        raise disk_error(error) from error


def _sync(folder: Path) -> None:
    """Have a folder and all in it on the disk before it is put in its place."""
    for place, _, names in os.walk(folder):
        for name in names:
            with Path(place, name).open("rb") as written:
                os.fsync(written.fileno())
        sync_folder(Path(place))


def _tell(home: OpenedHome, state: TypeState) -> None:
    facts = {"shipped_sm3": state.shipped, "standing": state.standing.value}
    event = AuditEvent(
        type=EventType.LICENCE_TYPE_ADOPTED,
        at=home.clock.now(),
        actor=home.operator,
        object_type="licence-type",
        object_id=state.name,
        facts={**facts, "replaced_sm3": state.here} if state.here else facts,
    )
    with home.database.unit_of_work() as uow:
        trail.record(uow, event)
