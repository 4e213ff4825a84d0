"""What a seal that is applied for looks like, as it is said on the command line: drawn here, or a picture that is brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from esign.rendering.chop_style import ChopStyle
from trustkit.app.cli.seal_options import read_size
from trustkit.app.seal_shape import DrawnShape, SealShape
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.seal_picture import PictureWish

_LOOKS: Final = "What it looks like"
ShapeOption = Annotated[
    DrawnShape, typer.Option("--shape", help="How it is drawn: round 公章, oval, square chop.", rich_help_panel=_LOOKS)
]
LineOption = Annotated[
    str, typer.Option("--line", help="Round, oval: the line below, e.g. 合同专用章.", rich_help_panel=_LOOKS)
]
CodeOption = Annotated[
    str, typer.Option("--code", help="Round, oval: the code on the arc or across.", rich_help_panel=_LOOKS)
]
InscriptionOption = Annotated[
    str | None,
    typer.Option(
        "--inscription",
        metavar="TEXT",
        help="The name as it stands on it (印文), e.g. 示例公司.  [default: --name]",
        rich_help_panel=_LOOKS,
    ),
]
StyleOption = Annotated[
    ChopStyle | None, typer.Option("--style", help="Square: yang 朱文 or yin 白文.", rich_help_panel=_LOOKS)
]
SizeOption = Annotated[
    str | None, typer.Option("--size", metavar="MM", help="Width, or WIDTHxHEIGHT.", rich_help_panel=_LOOKS)
]
PictureFileOption = Annotated[
    Path | None,
    typer.Option(
        "--picture",
        metavar="FILE",
        help="Not drawn: this picture. PNG, SVG of outlines (becomes a PNG), or OFD of one page.",
        rich_help_panel=_LOOKS,
    ),
]


def picture_words(
    name: str,
    inscription: str | None,
    *,
    shape: DrawnShape,
    line: str,
    code: str,
    style: ChopStyle | None,
    size: str | None,
    picture: Path | None,
) -> PictureWish:
    """Return how the seal shall look: `inscription` stands on it, None for its `name`. Raise USAGE for words that do not go together."""
    from trustkit.app.seal_order import SealWish
    from trustkit.app.seal_picture import PictureWish

    width, height = read_size(size)
    if picture is not None:
        if inscription is not None or line or code or style is not None or shape is not DrawnShape.ROUND:
            raise TrustError(
                ErrorCode.USAGE, "a picture that is brought is not drawn: --picture goes with --size alone"
            )
        return PictureWish(file=picture, width_mm=width, height_mm=height)
    drawn = SealWish(
        shape=SealShape(shape.value),
        name=name if inscription is None else inscription,
        line=line,
        code=code,
        style=style or ChopStyle.YANG,
        width_mm=width,
        height_mm=height,
    )
    return PictureWish(drawn=drawn)
