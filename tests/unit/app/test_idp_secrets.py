"""The identity service's secret is made once, opens for its own home with its passphrase, and is told to the trail."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.support.clocks import Ticking
from trustkit.app.home import INSTANCE, KEYS
from trustkit.app.idp_secrets import LABEL, SECRET_FILE, has_identity_secret, make_identity_secret, open_identity_secret
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pbes2 import MIN_ITERATIONS
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store.database import open_database

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.error_family import Code

PASSPHRASE = Passphrase(b"correct horse battery")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / KEYS).mkdir(mode=0o700, parents=True)
    (home / INSTANCE).write_text("00112233\n", "ascii")
    return home


def made(home: Path) -> list[str]:
    with open_database(f"sqlite:///{home}/store.sqlite") as database:
        database.migrate()
        make_identity_secret(
            home, PASSPHRASE, database=database, clock=Ticking(), operator=SYSTEM, iterations=MIN_ITERATIONS
        )
        with database.reading() as unit:
            return [entry.object_id for entry in trail.list_events(unit, type=EventType.KEY_CREATED)]


def refused(home: Path, passphrase: Passphrase = PASSPHRASE) -> Code:
    with pytest.raises(TrustError) as caught:
        open_identity_secret(home, passphrase)
    return caught.value.code


def test_the_secret_is_made_once_and_opens_again(place: Path) -> None:
    assert not has_identity_secret(place)
    assert made(place) == ["identity-secret"]
    assert has_identity_secret(place)
    assert stat.S_IMODE((place / KEYS / SECRET_FILE).stat().st_mode) == 0o600
    first, second = (open_identity_secret(place, PASSPHRASE) for _ in range(2))
    assert first.mac("link", b"x") == second.mac("link", b"x")
    with pytest.raises(TrustError) as caught:
        made(place)
    assert caught.value.code is ErrorCode.KEY_EXISTS
    assert open_identity_secret(place, PASSPHRASE).mac("link", b"x") == first.mac("link", b"x")


def test_two_homes_have_two_secrets(place: Path, tmp_path: Path) -> None:
    made(place)
    other = tmp_path / "other"
    (other / KEYS).mkdir(mode=0o700, parents=True)
    (other / INSTANCE).write_text("44556677\n", "ascii")
    made(other)
    digests = [open_identity_secret(home, PASSPHRASE).mac("link", b"x") for home in (place, other)]
    assert digests[0] != digests[1]


def test_what_does_not_open_is_refused_by_its_cause(place: Path) -> None:
    assert refused(place) is ErrorCode.KEY_MISSING
    made(place)
    assert refused(place, Passphrase(b"another passphrase")) is ErrorCode.PASSPHRASE_WRONG
    (place / INSTANCE).write_text("44556677\n", "ascii")
    assert refused(place) is ErrorCode.PASSPHRASE_WRONG  # the file of another home
    (place / INSTANCE).unlink()
    assert refused(place) is ErrorCode.HOME_INCOMPLETE
    file = place / KEYS / SECRET_FILE
    file.chmod(0o644)
    assert refused(place) is ErrorCode.KEY_FILE_MODE


@pytest.mark.parametrize(
    "text",
    [b"", b"no PEM", encode_pem(LABEL, b"\x30\x00"), encode_pem("TRUSTKIT MODULE KEY", b"\x30\x00")],
    ids=["empty", "text", "nothing in it", "another label"],
)
def test_a_file_that_is_none_is_told(place: Path, text: bytes) -> None:
    file = place / KEYS / SECRET_FILE
    file.write_bytes(text)
    file.chmod(0o600)
    assert refused(place) is ErrorCode.KEY_CONTAINER_MALFORMED
