"""Contradictions no profile may hold: what a clause forbids, and what could never be issued. All are looked for at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ca.profile_model import ALL_KEY_KINDS, ALTERNATIVE_NAME_KINDS, CONSTRAINT_KEYS
from ca.subject_form import VALUE_FORMS, require_value
from trustkit.crypto.public_key import KeyKind
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.name_build import FORMS, build_name
from trustkit.x509.name_constraints_build import name_constraints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ca.profile_model import CertificateProfile
    from ca.subject_form import SubjectAttribute

MAX_DAYS: Final = 36_525  # a century; more is a slip of the pen
SIGNING_USAGES: Final = frozenset({"digitalSignature", "nonRepudiation", "keyCertSign", "cRLSign"})
ENCRYPTION_USAGES: Final = frozenset({"keyEncipherment", "dataEncipherment", "keyAgreement"})
KEY_USAGES: Final = SIGNING_USAGES | ENCRYPTION_USAGES
EXTENDED_KEY_USAGES: Final = frozenset(oids.EXTENDED_KEY_USAGE_OIDS) - {"anyExtendedKeyUsage"}
# Only what no rule of this authority decides by itself may come with an order.
DECIDED: Final = frozenset(
    {
        oids.SUBJECT_KEY_IDENTIFIER,
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.KEY_USAGE,
        oids.EXTENDED_KEY_USAGE,
        oids.BASIC_CONSTRAINTS,
        oids.SUBJECT_ALT_NAME,
        oids.ISSUER_ALT_NAME,
        oids.NAME_CONSTRAINTS,
        oids.CERTIFICATE_POLICIES,
        oids.POLICY_MAPPINGS,
        oids.POLICY_CONSTRAINTS,
        oids.INHIBIT_ANY_POLICY,
        oids.CRL_DISTRIBUTION_POINTS,
        oids.FRESHEST_CRL,
        oids.AUTHORITY_INFO_ACCESS,
    }
)
_OID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,38})){2,31}")


def require_consistent(profile: CertificateProfile) -> None:
    """Raise CA_PROFILE naming every contradiction of a profile."""
    problems = [why for wrong, why in (*_validity(profile), *_usages(profile), *_names(profile)) if wrong]
    problems += _subject(profile)
    if problems:
        raise TrustError(ErrorCode.CA_PROFILE, "; ".join(problems), profile=profile.name)


def _validity(profile: CertificateProfile) -> Iterator[tuple[bool, str]]:
    yield not profile.title_en.strip() or not profile.title_zh.strip(), "a title is empty"
    yield not 1 <= profile.days <= MAX_DAYS, f"days is 1 to {MAX_DAYS}"
    yield not profile.key_kinds, "key_kinds is empty"
    yield bool(profile.key_kinds - set(ALL_KEY_KINDS)), f"key_kinds has a name other than {', '.join(ALL_KEY_KINDS)}"


def _usages(profile: CertificateProfile) -> Iterator[tuple[bool, str]]:
    usage, purposes = profile.key_usage, profile.extended_key_usage
    yield not usage, "key_usage is empty"
    yield bool(usage - KEY_USAGES), "key_usage has an unknown name"
    yield bool(set(purposes) - EXTENDED_KEY_USAGES), "extended_key_usage has an unknown name"
    yield profile.ca != ("keyCertSign" in usage), "keyCertSign goes with ca (RFC 5280 4.2.1.3)"
    yield not profile.ca and profile.path_length is not None, "path_length goes with ca (RFC 5280 4.2.1.9)"
    yield profile.path_length is not None and profile.path_length < 0, "path_length is not negative"
    yield (
        bool(usage & ENCRYPTION_USAGES) and bool(usage & SIGNING_USAGES),
        "signing and encryption keys are separate (GB/T 20518 dual certificates)",
    )
    yield (
        bool(usage & ENCRYPTION_USAGES) and profile.key_kinds == {KeyKind.ED25519.value},
        "an Ed25519 key only signs (RFC 8410 5)",
    )
    yield "timeStamping" in purposes and len(purposes) != 1, "timeStamping stands alone (RFC 3161 2.3)"
    yield (
        "statusSigning" in purposes and (profile.ca or len(purposes) != 1),
        "statusSigning stands alone, in an end certificate: who has it can undo revocations",
    )
    yield (
        "sealMaking" in purposes and (profile.ca or len(purposes) != 1),
        "sealMaking stands alone, in an end certificate: who has it makes seals in anybody's name",
    )
    yield (
        "ocspSigning" in purposes and (profile.ca or len(purposes) != 1 or "digitalSignature" not in usage),
        "ocspSigning stands alone, in an end certificate that signs (RFC 6960 4.2.2.2)",
    )
    yield profile.no_check and "ocspSigning" not in purposes, "no_check goes with ocspSigning (RFC 6960 4.2.2.2.1)"


def _names(profile: CertificateProfile) -> Iterator[tuple[bool, str]]:
    yield (
        bool(profile.alternative_names - set(ALTERNATIVE_NAME_KINDS)),
        f"alternative_names has a kind other than {', '.join(ALTERNATIVE_NAME_KINDS)}",
    )
    yield (
        profile.alternative_names_required and not profile.alternative_names,
        "alternative_names_required without a kind that may stand there",
    )
    yield (
        not all(_OID.fullmatch(oid) for oid in (*profile.policies, *profile.extensions)),
        "an OID is not dotted digits",
    )
    yield bool(profile.extensions & DECIDED), "extensions has one that the profile itself decides"
    yield bool(profile.name_constraints) and not profile.ca, "name_constraints goes with ca (RFC 5280 4.2.1.10)"
    yield (
        bool({key for key, _ in profile.name_constraints} - set(CONSTRAINT_KEYS)),
        "name_constraints has an unknown key",
    )
    yield _constraints_problem(profile), "name_constraints has a value that is no name of its kind"


def _constraints_problem(profile: CertificateProfile) -> bool:
    known = tuple(pair for pair in profile.name_constraints if pair[0] in CONSTRAINT_KEYS)
    try:
        if known:
            name_constraints(known)
    except TrustError:
        return True
    return False


def _subject(profile: CertificateProfile) -> list[str]:
    form = profile.subject
    if form is None:
        return []
    if not any(attribute.required or attribute.fixed for attribute in form) and not profile.alternative_names_required:
        return ["the subject may be empty, and nothing else names the holder (RFC 5280 4.1.2.6)"]
    return [f"subject.{attribute.label} {why}" for attribute in form if (why := _attribute_problem(attribute))]


def _attribute_problem(attribute: SubjectAttribute) -> str:
    if attribute.label not in FORMS:
        return f"is none of {', '.join(FORMS)}"
    if attribute.form not in VALUE_FORMS:
        return f"has a form other than {', '.join(VALUE_FORMS)}"
    if attribute.limit is not None and not 1 <= attribute.limit <= FORMS[attribute.label].limit:
        return f"has a limit outside 1 to {FORMS[attribute.label].limit} (RFC 5280 A.1)"
    if attribute.fixed is None:
        return ""
    try:
        require_value(attribute, attribute.fixed)
        build_name(((attribute.label, attribute.fixed),))
    except TrustError as error:
        return f"is fixed to what it cannot be: {error.detail}"
    return ""
