"""Every lint, in the order certificates are read; `lint` runs them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints import (
    algorithm_equal,
    algorithm_form,
    algorithm_of_key,
    alternative_name_kinds,
    alternative_name_once,
    alternative_name_syntax,
    authority_key_identifier,
    authority_links,
    authority_named,
    basic_constraints,
    common_name_host,
    crl_links,
    delta_links,
    extended_key_usage,
    extended_key_usage_consistent,
    extended_key_usage_once,
    extensions_allowed,
    extensions_readable,
    issuer_is_authority,
    issuer_name,
    key_form,
    key_kind,
    key_own,
    key_usage,
    key_usage_authority,
    key_usage_dual,
    key_usage_of_kind,
    name_constraints,
    name_country,
    name_grouping,
    name_lengths,
    name_once,
    name_strings,
    names_within_issuer,
    ocsp_no_check,
    path_length,
    policies,
    rsa_close_primes,
    rsa_exponent,
    rsa_modulus,
    rsa_roca,
    serial_entropy,
    serial_length,
    serial_positive,
    subject_key_identifier,
    subject_named,
    unique_identifiers,
    validity_encoding,
    validity_order,
    validity_within_issuer,
    validity_within_profile,
    version,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from ca.lints.model import Lint, LintSubject

LINTS: Final[tuple[Lint, ...]] = (
    version.LINT,
    serial_positive.LINT,
    serial_length.LINT,
    serial_entropy.LINT,
    algorithm_equal.LINT,
    algorithm_form.LINT,
    algorithm_of_key.LINT,
    issuer_name.LINT,
    name_strings.LINT,
    name_lengths.LINT,
    name_country.LINT,
    name_once.LINT,
    name_grouping.LINT,
    subject_named.LINT,
    authority_named.LINT,
    validity_order.LINT,
    validity_encoding.LINT,
    validity_within_issuer.LINT,
    validity_within_profile.LINT,
    key_kind.LINT,
    key_form.LINT,
    rsa_exponent.LINT,
    rsa_modulus.LINT,
    rsa_close_primes.LINT,
    rsa_roca.LINT,
    key_own.LINT,
    subject_key_identifier.LINT,
    authority_key_identifier.LINT,
    key_usage.LINT,
    key_usage_of_kind.LINT,
    key_usage_dual.LINT,
    key_usage_authority.LINT,
    extended_key_usage.LINT,
    extended_key_usage_once.LINT,
    extended_key_usage_consistent.LINT,
    basic_constraints.LINT,
    path_length.LINT,
    issuer_is_authority.LINT,
    name_constraints.LINT,
    names_within_issuer.LINT,
    policies.LINT,
    alternative_name_kinds.LINT,
    alternative_name_syntax.LINT,
    alternative_name_once.LINT,
    common_name_host.LINT,
    crl_links.LINT,
    delta_links.LINT,
    authority_links.LINT,
    ocsp_no_check.LINT,
    extensions_readable.LINT,
    extensions_allowed.LINT,
    unique_identifiers.LINT,
)
_IDS: Final = tuple(rule.id for rule in LINTS)
_TESTS: Final = tuple(rule.holds for rule in LINTS)


def lint(subject: LintSubject) -> tuple[str, ...]:
    """Return the ids of the rules that held. Raise CA_LINT naming every rule that did not."""
    try:
        if all(holds(subject) for holds in _TESTS):
            return _IDS
    except TrustError:
        pass
    broken = [rule for rule in LINTS if not _holds(rule, subject)]
    if broken:
        names = "; ".join(f"{rule.id} ({rule.clause})" for rule in broken)
        raise TrustError(ErrorCode.CA_LINT, names, profile=subject.profile.name, rules=len(broken))
    return _IDS


def _holds(rule: Lint, subject: LintSubject) -> bool:
    try:
        return rule.holds(subject)
    except TrustError:  # what a rule cannot read does not satisfy it
        return False
