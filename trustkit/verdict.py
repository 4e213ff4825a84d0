"""The words every verifier speaks: three-valued indications, sub-indications, checks, verdicts.

Words are those of ETSI EN 319 102-1 clause 5.1.3; ours beyond it are `OWN_SUB_INDICATIONS`, listed in docs/DIVERGENCES.md. A verdict
is concluded from its checks and never set by hand: one FAILED check makes TOTAL-FAILED, one UNKNOWN check makes
INDETERMINATE, and TOTAL-PASSED needs every required check to be present and PASSED.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping  # noqa: TC003 - field types of public dataclasses
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from trustkit.error_family import Code


@unique
class Indication(StrEnum):
    """EN 319 102-1 table 5."""

    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"


@unique
class SubIndication(StrEnum):
    """EN 319 102-1 table 6, and the words of our own that licences and seals need (`OWN_SUB_INDICATIONS`)."""

    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    EXPIRED = "EXPIRED"
    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    NO_POE = "NO_POE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NOT_YET_VALID = "NOT_YET_VALID"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    REVOKED = "REVOKED"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    TRY_LATER = "TRY_LATER"
    CONTENT_CHANGED_AFTER_SIGNING = "CONTENT_CHANGED_AFTER_SIGNING"  # a later revision changed what is shown
    COPY_EXPIRED = "COPY_EXPIRED"  # the time of a copy for a purpose is over, not its licence's term
    COPY_NOT_FOR_ASKER = (
        "COPY_NOT_FOR_ASKER"  # a copy for another recipient or purpose, or no copy, where one was asked for
    )
    DEMAND_UNMET = "DEMAND_UNMET"  # what is demanded of several licences together is not there, or not told
    FORMAT_NOT_SUPPORTED = "FORMAT_NOT_SUPPORTED"  # recognised or unknown, reported, never dropped
    HOLDER_MISMATCH = "HOLDER_MISMATCH"  # licences handed in for one holder name different ones
    LICENCE_EXPIRED = "LICENCE_EXPIRED"  # its own term is over, not its signer's certificate
    LICENCE_NOT_IN_FORCE = "LICENCE_NOT_IN_FORCE"  # its own term has not begun
    LICENCE_REVOKED = "LICENCE_REVOKED"  # the licence itself, not its signer's certificate
    LICENCE_STATUS_UNKNOWN = "LICENCE_STATUS_UNKNOWN"
    LICENCE_SUSPENDED = "LICENCE_SUSPENDED"
    NOT_SIGNED = "NOT_SIGNED"  # nothing in the file claims to be a signature


OWN_SUB_INDICATIONS: Final = frozenset(
    {
        SubIndication.CONTENT_CHANGED_AFTER_SIGNING,
        SubIndication.COPY_EXPIRED,
        SubIndication.COPY_NOT_FOR_ASKER,
        SubIndication.DEMAND_UNMET,
        SubIndication.FORMAT_NOT_SUPPORTED,
        SubIndication.HOLDER_MISMATCH,
        SubIndication.LICENCE_EXPIRED,
        SubIndication.LICENCE_NOT_IN_FORCE,
        SubIndication.LICENCE_REVOKED,
        SubIndication.LICENCE_STATUS_UNKNOWN,
        SubIndication.LICENCE_SUSPENDED,
        SubIndication.NOT_SIGNED,
    }
)


@unique
class CheckStatus(StrEnum):
    """Outcome of one check; WARNING and INFORMATION never change a verdict."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    WARNING = "WARNING"
    INFORMATION = "INFORMATION"


@unique
class CheckId(StrEnum):
    """Stable names of what a verifier looks at, sorted; clause and sentences stand in `trustkit.texts`."""

    ALGORITHM = "signature:algorithm:acceptable"
    ATTRIBUTES = "signature:attributes:consistent"
    BUNDLE_HOLDER = "bundle:holder:same"
    BUNDLE_TERM = "bundle:term:covers-day"
    BUNDLE_TYPES = "bundle:types:complete"
    CERTIFICATE_PATH = "certificate:path:trusted"
    CERTIFICATE_PURPOSE = "certificate:purpose:fits"
    CERTIFICATE_REVOCATION = "certificate:revocation:good"
    CERTIFICATE_SIGNATURE = "certificate:signature:valid"
    CERTIFICATE_VALIDITY = "certificate:validity:covers-time"
    CONTENT_DIGEST = "signature:content:digest"
    COPY_BINDING = "licence:copy:for-asker"
    COPY_TERM = "licence:copy:covers-time"
    COVERAGE = "document:coverage:whole"
    CREDENTIAL_FORM = "credential:form:whole"
    CREDENTIAL_TYPE = "credential:type:followed"
    CREDENTIAL_VALIDITY = "credential:validity:covers-time"
    DISCLOSURES = "credential:disclosures:signed"
    EVIDENCE = "document:evidence:usable"
    FILE_SET = "document:files:complete"
    FORMAT = "document:format:readable"
    HOLDER = "credential:holder:proved"
    LICENCE_CAPSULE = "licence:capsule:essentials"
    LICENCE_ENTITLEMENT = "licence:entitlement:listed"
    LICENCE_IDENTIFIER = "licence:identifier:check-character"
    LICENCE_STATUS = "licence:status:valid"
    LICENCE_TERM = "licence:term:covers-time"
    PRESENTATION_CLAIMS = "presentation:claims:asked"
    PRESENTATION_HOLDER = "presentation:holder:same"
    PRESENTATION_QUERY = "presentation:query:met"
    PRESENTATION_SUITE = "presentation:suite:one"
    SEAL = "seal:signature:valid"
    SEAL_MAKER = "seal:maker:trusted"
    SEAL_SIGNER = "seal:signer:listed"
    SEAL_STATUS = "seal:status:in-force"
    SEAL_VALIDITY = "seal:validity:covers-time"
    SIGNATURE_FORM = "signature:form:known"
    SIGNATURE_TIME = "signature:time:proved"
    SIGNATURE_VALUE = "signature:value:valid"
    SIGNER_CERTIFICATE = "signature:signer:identified"
    TIMESTAMP = "timestamp:token:valid"
    UNCHANGED_SINCE = "document:changes:allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at. `sub_indication` is set exactly when status is FAILED or UNKNOWN; `detail` is for operators.

    `code` is the refusal behind it where there is one, so that a report can name the reason in the reader's language.
    """

    id: CheckId
    status: CheckStatus
    sub_indication: SubIndication | None = None
    detail: str = ""
    code: Code | None = None

    def __post_init__(self) -> None:
        decisive = self.status is CheckStatus.FAILED or self.status is CheckStatus.UNKNOWN
        if decisive != (self.sub_indication is not None):
            message = f"{self.id}: a sub-indication belongs to FAILED and UNKNOWN, and only there"
            raise ValueError(message)


def passed(check: CheckId, detail: str = "") -> Check:
    """Return a PASSED check; those without more to say are made once."""
    return Check(id=check, status=CheckStatus.PASSED, detail=detail) if detail else _PASSED[check]


_PASSED: Final = {each: Check(id=each, status=CheckStatus.PASSED) for each in CheckId}


def failed(check: CheckId, sub: SubIndication, detail: str = "") -> Check:
    """Return a FAILED check: the file is wrong, and waiting will not mend it."""
    return Check(id=check, status=CheckStatus.FAILED, sub_indication=sub, detail=detail)


def unknown(check: CheckId, sub: SubIndication, detail: str = "") -> Check:
    """Return an UNKNOWN check: evidence is missing, stale or out of reach."""
    return Check(id=check, status=CheckStatus.UNKNOWN, sub_indication=sub, detail=detail)


def warning(check: CheckId, detail: str) -> Check:
    """Return a WARNING: worth saying, not decisive."""
    return Check(id=check, status=CheckStatus.WARNING, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """An indication with the sub-indication of the check that decided it (None exactly for TOTAL-PASSED)."""

    indication: Indication
    sub_indication: SubIndication | None


def conclude(checks: tuple[Check, ...], required: frozenset[CheckId]) -> Conclusion:
    """Return what the checks prove (EN 319 102-1 5.1.4.2: failure before doubt before success).

    A required check that is absent counts as unknown, so a verdict is never better than its evidence.
    """
    for status, indication in (
        (CheckStatus.FAILED, Indication.TOTAL_FAILED),
        (CheckStatus.UNKNOWN, Indication.INDETERMINATE),
    ):
        for check in checks:
            if check.status is status:
                return Conclusion(indication=indication, sub_indication=check.sub_indication)
    if required - {check.id for check in checks if check.status is CheckStatus.PASSED}:
        return Conclusion(indication=Indication.INDETERMINATE, sub_indication=SubIndication.NO_POE)
    return Conclusion(indication=Indication.TOTAL_PASSED, sub_indication=None)


def worst(conclusions: tuple[Conclusion, ...]) -> Conclusion:
    """Return the worst of several: a file is as good as its worst signature. Raise ValueError when there is none."""
    order = (Indication.TOTAL_FAILED, Indication.INDETERMINATE, Indication.TOTAL_PASSED)
    return min(conclusions, key=lambda c: order.index(c.indication))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerdict:
    """What is known of one signature.

    `form` names the syntax (``pades``, ``gbt35275``, ``ses-v4``, ``rfc3161`` …); `signer` is the certificate's subject
    for display, empty when unknown; `signed_at` is the proved or claimed time, see `time_proved`; `covers` says in words
    what octets are signed. `looks` are places somebody has to look at before the verdict can be better, see `verifier.view_evidence`.
    """

    form: str
    signer: str
    signed_at: datetime | None
    time_proved: bool
    covers: str
    checks: tuple[Check, ...]
    conclusion: Conclusion
    looks: tuple[Hashable, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSaid:
    """What an intact signature says of a licence, for whoever compares several. Never printed: codes of holders may be people's.

    `types` are the code of its type, and of those that count as the same; `holders` codes of those it names; `term` its first and last day by their names in the metadata.
    """

    identifier: str
    types: frozenset[str]
    holders: frozenset[str] = field(repr=False)
    term: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSaid:
    """What an intact signature says of a credential, for whoever compares it with what was asked for. Never printed.

    Attributes:
        claims: verified, no digest left in them.
        disclosed: paths of those the holder could have withheld.
        holder: thumbprint of the key whose possession was proved to who asked; empty where nothing was proved.
        algorithm: what its issuer signed with; `bound_by` its holder, empty without a key binding.
        authorities: identifiers of the keys that certified its signer, up the path to the anchor.
    """

    claims: Mapping[str, object] = field(repr=False)
    disclosed: tuple[tuple[str | int, ...], ...]
    holder: str
    algorithm: str
    authorities: frozenset[bytes]
    bound_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known of one file: its signatures, file-wide checks, what no signature covers, and the conclusion."""

    format: str
    at: datetime
    signatures: tuple[SignatureVerdict, ...]
    checks: tuple[Check, ...]
    uncovered: tuple[str, ...]
    conclusion: Conclusion
    policy: str = ""  # the name and digests of what was demanded, see `verifier.policy.ValidationPolicy.label`
    subject: tuple[tuple[str, str], ...] = ()  # e.g. licence identifier and type, timestamp time, certificate serial
    said: LicenceSaid | None = field(default=None, compare=False, repr=False)  # None for what is no licence
    shown: CredentialSaid | None = field(default=None, compare=False, repr=False)  # None for what is no credential
