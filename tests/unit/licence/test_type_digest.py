"""The digest of a licence type: of all its template can draw with, wherever that lies in its folder."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from esign.licence import type_digest
from esign.licence.type_digest import MAX_DEPTH, digest_of_type, files_of
from esign.licence.types import load_licence_type
from tests.support.authority import SAMPLE
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KIND: Final = "real-estate-certificate"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    types = tmp_path / "licences"
    shutil.copytree(SAMPLE.parents[1], types)
    (types / KIND / "parts").mkdir()
    (types / KIND / "parts" / "words.typ").write_text("#let words = [A]\n", "utf-8")
    (types / KIND / ".hidden.typ").write_text("#let words = [A]\n", "utf-8")
    (types / KIND / "linked").symlink_to(types / KIND / "parts")
    (types / KIND / "gone").symlink_to("nowhere")
    return types / KIND


def sm3(folder: Path) -> str:
    return digest_of_type(load_licence_type(folder))


@pytest.mark.parametrize(
    "path",
    ["type.toml", "template.typ", "parts/words.typ", ".hidden.typ", "../shared/sheet.typ", "parts/more", "nowhere"],
)
def test_whatever_a_template_can_draw_with_is_bound(folder: Path, path: str) -> None:
    before = sm3(folder)
    assert sm3(folder) == before
    with (folder / path).open("a", encoding="utf-8") as written:
        written.write("\n")
    assert sm3(folder) != before


def test_names_tell_links_and_folders_apart(folder: Path) -> None:
    names = set(files_of(folder))
    assert {"parts/", "parts/words.typ", "linked@/", "linked@/words.typ", "gone@", ".hidden.typ"} <= names


def _deep(folder: Path) -> None:
    folder.joinpath(*["a"] * (MAX_DEPTH + 1)).mkdir(parents=True)


@pytest.mark.parametrize(
    "what",
    [
        _deep,
        lambda folder: (folder / "round").symlink_to("."),
        lambda folder: os.mkfifo(folder / "pipe"),
        lambda folder: (folder / "parts" / "words.typ").write_text(
            '#import "/permit/template.typ": licence\n', "utf-8"
        ),
        lambda folder: (folder / "large").write_bytes(bytes(1001)),
        lambda folder: [(folder / "parts" / f"{number}").write_bytes(b"") for number in range(32)],
        lambda folder: [(folder / "parts" / f"{number}").write_bytes(bytes(1000)) for number in range(8)],
    ],
)
def test_what_cannot_be_bound_is_refused(
    folder: Path, what: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type_digest, "MAX_FILES", 31)
    for each in (folder.parent / "shared").iterdir():
        each.unlink()
    for each in folder.iterdir():
        if each.name not in {"type.toml", "template.typ", "parts"}:
            each.unlink()
    (folder / "template.typ").write_bytes(b"")
    kind = load_licence_type(folder)
    (folder / "type.toml").write_bytes(b"")
    monkeypatch.setattr(type_digest, "MAX_FILE", 1000)
    monkeypatch.setattr(type_digest, "MAX_OCTETS", 7000)
    assert digest_of_type(kind)
    what(folder)
    with pytest.raises(TrustError) as caught:
        digest_of_type(kind)
    assert caught.value.code is ErrorCode.LICENCE_POLICY
