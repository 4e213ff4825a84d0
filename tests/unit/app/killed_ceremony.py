"""Ceremonies made to be killed: ``python -m tests.unit.app.killed_ceremony ACT PLACE`` kills one at each of its durable steps.

For step 1, 2, 3 … a process is forked on a fresh copy of the home, does the act, and is killed with SIGKILL just before that step is
done. After each, a line says what was found: the number, then JSON. It ends with the first act that came to its end.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.authority import passphrase
from trustkit.app.ceremony import RECOVERY, Ceremony, Shares
from trustkit.app.sittings import RESHARE, Sittings, contribute_to
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.custody.key_set import KeySet
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.private_key import PrivateKey, load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.custody.software import SoftwareKeystore
from trustkit.encoding.pem import parse_pem
from trustkit.errors import TrustError
from trustkit.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.authority import Authority
    from trustkit.app.sittings import Sitting


def people(place: Path) -> dict[str, PrivateKey]:
    """Return the custodians' keys, which the test left beside the home."""
    return {
        path.stem: load_private_key(parse_private_key_info(parse_pem(path.read_bytes())[0].der))
        for path in sorted((place / "people").iterdir())
    }


def shares(place: Path, folder: Path) -> Shares:
    return Shares(custodians=tuple(people(place)), threshold=2, folder=folder)


def contributions(place: Path, folder: Path, sitting: Sitting, authority: Authority) -> list[bytes]:
    return [
        contribute_to(sitting, path.read_bytes(), key.decryptor(), authority.clock.now())
        for path, key in zip(sorted(folder.glob("*")), people(place).values(), strict=True)
    ]


def begin(authority: Authority, _place: Path, _work: Path) -> None:
    Sittings(authority).begin(RECOVERY, RESHARE, passphrase())


def make(authority: Authority, place: Path, work: Path) -> None:
    Ceremony(home=authority).make_recovery_key(shares(place, work / "shares"))


def reshare(authority: Authority, place: Path, work: Path) -> None:
    sittings = Sittings(authority)
    sitting = next(sittings._read(path) for path in (work / "home" / "sittings").glob("*.json"))
    given = contributions(place, place / "shares", sitting, authority)
    with sittings.opened(given, passphrase(), purpose=RESHARE) as (key_set, key):
        Ceremony(home=authority).share_anew(key_set, key, shares(place, work / "shares"))


ACTS = {"begin": begin, "make": make, "reshare": reshare}


def _die_at(step: int) -> None:
    """Bend what makes a step durable, so that the process dies just before it does so for the `step`-th time."""
    left = itertools.count(1)

    def counted(inner: Callable[..., object]) -> Callable[..., object]:
        def call(*words: object, **more: object) -> object:
            if next(left) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return inner(*words, **more)

        return call

    for name in ("link", "unlink", "fsync"):
        setattr(os, name, counted(getattr(os, name)))
    Path.unlink = counted(Path.unlink)  # type: ignore[method-assign,assignment]
    Path.replace = counted(Path.replace)  # type: ignore[method-assign,assignment]
    UnitOfWork.require_complete = counted(UnitOfWork.require_complete)  # type: ignore[method-assign,assignment]


def _do(act: str, place: Path, work: Path, step: int) -> bool:
    """Return whether the act came to its end."""
    child = os.fork()
    if child == 0:
        try:
            with open_authority(work / "home") as authority:
                _die_at(step)
                ACTS[act](authority, place, work)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit(f"step {step} of {act} failed")
    return os.WIFEXITED(status)


def _found(place: Path, work: Path) -> dict[str, object]:
    """Come next as any command would, and return what there is."""
    home = work / "home"
    with open_authority(home) as authority:
        Ceremony(home=authority).shared()
        Sittings(authority).forget_ended()
        told: str | None = None
        with suppress(TrustError):
            told = Ceremony(home=authority).recovery_set().set_id
        opens: list[str] = []
        for folder in (place / "shares", work / "shares"):
            with suppress(TrustError, ValueError, OSError):
                if _opens(authority, place, folder):
                    opens.append(folder.parent.name)
        with authority.database.reading() as unit:
            counts = {
                kind.value: [entry.object_id for entry in trail.list_events(unit, type=kind, limit=100)]
                for kind in (EventType.SITTING_BEGUN, EventType.SITTING_ENDED, EventType.KEY_SHARED)
            }
    return {
        "told": told,
        "opens": opens,
        "trail": counts,
        "sittings": sorted(path.name for path in (home / "sittings").glob("[!.]*")),
        "keys": sorted(path.name for path in (home / "keys").glob("recovery*")),
    }


def _opens(authority: Authority, place: Path, folder: Path) -> bool:
    sitting = Sittings(authority).begin(RECOVERY, "rehearse", passphrase())
    try:
        given = contributions(place, folder, sitting, authority)
        with Sittings(authority).opened(given[:2], passphrase()) as (key_set, _):
            return isinstance(key_set, KeySet)
    finally:
        with suppress(TrustError):
            Sittings(authority).end(sitting.id)


def main(act: str, words: str) -> None:
    """Kill the act at each step."""
    place = Path(words)
    (SoftwareKeystore.__init__.__kwdefaults__ or {})["iterations"] = MIN_ITERATIONS
    for step in itertools.count(1):
        work = place / f"{act}-{step}"
        shutil.copytree(place / "home", work / "home")
        done = _do(act, place, work, step)
        sys.stdout.write(json.dumps({"done": done, **_found(place, work)}) + "\n")
        shutil.rmtree(work)
        if done:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
