"""Whether a licence's issuer may issue licences of its type, by the trust lists at hand; nothing where there are none.

Of several lists one that entitles is enough: a home that goes by two trusts both. One that is out of date entitles nobody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esign.licence.identifier import parse_identifier
from trustkit.capsule_codes import CapsuleCode
from trustkit.errors import TrustError
from trustkit.verdict import Check, CheckId, SubIndication, passed, unknown
from verifier.judgement.outcomes import outcome
from verifier.judgement.weighing import is_demanded, tolerated

if TYPE_CHECKING:
    from esign.licence.identifier import LicenceIdentifier
    from esign.trustlist.model import TrustListContent
    from trustkit.verdict import LicenceSaid
    from verifier.judgement.context import Context

_ID: Final = CheckId.LICENCE_ENTITLEMENT
_SOURCE: Final = "a trust list"  # of problems, as `verifier.issuer_evidence` writes it


def judge_entitlement(context: Context, identifier: str) -> tuple[Check, ...]:
    """Return the check of the issuer an identifier names; empty where the home has no trust lists, and the policy demands none.

    An identifier that cannot be read is judged as such elsewhere.
    """
    found = _entitlement(context, identifier)
    if not found and is_demanded(context.policy, _ID):
        found = (
            unknown(_ID, SubIndication.SIG_CONSTRAINTS_FAILURE, "the policy demands a trust list, and none is at hand"),
        )
    return tuple(tolerated(context.policy, each) for each in found)


def _entitlement(context: Context, identifier: str) -> tuple[Check, ...]:
    lists = [each.content for each in context.evidence.trust_lists]
    problems = [each.code for each in context.evidence.problems if each.source == _SOURCE]
    unread = any(each is not CapsuleCode.TRUST_LIST_EXPIRED for each in problems)
    if not lists and not problems:
        return ()
    if not identifier:
        told = "the licence withholds its identifier, and with it its issuer and type"
        return (unknown(_ID, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)
    try:
        named = parse_identifier(identifier)
    except TrustError:
        return ()
    current = [each for each in lists if each.is_current(context.at)]
    entitling = next((each for each in current if each.entitles(named.issuer, named.type_code)), None)
    if entitling is not None:
        return (passed(_ID, f"{entitling.uri} number {entitling.number}"),)
    if unread:
        return (unknown(_ID, SubIndication.TRY_LATER, "a trust list of the home cannot be used"),)
    return (outcome(_refusal(current, named)),)


def _refusal(current: list[TrustListContent], named: LicenceIdentifier) -> TrustError:
    """Return why no list entitles an issuer."""
    if not current:
        return TrustError(CapsuleCode.TRUST_LIST_EXPIRED, "no list is current")
    if any(each.is_listed(named.issuer) for each in current):
        return TrustError(CapsuleCode.TRUST_LIST_NOT_ENTITLED, "listed, and not for this type", type=named.type_code)
    return TrustError(CapsuleCode.TRUST_LIST_UNLISTED, "in no current list", issuer=named.issuer)


def with_equivalents(context: Context, said: LicenceSaid) -> LicenceSaid:
    """Return what a licence says with the types that current lists count as the same as its own."""
    lists = [each.content for each in context.evidence.trust_lists if each.content.is_current(context.at)]
    more = frozenset(code for each in lists for own in said.types for code in each.same_types(own))
    return replace(said, types=said.types | more) if more - said.types else said
