"""A client as registered: who it is, how it proves that, where people may be sent back to, and what it may ask for.

What is registered is the whole of what a client may do; a request can only ask for less. The members are those of RFC 7591 2 and
OpenID Connect Registration 1.0 2 where there are such, so that the text in the store reads like any registration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import Final

from trustkit.identity import NOT_SIGNED_IN, AssuranceLevel

OPENID: Final = "openid"
OFFLINE: Final = "offline_access"
# Scopes that speak of a person: no client has them for itself.
PERSONAL: Final = frozenset({OPENID, OFFLINE, "profile"})


@unique
class AuthMethod(StrEnum):
    """How a client authenticates (RFC 7591 2, RFC 8705 2): configured, never chosen by the request."""

    SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the name of a method
    SECRET_POST = "client_secret_post"  # noqa: S105 - as above
    PRIVATE_KEY_JWT = "private_key_jwt"
    TLS = "tls_client_auth"
    SELF_SIGNED_TLS = "self_signed_tls_client_auth"
    NONE = "none"


@unique
class GrantType(StrEnum):
    """How a client gets tokens, by the names of `grant_type`."""

    CODE = "authorization_code"
    REFRESH = "refresh_token"
    CLIENT = "client_credentials"
    DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
    BACKCHANNEL = "urn:openid:params:grant-type:ciba"


@unique
class SubjectType(StrEnum):
    """Whether a person has one name for this client alone (OpenID Connect Core 8), or the same everywhere."""

    PAIRWISE = "pairwise"
    PUBLIC = "public"


SECRETS: Final = frozenset({AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST})
OF_PEOPLE: Final = frozenset({GrantType.CODE, GrantType.DEVICE, GrantType.BACKCHANNEL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a client may do and how it is known.

    Attributes:
        title: what people read on pages, by language (``zh``, ``en``).
        redirect_uris: compared character by character; for http on this machine the port may differ (RFC 8252 7.3).
        scopes, resources: the most it may ask for (RFC 6749 3.3, RFC 8707). Without a resource, tokens are for the provider itself.
        serves: the resources it is the server of: it may look into tokens for them (RFC 7662), and into its own.
        keys: canonical JSON of a JWKS: keys of its assertions, and (`x5c`) its self-signed certificates.
        tls_subject: the subject of its certificate as RFC 4514 text, for `tls_client_auth`.
        tls_issuer: which authority of the home issues that certificate; empty for its issuing CA.
        bound_to_tls, bound_to_key: its tokens are bound to its certificate (RFC 8705 3), or always to a key (RFC 9449).
        pushed_only: its authorization requests must be pushed (RFC 9126 6).
        asks_consent: people are asked before it gets anything; off for the home's own services alone.
        acting_as_text: its ID tokens say for whom somebody acts as JSON texts that are always there (`org_text`, `act_text`), and
            its token answers name the session (`session_state`): for a broker such as Keycloak, which copies both to its own session.
        least: the least it accepts of a sign-in, whatever the request says.
        sector: whose clients share one pairwise name; the host of the redirect URIs where they have one.
    """

    title: tuple[tuple[str, str], ...]
    method: AuthMethod
    grants: frozenset[GrantType]
    redirect_uris: tuple[str, ...] = ()
    logout_uris: tuple[str, ...] = ()
    backchannel_uri: str = ""
    scopes: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    keys: str = field(default="", repr=False)
    tls_subject: str = field(default="", repr=False)
    tls_issuer: str = ""
    bound_to_tls: bool = False
    bound_to_key: bool = False
    pushed_only: bool = False
    asks_consent: bool = True
    acting_as_text: bool = False
    least: AssuranceLevel = NOT_SIGNED_IN
    id_token_algorithm: str = "ES256"  # noqa: S105 - an algorithm
    assertion_algorithm: str = "ES256"
    subject_type: SubjectType = SubjectType.PAIRWISE
    sector: str = ""

    @property
    def confidential(self) -> bool:
        """Whether it can keep a secret or a key."""
        return self.method is not AuthMethod.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered client. `former_secret_sm3` is the secret it had before, good until `former_ends_at`."""

    identifier: str
    name: str
    secret_sm3: str | None = field(default=None, repr=False)
    registration: Registration
    created_at: datetime
    revoked_at: datetime | None = None
    former_secret_sm3: str | None = field(default=None, repr=False)
    former_ends_at: datetime | None = None

    def former_secret(self, now: datetime) -> str | None:
        """Return the digest of the secret it had before, None where there is none that is still good."""
        return self.former_secret_sm3 if self.former_ends_at is not None and now < self.former_ends_at else None

    def title(self, language: str) -> str:
        """Return what people read, in a language or else the first there is."""
        titles = dict(self.registration.title)
        return titles.get(language) or next(iter(titles.values()), self.name)
