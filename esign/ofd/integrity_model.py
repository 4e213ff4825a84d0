"""Integrity protection of a package as it was read: which files there are to be, and who signed that list (GM/T 0099-2020 annex D).

The list is OFDEntries.xml in the package's root. It names files and holds no digests: it proves that nothing was added to
the package or taken out of it (防夹带), and says nothing about what is in the files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

ENTRIES_NAME: Final = "OFDEntries.xml"  # fixed by GM/T 0099-2020 D.1, beside OFD.xml
SIGNED_VALUE_NAME: Final = "signedvalue.dat"  # what is written; the list says where it is


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedIntegrity:
    """A list of files and the signature over it; nothing in it is verified.

    Attributes:
        entries_name: what the list is called in the package.
        entries: octets of OFDEntries.xml, which are what is signed.
        listed: names in the package, in the order of the list.
        signed_value: a GB/T 35275 message (DER).
        signed_value_name: where it lies in the package.
    """

    entries_name: str
    entries: bytes = field(repr=False)
    listed: tuple[str, ...]
    signed_value: bytes = field(repr=False)
    signed_value_name: str

    @property
    def own_names(self) -> frozenset[str]:
        """The two files of the protection itself, which the list need not hold."""
        return frozenset({self.entries_name, self.signed_value_name})
