"""What reading shares: the package, what was spent on all of it together, and the departures met on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esign.ofd.limits import MAX_READ_XML_MARKS, MAX_READ_XML_OCTETS
from esign.ofd.model import OfdDeviation
from esign.ofd.paths import locate, resolve
from esign.ofd.xml import NAMESPACE, encoding_of, namespace_of
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.package import Package
    from esign.ofd.xml import Element


@dataclass(slots=True)
class _Spent:
    """What was spent on the whole package, for bounds of single files could be multiplied, and the descriptions that were read."""

    amounts: Counter[str] = field(default_factory=Counter)
    described: set[str] = field(default_factory=set)


class Source:
    """A package being read. `notes` collects `OfdDeviation` in the order they were met."""

    def __init__(self, package: Package, spent: _Spent | None = None) -> None:
        self.package = package
        self.notes: dict[str, None] = {}
        self._spent = _Spent() if spent is None else spent

    def branch(self) -> Source:
        """Return a source of the same package with notes of its own, for one signature."""
        return Source(self.package, self._spent)

    def note(self, deviation: OfdDeviation) -> None:
        """Remember a departure from the standard."""
        self.notes[deviation.value] = None

    def xml(self, file: str) -> Element:
        """Return the root element of a file; `Package` keeps small ones alone, for trees take much room.

        Raises:
            TrustError: OFD_LIMIT beyond all XML that is read, and what `Package.xml` raises.
        """
        self.spend("octets of XML together", self.package.size(file), MAX_READ_XML_OCTETS)
        octets = self.package.octets(file)
        self.spend("marks in XML together", octets.count(b"<"), MAX_READ_XML_MARKS)
        root = self.package.xml(file)
        if namespace_of(root) != NAMESPACE:
            self.note(OfdDeviation.NAMESPACE)
        if encoding_of(root) not in {"", "utf-8"}:
            self.note(OfdDeviation.ENCODING)
        return root

    def spend(self, what: str, number: int, limit: int) -> None:
        """Count against a bound on the whole package. Raise OFD_LIMIT beyond it, then and each time after."""
        self._spent.amounts[what] += number
        if self._spent.amounts[what] > limit:
            raise TrustError(ErrorCode.OFD_LIMIT, what, limit=limit)

    def require_first(self, file: str) -> None:
        """Refuse to read a description of a signature again: one listed twice is shown twice. Raise OFD_SIGNATURE_LIST."""
        if file in self._spent.described:
            raise TrustError(ErrorCode.OFD_SIGNATURE_LIST, "listed more than once", file=file[:120])
        self._spent.described.add(file)

    def locate(self, loc: str, *, holder: str) -> str:
        """Return the file a path means, noting how far it had to be sought. Raise OFD_PATH, OFD_MISSING."""
        found, meant = locate(self.package, loc, holder=holder), resolve(loc, holder=holder)
        if found != meant:
            same = found == self.package.nearest(meant)
            self.note(OfdDeviation.PATH_CASE if same else OfdDeviation.PATH_FROM_ROOT)
        return found
