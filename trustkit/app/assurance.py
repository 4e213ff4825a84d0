"""The ladders and rules of a home: ``policies/assurance`` and ``policies/factors.toml``; a home too old for them gets the installation's."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from idp.evidence import AssuranceEvidence, EvidenceKind
from idp.factors.port import FactorKind, ProvedFactor
from idp.levels.assessment import Levels
from idp.levels.ladder import LADDER_NAME, MAX_LADDER_SIZE, parse_ladder
from idp.levels.prospects import prospect_of
from idp.levels.strength import parse_factor_rules
from trustkit.app.files import read_input
from trustkit.app.home import POLICIES, policies_source
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from idp.levels.assessment import Assessment
    from idp.levels.ladder import Ladder
    from trustkit.identity import AssuranceLevel

_FOLDER: Final = "assurance"
_FACTORS: Final = "factors.toml"
_MOST_LADDERS: Final = 64
COLUMNS: Final = ("ladder", "axis", "status", "word", "level", "meaning")
_REHEARSED: Final = "np-rehearsed"  # the person of a rehearsal, who is nobody


def load_levels(home: Path | None, limits: Mapping[str, AssuranceLevel] | None = None) -> Levels:
    """Return what a home knows of levels; `limits` is the most each connector may give, by its name.

    Raises:
        TrustError: IDP_LADDER naming file and key; INPUT_UNREADABLE; HOME_INCOMPLETE.
    """
    return Levels(
        ladders=MappingProxyType({ladder.name: ladder for ladder in load_ladders(home)}),
        factor_rules=MappingProxyType(
            dict(parse_factor_rules(read_input(_place(home, _FACTORS), limit=MAX_LADDER_SIZE)))
        ),
        limits=MappingProxyType(dict(limits or {})),
    )


def load_ladders(home: Path | None) -> tuple[Ladder, ...]:
    """Return every ladder of a home, by name. Raise as `load_levels`."""
    folder = _place(home, _FOLDER)
    paths = sorted(path for path in folder.glob("*.toml") if path.is_file())
    if len(paths) > _MOST_LADDERS:
        raise TrustError(IdentityCode.IDP_LADDER, f"more than {_MOST_LADDERS} ladders", key=_FOLDER)
    return tuple(_ladder(path) for path in paths)


def _ladder(path: Path) -> Ladder:
    try:
        return parse_ladder(path.stem, read_input(path, limit=MAX_LADDER_SIZE))
    except TrustError as error:
        if error.code is not IdentityCode.IDP_LADDER or LADDER_NAME.fullmatch(path.stem) is None:
            raise
        raise TrustError(error.code, error.detail, **{**error.facts, "ladder": path.stem}) from error


def rehearse(
    levels: Levels, words: Sequence[tuple[str, str]], kinds: Sequence[FactorKind], now: datetime, *, hardware: bool
) -> Assessment:
    """Return what words of ladders (ladder, word) and factors proved this moment would be worth.

    Raises:
        TrustError: IDP_LADDER_MISSING, which names the ladders there are; IDP_EVIDENCE for too many.
    """
    claims = [claim for name, word in words for claim in _claims(levels, name, word, now)]
    return levels.of(claims, [_proved(levels, kind, now, hardware=hardware) for kind in kinds], now)


def _claims(levels: Levels, name: str, word: str, now: datetime) -> list[AssuranceEvidence]:
    """Return a word as evidence on each axis that knows it, or on every axis of the ladder where none does."""
    ladder = levels.ladders.get(name)
    if ladder is None:
        raise TrustError(IdentityCode.IDP_LADDER_MISSING, f"it is one of {', '.join(levels.ladders)}")
    knowing = [kind for kind in ladder.axes if ladder.rung(kind, word) is not None] or ladder.axes
    return [AssuranceEvidence(kind=kind, source=name, ladder=name, level=word, at=now) for kind in knowing]


def _proved(levels: Levels, kind: FactorKind, now: datetime, *, hardware: bool) -> ProvedFactor:
    found = prospect_of(kind, levels.factor_rules, hardware=hardware)
    return ProvedFactor(
        person=_REHEARSED,
        kind=kind,
        factor="",
        at=now,
        classes=found.classes,
        methods=(),
        phishing_resistant=found.phishing_resistant,
        hardware=found.hardware,
    )


def _place(home: Path | None, name: str) -> Path:
    own = home / POLICIES / name if home is not None else None
    return own if own is not None and own.exists() else policies_source() / name


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderLine:
    """A rung as ``idp ladder list`` shows it, its meaning in one language."""

    ladder: Ladder
    kind: EvidenceKind
    words: tuple[str, ...]
    level: int
    meaning: str

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {
            "ladder": self.ladder.name,
            "axis": self.kind.value,
            "status": self.ladder.status.value,
            "basis": self.ladder.basis,
            "words": list(self.words),
            "level": self.level,
            "meaning": self.meaning,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``idp ladder list``."""
        ladder = self.ladder
        first, *others = self.words
        words = f"{first} …" if others else first
        return (ladder.name, self.kind.value, ladder.status.value, words, str(self.level), self.meaning)


def ladder_lines(ladders: Sequence[Ladder], *, chinese: bool) -> tuple[LadderLine, ...]:
    """Return a line a rung, lowest first, ladders by name."""
    return tuple(
        LadderLine(
            ladder=ladder,
            kind=kind,
            words=rung.words,
            level=rung.level,
            meaning=rung.title_zh if chinese else rung.title_en,
        )
        for ladder in ladders
        for kind, axis in ladder.axes.items()
        for rung in axis.rungs
    )
