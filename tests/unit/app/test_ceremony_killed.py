"""kill -9 at every durable step of a ceremony leaves the old state or the new, and no sitting is used by two commands at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tests.support.authority import passphrase
from tests.unit.app.killed_ceremony import contributions
from tests.unit.app.killed_ceremony import shares as shares_for
from tests.unit.app.test_ceremony import custodians
from trustkit.app.ceremony import RECOVERY, Ceremony
from trustkit.app.sittings import RESHARE, Sittings
from trustkit.app.wiring import open_authority
from trustkit.audit.events import EventType
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.authority import Authority
    from trustkit.error_family import Code

ROOT = Path(__file__).resolve().parents[3]
Found = dict[str, object]


@pytest.fixture
def place(home: Path) -> Path:
    """Give the folder of a home whose custodians' keys lie beside it."""
    folder = home.parent
    (folder / "people").mkdir()
    with open_authority(home) as authority:
        for name, key in custodians(authority).items():
            (folder / "people" / f"{name}.pem").write_bytes(encode_pem("PRIVATE KEY", key.private_key_info()))
    return folder


def killed(act: str, place: Path) -> list[Found]:
    command = [sys.executable, "-m", "tests.unit.app.killed_ceremony", act, str(place)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["done"] for each in found] == [False] * (len(found) - 1) + [True]
    assert len(found) > 5, "no kill fell into the act: the test proves nothing"
    return found


def told(found: Found, kind: EventType) -> list[str]:
    return cast("dict[str, list[str]]", found["trail"])[kind]


@pytest.mark.slow
def test_a_recovery_key_is_made_or_not(place: Path) -> None:
    states = set()
    for found in killed("make", place):
        is_made = found["told"] is not None
        assert bool(found["keys"]) == is_made == (told(found, EventType.KEY_SHARED) == [RECOVERY]), found
        assert bool(found["opens"]) == is_made, found
        assert is_made or not found["done"]
        states.add(is_made)
    assert states == {False, True}


def _with_recovery_key(place: Path) -> None:
    with open_authority(place / "home") as authority:
        Ceremony(home=authority).make_recovery_key(shares_for(place, place / "shares"))


@pytest.mark.slow
def test_a_sitting_is_begun_or_not_and_the_trail_tells_of_each_once(place: Path) -> None:
    _with_recovery_key(place)
    for found in killed("begin", place):
        begun, ended = told(found, EventType.SITTING_BEGUN), told(found, EventType.SITTING_ENDED)
        assert len(set(ended)) == len(ended)
        left = sorted(name.partition(".")[0] for name in cast("list[str]", found["sittings"]))
        still = sorted(set(begun) - set(ended))
        assert left == [name for name in still for _ in range(2)], found
        assert not found["done"] or len(still) == 1
        assert found["opens"], "the shares still open the key"


@pytest.mark.slow
def test_a_key_is_shared_anew_or_not_and_its_sitting_serves_one_act(place: Path) -> None:
    _with_recovery_key(place)
    with open_authority(place / "home") as authority:
        before = Ceremony(home=authority).recovery_set().set_id
        sitting = Sittings(authority).begin(RECOVERY, RESHARE, passphrase()).id
    seen = set()
    for found in killed("reshare", place):
        is_new = found["told"] != before
        assert found["told"] is not None
        assert cast("list[str]", found["keys"]) == ["recovery.shared.json"], found
        assert len(told(found, EventType.KEY_SHARED)) == 1 + is_new
        assert len(cast("list[str]", found["opens"])) == 1, "the shares of one set open the key, and only of one"
        is_left = f"{sitting}.json" in cast("list[str]", found["sittings"])
        assert is_left != (sitting in told(found, EventType.SITTING_ENDED)), found
        assert not (is_new and is_left), "a sitting that served its act is over"
        seen.add((is_new, is_left))
    assert seen == {(False, True), (False, False), (True, False)}


OPEN = """
import sys
from pathlib import Path
from tests.support.authority import passphrase
from trustkit.app.sittings import Sittings
from trustkit.app.wiring import open_authority
from trustkit.errors import TrustError

files = [Path(word).read_bytes() for word in sys.argv[2:]]
with open_authority(Path(sys.argv[1])) as authority:
    sys.stdin.readline()
    try:
        with Sittings(authority).opened(files, passphrase()):
            print("opened", flush=True)
            sys.stdin.readline()
    except TrustError as error:
        print(error.code.value, flush=True)
"""


@pytest.mark.slow
def test_of_two_processes_one_uses_a_sitting(place: Path) -> None:
    _with_recovery_key(place)
    with open_authority(place / "home") as authority:
        sitting = Sittings(authority).begin(RECOVERY, RESHARE, passphrase())
        given = contributions(place, place / "shares", sitting, authority)[:2]
    words = []
    for number, data in enumerate(given):
        (place / f"given-{number}").write_bytes(data)
        words.append(str(place / f"given-{number}"))
    command = [sys.executable, "-c", OPEN, str(place / "home"), *words]
    at_once = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    try:
        for each in at_once:
            _say(each)
        answers = [_line(each) for each in at_once]
        assert sorted(answers) == [ErrorCode.KEY_BUSY.value, "opened"]
        with open_authority(place / "home") as authority:
            _refused(authority, given, ErrorCode.KEY_BUSY)
            assert Sittings(authority).forget_ended() == 0, "a living process's sitting is not ended"
        winner = at_once[answers.index("opened")]
        winner.kill()
        winner.wait()
        with open_authority(place / "home") as authority:
            assert Sittings(authority).forget_ended() == 1
            _refused(authority, given, ErrorCode.SITTING_OVER)
    finally:
        for each in at_once:
            each.kill()
            each.communicate()


def _say(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("now\n")
    process.stdin.flush()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _refused(authority: Authority, given: list[bytes], code: Code) -> None:
    with pytest.raises(TrustError) as caught, Sittings(authority).opened(given, passphrase()):
        pytest.fail("it opened")
    assert caught.value.code is code
