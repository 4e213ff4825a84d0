"""Which files of a package belong to signatures, by their names and by what leads to them (GB/T 33190-2016, signatures).

Whoever rewrites the list of signatures hides what it led to; the files stay behind unless he removes them too. They are
recognised here by the names every writer gives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.model import UnverifiedOfdSignature
from esign.ofd.paths import possible
from esign.ofd.xml import child_text, parse_xml
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from esign.ofd.model import OfdDocument, OfdSignature
    from esign.ofd.package import Package

PROTECTION_LIST: Final = "OFDEntries.xml"  # GM/T 0099-2020 annex D: names every file, and a signed value of its own
_NAMES: Final = frozenset({"signatures.xml", "signature.xml", "signedvalue.dat", "signvalue.dat", "seal.esl"})
_FOLDERS: Final = frozenset({"signs", "signatures"})


def looks_like_signature(file: str) -> bool:
    """Whether a file is called as those of signatures are."""
    folder, _, name = file.lower().rpartition("/")
    inside = not _FOLDERS.isdisjoint(folder.split("/"))
    return name in _NAMES or name.endswith(".esl") or (inside and name.endswith((".xml", ".dat")))


def signature_files(
    package: Package, documents: tuple[OfdDocument, ...], signatures: tuple[OfdSignature, ...]
) -> frozenset[str]:
    """Return the files that lists of signatures lead to: the lists, descriptions, signed values and seals."""
    reached = {each.signature_list for each in documents if each.signature_list is not None}
    for each in signatures:
        if isinstance(each, UnverifiedOfdSignature):
            reached |= {each.file, each.value_file} | ({each.seal_file} if each.seal_file else set())
    return frozenset(reached | _protection_files(package))


def unlisted_files(
    package: Package, documents: tuple[OfdDocument, ...], signatures: tuple[OfdSignature, ...]
) -> tuple[str, ...]:
    """Return the files that belong to signatures by their names and that nothing leads to."""
    reached = signature_files(package, documents, signatures)
    return tuple(file for file in package.names if file not in reached and looks_like_signature(file))


def _protection_files(package: Package) -> set[str]:
    """Return the list of integrity protection and its signed value, which is no document's signature."""
    listed = package.nearest(PROTECTION_LIST)
    if listed is None:
        return set()
    try:
        path = child_text(parse_xml(package.octets(listed), listed), "SignedValueLoc")
        value = possible(package, path, holder=listed)[:1] if path else ()
    except TrustError:
        return {listed}
    return {listed, *value}
