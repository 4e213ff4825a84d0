"""JBIG2 pictures made into pixels by pdfium: a decoder with a history of being attacked, so only in a process of its own.

decode_jbig2(page, shared, width, height)
"""

from __future__ import annotations

from typing import Final

import pypdfium2

from esign.ofd.draw.pdf_file import PdfFile

_GROUND: Final = (128, 128, 128, 255)  # of the page beneath: pdfium leaves out what it cannot decode, and says nothing


def decode_jbig2(page: bytes, shared: bytes, width: int, height: int) -> bytes | None:
    """Return one octet a pixel (0 black, 255 white), rows from the top; None when pdfium cannot decode it, or to another size."""
    try:
        document = pypdfium2.PdfDocument(_holding(page, shared, width, height))
        bitmap = document[0].render(scale=1, grayscale=True, no_smoothimage=True, fill_color=_GROUND)
        picture = bitmap.to_pil().convert("L")
    except (pypdfium2.PdfiumError, ValueError, MemoryError):
        return None
    octets = picture.tobytes()
    whole = picture.size == (width, height) and octets.count(b"\x00") + octets.count(b"\xff") == len(octets)
    return octets if whole else None


def _holding(page: bytes, shared: bytes, width: int, height: int) -> bytes:
    """Return a PDF with a page as large as the picture, and the picture on it (ISO 32000-1 7.4.7)."""
    file = PdfFile()
    tree = file.reserve()
    parameters = ""
    if shared:
        parameters = f" /DecodeParms << /JBIG2Globals {file.add_stream('', shared)} 0 R >>"
    picture = file.add_stream(
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 1"
        f" /Filter /JBIG2Decode{parameters}",
        page,
        packed=True,
    )
    content = file.add_stream("", f"{width} 0 0 {height} 0 0 cm /P Do".encode("ascii"))
    kid = file.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {width} {height}] /Contents {content} 0 R"
        f" /Resources << /XObject << /P {picture} 0 R >> >> >>"
    )
    file.put(tree, f"<< /Type /Pages /Count 1 /Kids [{kid} 0 R] >>")
    return file.write(file.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))
