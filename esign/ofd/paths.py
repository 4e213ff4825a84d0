"""Paths inside a package (ST_Loc of GB/T 33190): absolute from its root, or relative to the file that names them.

    resolve("Pages/Page_0/Content.xml", holder="Doc_0/Document.xml")     # Doc_0/Pages/Page_0/Content.xml
    locate(package, "/Doc_0/Res/a.png", holder="Doc_0/DocumentRes.xml")  # the file, or OFD_MISSING

Both kinds occur for everything in real files. A path may climb with ``..`` inside the package and never out of it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esign.ofd.limits import MAX_PATH
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esign.ofd.package import Package


_USUAL: Final = re.compile(r"/?[\w-]++(?:[./][\w-]++)*+", re.ASCII)  # without steps that are empty or dots
_FOLDERS: Final = 256  # kept: folders that paths are taken from, a document has some ten


def resolve(loc: str, *, holder: str, base: str = "") -> str:
    """Return the package name that a path means in the file `holder`, under the folder `base` (BaseLoc of a Res) where there is one.

    Raises:
        TrustError: OFD_PATH for what is no path: empty, with a backslash or colon, out of the package.
    """
    if _USUAL.fullmatch(loc) and len(loc) <= MAX_PATH:
        folder = _folder(holder.rpartition("/")[0], base)
        return loc[1:] if loc[0] == "/" else "/".join((*folder, loc))
    if not loc or len(loc) > MAX_PATH or "\\" in loc or ":" in loc or "\0" in loc:
        raise TrustError(ErrorCode.OFD_PATH, "no path inside a package", path=loc[:120])
    if loc.rpartition("/")[2] in {"", ".", ".."}:
        raise TrustError(ErrorCode.OFD_PATH, "a path to no file", path=loc[:120])
    return "/".join(_walk(_folder(holder.rpartition("/")[0], base), loc))


def locate(package: Package, loc: str, *, holder: str, base: str = "") -> str:
    """Return the file a path means. Raise OFD_PATH, or OFD_MISSING when the package has none such."""
    found = first(package, loc, holder=holder, base=base)
    if found is None:
        raise TrustError(ErrorCode.OFD_MISSING, "the package has no such file", file=loc[:120], named_in=holder[:120])
    return found


def possible(package: Package, loc: str, *, holder: str, base: str = "") -> tuple[str, ...]:
    """Return every file that some reader could take for the one meant, the right one first; empty when there is none.

    A relative path is taken from the package's root by some readers and writers, and Windows knows no case. Raises OFD_PATH.
    """
    if loc.startswith("/"):
        return package.called(resolve(loc, holder=holder, base=base))
    found = (package.called(each) for each in _readings(loc, holder, base))
    return tuple(dict.fromkeys(file for files in found for file in files))


def first(package: Package, loc: str, *, holder: str, base: str = "") -> str | None:
    """Return the first of `possible`, None when there is none, without looking for the others. Raises OFD_PATH."""
    found = (package.nearest(each) for each in _readings(loc, holder, base))
    return next((each for each in found if each is not None), None)


def starting_folder(package: Package, paths: Sequence[str], *, holder: str) -> str:
    """Return the folder from which all relative paths of a file name files of the package, its own where there is none such.

    They are counted from one folder by whoever wrote them: its own as the standard has it, or the root, or the document's.
    """
    own, top = holder.rpartition("/")[0], holder.partition("/")[0]
    relative = [each for each in paths if each and not each.startswith("/")]
    for folder in dict.fromkeys((own, "", top)) if relative else ():
        with suppress(TrustError):  # one that climbs out is not meant so
            if all(package.named(resolve(each, holder=f"{folder}/")) is not None for each in relative):
                return folder
    return own


def _readings(loc: str, holder: str, base: str) -> Iterator[str]:
    """Yield the names a path means to some reader, the right one first. Raise OFD_PATH for what is none to anybody."""
    yield resolve(loc, holder=holder, base=base)
    if loc.startswith("/"):
        return
    own, top = holder.rpartition("/")[0], holder.partition("/")[0]
    others = dict.fromkeys(((own, ""), (top, ""), ("", base), ("", "")))  # often the same ones
    others.pop((own, base), None)
    for other_folder, other_base in others:
        try:
            yield resolve(loc, holder=f"{other_folder}/", base=other_base)
        except TrustError:
            continue  # it climbs out from there, so nobody reads it so


@lru_cache(maxsize=_FOLDERS)
def _folder(folder: str, base: str) -> tuple[str, ...]:
    """Return the steps to where a file in `folder` says that its paths begin. Raise OFD_PATH."""
    return tuple(_walk(_walk((), folder), base.rstrip("/") or base[:1]))


def _walk(folder: Sequence[str], loc: str) -> list[str]:
    """Return the folder or file reached by a path from a folder."""
    parts = [] if loc.startswith("/") else list(folder)
    path = loc.removeprefix("/")
    for part in path.split("/") if path else ():
        if part == "..":
            if not parts:
                raise TrustError(ErrorCode.OFD_PATH, "a path out of the package", path=loc[:120])
            parts.pop()
        elif not part:
            raise TrustError(ErrorCode.OFD_PATH, "a path with an empty step", path=loc[:120])
        elif part != ".":
            parts.append(part)
    return parts
