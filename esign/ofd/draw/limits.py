"""Bounds on what a page of somebody else's document may ask to have drawn, each with its reason."""

from __future__ import annotations

from typing import Final

MAX_PAGES: Final = 500  # drawn at once; more are asked for by number
MAX_SIDE_MM: Final = 5000.0  # of a page; a plan of size A0 has 1189 mm. PDF itself ends at 5080 mm
MIN_SIDE_MM: Final = 1.0
MAX_SEAL_MM: Final = 80.0  # of a seal's picture on a page, either side; the largest seals in use have 58 mm
MAX_NUMBER: Final = 1_000_000.0  # of any measure, in millimetres: farther out nothing can be seen
MAX_DEPTH: Final = 24  # page blocks in page blocks, composites in composites; the deepest seen is 4
MAX_NESTED: Final = 2  # documents in documents: a seal's picture is one, and a seal on that is another
MAX_INHERITED: Final = 16  # draw parameters that refer to others

# work, of one document and the documents within it
MAX_READ_OCTETS: Final = 256 * 1024 * 1024  # of all XML that is parsed, as often as it is
MAX_ALL_MARKS: Final = 4_000_000  # "<" in it: five hundred pages of text have two million
MAX_WORK: Final = (
    20_000_000_000  # of all kinds of work together, in what they cost (`budget`): a map of vectors has some ten
)
PAGE_WORK: Final = 1_000_000_000  # more for each page that is drawn: a dense one has 0.4
LOOK_WORK: Final = (
    6_000_000_000  # of pages that are looked at beneath seals, for all signers of a file: fifteen dense ones
)
LOOK_PIXELS: Final = (
    80_000_000  # of all pictures on them, as often as they are read: two pages of A4 scans for each of four signers
)
LOOK_MM2: Final = 120_000.0  # of all seals that are looked beneath: seventy of 40 mm, or slices on very many pages
MAX_OBJECTS: Final = 200_000  # a vector map has 50,000, five hundred pages of text as many
MAX_SEGMENTS: Final = 2_000_000  # of paths
MAX_GLYPHS: Final = 2_000_000  # shown; a dense page has 4,000
MAX_OUTLINES: Final = 30_000  # different glyphs: as many as a large font has
MAX_BORROWED: Final = 12_000  # different glyphs out of the house's fonts; 6763 characters make a newspaper
MAX_OUTLINE_POINTS: Final = 5000  # of one glyph; the richest Chinese character has 400
MAX_POINTS: Final = 2_000_000  # of all embedded glyphs that are looked at
MAX_ALL_TOKENS: Final = 10_000_000  # of all glyphs in CFF
MAX_OUTLINE_TOKENS: Final = 200_000  # run through for one glyph in CFF, subroutines as often as they are called
MAX_OUTLINE_PARTS: Final = 256  # components of one glyph; composed ones have four
MAX_CONTENT_OCTETS: Final = 160 * 1024 * 1024  # of all content streams
MAX_GROUPS: Final = 2000  # mixed with the ground as one: whoever shows the drawing keeps a picture of each
MAX_PATTERNS: Final = 2000
MAX_DASH_COUNT: Final = 50_000  # dashes of one path: a line across a plan, of dashes of a tenth of a millimetre

# files of the package
MAX_RESOURCE_FILES: Final = 256
MAX_RESOURCES: Final = 100_000  # entries of all resource files
MAX_FONT_OCTETS: Final = 48 * 1024 * 1024  # a whole Chinese font has 20 MB
MAX_FONTS: Final = 64  # parsed: a document uses ten
MAX_FONT_TABLES: Final = 64
MAX_FONT_CODES: Final = 16_000_000  # characters and glyphs in the tables of all fonts; a whole Chinese font has 100,000
MAX_CHARACTER_MAPS: Final = 32  # of one font; there are five
MAX_MAPPED: Final = 131_072  # characters of one map: twice the glyphs a font can have
MAX_MAPS_OCTETS: Final = 2 * 1024 * 1024  # of all of them; a whole Chinese font has 0.5
MAX_IMAGE_OCTETS: Final = 64 * 1024 * 1024
MAX_IMAGE_PIXELS: Final = 70_000_000  # A3 at 600 dots an inch has 69.6, a photograph 24
MAX_DEEP_PIXELS: Final = (
    24_000_000  # of a picture with alpha or sixteen bits, 13 octets each while it is read: a photograph
)
MAX_ALL_PIXELS: Final = 240_000_000
MAX_IMAGE_SIDE: Final = 32_000
MAX_TEXT: Final = 20_000  # characters of one TextCode; a page has 4,000
MAX_DASHES: Final = 32
MAX_SEGMENT_STOPS: Final = 256  # of a gradient
MAX_NOTES: Final = 250  # different things told
MAX_TOLD: Final = 120  # characters of a detail that comes out of the file
