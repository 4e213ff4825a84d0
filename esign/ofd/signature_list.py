"""Signatures.xml: the list of a document's signatures (GB/T 33190-2016, signatures).

It is the one file that no signature of ours covers: each further signature adds a line to it, and would break the earlier ones
otherwise. What it names is covered all the same, for the next signature covers the files of the earlier ones.
"""

from __future__ import annotations

from typing import Final

from esign.ofd.xml import NAMESPACE
from esign.ofd.xml_text import DECLARATION

SIGNATURES_FILE: Final = "Doc_0/Signs/Signatures.xml"


def signatures_xml(highest: int) -> bytes:
    """Return a list without signatures; `highest` is the greatest identifier given out so far."""
    return (
        f'{DECLARATION}<ofd:Signatures xmlns:ofd="{NAMESPACE}"><ofd:MaxSignId>{highest}</ofd:MaxSignId></ofd:Signatures>'
    ).encode()
