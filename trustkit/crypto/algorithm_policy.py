"""Until when a signature suite serves, and for what: data of a security officer, one pure judgement (EN 319 102-1 5.2.8).

    policy = parse_algorithm_policy(path.read_bytes())       # policies/algorithms.toml
    policy.sunset(suite, key, AlgorithmUse.SIGNATURE, at)    # None, or why it no longer serves at that time
    require_for_making(policy, suite, key, AlgorithmUse.CERTIFICATE, at)

Two dates stand for each suite and use: until when it may be made, asked by whoever signs or issues, and until when it is
believed, asked by a verifier at the earliest time the signature is proved to have existed. Both days are included, in UTC. A
suite that no rule names has no end that anybody decided. RSA has a least length besides, from a date on.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum, unique
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.crypto.public_key import PublicKey

MAX_ALGORITHM_POLICY: Final = 64 * 1024
_MAX_RULES: Final = 200
_MAX_RSA_BITS: Final = 8192
_DAYS: Final = 256  # kept: the few days a policy names, asked for with every signature
_SUITE_KEYS: Final = frozenset({"names", "uses", "make_until", "believe_until", "after"})
_RSA_KEYS: Final = frozenset({"least_bits", "make_from", "believe_from", "after"})
_Word = TypeVar("_Word", bound=StrEnum)


@unique
class AlgorithmUse(StrEnum):
    """What a signature is for."""

    SIGNATURE = "signature"  # documents, messages, seals, licences
    CERTIFICATE = "certificate"  # certificates, and the keys in them
    TIMESTAMP = "timestamp"  # time-stamp tokens


@unique
class AfterSunset(StrEnum):
    """What a verdict says of a signature after the day its suite was believed until."""

    NEEDS_PROOF = "needs-proof"  # CRYPTO_CONSTRAINTS_FAILURE_NO_POE, unless it is proved to be older
    REFUSED = "refused"  # CRYPTO_CONSTRAINTS_FAILURE, however old: the algorithm is broken
    WARNING = "warning"  # said, and not decisive


@dataclass(frozen=True, slots=True, kw_only=True)
class Sunset:
    """Why something no longer serves: the last day it did, and what a verdict says."""

    last_day: date
    after: AfterSunset
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRule:
    """The end of some suites for some uses; a date of None is no end."""

    suites: frozenset[SignatureSuite]
    uses: frozenset[AlgorithmUse]
    make_until: date | None = None
    believe_until: date | None = None
    after: AfterSunset = AfterSunset.NEEDS_PROOF


@dataclass(frozen=True, slots=True, kw_only=True)
class RsaRule:
    """The least length of RSA keys from a day on."""

    least_bits: int
    make_from: date | None = None
    believe_from: date | None = None
    after: AfterSunset = AfterSunset.NEEDS_PROOF


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmPolicy:
    """Every rule of one file, its octets and their SM3 in hexadecimal (both empty for rules that came from no file)."""

    suites: tuple[SuiteRule, ...] = ()
    rsa: tuple[RsaRule, ...] = ()
    digest: str = field(default="", compare=False)
    octets: bytes = field(default=b"", compare=False, repr=False)

    def sunset(
        self, suite: SignatureSuite, key: PublicKey | None, use: AlgorithmUse, at: datetime, *, making: bool = False
    ) -> Sunset | None:
        """Return why a signature is not to be believed (or made) at `at`; None when nothing speaks against it.

        Args:
            suite: What the signature is made of.
            key: The key it is made with, for its length; None leaves the length out.
            use: What it is for.
            at: An aware time: when it is made, or the earliest it is proved to have existed.
            making: Whether it is about to be made.
        """
        for rule in self.suites:
            end = rule.make_until if making else rule.believe_until
            if suite in rule.suites and use in rule.uses and end is not None and at >= _day_after(end):
                return Sunset(last_day=end, after=rule.after, detail=f"{suite.value} for {use.value} until {end}")
        return self.rsa_sunset(key, at, making=making) if key is not None else None

    def rsa_sunset(self, key: PublicKey, at: datetime, *, making: bool = False) -> Sunset | None:
        """Return why an RSA key is too short at `at`; None for a key of another kind or long enough."""
        if key.kind is not KeyKind.RSA:
            return None
        for rule in self.rsa:
            start = rule.make_from if making else rule.believe_from
            if start is not None and at >= _start_of(start) and key.rsa_bits < rule.least_bits:
                last = start - timedelta(days=1)
                return Sunset(last_day=last, after=rule.after, detail=f"RSA of {key.rsa_bits} bits until {last}")
        return None


_LAST_CLASSICAL: Final = date(2035, 12, 31)
_UNNAMED: Final = frozenset(
    {SignatureSuite.SM2_SM3, SignatureSuite.ML_DSA_44, SignatureSuite.ML_DSA_65, SignatureSuite.ML_DSA_87}
)
# What ``policies/algorithms.toml`` says as it comes, for a home that is too old to have the file.
USUAL_ALGORITHM_POLICY: Final = AlgorithmPolicy(
    suites=(
        SuiteRule(
            suites=frozenset(SignatureSuite) - _UNNAMED,
            uses=frozenset(AlgorithmUse),
            make_until=_LAST_CLASSICAL,
            believe_until=_LAST_CLASSICAL,
        ),
    ),
    rsa=(RsaRule(least_bits=3072, make_from=date(2031, 1, 1), believe_from=date(2031, 1, 1)),),
)


def require_for_making(
    policy: AlgorithmPolicy, suite: SignatureSuite, key: PublicKey, use: AlgorithmUse, at: datetime
) -> None:
    """Return when the policy lets such a signature be made at `at`. Raise ALGORITHM_SUNSET."""
    found = policy.sunset(suite, key, use, at, making=True)
    if found is not None:
        raise _refused(found)


def require_certifiable(policy: AlgorithmPolicy, key: PublicKey, at: datetime) -> None:
    """Return when the policy lets a key be put into a certificate at `at`: RSA long enough. Raise ALGORITHM_SUNSET."""
    found = policy.rsa_sunset(key, at, making=True)
    if found is not None:
        raise _refused(found)


def _refused(found: Sunset) -> TrustError:
    return TrustError(ErrorCode.ALGORITHM_SUNSET, found.detail, last_day=found.last_day.isoformat())


def parse_algorithm_policy(data: bytes) -> AlgorithmPolicy:
    """Return the policy in the octets of a TOML file.

    Raises:
        TrustError: ALGORITHM_POLICY naming what is wrong: unknown keys, suites, uses or words, dates that are none, believed
            for a shorter time than made, one suite twice for one use.
    """
    if len(data) > MAX_ALGORITHM_POLICY:
        raise _malformed("too large", "file")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise TrustError(ErrorCode.ALGORITHM_POLICY, "not TOML") from error
    _require_known(table, frozenset({"suite", "rsa"}))
    rules = tuple(_suite_rule(each) for each in _tables(table, "suite"))
    seen = [(suite, use) for rule in rules for suite in rule.suites for use in rule.uses]
    if len(set(seen)) != len(seen):
        raise _malformed("a suite stands twice for one use", "suite")
    return AlgorithmPolicy(
        suites=rules,
        rsa=tuple(_rsa_rule(each) for each in _tables(table, "rsa")),
        digest=digest(DigestAlgorithm.SM3, data).hex(),
        octets=data,
    )


def _tables(table: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = table.get(key, [])
    if not isinstance(found, list) or len(found) > _MAX_RULES or not all(isinstance(each, dict) for each in found):
        raise _malformed(f"a list of tables, at most {_MAX_RULES}, is needed", key)
    return found


def _suite_rule(table: Mapping[str, object]) -> SuiteRule:
    _require_known(table, _SUITE_KEYS)
    make, believe = _date(table, "make_until"), _date(table, "believe_until")
    if believe is not None and (make is None or make > believe):
        raise _malformed("what is made is believed at least as long", "believe_until")
    return SuiteRule(
        suites=_words(table, "names", SignatureSuite),
        uses=_words(table, "uses", AlgorithmUse),
        make_until=make,
        believe_until=believe,
        after=_after(table),
    )


def _rsa_rule(table: Mapping[str, object]) -> RsaRule:
    _require_known(table, _RSA_KEYS)
    bits = table.get("least_bits")
    if not isinstance(bits, int) or isinstance(bits, bool) or not 0 < bits <= _MAX_RSA_BITS:
        raise _malformed(f"a number of bits up to {_MAX_RSA_BITS} is needed", "least_bits")
    make, believe = _date(table, "make_from"), _date(table, "believe_from")
    if believe is not None and (make is None or make > believe):
        raise _malformed("what is made is believed at least as long", "believe_from")
    return RsaRule(least_bits=bits, make_from=make, believe_from=believe, after=_after(table))


def _require_known(table: Mapping[str, object], known: frozenset[str]) -> None:
    for key in table:
        if key not in known:
            raise _malformed("unknown key", key[:64])


def _date(table: Mapping[str, object], key: str) -> date | None:
    value = table.get(key)
    # A datetime is a date to Python: a time of day would be read as nothing here.
    if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
        raise _malformed("a day such as 2030-12-31 is needed", key)
    return value


def _after(table: Mapping[str, object]) -> AfterSunset:
    value = table.get("after", AfterSunset.NEEDS_PROOF.value)
    if not isinstance(value, str) or value not in tuple(AfterSunset):
        raise _malformed(f"one of {', '.join(AfterSunset)} is needed", "after")
    return AfterSunset(value)


def _words(table: Mapping[str, object], key: str, kind: type[_Word]) -> frozenset[_Word]:
    value = table.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise _malformed("a list of names is needed", key)
    try:
        return frozenset(kind(each) for each in value)
    except ValueError as error:
        raise _malformed(f"known names are {', '.join(kind)}", key) from error


def _malformed(demand: str, key: str) -> TrustError:
    return TrustError(ErrorCode.ALGORITHM_POLICY, demand, key=key)


@lru_cache(maxsize=_DAYS)
def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@lru_cache(maxsize=_DAYS)
def _day_after(day: date) -> datetime:
    return _start_of(day) + timedelta(days=1)
