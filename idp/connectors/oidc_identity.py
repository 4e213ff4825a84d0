"""What a provider's claims say of who signed in, as evidence: in its own words, by the ladders that know them, and nothing assumed.

Sign-in time and strength come from the ID token alone, which was verified; userinfo adds what describes the person. A claim that is absent is no
evidence, a time that is absent or makes no sense (irregular providers write 0) is long ago, and a time to come is a lie.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.connectors.answers import refusal
from idp.connectors.certificate_rules import ROLES
from idp.connectors.exchange import CLOCK_SKEW, MAX_SUBJECT, UNKNOWN_TIME
from idp.evidence import AssuranceEvidence, BrokeredIdentity, EvidenceKind, OrganisationClaim
from trustkit.encoding.canonical_json import NumberText
from trustkit.encoding.check_characters import uscc_problem
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.jwt import VerifiedJwt

MAX_WORD: Final = 128  # characters of a level, as ladders have them
MAX_WORDS: Final = 16
MAX_DISPLAY: Final = 64
MAX_SESSION: Final = 255  # characters of a provider's `sid`; a longer one is none


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRules:
    """Which claims are evidence, and by which ladder; an empty claim or ladder is no evidence.

    The login is told by a claim of the ID token, the real name by one of the ID token or of userinfo.
    """

    login_claim: str = "acr"
    login_ladder: str = ""
    real_name_claim: str = ""
    real_name_ladder: str = ""
    display_claim: str = "name"
    organisation_claim: str = ""  # an object with uscc, name and role


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdClaims:
    """The verified ID token and the userinfo that belongs to it."""

    token: VerifiedJwt = field(repr=False)
    userinfo: Mapping[str, JsonValue] = field(repr=False)

    def identity(self, rules: ClaimRules, *, provider: str, now: datetime) -> BrokeredIdentity:
        """Return who signed in.

        Raises:
            TrustError: IDP_UPSTREAM_ANSWER: ``subject``, ``auth-time`` (to come), ``claims`` (a wrong type), ``organisation``, ``role``.
        """
        claims = self.token.claims
        if not 0 < len(claims.subject) <= MAX_SUBJECT:
            raise refusal("names nobody", "subject")
        at = self._signed_in_at(now)
        return BrokeredIdentity(
            provider=provider,
            subject=claims.subject,
            evidence=(
                *self._evidence(EvidenceKind.LOGIN, rules, provider, at or UNKNOWN_TIME),
                *self._evidence(EvidenceKind.REAL_NAME, rules, provider, claims.issued_at or now),
            ),
            authenticated_at=at,
            methods=self._methods(),
            organisations=self._organisations(rules.organisation_claim),
            display_name=_text(self._either(rules.display_claim))[:MAX_DISPLAY],
            session=self._session(),
        )

    def _session(self) -> str:
        text = _text(self.token.claims.members.get("sid"))
        return text if len(text) <= MAX_SESSION else ""

    def _signed_in_at(self, now: datetime) -> datetime | None:
        try:
            at = self.token.claims.moment("auth_time")
        except TrustError as error:
            raise refusal("auth_time is no time", "claims") from error
        if at is None or at < UNKNOWN_TIME:
            return None
        if at > now + CLOCK_SKEW:
            raise refusal("signed in at a time to come", "auth-time")
        return min(at, now)

    def _methods(self) -> tuple[str, ...]:
        try:
            found = self.token.claims.texts("amr")
        except TrustError as error:
            raise refusal("amr is no list of texts", "claims") from error
        return tuple(sorted({each for each in found[:MAX_WORDS] if 0 < len(each) <= MAX_WORD and each.isprintable()}))

    def _evidence(
        self, kind: EvidenceKind, rules: ClaimRules, provider: str, at: datetime
    ) -> tuple[AssuranceEvidence, ...]:
        if kind is EvidenceKind.LOGIN:
            ladder, value = rules.login_ladder, self.token.claims.members.get(rules.login_claim)
        else:
            ladder, value = rules.real_name_ladder, self._either(rules.real_name_claim)
        if not ladder:
            return ()
        return tuple(
            AssuranceEvidence(kind=kind, source=provider, ladder=ladder, level=word, at=at) for word in _words(value)
        )

    def _organisations(self, name: str) -> tuple[OrganisationClaim, ...]:
        value = self._either(name)
        if value is None:
            return ()
        if not isinstance(value, dict):
            raise refusal("an organisation is an object", "organisation")
        uscc, named, role = (_text(value.get(part)) for part in ("uscc", "name", "role"))
        if uscc_problem(uscc) is not None or not named:
            raise refusal("an organisation without a code and a name", "organisation")
        if role not in ROLES:
            raise refusal("a role that is not known", "role")
        return (OrganisationClaim(uscc=uscc, name=named, role=role),)

    def _either(self, name: str) -> JsonValue:
        """Return a claim of the ID token, else of userinfo; None for an empty name."""
        members = self.token.claims.members
        return (members.get(name) if name in members else self.userinfo.get(name)) if name else None


def _words(value: JsonValue) -> tuple[str, ...]:
    """Return a claim's words: a text, a whole number as text, or a list of them."""
    found = value if isinstance(value, list) else [value]
    words = (
        str(each)
        for each in found[:MAX_WORDS]
        if isinstance(each, str | int) and not isinstance(each, bool | NumberText)
    )
    return tuple(dict.fromkeys(word for word in words if 0 < len(word) <= MAX_WORD))


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) and not isinstance(value, NumberText) else ""
