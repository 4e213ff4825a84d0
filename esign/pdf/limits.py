"""Bounds on an uploaded PDF, each with its reason. What passes one is refused as PDF_LIMIT before the work is done."""

from __future__ import annotations

from typing import Final

from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, MiB, StreamDecodeLimits

MAX_PDF_OCTETS: Final = 200 * MiB  # a licence has 0.1 MB, a scanned file of a thousand pages this; held in memory
MAX_OBJECTS: Final = 200_000  # a thousand-page document has some 20,000
MAX_ADDED_OBJECTS: Final = 50_000  # of all revisions behind a signature, 1 s; seals on 5,000 pages make a third of it
MAX_PAGES: Final = 5_000
MAX_PAGE_TREE_DEPTH: Final = 32  # writers balance the tree; 32 levels of two would hold four billion pages
MAX_SIGNATURES: Final = 32
MAX_REVISIONS: Final = 128  # every signature makes one or two
MAX_SIGNATURE_OCTETS: Final = 1 * MiB  # a CMS with every certificate, list and token of a large chain
MAX_ATTACHMENTS: Final = 64
MAX_NAME_TREE_DEPTH: Final = 16
MAX_STREAM_OCTETS: Final = 16 * MiB  # one decoded stream: an attachment, an object stream, a CRL
MAX_READS: Final = 2_000_000  # 2 to 3 s of reading tokens; a thousand pages with five signatures take a seventh of it
MAX_CONTENT_OCTETS: Final = 3 * MiB  # of pages and drawings read as operators, at most 3 s; a dense page has 0.1 MB
MAX_DEREFERENCES: Final = (
    90_000  # steps of reading and comparing revisions, 2 to 5 s; 300 fields and six signatures take 76,500
)

DECODE_LIMITS: Final = DecodeLimits(  # a small file must not become a large one in memory; counted over all revisions
    per_stream=StreamDecodeLimits(max_output_size=MAX_STREAM_OCTETS),
    document_budget=DocumentDecodeBudget(base_allowance=128 * MiB, max_ratio=4),
)
