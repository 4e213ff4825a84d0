"""Types that came with a later version than the home: shown, adopted whole, and what was altered here is left alone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from esign.licence.types import find_licence_type, licence_types
from tools.shipped_types import SHIPPED, TYPES, lines_of
from trustkit.app import type_adoption
from trustkit.app.type_adoption import adopt_types, chosen_types, look_for_types
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import TrustError
from trustkit.licence_codes import LicenceCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

MISSING, CONFLICT, DATA = 66, 73, 65


@pytest.fixture
def types(home: Path) -> Path:
    return home / "policies" / "licences"


@pytest.fixture
def adopt(terminal: Terminal, home: Path) -> Callable[..., Ran]:
    def run(*words: str) -> Ran:
        return terminal.run("licence", "adopt-types", *words, "--home", home, "--format", "json")

    return run


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an installation of our own, later than the home's: its types may be changed."""
    source = tmp_path / "installed"
    shutil.copytree(TYPES, source / "licences")
    monkeypatch.setattr(type_adoption, "policies_source", lambda: source)
    return source / "licences"


def standings(ran: Ran) -> dict[str, str]:
    return {each["type"]: each["standing"] for each in ran.objects()}


def told(home: Path) -> list[trail.TrailEntry]:
    with open_authority(home) as authority, authority.database.reading() as unit:
        return [each for each in trail.list_events(unit, limit=1000) if each.type == EventType.LICENCE_TYPE_ADOPTED]


def test_every_file_that_is_shipped_is_noted() -> None:
    noted = set(SHIPPED.read_text("ascii").splitlines())
    assert lines_of(TYPES) <= noted, "run python -m tools.shipped_types"


def test_a_type_the_home_lacks_is_shown_and_adopted(
    adopt: Callable[..., Ran], terminal: Terminal, home: Path, types: Path
) -> None:
    assert set(standings(adopt()).values()) == {"same"}
    shutil.rmtree(types / "permit")
    shutil.rmtree(types / "shared")
    assert standings(adopt()) | {"permit": "new", "shared": "new"} == standings(adopt())
    assert not (types / "permit").exists()
    words = terminal.run("licence", "adopt-types", "--home", home).out
    assert "Would adopt: permit, shared" in words
    assert set(standings(adopt("--apply")).values()) == {"same"}
    assert (types / "permit" / "type.toml").is_file()
    assert [(each.object_id, each.facts["standing"]) for each in told(home)] == [("shared", "new"), ("permit", "new")]
    assert adopt("--apply").status == 0
    assert len(told(home)) == 2
    assert not [each for each in types.iterdir() if each.name.startswith(".")]


def test_a_newer_type_replaces_one_nobody_touched(
    adopt: Callable[..., Ran], terminal: Terminal, home: Path, types: Path, shipped: Path
) -> None:
    newer = (shipped / "permit" / "type.toml").read_text("utf-8") + "\n[lifecycle]\nannual_check = true\n"
    (shipped / "permit" / "type.toml").write_text(newer, "utf-8")
    assert standings(adopt("--apply"))["permit"] == "changed"
    words = terminal.run("licence", "adopt-types", "--home", home).out
    assert "not touched here: permit; --replace" in words
    adopt("permit").require_refusal("esign:licence-type:altered", CONFLICT)
    before = {each["type"]: each for each in adopt().objects()}["permit"]
    assert before["differing"] == ["type.toml"]
    assert standings(adopt("permit", "--replace", "--apply"))["permit"] == "same"
    assert (types / "permit" / "type.toml").read_text("utf-8") == newer
    (entry,) = told(home)
    assert entry.facts == {
        "replaced_sm3": before["sm3"],
        "shipped_sm3": before["shipped_sm3"],
        "standing": "changed",
    }


def test_what_was_altered_here_is_left_alone(
    adopt: Callable[..., Ran], terminal: Terminal, home: Path, types: Path, shipped: Path
) -> None:
    for altered, file in (("permit", "type.toml"), ("shared", "more.typ")):
        with (types / altered / file).open("a", encoding="utf-8") as written:
            written.write("# ours\n" if file == "type.toml" else "// ours\n")
    shutil.copytree(types / "permit", types / "our-own")
    (shipped / "permit" / "type.toml").write_text(
        (shipped / "permit" / "type.toml").read_text("utf-8") + "# newer\n", "utf-8"
    )
    found = standings(adopt("--replace", "--apply"))
    assert (found["permit"], found["shared"], found["our-own"]) == ("altered", "altered", "own")
    assert "# ours" in (types / "permit" / "type.toml").read_text("utf-8")
    assert told(home) == []
    words = terminal.run("licence", "adopt-types", "--home", home).out
    assert "Changed here, and left alone: permit, shared" in words
    adopt("permit", "--replace", "--apply").require_refusal("esign:licence-type:altered", CONFLICT)
    adopt("our-own").require_refusal("esign:licence:type", MISSING)
    adopt("nothing").require_refusal("esign:licence:type", MISSING)


def _logo(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "logo.svg").write_text("<svg/>", "utf-8")


def _linked(folder: Path) -> None:
    (folder / "template.typ").rename(folder.parent / ".ours.typ")
    (folder / "template.typ").symlink_to("../.ours.typ")


def _elsewhere(folder: Path) -> None:
    folder.rename(folder.parent / ".ours")
    folder.symlink_to(".ours")


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    (folder / "mine").mkdir(parents=True)


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("ours", "utf-8")


@pytest.mark.parametrize(
    "ours",
    [
        _logo,
        _linked,
        _elsewhere,
        _emptied,
        lambda folder: (folder / "mine").mkdir(),
        lambda folder: (folder / ".notes").write_text("ours", "utf-8"),
        _no_folder,
    ],
)
def test_what_was_added_here_is_never_lost(
    adopt: Callable[..., Ran], types: Path, shipped: Path, ours: Callable[[Path], object]
) -> None:
    with (shipped / "permit" / "template.typ").open("a", encoding="utf-8") as written:
        written.write("// newer\n")
    ours(types / "permit")
    before = sorted(types.rglob("*"))
    assert standings(adopt("--replace", "--apply"))["permit"] == "altered"
    adopt("permit", "--replace", "--apply").require_refusal("esign:licence-type:altered", CONFLICT)
    assert sorted(types.rglob("*")) == before


def test_an_empty_folder_is_not_new(adopt: Callable[..., Ran], types: Path) -> None:
    shutil.rmtree(types / "permit")
    (types / "permit").mkdir()
    assert standings(adopt("--apply"))["permit"] == "changed"
    assert standings(adopt("--replace", "--apply"))["permit"] == "same"


def test_a_type_that_the_homes_shared_folder_does_not_draw_is_not_adopted(
    adopt: Callable[..., Ran], home: Path, types: Path, shipped: Path
) -> None:
    shutil.rmtree(types / "permit")
    (types / "shared" / "sheet.typ").write_text("// nothing of what templates take from it\n", "utf-8")
    adopt("permit", "--apply").require_refusal("esign:licence-type:unfit", DATA)
    assert not (types / "permit").exists()
    shutil.copy(TYPES / "shared" / "sheet.typ", types / "shared" / "sheet.typ")
    (shipped / "shared" / "sheet.typ").write_text("// a newer one that draws nothing\n", "utf-8")
    adopt("shared", "--replace", "--apply").require_refusal("esign:licence-type:unfit", DATA)
    (shipped / "permit" / "type.toml").write_text("format = 2\n", "utf-8")
    adopt("permit", "--apply").require_refusal("esign:licence-type:unfit", DATA)
    assert told(home) == []


def test_what_changes_while_it_is_looked_at_is_not_adopted(home: Path, types: Path, shipped: Path) -> None:
    shutil.rmtree(types / "permit")
    with open_authority(home) as authority:
        chosen = chosen_types(look_for_types(home), (), replace=False)
        (shipped / "permit" / "sample.json").write_text("{}", "utf-8")
        with pytest.raises(TrustError) as caught:
            adopt_types(authority, chosen)
    assert caught.value.code is LicenceCode.TYPE_ALTERED
    assert told(home) == []


def test_what_a_crash_left_is_taken_up(adopt: Callable[..., Ran], types: Path) -> None:
    (types / "permit").rename(types / ".replaced-permit")
    shutil.copytree(TYPES / "permit", types / ".adopting-permit")
    assert not [name for name in licence_types(types) if name == "permit" or name.startswith(".")]
    assert find_licence_type(types, "0" * 21) is None
    assert standings(adopt())["permit"] == "new"
    assert standings(adopt("--apply"))["permit"] == "same"
    assert not [each for each in types.iterdir() if each.name.startswith(".")]
