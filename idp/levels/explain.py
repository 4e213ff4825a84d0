"""How a level came about, a sentence a ground, in 中文 and English: for the person, an officer, and who writes a ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.evidence import EvidenceKind
from idp.levels.assessment import Reason
from trustkit.clock import format_rfc3339
from trustkit.texts.catalogue import Language
from trustkit.texts.printable import printable

if TYPE_CHECKING:
    from idp.levels.assessment import Assessment, Ground
    from trustkit.identity import AssuranceLevel

_SHOWN: Final = 64  # characters of a source's own word

_LEVEL: Final = {
    Language.EN: "Identity {identity} of 4, login {authentication} of 3.",
    Language.ZH: "实名等级 {identity}（共 4 级），登录强度 {authentication}（共 3 级）。",
}
_AXIS: Final = {
    Language.EN: {EvidenceKind.REAL_NAME: "identity", EvidenceKind.LOGIN: "login"},
    Language.ZH: {EvidenceKind.REAL_NAME: "实名等级", EvidenceKind.LOGIN: "登录强度"},
}
_BY: Final = {
    Language.EN: {True: "“{word}” of {source} on the ladder “{ladder}”", False: "The factor {word}"},
    Language.ZH: {True: "{source} 按“{ladder}”等级表给出的“{word}”", False: "认证因子“{word}”"},
}
_REASON: Final = {
    Language.EN: {
        Reason.COUNTED: "gives {axis} {worth} by itself{until}.",
        Reason.LIMITED: "gives {axis} {worth}, the most this home takes from that source{until}.",
        Reason.UNKNOWN_LADDER: "is worth nothing: this home has no such ladder.",
        Reason.UNVERIFIED_LADDER: "is worth nothing: nobody has verified this ladder for this home.",
        Reason.OTHER_AXIS: "is worth nothing: the ladder has no words for {axis}.",
        Reason.UNKNOWN_WORD: "is worth nothing: the ladder does not know the word.",
        Reason.UNKNOWN_FACTOR: "is worth nothing: this home takes no such factor.",
        Reason.NOT_YET: "is worth nothing: its time is in the future.",
        Reason.EXPIRED: "is worth nothing any more: it was good until {ended}.",
    },
    Language.ZH: {
        Reason.COUNTED: "单独计为{axis} {worth}{until}。",
        Reason.LIMITED: "计为{axis} {worth}，已达本机构对该来源所设上限{until}。",
        Reason.UNKNOWN_LADDER: "不计：本机构没有该等级表。",
        Reason.UNVERIFIED_LADDER: "不计：该等级表尚未经本机构核实。",
        Reason.OTHER_AXIS: "不计：该等级表不含{axis}。",
        Reason.UNKNOWN_WORD: "不计：等级表中没有该等级。",
        Reason.UNKNOWN_FACTOR: "不计：本机构不采用该认证因子。",
        Reason.NOT_YET: "不计：其时间在未来。",
        Reason.EXPIRED: "不再计入：有效期至 {ended}。",
    },
}
_UNTIL: Final = {Language.EN: ", until {ended}", Language.ZH: "，有效期至 {ended}"}


def explain(assessment: Assessment, language: Language) -> tuple[str, ...]:
    """Return the level in one sentence, then what each ground gave to it or why not."""
    return (level_text(assessment.level, language), *(_ground(each, language) for each in assessment.grounds))


def level_text(level: AssuranceLevel, language: Language) -> str:
    """Return a level in one sentence."""
    return _LEVEL[language].format(identity=level.identity, authentication=level.authentication)


def _ground(ground: Ground, language: Language) -> str:
    ended = format_rfc3339(ground.good_until.replace(microsecond=0)) if ground.good_until is not None else ""
    by = _BY[language][ground.ladder is not None].format(
        word=printable(ground.word[:_SHOWN]), source=printable(ground.source), ladder=printable(ground.ladder or "")
    )
    told = _REASON[language][ground.reason].format(
        axis=_AXIS[language][ground.kind],
        worth=ground.worth,
        until=_UNTIL[language].format(ended=ended) if ended else "",
        ended=ended,
    )
    return f"{by} {told}" if language is Language.EN else f"{by}{told}"
