"""What reading shares: the package, parsed XML while reading lasts, and the departures met on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esign.ofd.limits import MAX_READ_XML_OCTETS
from esign.ofd.model import OfdDeviation
from esign.ofd.paths import possible, resolve
from esign.ofd.xml import NAMESPACE, encoding_of, namespace_of, parse_xml
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.package import Package
    from esign.ofd.xml import Element


@dataclass(slots=True)
class _Parsed:
    """What was parsed so far, and how much of it."""

    roots: dict[str, Element] = field(default_factory=dict)
    octets: int = 0


class Source:
    """A package being read. `notes` collects `OfdDeviation` in the order they were met."""

    def __init__(self, package: Package, parsed: _Parsed | None = None) -> None:
        self.package = package
        self.notes: dict[str, None] = {}
        self._parsed = _Parsed() if parsed is None else parsed

    def branch(self) -> Source:
        """Return a source of the same package with notes of its own, for one signature."""
        return Source(self.package, self._parsed)

    def note(self, deviation: OfdDeviation) -> None:
        """Remember a departure from the standard."""
        self.notes[deviation.value] = None

    def xml(self, file: str) -> Element:
        """Return the root element of a file. Raise OFD_LIMIT beyond all XML that is read, and what `parse_xml` and `Package.octets` raise."""
        root = self._parsed.roots.get(file)
        if root is None:
            self._parsed.octets += self.package.size(file)
            if self._parsed.octets > MAX_READ_XML_OCTETS:
                raise TrustError(ErrorCode.OFD_LIMIT, "octets of XML together", limit=MAX_READ_XML_OCTETS)
            root = self._parsed.roots[file] = parse_xml(self.package.octets(file), file)
        if namespace_of(root) != NAMESPACE:
            self.note(OfdDeviation.NAMESPACE)
        if encoding_of(root) not in {"", "utf-8"}:
            self.note(OfdDeviation.ENCODING)
        return root

    def locate(self, loc: str, *, holder: str) -> str:
        """Return the file a path means, noting how far it had to be sought. Raise OFD_PATH, OFD_MISSING."""
        found = possible(self.package, loc, holder=holder)
        if not found:
            raise TrustError(
                ErrorCode.OFD_MISSING, "the package has no such file", file=loc[:120], named_in=holder[:120]
            )
        meant = resolve(loc, holder=holder)
        if found[0] != meant:
            same = found[0] == self.package.nearest(meant)
            self.note(OfdDeviation.PATH_CASE if same else OfdDeviation.PATH_FROM_ROOT)
        return found[0]
