from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from trustkit.custody.module_library import require_safe_library
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ME = os.geteuid()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "lib"
    folder.mkdir(mode=0o755)
    path = folder / "module.so"
    path.write_bytes(b"\x7fELF")
    path.chmod(0o644)
    return path


def test_a_library_only_we_can_write_is_accepted_and_links_are_followed(library: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.so"
    link.symlink_to(library)
    assert require_safe_library(str(link), user=ME) == library.resolve()


def _exchangeable(path: Path) -> str:
    path.chmod(0o666)
    return str(path)


def _in_open_folder(path: Path) -> str:
    path.parent.chmod(0o777)
    return str(path)


def _folder(path: Path) -> str:
    return str(path.parent)


def _missing(path: Path) -> str:
    path.unlink()
    return str(path)


def _loop(path: Path) -> str:
    path.unlink()
    path.symlink_to(path)
    return str(path)


@pytest.mark.parametrize("change", [_exchangeable, _in_open_folder, _folder, _missing, _loop])
def test_refuses(library: Path, change: Callable[[Path], str]) -> None:
    with pytest.raises(TrustError) as caught:
        require_safe_library(change(library), user=ME)
    assert caught.value.code is ErrorCode.MODULE_LIBRARY


def test_another_users_library_is_refused(library: Path) -> None:
    if ME != 0:
        pytest.skip("only root can give a file away")
    os.chown(library, 65534, 65534)
    with pytest.raises(TrustError) as caught:
        require_safe_library(str(library), user=ME)
    assert caught.value.code is ErrorCode.MODULE_LIBRARY


def test_a_sticky_folder_such_as_tmp_is_no_danger(library: Path) -> None:
    library.parent.chmod(0o1777)
    assert require_safe_library(str(library), user=ME) == library.resolve()
