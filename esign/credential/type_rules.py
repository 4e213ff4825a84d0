"""Whether a verified credential follows its type's metadata, as far as what was disclosed tells.

A claim that is withheld is nobody's to judge: a mandatory one is missed only where nothing is withheld, or where it could
not have been.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.credential.type_metadata import Disclosability
from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.credential.model import ClaimPath
    from esign.credential.type_metadata import ClaimRule, RulePath, TypeMetadata
    from esign.credential.verify import VerifiedSdJwt
    from trustkit.encoding.canonical_json import JsonValue


def require_rules(verified: VerifiedSdJwt, metadata: TypeMetadata) -> None:
    """Refuse a credential that breaks a rule of its type (Claim Metadata: `mandatory`, `sd`).

    Raises:
        TrustError: CREDENTIAL_RULES, naming the claim; CREDENTIAL_CLAIMS when the metadata are of another type.
    """
    if verified.claims.get("vct") != metadata.vct:
        raise TrustError(CredentialCode.CREDENTIAL_CLAIMS, "the metadata are of another type")
    for rule in metadata.claims:
        _require(rule, verified)


def _require(rule: ClaimRule, verified: VerifiedSdJwt) -> None:
    places = tuple(_places(dict(verified.claims), rule.path, ()))
    if not places and rule.mandatory and _would_be_seen(rule, verified):
        raise _broken(rule, "is missing")
    for place in places:
        hidden = any(place[: len(each)] == each for each in verified.disclosed)
        if hidden and rule.disclosability is Disclosability.NEVER:
            raise _broken(rule, "could have been hidden")
        if not hidden and rule.disclosability is Disclosability.ALWAYS:
            raise _broken(rule, "could not have been hidden")


def _would_be_seen(rule: ClaimRule, verified: VerifiedSdJwt) -> bool:
    """Tell whether a claim that is not seen is not there: what stands inside another may be withheld with it."""
    return verified.withheld == 0 or (rule.disclosability is Disclosability.NEVER and len(rule.path) == 1)


def _places(value: JsonValue, path: RulePath, before: ClaimPath) -> Iterator[ClaimPath]:
    """Yield the places a path selects (Claim Path); one that leads through another kind of value selects nothing."""
    if not path:
        yield before
        return
    step, *rest = path
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield from _places(value[step], tuple(rest), (*before, step))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            if step is None or step == place:
                yield from _places(item, tuple(rest), (*before, place))


def _broken(rule: ClaimRule, told: str) -> TrustError:
    name = ".".join("*" if each is None else str(each)[:64] for each in rule.path)
    return TrustError(CredentialCode.CREDENTIAL_RULES, f"{name} {told}", claim=name)
