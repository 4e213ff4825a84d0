"""A registration as text and back: canonical JSON in the store, and the same members from a form or a client itself (RFC 7591 2).

    text = registration_text(registration)
    registration = read_registration(text.encode())

Reading is strict and knows every rule a registration has to keep, so that what the store holds is what a request may rely on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from idp.op.addresses import require_redirect_uri, require_resource, require_service_uri
from idp.op.client_model import OF_PEOPLE, OFFLINE, OPENID, AuthMethod, GrantType, Registration, SubjectType
from idp.op.words import SCOPE_WORD
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel, level_of_acr
from trustkit.identity_codes import IdentityCode
from trustkit.jose.keys import parse_jwks
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from enum import StrEnum
    from typing import TypeVar

    from idp.op.client_model import Client
    from trustkit.encoding.canonical_json import JsonValue

    Word = TypeVar("Word", bound=StrEnum)

MAX_REGISTRATION: Final = 64 * 1024
MAX_VALUES: Final = 32
MAX_TEXT: Final = 256
_DEPTH: Final = 8
_LANGUAGES: Final = ("zh", "en")
ID_TOKEN_ALGORITHMS: Final = frozenset({JwsAlgorithm.ES256, JwsAlgorithm.RS256, JwsAlgorithm.SGD_SM3_SM2})
_FLAGS: Final = {
    "tls_client_certificate_bound_access_tokens": "bound_to_tls",
    "dpop_bound_access_tokens": "bound_to_key",
    "require_pushed_authorization_requests": "pushed_only",
    "consent_required": "asks_consent",
    "acting_claims_as_text": "acting_as_text",
}
_KNOWN: Final = frozenset(
    {
        "client_name", "client_name#zh", "client_name#en", "token_endpoint_auth_method", "token_endpoint_auth_signing_alg",
        "grant_types", "response_types", "redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri",
        "backchannel_logout_session_required", "scope", "resources", "serves", "jwks", "tls_client_auth_subject_dn", "tls_client_auth_issuer",
        "id_token_signed_response_alg", "subject_type", "sector", "least_acr", "application_type",
        "backchannel_token_delivery_mode", *_FLAGS,
    }
)  # fmt: skip


def registration_text(registration: Registration) -> str:
    """Return the canonical JSON of a registration. `read_registration` is the inverse."""
    members: dict[str, JsonValue] = {
        **{f"client_name#{language}": text for language, text in registration.title},
        "token_endpoint_auth_method": registration.method.value,
        "token_endpoint_auth_signing_alg": registration.assertion_algorithm,
        "grant_types": [*sorted(grant.value for grant in registration.grants)],
        "redirect_uris": list(registration.redirect_uris),
        "post_logout_redirect_uris": list(registration.logout_uris),
        "backchannel_logout_uri": registration.backchannel_uri,
        "scope": " ".join(registration.scopes),
        "resources": list(registration.resources),
        "serves": list(registration.serves),
        "tls_client_auth_subject_dn": registration.tls_subject,
        "id_token_signed_response_alg": registration.id_token_algorithm,
        "subject_type": registration.subject_type.value,
        "sector": registration.sector,
        "least_acr": registration.least.acr,
        **{member: getattr(registration, name) for member, name in _FLAGS.items()},
    }
    if registration.tls_issuer:
        members["tls_client_auth_issuer"] = registration.tls_issuer
    if registration.keys:
        members["jwks"] = parse_json(registration.keys.encode(), max_depth=_DEPTH)
    return canonical_json(members).decode()


def read_registration(data: bytes, *, ignoring: bool = False) -> Registration:
    """Return a registration.

    `ignoring` leaves unknown members aside, as RFC 7591 2 asks for what clients send; else they are refused.

    Raises:
        TrustError: OP_CLIENT_FORM, OP_REDIRECT_FORM; JSON_*, INPUT_TOO_LARGE; JWKS_MALFORMED.
    """
    members = parse_json(data, max_size=MAX_REGISTRATION, max_depth=_DEPTH)
    if not isinstance(members, dict):
        raise form("a registration is an object")
    if not ignoring and (surplus := sorted(set(members) - _KNOWN)):
        raise form(f"unknown member {surplus[0][:64]}")
    if members.get("response_types", ["code"]) not in (["code"], []):
        raise form("response_types is code alone")
    if members.get("backchannel_token_delivery_mode", "poll") != "poll":
        raise form("requests by the back channel are polled for")
    method = _word(members, "token_endpoint_auth_method", AuthMethod, AuthMethod.SECRET_BASIC)
    grants = frozenset(
        _as_word(GrantType, each, "grant_types") for each in _texts(members, "grant_types", ["authorization_code"])
    )
    native = method is AuthMethod.NONE or members.get("application_type") == "native"
    redirects = tuple(require_redirect_uri(each, native=native) for each in _texts(members, "redirect_uris"))
    registration = Registration(
        title=_titles(members),
        method=method,
        grants=grants,
        redirect_uris=redirects,
        logout_uris=tuple(
            require_redirect_uri(each, native=native) for each in _texts(members, "post_logout_redirect_uris")
        ),
        backchannel_uri=_optional(members, "backchannel_logout_uri"),
        scopes=tuple(dict.fromkeys(_text(members, "scope").split())),
        resources=tuple(require_resource(each) for each in _texts(members, "resources")),
        serves=tuple(require_resource(each) for each in _texts(members, "serves")),
        keys=_keys(members),
        tls_subject=_text(members, "tls_client_auth_subject_dn"),
        tls_issuer=_text(members, "tls_client_auth_issuer"),
        id_token_algorithm=_text(members, "id_token_signed_response_alg") or JwsAlgorithm.ES256.value,
        assertion_algorithm=_text(members, "token_endpoint_auth_signing_alg") or JwsAlgorithm.ES256.value,
        subject_type=_word(members, "subject_type", SubjectType, SubjectType.PAIRWISE),
        sector=_text(members, "sector") or sector_of(redirects),
        least=_least(members),
        **{name: _flag(members, member, preset=name == "asks_consent") for member, name in _FLAGS.items()},
    )
    require_whole(registration)
    return registration


def require_whole(registration: Registration) -> None:
    """Raise OP_CLIENT_FORM when the parts of a registration do not go together."""
    grants, method = registration.grants, registration.method
    rules = (
        (bool(grants) or bool(registration.serves), "it has no grant type and serves nothing"),
        (GrantType.CODE not in grants or bool(registration.redirect_uris), "the code grant needs a redirect URI"),
        (GrantType.REFRESH not in grants or bool(grants & OF_PEOPLE), "refresh tokens come of a grant of a person"),
        (registration.confidential or GrantType.BACKCHANNEL not in grants, "a public client asks nobody behind his back"),
        (GrantType.BACKCHANNEL not in grants or OPENID in registration.scopes, "requests by the back channel need openid"),
        (registration.confidential or GrantType.CLIENT not in grants, "a public client acts for nobody by itself"),
        (registration.confidential or not registration.serves, "a public client serves no resource"),
        (method is not AuthMethod.PRIVATE_KEY_JWT or bool(registration.keys), "private_key_jwt needs jwks"),
        (method is not AuthMethod.SELF_SIGNED_TLS or bool(registration.keys), "self_signed_tls_client_auth needs jwks with x5c"),
        ((method is AuthMethod.TLS) == bool(registration.tls_subject), "tls_client_auth has its subject, and nothing else has"),
        (method is AuthMethod.TLS or not registration.tls_issuer, "only tls_client_auth has an issuer"),
        (GrantType.CODE not in grants or OPENID in registration.scopes or bool(registration.scopes), "scopes are missing"),
        (OFFLINE not in registration.scopes or GrantType.REFRESH in grants, "offline_access needs refresh_token"),
        (all(SCOPE_WORD.fullmatch(each) for each in registration.scopes), "a scope is of RFC 6749 3.3's characters"),
        (registration.id_token_algorithm in ID_TOKEN_ALGORITHMS, "no such algorithm for ID tokens"),
        (registration.assertion_algorithm in set(JwsAlgorithm), "no such algorithm for assertions"),
        (bool(registration.sector) or len(_hosts(registration.redirect_uris)) <= 1, "redirect URIs of several hosts need a sector"),
    )  # fmt: skip
    for kept, told in rules:
        if not kept:
            raise form(told)


def changed_registration(client: Client, members: Mapping[str, JsonValue]) -> Registration:
    """Return what a client is registered with, some members changed; null leaves one out. The names people have for it stay.

    Raises:
        TrustError: as `read_registration`.
    """
    now = parse_json(registration_text(client.registration).encode(), max_depth=_DEPTH)
    # Without a sector the client is its own: one taken from a new redirect URI would give everybody another name (Core 8.1).
    kept = {**(now if isinstance(now, dict) else {}), "sector": client.registration.sector or client.identifier}
    if any(name.startswith("client_name") for name in members):
        kept = {name: value for name, value in kept.items() if not name.startswith("client_name")}
    if "sector" in members and members["sector"] is None:
        raise form("a client has a sector: without one everybody would have another name there")
    wanted = {**kept, **members}
    return read_registration(canonical_json({name: each for name, each in wanted.items() if each is not None}))


def form(told: str) -> TrustError:
    """Return the refusal of a registration by its form."""
    return TrustError(IdentityCode.OP_CLIENT_FORM, told)


def sector_of(redirects: Collection[str]) -> str:
    """Return the host the redirect URIs have in common (OpenID Connect Core 8.1); empty for none, several, and this machine's."""
    hosts = _hosts(redirects)
    return hosts.pop() if len(hosts) == 1 else ""


def _hosts(redirects: Collection[str]) -> set[str]:
    """Return the hosts of the web among redirect URIs: a device's own addresses are no sector, for all devices have them."""
    return {urlsplit(each).hostname or "" for each in redirects if each.startswith("https://")}


def _titles(members: dict[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    plain = _text(members, "client_name")
    found = tuple(
        (language, text) for language in _LANGUAGES if (text := _text(members, f"client_name#{language}") or plain)
    )
    if not found:
        raise form("client_name is missing")
    if any(not text.isprintable() for _, text in found):
        raise form("client_name is of printable characters")
    return found


def _keys(members: dict[str, JsonValue]) -> str:
    value = members.get("jwks")
    if value is None:
        return ""
    if not isinstance(value, dict):
        raise form("jwks is an object")
    found = parse_jwks(value)
    if not found.keys:
        raise form("jwks has no key that can be used")
    return canonical_json(value).decode()


def _least(members: dict[str, JsonValue]) -> AssuranceLevel:
    text = _text(members, "least_acr")
    level = level_of_acr(text) if text else AssuranceLevel()
    if level is None:
        raise form("least_acr is a level of trustkit")
    return level


def _optional(members: dict[str, JsonValue], name: str) -> str:
    text = _text(members, name, most=1024)
    return require_service_uri(text) if text else ""


def _text(members: dict[str, JsonValue], name: str, *, most: int = MAX_TEXT * 4) -> str:
    value = members.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise form(f"{name} is a text of at most {most} characters")
    return value


def _texts(members: dict[str, JsonValue], name: str, preset: list[str] | None = None) -> tuple[str, ...]:
    value = members.get(name, preset or [])
    texts = [each for each in value if isinstance(each, str)] if isinstance(value, list) else None
    if texts is None or not isinstance(value, list) or len(texts) != len(value) or len(texts) > MAX_VALUES:
        raise form(f"{name} is an array of at most {MAX_VALUES} texts")
    return tuple(dict.fromkeys(texts))


def _flag(members: dict[str, JsonValue], name: str, *, preset: bool) -> bool:
    value = members.get(name, preset)
    if not isinstance(value, bool):
        raise form(f"{name} is true or false")
    return value


def _word(members: dict[str, JsonValue], name: str, kind: type[Word], preset: Word) -> Word:
    return _as_word(kind, _text(members, name), name) if name in members else preset


def _as_word(kind: type[Word], text: str, name: str) -> Word:
    try:
        return kind(text)
    except ValueError as error:
        raise form(f"{name} is one of {', '.join(each.value for each in kind)}") from error
