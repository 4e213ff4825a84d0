"""What evidence and factors are worth together, at one moment, and how that came about. Pure.

    levels = Levels(ladders=ladders, factor_rules=rules)
    found = levels.of(evidence, factors, now)
    found.level                          # AssuranceLevel(identity=3, authentication=2)
    explain(found, Language.ZH)          # a sentence a ground

The two axes stay apart: real-name evidence raises identity alone, logins raise authentication alone. Whatever is not known (a word, a
ladder, a kind of factor), not yet or no longer good is worth nothing, and is said to be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from idp.evidence import EvidenceKind
from idp.levels.ladder import LadderStatus
from idp.levels.methods import vouched_methods
from idp.levels.strength import Proof, authentication_of, proved_at
from trustkit.errors import TrustError
from trustkit.identity import MOST_AUTHENTICATION, MOST_IDENTITY, AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from idp.evidence import AssuranceEvidence
    from idp.factors.port import FactorClass, FactorKind, ProvedFactor
    from idp.levels.ladder import Ladder, Rung
    from idp.levels.strength import FactorRule

SKEW: Final = timedelta(minutes=1)  # by which another's clock may be ahead of ours
MOST_GROUNDS: Final = 64  # a login has a few; more is somebody's attempt to keep us busy
NO_LIMIT: Final = AssuranceLevel(identity=MOST_IDENTITY, authentication=MOST_AUTHENTICATION)


@unique
class Reason(StrEnum):
    """Why a ground is worth what it is."""

    COUNTED = "counted"
    LIMITED = "limited"  # counted, for no more than this home lets the source give
    UNKNOWN_LADDER = "unknown-ladder"
    UNVERIFIED_LADDER = "unverified-ladder"
    OTHER_AXIS = "other-axis"
    UNKNOWN_WORD = "unknown-word"
    UNKNOWN_FACTOR = "unknown-factor"
    NOT_YET = "not-yet"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One piece of evidence or factor, and what it is worth by itself on its axis.

    `word` is the source's own, or the kind of the factor; `ladder` is None for factors.
    """

    kind: EvidenceKind
    source: str
    ladder: str | None
    word: str
    worth: int
    reason: Reason
    at: datetime
    good_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A level, and everything that was looked at for it.

    Attributes:
        methods: `amr` as this home vouches for it, sorted.
        authenticated_at: since when a login of this strength is as fresh as it is; None when nobody signed in.
        good_until: when the first ground that counts stops to; None for never. The level is to be asked for again then.
        proofs: what the strength rests on, for `idp.stepup`.
    """

    level: AssuranceLevel
    grounds: tuple[Ground, ...]
    methods: tuple[str, ...]
    authenticated_at: datetime | None
    good_until: datetime | None
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The ladders and rules of this home. `limits`: the most each source may give, by its name; others may give what ladders say."""

    ladders: Mapping[str, Ladder]
    factor_rules: Mapping[FactorKind, FactorRule]
    limits: Mapping[str, AssuranceLevel] = field(default_factory=lambda: MappingProxyType({}))

    def of(
        self,
        evidence: Iterable[AssuranceEvidence],
        factors: Iterable[ProvedFactor],
        now: datetime,
        *,
        methods: Iterable[str] = (),
    ) -> Assessment:
        """Return what evidence and proved factors are worth at `now`; `methods` are those a provider spoke of (`amr`).

        Raises:
            TrustError: IDP_EVIDENCE for more grounds than any login has, or factors of several people.
        """
        claims, proved = tuple(evidence), tuple(factors)
        if len(claims) + len(proved) > MOST_GROUNDS:
            raise TrustError(IdentityCode.IDP_EVIDENCE, "more grounds than a login has", most=MOST_GROUNDS)
        if len({each.person for each in proved}) > 1:
            raise TrustError(IdentityCode.IDP_EVIDENCE, "factors of several people")
        judged = [self._claim(each, now) for each in claims] + [self._factor(each, now) for each in proved]
        grounds = tuple(each.ground for each in judged)
        proofs = tuple(each.proof for each in judged if each.proof is not None)
        real_names = (each.worth for each in grounds if each.kind is EvidenceKind.REAL_NAME)
        level = AssuranceLevel(identity=max(real_names, default=0), authentication=authentication_of(proofs))
        found = proved_at(proofs, level.authentication)
        return Assessment(
            level=level,
            grounds=grounds,
            methods=_methods(judged, methods, level),
            authenticated_at=found and min(found, now),  # of a clock ahead of ours, which nothing is fresh by
            good_until=min((each.good_until for each in grounds if each.worth and each.good_until), default=None),
            proofs=proofs,
        )

    def _claim(self, claim: AssuranceEvidence, now: datetime) -> _Judged:
        ladder = self.ladders.get(claim.ladder)
        rung = ladder.rung(claim.kind, claim.level) if ladder is not None else None
        until = _good_until(claim, ladder, now)
        reason = _refused_claim(claim, ladder, rung) or _untimely(claim.at, until, now)
        if reason is not None or rung is None:
            return _Judged(ground=_ground_of(claim, 0, reason or Reason.UNKNOWN_WORD, until))
        limit = self.limits.get(claim.source, NO_LIMIT)
        real_name = claim.kind is EvidenceKind.REAL_NAME
        most = limit.identity if real_name else limit.authentication
        worth = min(rung.level, most)
        ground = _ground_of(claim, worth, Reason.LIMITED if worth < rung.level else Reason.COUNTED, until)
        return _Judged(
            ground=ground, rung=rung, proof=None if real_name or not worth else _proof(rung, worth, most, claim.at)
        )

    def _factor(self, factor: ProvedFactor, now: datetime) -> _Judged:
        rule = self.factor_rules.get(factor.kind)
        until = factor.at + rule.good_for if rule is not None else None
        reason = _untimely(factor.at, until, now) if rule is not None and rule.most else Reason.UNKNOWN_FACTOR
        proof = None
        if rule is not None and reason is None:
            proof = Proof(
                classes=factor.classes,
                phishing_resistant=factor.phishing_resistant,
                hardware=factor.hardware,
                at=factor.at,
                most=rule.most,
            )
        ground = Ground(
            kind=EvidenceKind.LOGIN,
            source=factor.kind.value,
            ladder=None,
            word=factor.kind.value,
            worth=authentication_of((proof,)) if proof is not None else 0,
            reason=reason or Reason.COUNTED,
            at=factor.at,
            good_until=until,
        )
        return _Judged(ground=ground, proof=proof, methods=factor.methods if proof is not None else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    ground: Ground
    rung: Rung | None = None
    proof: Proof | None = None
    methods: tuple[str, ...] = ()


def _refused_claim(claim: AssuranceEvidence, ladder: Ladder | None, rung: Rung | None) -> Reason | None:
    if ladder is None:
        return Reason.UNKNOWN_LADDER
    if claim.kind not in ladder.axes:
        return Reason.OTHER_AXIS
    if rung is None:
        return Reason.UNKNOWN_WORD
    return Reason.UNVERIFIED_LADDER if ladder.status is LadderStatus.UNVERIFIED else None


def _good_until(claim: AssuranceEvidence, ladder: Ladder | None, now: datetime) -> datetime | None:
    """Return when the source or its ladder ends a claim; of a time in the future, which counts for nothing, only what the source says."""
    axis = ladder.axes.get(claim.kind) if ladder is not None else None
    if axis is None or axis.good_for is None or claim.at > now + SKEW:
        return claim.expires_at
    until = claim.at + axis.good_for
    return until if claim.expires_at is None else min(until, claim.expires_at)


def _untimely(at: datetime, until: datetime | None, now: datetime) -> Reason | None:
    if at > now + SKEW:
        return Reason.NOT_YET
    return Reason.EXPIRED if until is not None and until <= now else None


def _ground_of(claim: AssuranceEvidence, worth: int, reason: Reason, until: datetime | None) -> Ground:
    return Ground(
        kind=claim.kind,
        source=claim.source,
        ladder=claim.ladder,
        word=claim.level,
        worth=worth,
        reason=reason,
        at=claim.at,
        good_until=until,
    )


def _proof(rung: Rung, worth: int, most: int, at: datetime) -> Proof:
    return Proof(
        classes=rung.classes,
        phishing_resistant=rung.phishing_resistant,
        hardware=rung.hardware,
        at=at,
        most=most,
        least=worth,
    )


def _methods(judged: list[_Judged], said: Iterable[str], level: AssuranceLevel) -> tuple[str, ...]:
    rungs = [each.rung for each in judged if each.rung is not None and each.proof is not None]
    proofs = [each.proof for each in judged if each.proof is not None]
    return vouched_methods(
        own=(name for each in judged for name in each.methods),
        said=said if rungs else (),
        classes=_classes(rungs),
        phishing_resistant=any(each.phishing_resistant for each in proofs),
        hardware=any(each.phishing_resistant and each.hardware for each in proofs),
        several=level.authentication > 1,
    )


def _classes(rungs: list[Rung]) -> frozenset[FactorClass]:
    return frozenset(each for rung in rungs for each in rung.classes)
