"""What a signature leaves uncovered, judged apart from whether it holds: everything, the entry point, or content.

    coverage = CoverageJudge(ofd).cover(intact.covered)
    coverage.extent is Extent.CONTENT_UNCOVERED, coverage.uncovered[0].role

A list of digests protects what it names, and nothing says that it names all that is shown. So every file of the package must be
named, or stand to the signature as signatures do: the list of signatures, which grows with each further one, and what other
signatures are made of, which protect themselves. Whether anything leads to a file decides nothing, for readers find files in more
ways than anybody could list (ADR 0021); it is told what a file is for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import cached_property
from typing import TYPE_CHECKING, Final

from esign.ofd.limits import MAX_SHAPED_MARKS
from esign.ofd.reach import Role, reach
from esign.ofd.self_contained import is_self_contained
from esign.ofd.signature_files import signature_files
from esign.ofd.signature_shape import holds_only_a_signature
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from esign.ofd.model import UnverifiedOfd
    from esign.ofd.reach import Reach


_PLAIN_NAME: Final = re.compile(r"[\w./-]+")


@unique
class Extent(StrEnum):
    """How far a signature reaches (worst last)."""

    EVERYTHING = "everything"  # all that is shown, from the entry point on
    ENTRY_POINT_UNCOVERED = "entry-point-uncovered"  # all that is shown, but not what says which document is shown
    CONTENT_UNCOVERED = "content-uncovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class UncoveredFile:
    """A file that a signature does not protect, and what it is for."""

    file: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a set of protected files leaves open.

    Where the walk through the document had to end early it is not `complete`: whether it shows something from outside is not known.
    """

    extent: Extent
    uncovered: tuple[UncoveredFile, ...]
    complete: bool


class CoverageJudge:
    """Coverage of one OFD; the walk through its files is made once."""

    def __init__(self, ofd: UnverifiedOfd) -> None:
        self._ofd = ofd
        self._plain: dict[str, bool] = {}
        self._marks = MAX_SHAPED_MARKS

    @cached_property
    def _reach(self) -> Reach:
        return reach(self._ofd.package, self._ofd.entry)

    @cached_property
    def _of_signatures(self) -> frozenset[str]:
        """Files of signatures by what leads to them; those no list leads to are told as such (`UnverifiedOfd.unlisted`)."""
        found = signature_files(self._ofd.documents, self._ofd.signatures, self._ofd.integrity)
        return found.union(self._ofd.unlisted)

    def _is_exempt(self, file: str) -> bool:
        """Whether a file belongs to a signature and holds that alone: its signer could put a page there, whatever it is called.

        Its name is spelt in one way, in XML and in paths, so that nothing leads there but what is seen to.
        """
        if file not in self._of_signatures or _PLAIN_NAME.fullmatch(file) is None:
            return False
        if file not in self._plain:
            try:
                package = self._ofd.package
                octets = package.octets(file)
                self._marks -= octets.count(b"<")
                self._plain[file] = self._marks >= 0 and holds_only_a_signature(octets, lambda: package.xml(file))
            except TrustError:
                self._plain[file] = False
        return self._plain[file]

    @cached_property
    def _is_self_contained(self) -> bool:
        return is_self_contained(self._ofd.package, self._of_signatures)

    def cover(self, covered: frozenset[str]) -> Coverage:
        """Return what is left open when the octets of `covered` are proved."""
        left = [name for name in self._ofd.package.names if name not in covered and not self._is_exempt(name)]
        if not left and self._is_self_contained:
            return Coverage(extent=Extent.EVERYTHING, uncovered=(), complete=True)
        found = self._reach
        # a page may lie where signatures do: what the document itself leads to is shown, whatever it holds
        left = [
            name
            for name in self._ofd.package.names
            if name not in covered and (name in found.roles or not self._is_exempt(name))
        ]
        uncovered = (
            *(UncoveredFile(file=name, role=found.role(name)) for name in left),
            *(UncoveredFile(file=path[:200], role=Role.OUTSIDE) for path in found.outside),
        )
        extent = Extent.EVERYTHING
        if uncovered:
            only_entry = all(each.role is Role.ENTRY_POINT for each in uncovered)
            extent = Extent.ENTRY_POINT_UNCOVERED if only_entry else Extent.CONTENT_UNCOVERED
        return Coverage(extent=extent, uncovered=uncovered, complete=found.complete)
