"""Bounds on an OFD somebody handed in, each with its reason. What passes one is refused as OFD_LIMIT before the work is done."""

from __future__ import annotations

from typing import Final

_KIB: Final = 1024
_MIB: Final = 1024 * 1024

# the package
MAX_PACKAGE_OCTETS: Final = 200 * _MIB  # an invoice has 15 kB, a scanned file of a thousand pages this; held in memory
MAX_ENTRIES: Final = 20_000  # five thousand pages with a picture each, and directories
MAX_NAME_OCTETS: Final = 512
MAX_NAME_DEPTH: Final = 24  # folders above a file; documents in use have five
MAX_ENTRY_OCTETS: Final = 64 * _MIB  # one unpacked file: a page scanned at 600 dpi, an attachment
MAX_UNPACKED_OCTETS: Final = 256 * _MIB  # all files together; digesting them takes 2 s for each algorithm
UNPACKED_ALLOWANCE: Final = 32 * _MIB  # what a package of any size may unpack to, and beyond it by its size:
MAX_RATIO: Final = 40  # drawings as XML pack thirty to one, a bomb a thousand to one
MAX_KEPT_OCTETS: Final = 1 * _MIB  # a file up to here stays unpacked once it was read: XML is digested and parsed
MAX_KEPT_TOTAL: Final = 16 * _MIB
MAX_KEPT_TREE: Final = (
    16 * _KIB
)  # XML that stays parsed: entry points, lists and descriptions of signatures have a few kB
MAX_KEPT_TREES: Final = 64 * _KIB  # a tree takes up to fifty times its octets

# XML
MAX_XML_OCTETS: Final = 16 * _MIB  # a page of vector drawing has 1 MB
MAX_XML_DEPTH: Final = 64  # page blocks nest; the deepest seen is 9
MAX_XML_MARKS: Final = 400_000  # "<": twice the elements, 100 MB of tree at most
MAX_XML_ATTRIBUTES: Final = 800_000  # "=", which stands in texts too
MAX_READ_XML_OCTETS: Final = (
    32 * _MIB
)  # all XML that reading parses, some 2 s: entry points, lists, descriptions of signatures
MAX_READ_XML_MARKS: Final = (
    1_000_000  # "<" in it, each looked at some ten times; five long lists of references have half
)
MAX_WALKED_XML_MARKS: Final = 1_500_000  # as many are walked through in 2 s
MAX_WALKED_XML_OCTETS: Final = 64 * _MIB  # all XML that is walked for coverage, 3 s; five hundred dense pages have half
MAX_FOLLOWED: Final = 400_000  # readings of paths in it, a path that leads somewhere counting four: 3 s
MAX_SHAPED_MARKS: Final = 600_000  # "<" in files of signatures that are gone through for what else they hold: 1 s; five lists of 20,000 files have it
MAX_SEARCHED_OCTETS: Final = 64 * _MIB  # searched for names in files that are no XML: their octets times the names
MAX_TEXT: Final = 4096  # characters of one value that is looked at: a path, a name, a date

# the document
MAX_DOCUMENTS: Final = 16  # DocBody elements
MAX_VERSIONS: Final = 64
MAX_SIGNATURES: Final = 32
MAX_REFERENCES: Final = MAX_ENTRIES
MAX_ALL_REFERENCES: Final = 100_000  # of all signatures together
MAX_ATTACHMENTS: Final = MAX_ENTRIES  # of all documents together
MAX_PATH: Final = 1024  # characters of an ST_Loc
MAX_SIGNED_VALUE: Final = 8 * _MIB  # a seal with a whole OFD as its picture
MAX_MESSAGES: Final = (
    4 * _MIB
)  # signed values that are messages, together: they are read several times, in small elements
MAX_NOTES: Final = 64
