"""The tokens the provider signs: access tokens (RFC 9068), ID tokens (OpenID Connect Core 2) and logout tokens.

An access token says for whom, for which resources, how surely the person is known and to which key it is bound; never a name. Its `jti`
begins with the grant it came of, so that revoking the grant is seen by whoever looks it up. All that names somebody in a token, his session
and his mandate as well, is that client's own name for it, so that two clients do not find out that they speak of one person (ADR 0057).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from idp.levels.acr import acr_claim
from idp.op.client_model import OPENID, SubjectType
from idp.op.known_tokens import KnownTokens
from idp.subject.mandates import ActingFor  # noqa: TC001 - a field type of a public dataclass
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.error_family import PASSING
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.jose.access_token import ACCESS_KIND, REQUIRED, VerifiedAccessToken, verify_access_token
from trustkit.jose.claims import lifetime_claims, numeric_date, read_claims
from trustkit.jose.id_token import token_hash
from trustkit.jose.jwt import JwtRules, VerifiedJwt, parse_token, verify_jwt
from trustkit.jose.logout_token import LOGOUT_KIND, logout_claims
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_jwt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from idp.op.client_model import Client
    from idp.op.rules import ProviderRules
    from idp.sealing import Sealing
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.identity import AcrDemand
    from trustkit.jose.claims import JwtClaims
    from trustkit.jose.keys import JwkSet

ID_KIND: Final = "JWT"
ACCESS_ALGORITHM: Final = JwsAlgorithm.ES256
_PAIRWISE: Final = "op-pairwise-subject"
_PAIRWISE_SESSION: Final = "op-pairwise-session"
_PAIRWISE_MANDATE: Final = "op-pairwise-mandate"
_HINT: Final = "op-id-token-person"
_HINTED: Final = frozenset({JwsAlgorithm.ES256, JwsAlgorithm.RS256, JwsAlgorithm.SGD_SM3_SM2})


class SigningKeys(Protocol):
    """The provider's keys, as they are now."""

    def signing(self, algorithm: JwsAlgorithm) -> tuple[Signer, str]:
        """Return the current key for an algorithm and its `kid`."""

    def verifying(self) -> JwkSet:
        """Return every key whose tokens may still be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """For whom a token is: a person as he signed in, or a client itself (`person` is empty).

    Attributes:
        token_id: its `jti`.
        binding: ``jkt:…`` or ``x5t:…``, empty for a token that anybody who has it may use.
    """

    client: Client
    person: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    binding: str = ""
    token_id: str
    session: str = ""
    assurance: AssuranceLevel = field(default_factory=AssuranceLevel)
    methods: tuple[str, ...] = ()
    authenticated_at: datetime | None = None
    acting_for: ActingFor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMaker:
    """Makes and reads the provider's tokens."""

    rules: ProviderRules
    keys: SigningKeys
    sealing: Sealing
    known: KnownTokens = field(default_factory=KnownTokens, repr=False)

    def subject(self, client: Client, person: str) -> str:
        """Return a person's name for a client (`sub`): one of his own for each sector, or his pseudonym where that is registered."""
        return self._named(_PAIRWISE, client, person)

    def session_name(self, client: Client, session: str) -> str:
        """Return a session's name for a client (`sid`), told apart as its person's is."""
        return self._named(_PAIRWISE_SESSION, client, session)

    def mandate_name(self, client: Client, mandate: str) -> str:
        """Return a mandate's name for a client (`org.mandate`), told apart as its person's is."""
        return self._named(_PAIRWISE_MANDATE, client, mandate)

    def _named(self, purpose: str, client: Client, name: str) -> str:
        registration = client.registration
        if registration.subject_type is SubjectType.PUBLIC:
            return name
        sector = registration.sector or client.identifier
        return encode_base64url(self.sealing.mac(purpose, sector.encode(), name.encode()))

    def access_token(self, bearer: Bearer, *, now: datetime) -> str:
        """Return a signed access token."""
        claims: dict[str, JsonValue] = {
            "iss": self.rules.issuer,
            "aud": self._audience(bearer),
            "sub": self.subject(bearer.client, bearer.person) if bearer.person else bearer.client.identifier,
            "client_id": bearer.client.identifier,
            "jti": bearer.token_id,
            "scope": " ".join(bearer.scopes),
            **lifetime_claims(now, self.rules.access),
            **_confirmation(bearer.binding),
            **self._about_person(bearer, matters=True),
        }
        signer, key_id = self.keys.signing(ACCESS_ALGORITHM)
        return sign_jwt(claims, signer, kind=ACCESS_KIND, key_id=key_id)

    def id_token(
        self, bearer: Bearer, *, access_token: str, nonce: str, demands: Iterable[AcrDemand], now: datetime
    ) -> str:
        """Return a signed ID token, by the algorithm the client is registered with."""
        algorithm = JwsAlgorithm(bearer.client.registration.id_token_algorithm)
        claims: dict[str, JsonValue] = {
            "iss": self.rules.issuer,
            "aud": bearer.client.identifier,
            "azp": bearer.client.identifier,
            "sub": self.subject(bearer.client, bearer.person),
            "sid": self.session_name(bearer.client, bearer.session),
            "jti": self._sealed_person(bearer),
            "at_hash": token_hash(algorithm, access_token),
            **({"nonce": nonce} if nonce else {}),
            **lifetime_claims(now, self.rules.id_token),
            **self._about_person(bearer),
            **self._acting_as_text(bearer),
            "acr": acr_claim(bearer.assurance, bearer.methods, demands),
        }
        signer, key_id = self.keys.signing(algorithm)
        return sign_jwt(claims, signer, kind=ID_KIND, key_id=key_id)

    def logout_token(self, client: Client, *, person: str, session: str, token_id: str, now: datetime) -> str:
        """Return a signed logout token (OpenID Connect Back-Channel Logout 1.0, 2.4)."""
        claims = logout_claims(
            issuer=self.rules.issuer,
            client=client.identifier,
            subject=self.subject(client, person),
            session=self.session_name(client, session),
            token_id=token_id,
            now=now,
        )
        signer, key_id = self.keys.signing(JwsAlgorithm(client.registration.id_token_algorithm))
        return sign_jwt(claims, signer, kind=LOGOUT_KIND, key_id=key_id)

    def verify_access(self, token: str, *, audiences: Collection[str], now: datetime) -> VerifiedAccessToken:
        """Return an access token of ours that is in force. Raise as `verify_jwt`. Whether it was revoked is in the store."""
        keys = self.keys.verifying()
        known = self.known.find(token, keys, now=now)
        if known is not None and set(known.claims.audience) & set(audiences):
            return known
        rules = JwtRules(
            kinds={ACCESS_KIND},
            algorithms={ACCESS_ALGORITHM},
            issuer=self.rules.issuer,
            audiences=audiences,
            required=REQUIRED,
            longest=self.rules.access,
            skew=timedelta(0),
        )
        verified = verify_access_token(token, keys, rules, now=now)
        self.known.keep(token, keys, verified)
        return verified

    def verify_hint(self, token: str, *, client: str, now: datetime) -> VerifiedJwt:
        """Return an ID token of ours, in force or not: a hint says who was meant, and proves nothing. Raise as `verify_jwt`."""
        issued = read_claims(parse_token(token).payload).issued_at or now
        rules = JwtRules(
            kinds={"jwt", ""},
            algorithms=_HINTED,
            issuer=self.rules.issuer,
            audiences={client},
            required={"sub", "exp", "iat"},
            skew=timedelta(0),
        )
        return verify_jwt(token, self.keys.verifying(), rules, now=min(issued, now))

    def hinted_person(self, client: Client, hint: JwtClaims) -> str | None:
        """Return whose verified ID token of a client's it is: its `jti` is his pseudonym, sealed anew each time. None for one without."""
        try:
            sealed = decode_base64url(hint.token_id)
            person = self.sealing.open(_HINT, client.identifier.encode(), sealed).decode("ascii")
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            return None
        return person if hint.subject == self.subject(client, person) else None

    def _sealed_person(self, bearer: Bearer) -> str:
        sealed = self.sealing.seal(_HINT, bearer.client.identifier.encode(), bearer.person.encode("ascii"))
        return encode_base64url(sealed)

    def _audience(self, bearer: Bearer) -> list[JsonValue]:
        """Return what a token is for: its resources, and the provider itself for userinfo, or where there is no resource."""
        own = [self.rules.issuer] if OPENID in bearer.scopes or not bearer.resources else []
        return [*bearer.resources, *own]

    def _about_person(self, bearer: Bearer, *, matters: bool = False) -> dict[str, JsonValue]:
        """Return how surely the person is known, and for whom he acts (RFC 9068 2.2.1, RFC 8693 4.1), to a resource also in which matters."""
        if not bearer.person or bearer.authenticated_at is None:
            return {}
        claims: dict[str, JsonValue] = {
            "acr": bearer.assurance.acr,
            "amr": [*bearer.methods],
            "auth_time": numeric_date(bearer.authenticated_at),
        }
        if (acting := bearer.acting_for) is not None:
            organisation = acting.organisation
            claims["org"] = {
                "uscc": organisation.uscc,
                "name": organisation.name,
                "role": acting.role.value,
                "mandate": self.mandate_name(bearer.client, acting.mandate),
                **({"matters": [*acting.scope]} if matters else {}),
            }
            claims["act"] = {"sub": self.subject(bearer.client, bearer.person)}
        return claims

    def _acting_as_text(self, bearer: Bearer) -> dict[str, JsonValue]:
        """Return `org` and `act` as JSON texts, those of who acts for himself as well.

        A broker that copies claims to notes of its own session, as Keycloak does, keeps a note that nothing overwrites: left out, the
        organisation of before would go on to be told.
        """
        if not bearer.client.registration.acting_as_text:
            return {}
        told = self._about_person(bearer)
        return {f"{name}_text": canonical_json(told.get(name, {})).decode() for name in ("org", "act")}


def _confirmation(binding: str) -> dict[str, JsonValue]:
    kind, _, value = binding.partition(":")
    return {"cnf": {"jkt" if kind == "jkt" else "x5t#S256": value}} if binding else {}
