"""Validation policies: data a security officer reads, parsed once into a frozen object (EN 319 102-1 5.1.2, constraints).

    policy = parse_policy(path.read_bytes())
    policy.digest        # SM3 of the file's octets, hexadecimal; goes into every verdict

The type holds every key of the file and nothing else; unknown keys, wrong types and unknown words raise POLICY_MALFORMED.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, TypeVar

from trustkit.cms.dialects import DIALECTS, Standing
from trustkit.cms.model import Deviation
from trustkit.crypto.algorithm_policy import USUAL_ALGORITHM_POLICY, AlgorithmPolicy
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.path_policy import ANY_POLICY_WILL_DO, MAX_ACCEPTABLE, PolicyDemand
from verifier.constraints import NO_CONSTRAINTS, Constraints, constraints_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_POLICY_SIZE: Final = 64 * 1024
_MAX_CLOCK_TOLERANCE: Final = 3600
_MAX_AGE_HOURS: Final = 24 * 366

_MAX_MAKERS: Final = 1000
_SM3: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DOTTED: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,39})){1,30}", re.ASCII)

_Word = TypeVar("_Word", bound=StrEnum)


@unique
class Demand(StrEnum):
    """What a certificate in question must be for."""

    ANY = "any"
    DOCUMENT_SIGNING = "document-signing"


@unique
class Need(StrEnum):
    """Whether missing evidence leaves a verdict open."""

    REQUIRED = "required"
    WHEN_AVAILABLE = "when-available"
    OPTIONAL = "optional"


@unique
class OfdCoverage(StrEnum):
    """What a signature in an OFD must cover."""

    WHOLE = "whole"  # all that is shown, from the entry point on
    CONTENT = "content"  # all that is shown; the entry point (OFD.xml) may be left out


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationPolicy:
    """What must hold for TOTAL-PASSED. Defaults are those of ``policies/validation/default.toml``."""

    name: str = "default"
    signer_purpose: Demand = Demand.DOCUMENT_SIGNING
    certificate_purpose: Demand = Demand.DOCUMENT_SIGNING
    required_certificate_policies: frozenset[str] = frozenset()
    seal_makers: frozenset[str] = frozenset()  # SM3 of certificates, hexadecimal
    revocation: Need = Need.REQUIRED
    revocation_at_proved_time: bool = True
    signature_timestamp: Need = Need.OPTIONAL
    licence_status: Need = Need.REQUIRED
    ofd_coverage: OfdCoverage = OfdCoverage.WHOLE
    clock_tolerance: timedelta = timedelta(seconds=60)
    evidence_max_age: timedelta | None = None
    digests: frozenset[DigestAlgorithm] = field(
        default=frozenset({DigestAlgorithm.SM3, DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
    )
    suites: frozenset[SignatureSuite] = field(default=frozenset(SignatureSuite))
    accepted_dialects: frozenset[Deviation] = frozenset()
    refused_dialects: frozenset[Deviation] = frozenset()
    constraints: Constraints = NO_CONSTRAINTS
    algorithms: AlgorithmPolicy = USUAL_ALGORITHM_POLICY  # from a file of its own, policies/algorithms.toml
    digest: str = ""
    octets: bytes = field(default=b"", repr=False, compare=False)  # of the file; empty without one

    @property
    def certificate_policies(self) -> PolicyDemand:
        """What path validation of a signer's certificate is told of policies: one of those required must hold."""
        if not self.required_certificate_policies:
            return ANY_POLICY_WILL_DO
        return PolicyDemand(acceptable=self.required_certificate_policies, explicit=True)

    @property
    def label(self) -> str:
        """Name and digests in one line, for verdicts."""
        named = f"{self.name} sm3:{self.digest}" if self.digest else self.name
        return f"{named}, algorithms sm3:{self.algorithms.digest}" if self.algorithms.digest else named


def parse_policy(data: bytes) -> ValidationPolicy:
    """Return the policy in the octets of a TOML file.

    Raises:
        TrustError: POLICY_MALFORMED naming the key.
    """
    if len(data) > MAX_POLICY_SIZE:
        raise TrustError(ErrorCode.POLICY_MALFORMED, "too large", octets=len(data), limit=MAX_POLICY_SIZE)
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise TrustError(ErrorCode.POLICY_MALFORMED, "not TOML") from error
    known = {each.name for each in fields(ValidationPolicy)} - {
        "algorithms",
        "digest",
        "octets",
        "clock_tolerance",
        "evidence_max_age",
    }
    known |= {"clock_tolerance_seconds", "evidence_max_age_hours"}
    for key in table:
        if key not in known:
            raise TrustError(ErrorCode.POLICY_MALFORMED, "unknown key", key=key[:64])
    return _policy(table, data)


def _policy(table: Mapping[str, object], data: bytes) -> ValidationPolicy:
    default = ValidationPolicy()
    max_age = _number(table, "evidence_max_age_hours", 0, _MAX_AGE_HOURS)
    return ValidationPolicy(
        name=_text(table, "name", default.name),
        signer_purpose=_word(table, "signer_purpose", Demand, tuple(Demand), default.signer_purpose),
        certificate_purpose=_word(table, "certificate_purpose", Demand, tuple(Demand), default.certificate_purpose),
        required_certificate_policies=_identifiers(table, "required_certificate_policies"),
        seal_makers=_fingerprints(table, "seal_makers"),
        revocation=_word(table, "revocation", Need, (Need.REQUIRED, Need.WHEN_AVAILABLE), default.revocation),
        revocation_at_proved_time=_flag(table, "revocation_at_proved_time", fallback=default.revocation_at_proved_time),
        signature_timestamp=_word(
            table, "signature_timestamp", Need, (Need.REQUIRED, Need.OPTIONAL), default.signature_timestamp
        ),
        licence_status=_word(
            table, "licence_status", Need, (Need.REQUIRED, Need.WHEN_AVAILABLE), default.licence_status
        ),
        ofd_coverage=_word(table, "ofd_coverage", OfdCoverage, tuple(OfdCoverage), default.ofd_coverage),
        clock_tolerance=timedelta(seconds=_number(table, "clock_tolerance_seconds", 60, _MAX_CLOCK_TOLERANCE)),
        evidence_max_age=timedelta(hours=max_age) if max_age else None,
        digests=_words(table, "digests", DigestAlgorithm, default.digests),
        suites=_words(table, "suites", SignatureSuite, default.suites),
        accepted_dialects=_dialects(table, "accepted_dialects", Standing.ON_REQUEST),
        refused_dialects=_dialects(table, "refused_dialects", Standing.TOLERATED),
        constraints=constraints_of(table.get("constraints", {})),
        digest=digest(DigestAlgorithm.SM3, data).hex(),
        octets=data,
    )


def _malformed(key: str, demand: str) -> TrustError:
    return TrustError(ErrorCode.POLICY_MALFORMED, demand, key=key)


def _text(table: Mapping[str, object], key: str, fallback: str) -> str:
    value = table.get(key, fallback)
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 64:  # noqa: PLR2004 - a name
        raise _malformed(key, "a name of at most 64 printable characters is needed")
    return value


def _flag(table: Mapping[str, object], key: str, *, fallback: bool) -> bool:
    value = table.get(key, fallback)
    if not isinstance(value, bool):
        raise _malformed(key, "true or false is needed")
    return value


def _number(table: Mapping[str, object], key: str, fallback: int, limit: int) -> int:
    value = table.get(key, fallback)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= limit:
        raise _malformed(key, f"a whole number from 0 to {limit} is needed")
    return value


def _word(
    table: Mapping[str, object], key: str, kind: Callable[[str], _Word], allowed: tuple[_Word, ...], fallback: _Word
) -> _Word:
    value = table.get(key, fallback)
    if isinstance(value, str) and value in allowed:
        return kind(value)
    raise _malformed(key, f"one of {', '.join(allowed)} is needed")


def _dialects(table: Mapping[str, object], key: str, standing: Standing) -> frozenset[Deviation]:
    """Return the named dialects of messages, all of which must have this standing by themselves."""
    if table.get(key) == []:
        return frozenset()
    found = _words(table, key, Deviation, frozenset())
    known = sorted(name for name in Deviation if DIALECTS[name].standing is standing)
    if not found <= set(known):
        raise _malformed(key, f"only {', '.join(known)} can stand here")
    return found


def _words(table: Mapping[str, object], key: str, kind: type[_Word], fallback: frozenset[_Word]) -> frozenset[_Word]:
    value = table.get(key)
    if value is None:
        return fallback
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise _malformed(key, "a list of names is needed")
    try:
        return frozenset(kind(each) for each in value)
    except ValueError as error:
        raise _malformed(key, f"known names are {', '.join(kind)}") from error


def _identifiers(table: Mapping[str, object], key: str) -> frozenset[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or len(value) > MAX_ACCEPTABLE:
        raise _malformed(key, f"a list of at most {MAX_ACCEPTABLE} identifiers is needed")
    if not all(isinstance(each, str) and _DOTTED.fullmatch(each) for each in value):
        raise _malformed(key, "dotted identifiers such as 1.2.156.1.2 are needed")
    return frozenset(value)


def _fingerprints(table: Mapping[str, object], key: str) -> frozenset[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or len(value) > _MAX_MAKERS:
        raise _malformed(key, f"a list of at most {_MAX_MAKERS} fingerprints is needed")
    if not all(isinstance(each, str) and _SM3.fullmatch(each) for each in value):
        raise _malformed(key, "SM3 fingerprints of certificates, 64 hexadecimal digits in small letters, are needed")
    return frozenset(value)
