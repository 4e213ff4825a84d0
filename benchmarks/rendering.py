"""Licence pages, seals and QR codes a second on one core, each beside the bare library that does most of the work.

    python -m benchmarks.rendering [SECONDS]

Ratios are ours over the peer's. "typst alone" compiles the same page with its inputs prepared, so its line says what
checking glyphs, the QR code and the JSON cost. Pages differ from one another: typst remembers what it has seen.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import typst
import zxingcpp

from benchmarks.measure import ROUNDS, Act, Pair, report
from esign.licence.data import read_licence_data
from esign.licence.face import licence_face
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import StatusReference, build_metadata
from esign.licence.types import load_licence_type
from esign.rendering import seal_drawing
from esign.rendering.fonts import FONT_FOLDERS, FontChain, find_fonts
from esign.rendering.licence_page import PDF_STANDARD, LicencePage, render_licence
from esign.rendering.qr import qr_svg
from trustkit.identity import Organisation

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).resolve().parents[1] / "policies" / "licences" / "business-licence"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ISSUER = Organisation(uscc="1199010000TRYQK01Q", name="示例市市场监督管理局")
SERIALS = count(1)


def _page() -> LicencePage:
    kind = load_licence_type(FOLDER)
    serial = next(SERIALS)
    tree = json.loads((FOLDER / "sample.json").read_bytes())
    tree["name"] = f"示例市云杉信息技术第{serial}有限公司"
    data = read_licence_data(kind, json.dumps(tree).encode(), today=NOW.date())
    identifier = compose_identifier(type_code=kind.code, issuer=ISSUER.uscc, serial=f"{serial:014d}", version=1)
    status = StatusReference(uri="https://licence.example.gov.cn/v1/status/1", index=serial)
    metadata = build_metadata(kind, data, identifier=identifier, issuer=ISSUER, issued_at=NOW, status=status)
    return licence_face(
        kind, data, metadata, issued_at=NOW, qr_text=f"https://licence.example.gov.cn/v1/licences/{identifier}/status"
    )


def _render(chain: FontChain) -> Callable[[], object]:
    return lambda: render_licence(_page(), chain)


def _typst_alone(chain: FontChain) -> Callable[[], object]:
    """Compile pages whose inputs were made beforehand, by typst and nothing else."""
    module = sys.modules[render_licence.__module__]
    page = _page()
    path, root = module._path(page), module._root(page)  # noqa: SLF001 - the same document as ours
    prepared = [
        module._document(path, module._inputs(each, chain, qr_svg(each.qr_text)))  # noqa: SLF001 - as above
        for each in (_page() for _ in range(64))
    ]
    folders = [str(folder) for folder in chain.folders]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    compiler = typst.Compiler(prepared[0], root=root, font_paths=fonts, ignore_system_fonts=True)
    turn = count()

    def compile_one() -> object:
        entry = prepared[next(turn) % len(prepared)]
        return compiler.compile(input=entry, format="pdf", pdf_standards=[PDF_STANDARD], timestamp=NOW)

    return compile_one


def _whole_fonts(chain: FontChain) -> FontChain:
    return replace(chain, faces=tuple(face for face in chain.faces if not face.family.startswith("Trustkit ")))


def _pairs(chain: FontChain) -> tuple[Pair, ...]:
    page = Act(name="page", call=_render(chain))
    alone = Act(name="typst alone", call=_typst_alone(chain))
    whole = Act(name="whole fonts", call=_render(_whole_fonts(chain)))
    design = seal_drawing.SealDesign(name=ISSUER.name, lower_line="电子证照专用章")
    draw = seal_drawing._draw.__wrapped__  # noqa: SLF001 - a seal drawn anew, not the one that is kept
    drawn = Act(name="seal", call=lambda: draw(design, chain).pdf_operators())
    plain = Act(name="seal of whole fonts", call=lambda: draw(design, _whole_fonts(chain)).pdf_operators())
    url = "https://licence.example.gov.cn/v1/licences/1.2.156.3005.2.11100000MB0143028R001.1199010000TRYQK01Q.1.001.X/status"
    code = Act(name="qr", call=lambda: qr_svg(url))
    form = zxingcpp.BarcodeFormat.QRCode
    bare = Act(name="zxing-cpp", call=lambda: zxingcpp.create_barcode(url, form, ec_level="M").to_svg())
    return (
        Pair(name="licence page, data to PDF/A-3, beside typst alone", ours=page, peer=alone),
        Pair(name="  beside the same with the whole fonts", ours=page, peer=whole),
        Pair(name="seal drawn anew, beside the same of CFF outlines", ours=drawn, peer=plain),
        Pair(name="QR code as SVG, beside zxing-cpp's own SVG", ours=code, peer=bare),
    )


def main() -> None:
    """Print the lines. SECONDS is about what the whole run takes."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    chain = find_fonts(FONT_FOLDERS)
    pairs = _pairs(chain)
    acts = 2 * len(pairs)
    report(pairs, seconds=0.05, rounds=max(3, min(ROUNDS, round(seconds / (acts * 0.06)))))


if __name__ == "__main__":
    main()
