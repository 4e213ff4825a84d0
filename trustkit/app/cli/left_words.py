"""Why a file in a folder was left alone, in the language of the terminal."""

from __future__ import annotations

from typing import Final

from trustkit.app.batch_plan import Left
from trustkit.app.cli.output import language
from trustkit.texts.catalogue import Language

_CHINESE: Final = {
    Left.LINK: "符号链接，不跟随",
    Left.NOT_PDF: "不是 PDF",
    Left.NOT_OFD: "不是 OFD",
    Left.NEITHER: "既不是 PDF 也不是 OFD",
    Left.SPECIAL: "不是普通文件",
    Left.CUT_OFF: "写入中断时留下的残余文件",
}


def left_words(why: str) -> str:
    """Return the words for the value of a `Left`."""
    return _CHINESE[Left(why)] if language() is Language.ZH else why
