"""An authorization request as a value: read and judged by its form and by what its client registered, before anybody is asked anything.

The order is that of RFC 6749 4.1.2.1: first the client and the address to return to, whose faults are told to the person alone
(`require_return`); then everything else, whose faults go back to the client (`read_authorization`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from idp.levels.acr import MAX_ACR_VALUES, parse_acr_values
from idp.op.addresses import registered
from idp.op.asked_scopes import asked_resources, asked_scopes
from idp.op.client_model import OFFLINE, OPENID, GrantType
from idp.op.parameters import malformed
from idp.op.words import CHALLENGE, MAX_STATE, THUMBPRINT, VISIBLE
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import TrustError
from trustkit.identity import AcrDemand, acr_demand
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.op.client_model import Client
    from idp.op.parameters import Parameters
    from trustkit.encoding.canonical_json import JsonValue

MAX_CLAIMS: Final = 4096
MOST_AGE: Final = 400 * 24 * 3600
MAX_HINT: Final = 16 * 1024
MAX_SUBJECT: Final = 255  # OpenID Connect Core 2
_PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
_MODES: Final = frozenset({"query"})
_UNTAKEN: Final = ("request", "registration")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a client asks of a person.

    Attributes:
        challenge: of PKCE, always S256 (RFC 7636 4.2).
        acr_values: names any of which is wanted; with `essential` one of them must be reached (OpenID Connect Core 5.5.1.1).
        max_age: how long ago the person may have signed in.
        proof_key: the thumbprint the code is bound to (RFC 9449 10), empty when it is not.
        expected: whom `id_token_hint` or the claim `sub` names, as the client calls him; empty for anybody.
    """

    client: str
    redirect_uri: str
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    state: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    challenge: str
    prompt: frozenset[str] = frozenset()
    max_age: timedelta | None = None
    acr_values: tuple[str, ...] = ()
    essential: bool = False
    proof_key: str = ""
    expected: str = field(default="", repr=False)
    language: str = ""

    @property
    def demands(self) -> tuple[AcrDemand, ...]:
        """What the client's `acr` names ask for; names we do not know ask for nothing."""
        return tuple(demand for demand in map(acr_demand, self.acr_values) if demand is not None)


def require_return(client: Client, parameters: Parameters) -> str:
    """Return where the browser goes back to. Raise OP_REDIRECT, which is told to the person and never by a redirect."""
    asked = parameters.get("redirect_uri")
    known = client.registration.redirect_uris
    if not asked or not registered(asked, known):
        raise TrustError(IdentityCode.OP_REDIRECT, "redirect_uri is not one of the client's")
    return asked


def require_return_still(client: Client, request: AuthorizationRequest) -> None:
    """Return when a client may still be answered where it asked to be. Raise OP_REDIRECT: an address may be taken away while a login goes on."""
    if not registered(request.redirect_uri, client.registration.redirect_uris):
        raise TrustError(IdentityCode.OP_REDIRECT, "redirect_uri is not one of the client's any more")


def read_authorization(client: Client, parameters: Parameters, redirect_uri: str) -> AuthorizationRequest:
    """Return the request.

    Raises:
        TrustError: OP_REQUEST_FORM, OP_RESPONSE_TYPE, OP_REQUEST_OBJECT, OP_CLIENT_MAY_NOT, OP_SCOPE, OP_TARGET.
    """
    if GrantType.CODE not in client.registration.grants:
        raise TrustError(IdentityCode.OP_CLIENT_MAY_NOT, "not registered for the code grant")
    for name in _UNTAKEN:
        if parameters.get(name):
            raise TrustError(IdentityCode.OP_REQUEST_OBJECT, f"{name} is not taken")
    if parameters.get("response_type") != "code":
        code = IdentityCode.OP_RESPONSE_TYPE if parameters.get("response_type") else IdentityCode.OP_REQUEST_FORM
        raise TrustError(code, "response_type is code")
    if parameters.get("response_mode") not in {"", *_MODES}:
        raise malformed("response_mode is query")
    if parameters.get("code_challenge_method") != "S256":
        raise malformed("code_challenge_method is S256")
    if CHALLENGE.fullmatch(parameters.get("code_challenge")) is None:
        raise malformed("code_challenge is the base64url of a SHA-256 digest")
    scopes = asked_scopes(client, parameters)
    claims = _asked_claims(parameters.bounded("claims", MAX_CLAIMS))
    wanted, essential = _acr(parameters, claims)
    proof_key = parameters.get("dpop_jkt")
    if proof_key and THUMBPRINT.fullmatch(proof_key) is None:
        raise malformed("dpop_jkt is a thumbprint")
    prompt = _prompt(parameters)
    if OFFLINE in scopes and client.registration.asks_consent and "none" not in prompt:
        prompt |= {"consent"}  # OpenID Connect Core 11: access without the person is asked for each time
    return AuthorizationRequest(
        client=client.identifier,
        redirect_uri=redirect_uri,
        scopes=scopes,
        resources=asked_resources(client, parameters),
        state=_visible(parameters, "state"),
        nonce=_visible(parameters, "nonce"),
        challenge=parameters.get("code_challenge"),
        prompt=prompt,
        max_age=asked_age(parameters),
        acr_values=wanted,
        essential=essential,
        proof_key=proof_key,
        expected=_asked_subject(claims),
        language=_language(parameters.bounded("ui_locales", 256)),
    )


def bound_to_proof(request: AuthorizationRequest, thumbprint: str) -> AuthorizationRequest:
    """Return the request with its code bound to the key of a proof that came with the push (RFC 9449 10.1).

    Raises:
        TrustError: OP_REQUEST_FORM when the request names another key.
    """
    if request.proof_key and request.proof_key != thumbprint:
        raise malformed("dpop_jkt is of another key than the proof")
    return replace(request, proof_key=thumbprint)


def request_text(request: AuthorizationRequest) -> str:
    """Return a request as canonical JSON, as it is kept. `kept_request` is the inverse."""
    members: dict[str, JsonValue] = {
        "client": request.client,
        "redirect_uri": request.redirect_uri,
        "scopes": [*request.scopes],
        "resources": [*request.resources],
        "state": request.state,
        "nonce": request.nonce,
        "challenge": request.challenge,
        "prompt": [*sorted(request.prompt)],
        "max_age": None if request.max_age is None else int(request.max_age.total_seconds()),
        "acr_values": [*request.acr_values],
        "essential": request.essential,
        "proof_key": request.proof_key,
        "expected": request.expected,
        "language": request.language,
    }
    return canonical_json(members).decode()


def kept_request(text: str) -> AuthorizationRequest:
    """Return a request that was kept. Raise OP_REQUEST_OVER for one that cannot be read: another version kept it."""
    value = parse_json(text.encode())
    if not isinstance(value, dict):
        raise TrustError(IdentityCode.OP_REQUEST_OVER, "a request that cannot be read")
    try:
        age = value["max_age"]
        return AuthorizationRequest(
            client=str(value["client"]),
            redirect_uri=str(value["redirect_uri"]),
            scopes=_list(value["scopes"]),
            resources=_list(value["resources"]),
            state=str(value["state"]),
            nonce=str(value["nonce"]),
            challenge=str(value["challenge"]),
            acr_values=_list(value["acr_values"]),
            proof_key=str(value["proof_key"]),
            expected=str(value["expected"]),
            language=str(value["language"]),
            prompt=frozenset(_list(value["prompt"])),
            max_age=timedelta(seconds=age) if isinstance(age, int) else None,
            essential=value["essential"] is True,
        )
    except KeyError as error:
        raise TrustError(IdentityCode.OP_REQUEST_OVER, "a request that cannot be read") from error


def _list(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _visible(parameters: Parameters, name: str) -> str:
    value = parameters.bounded(name, MAX_STATE)
    if VISIBLE.fullmatch(value) is None:
        raise malformed(f"{name} is of visible ASCII characters")
    return value


def _prompt(parameters: Parameters) -> frozenset[str]:
    prompt = frozenset(parameters.bounded("prompt", 64).split())
    if prompt - _PROMPTS:
        raise malformed("prompt is of none, login, consent, select_account")
    if "none" in prompt and len(prompt) > 1:
        raise malformed("prompt=none stands alone")  # OpenID Connect Core 3.1.2.1
    return prompt


def asked_hint(parameters: Parameters) -> str:
    """Return the ID token that says who is expected (`id_token_hint`), unverified; empty for none. Raise OP_REQUEST_FORM."""
    return parameters.bounded("id_token_hint", MAX_HINT) if OPENID in parameters.get("scope").split() else ""


def asked_age(parameters: Parameters) -> timedelta | None:
    """Return how long ago the person may have signed in (`max_age`), None for any time. Raise OP_REQUEST_FORM."""
    text = parameters.bounded("max_age", 12)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise malformed("max_age is a number of seconds")
    return timedelta(seconds=min(int(text), MOST_AGE))


def _acr(parameters: Parameters, claims: Mapping[str, JsonValue]) -> tuple[tuple[str, ...], bool]:
    """Return the names of levels that are wanted, and whether one of them is essential."""
    values = parameters.bounded("acr_values", MAX_ACR_VALUES)
    parse_acr_values(values)
    essential = _essential_acr(claims)
    return (essential, True) if essential else (tuple(dict.fromkeys(values.split())), False)


def _asked_claims(text: str) -> Mapping[str, JsonValue]:
    """Return what the `claims` parameter asks of the ID token (OpenID Connect Core 5.5); what else it asks for is left aside."""
    if not text:
        return {}
    try:
        claims = parse_json(text.encode(), max_size=4 * MAX_CLAIMS, max_depth=8)
    except TrustError as error:
        raise malformed("claims is a JSON object") from error
    member = claims.get("id_token") if isinstance(claims, dict) else ""
    if not isinstance(member, dict | None):
        raise malformed("claims is a JSON object, and id_token in it")
    return member or {}


def _essential_acr(claims: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """Return the values one of which `acr` must have, none where it is not insisted on."""
    acr = claims.get("acr")
    if not isinstance(acr, dict) or acr.get("essential") is not True:
        return ()
    names = _values(acr)
    parse_acr_values(" ".join(names))
    return names


def _asked_subject(claims: Mapping[str, JsonValue]) -> str:
    """Return whom alone an answer may be of (Core 3.1.2.2 and 5.5.1), empty for anybody; of several only one can be meant."""
    sub = claims.get("sub")
    names = _values(sub) if isinstance(sub, dict) else ()
    if len(names) > 1 or any(not 0 < len(each) <= MAX_SUBJECT for each in names):
        raise malformed("sub is asked for as one name")
    return names[0] if names else ""


def _values(asked: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """Return the values a claim is asked for with. Whatever is no text would else be insisted on by nobody."""
    value = asked.get("values", [asked["value"]] if "value" in asked else [])
    names = tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else None
    if names is None or not isinstance(value, list) or len(names) != len(value):
        raise malformed("the value of a claim is a text, its values are texts")
    return names


def _language(text: str) -> str:
    """Return the first language of ours that is asked for, empty for none (OpenID Connect Core 3.1.2.1)."""
    for tag in text.split():
        if (primary := tag.partition("-")[0].lower()) in {"zh", "en"}:
            return primary
    return ""
