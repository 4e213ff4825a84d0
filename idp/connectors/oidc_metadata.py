"""What an OpenID provider says of itself (OpenID Connect Discovery 1.0, RFC 8414, RFC 9126 5, RFC 9207 3), read under bounds.

metadata = parse_metadata(octets, issuer="https://sso.example/realms/gov", plain=False)

The issuer is the settings', to the letter: a document that names another one is not its issuer's. Every address in it is the
provider's word; whether it may be asked is judged anew at each call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from idp.connectors.answers import json_object, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

MAX_METADATA: Final = 64 * 1024
MAX_ADDRESS: Final = 2048
MAX_WORDS: Final = 200  # of one list: Keycloak names some thirty algorithms
WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMetadata:
    """The parts a relying party needs; an absent address is empty.

    `names_itself` says that authorization responses carry `iss` (RFC 9207); `requires_pushed` that requests must be pushed (RFC 9126).
    """

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str = ""
    pushed: str = ""
    names_itself: bool = False
    requires_pushed: bool = False


def discovery_address(issuer: str) -> str:
    """Return where an issuer's metadata are (Discovery 4.1)."""
    return issuer.rstrip("/") + WELL_KNOWN


def parse_metadata(octets: bytes, *, issuer: str, plain: bool) -> ProviderMetadata:
    """Return the metadata of `issuer`; `plain` lets addresses do without TLS, as the issuer's own may where it is on this machine.

    Raises:
        TrustError: IDP_UPSTREAM_ANSWER: ``json``, ``issuer`` (another one), ``endpoint`` (missing, not https, with a fragment or user
            name), ``flow`` (no authorization code), ``pkce`` (says that it takes no S256), ``metadata`` (a wrong type).
    """
    tree = json_object(octets, limit=MAX_METADATA)
    if tree.get("issuer") != issuer:
        raise refusal("the metadata are another issuer's", "issuer")
    if "code" not in _words(tree, "response_types_supported", ("code",)):
        raise refusal("the provider gives no authorization codes", "flow")
    if "S256" not in _words(tree, "code_challenge_methods_supported", ("S256",)):
        raise refusal("the provider takes no S256 (RFC 7636)", "pkce")
    return ProviderMetadata(
        issuer=issuer,
        authorization=_address(tree, "authorization_endpoint", plain=plain),
        token=_address(tree, "token_endpoint", plain=plain),
        keys=_address(tree, "jwks_uri", plain=plain),
        userinfo=_address(tree, "userinfo_endpoint", plain=plain, needed=False),
        pushed=_address(tree, "pushed_authorization_request_endpoint", plain=plain, needed=False),
        names_itself=_flag(tree, "authorization_response_iss_parameter_supported"),
        requires_pushed=_flag(tree, "require_pushed_authorization_requests"),
    )


def _address(tree: Mapping[str, JsonValue], name: str, *, plain: bool, needed: bool = True) -> str:
    value = tree.get(name, "")
    if value == "" and not needed:
        return ""
    if not isinstance(value, str) or not is_address(value, plain=plain):
        raise refusal(f"{name} is no address that is asked", "endpoint")
    return value


def is_address(text: str, *, plain: bool) -> bool:
    """Tell whether a text is an absolute https URL (or http with `plain`) without user name and fragment."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    whole = (
        0 < len(text) <= MAX_ADDRESS and text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    )
    schemes = {"https", "http"} if plain else {"https"}
    return (
        whole
        and parts.scheme in schemes
        and bool(parts.hostname)
        and port != 0
        and "@" not in parts.netloc
        and "#" not in text
    )


def _words(tree: Mapping[str, JsonValue], name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """Return a list of texts. What is absent is unsaid: OpenID providers before RFC 8414 did not have to tell."""
    value = tree.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, list) or len(value) > MAX_WORDS:
        raise refusal(f"{name} is no list", "metadata")
    return tuple(each for each in value if isinstance(each, str))


def _flag(tree: Mapping[str, JsonValue], name: str) -> bool:
    value = tree.get(name, False)
    if not isinstance(value, bool):
        raise refusal(f"{name} is true or false", "metadata")
    return value
