"""A PDF file written object by object: numbers, names of our own and streams, nothing that comes out of a document as text.

    file = PdfFile()
    page = file.add("<< /Type /Page … >>")
    file.write(catalog=…)

The same pages give the same octets: no clock, no chance (pyHanko's writer looks at both). ISO 32000-1 7.5.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Final

from esign.ofd.xml_text import number

_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_LEVEL: Final = 6
_PLACES: Final = 5  # of a point: more cannot be seen


def numbers(*values: float, places: int = _PLACES) -> str:
    """Return numbers with spaces between."""
    return " ".join([number(value, places) for value in values])


class PdfFile:
    """Objects in the order they were added; the first has number 1."""

    def __init__(self) -> None:
        self._objects: list[bytes | None] = []

    def reserve(self) -> int:
        """Return the number of an object whose body is put later."""
        self._objects.append(None)
        return len(self._objects)

    def put(self, place: int, body: str) -> None:
        """Give a reserved object its body."""
        self._objects[place - 1] = body.encode("ascii")

    def add(self, body: str) -> int:
        """Add an object and return its number."""
        self._objects.append(body.encode("ascii"))
        return len(self._objects)

    def add_stream(self, entries: str, data: bytes, *, packed: bool = False) -> int:
        """Add a stream, deflated here unless it is `packed` already by a filter that its entries name."""
        octets = data
        if not packed:
            octets = zlib.compress(data, _LEVEL)
            entries += " /Filter /FlateDecode"
        head = f"<< {entries} /Length {len(octets)} >>\nstream\n".encode("ascii")
        self._objects.append(head + octets + b"\nendstream")
        return len(self._objects)

    def write(self, catalog: int) -> bytes:
        """Return the file."""
        out, places = bytearray(_HEADER), []
        for index, body in enumerate(self._objects, start=1):
            places.append(len(out))
            out += b"%d 0 obj\n" % index + (b"null" if body is None else body) + b"\nendobj\n"
        start = len(out)
        identifier = hashlib.sha256(out).hexdigest()[:32]
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        out += b"".join(b"%010d 00000 n \n" % place for place in places)
        out += (
            f"trailer\n<< /Size {len(places) + 1} /Root {catalog} 0 R /ID [<{identifier}> <{identifier}>] >>\n"
            f"startxref\n{start}\n%%EOF\n"
        ).encode("ascii")
        return bytes(out)
