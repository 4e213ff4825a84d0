"""What a login stands on: the evidence of sources and the factors that were proved, kept with the session as canonical JSON.

The level is not kept alone, since a ground ends: what an expired one gave is gone at the next look (`idp.levels`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from idp.evidence import AssuranceEvidence, EvidenceKind
from idp.factors.port import FactorClass, FactorKind, ProvedFactor
from idp.upstream_session import newest_upstreams
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

MOST_GROUNDS: Final = 32  # of each kind; a session of a day has a handful
_MOST_LEVELS: Final = 8  # of one source's claims; a ladder has fewer rungs
_MAX_SIZE: Final = 32 * 1024
_MAX_METHODS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Evidence, proved factors, how a provider says somebody signed in (`amr`), and the sessions there it came of (`idp.upstream_session`)."""

    evidence: tuple[AssuranceEvidence, ...] = ()
    factors: tuple[ProvedFactor, ...] = ()
    methods: tuple[str, ...] = ()
    upstreams: tuple[str, ...] = field(default=(), repr=False)

    def and_(self, other: Grounds) -> Grounds:
        """Return both together. Of one factor the newest proof is kept, and of one source's claims the newest of each level.

        A lower claim than one that stands takes nothing away: nobody is less sure for having signed in once more.

        Raises:
            TrustError: IDP_LOGIN_STEP for more grounds than any login has.
        """
        evidence = _newest((*self.evidence, *other.evidence))
        factors = {(each.kind, each.factor): each for each in (*self.factors, *other.factors)}
        methods = tuple(sorted({*self.methods, *other.methods}))[:_MAX_METHODS]
        upstreams = newest_upstreams((*self.upstreams, *other.upstreams))
        if max(len(evidence), len(factors), len(upstreams)) > MOST_GROUNDS:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "more grounds than a login has", most=MOST_GROUNDS)
        return Grounds(evidence=evidence, factors=tuple(factors.values()), methods=methods, upstreams=upstreams)


def _newest(evidence: tuple[AssuranceEvidence, ...]) -> tuple[AssuranceEvidence, ...]:
    """Return what a source says last of each level, of the levels it spoke of lately."""
    found: dict[tuple[EvidenceKind, str, str], dict[str, AssuranceEvidence]] = {}
    for each in evidence:
        levels = found.setdefault((each.kind, each.source, each.ladder), {})
        levels.pop(each.level, None)
        levels[each.level] = each
        if len(levels) > _MOST_LEVELS:
            del levels[next(iter(levels))]
    return tuple(each for levels in found.values() for each in levels.values())


def encode_grounds(grounds: Grounds) -> str:
    """Return the text that is kept; the inverse of `parse_grounds`."""
    tree: dict[str, JsonValue] = {
        "evidence": [_evidence(each) for each in grounds.evidence],
        "factors": [_factor(each) for each in grounds.factors],
        "methods": list(grounds.methods),
        "upstreams": list(grounds.upstreams),
    }
    return canonical_json(tree).decode()


def parse_grounds(text: str) -> Grounds:
    """Return what was kept. Raise BUG for a text that `encode_grounds` never made: the row was changed by hand."""
    try:
        tree = parse_json(text.encode(), max_size=_MAX_SIZE)
        return Grounds(
            evidence=tuple(_read_evidence(each) for each in _tables(tree, "evidence")),
            factors=tuple(_read_factor(each) for each in _tables(tree, "factors")),
            methods=tuple(str(each) for each in _list(tree, "methods")),
            upstreams=tuple(str(each) for each in _upstreams(tree)),
        )
    except (TrustError, KeyError, TypeError, ValueError) as error:
        raise TrustError(ErrorCode.BUG, "the grounds of a session are damaged") from error


def _evidence(evidence: AssuranceEvidence) -> JsonValue:
    ends = {} if evidence.expires_at is None else {"until": evidence.expires_at.isoformat()}
    return {
        "at": evidence.at.isoformat(),
        "kind": evidence.kind.value,
        "ladder": evidence.ladder,
        "level": evidence.level,
        "source": evidence.source,
        **ends,
    }


def _read_evidence(tree: dict[str, JsonValue]) -> AssuranceEvidence:
    until = tree.get("until")
    return AssuranceEvidence(
        kind=EvidenceKind(str(tree["kind"])),
        source=str(tree["source"]),
        ladder=str(tree["ladder"]),
        level=str(tree["level"]),
        at=_moment(tree["at"]),
        expires_at=None if until is None else _moment(until),
    )


def _factor(factor: ProvedFactor) -> JsonValue:
    return {
        "at": factor.at.isoformat(),
        "classes": [*sorted(each.value for each in factor.classes)],
        "factor": factor.factor,
        "hardware": factor.hardware,
        "kind": factor.kind.value,
        "methods": list(factor.methods),
        "person": factor.person,
        "resistant": factor.phishing_resistant,
    }


def _read_factor(tree: dict[str, JsonValue]) -> ProvedFactor:
    return ProvedFactor(
        person=str(tree["person"]),
        kind=FactorKind(str(tree["kind"])),
        factor=str(tree["factor"]),
        at=_moment(tree["at"]),
        classes=frozenset(FactorClass(str(each)) for each in _list(tree, "classes")),
        methods=tuple(str(each) for each in _list(tree, "methods")),
        phishing_resistant=tree["resistant"] is True,
        hardware=tree["hardware"] is True,
    )


def _moment(value: JsonValue) -> datetime:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _list(tree: JsonValue, name: str) -> list[JsonValue]:
    members = tree[name] if isinstance(tree, dict) else None
    if not isinstance(members, list):
        raise TypeError
    return members


def _upstreams(tree: JsonValue) -> list[JsonValue]:
    """Return them; one kept by a version that had none has none."""
    return _list(tree, "upstreams") if isinstance(tree, dict) and "upstreams" in tree else []


def _tables(tree: JsonValue, name: str) -> list[dict[str, JsonValue]]:
    tables = [each for each in _list(tree, name) if isinstance(each, dict)]
    if len(tables) != len(_list(tree, name)):
        raise TypeError
    return tables
