"""What a browser sends of a passkey, from JSON (WebAuthn 5.1, RegistrationResponseJSON and AuthenticationResponseJSON).

    registration = parse_registration(body)
    assertion = parse_assertion(body)

Sizes are bounded before anything is decoded, and CBOR by its octets and its depth. Members nobody asks for are left aside. The library
is loaded with the first passkey that is shown.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from idp.factors.passkey_model import ClientData, UnverifiedAssertion, UnverifiedRegistration
from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fido2.webauthn import AttestationObject, AuthenticatorData

    from trustkit.encoding.canonical_json import JsonValue

MAX_RESPONSE: Final = 64 * 1024  # octets; attestations with certificates take some ten
MAX_CREDENTIAL: Final = 1023  # octets, WebAuthn 5.1
MAX_CLIENT_DATA: Final = 4096
MAX_ATTESTATION: Final = 32 * 1024
MAX_AUTHENTICATOR_DATA: Final = 4096
MAX_SIGNATURE: Final = 1024  # octets of RSA with 8192 bits
MAX_USER: Final = 64  # octets, WebAuthn 5.4.3
_MAX_ORIGIN: Final = 512
_MAX_CHALLENGE: Final = 256  # ours have 43; the examples of the specification up to 171
_MOST_TRANSPORTS: Final = 8
_TRANSPORT: Final = re.compile(r"[a-z][a-z-]{0,14}", re.ASCII)


def parse_registration(body: bytes) -> UnverifiedRegistration:
    """Return a new credential as the browser sent it. Raise FACTOR_PASSKEY_MALFORMED."""
    members, response = _outer(body)
    found = response.get("transports", [])
    words = found if isinstance(found, list) else []
    return UnverifiedRegistration(
        credential=_credential(members),
        client=_client_data(response),
        attestation=read_attestation(_octets(response, "attestationObject", MAX_ATTESTATION)),
        transports=tuple(
            word for word in words[:_MOST_TRANSPORTS] if isinstance(word, str) and _TRANSPORT.fullmatch(word)
        ),
    )


def parse_assertion(body: bytes) -> UnverifiedAssertion:
    """Return the use of a credential as the browser sent it. Raise FACTOR_PASSKEY_MALFORMED."""
    members, response = _outer(body)
    user = None if response.get("userHandle") in {None, ""} else _octets(response, "userHandle", MAX_USER)
    return UnverifiedAssertion(
        credential=_credential(members),
        client=_client_data(response),
        authenticator=read_authenticator_data(_octets(response, "authenticatorData", MAX_AUTHENTICATOR_DATA)),
        signature=_octets(response, "signature", MAX_SIGNATURE),
        user=user,
    )


def read_attestation(octets: bytes) -> AttestationObject:
    """Return an attestation object (WebAuthn 6.5.4) from CBOR. Raise FACTOR_PASSKEY_MALFORMED."""
    from fido2.webauthn import AttestationObject  # noqa: PLC0415 - see above

    try:
        found = AttestationObject(octets)
        words: tuple[object, object] = (found.fmt, found.att_stmt)
    except Exception as error:  # the library's decoder raises whatever its steps do
        raise _malformed("attestationObject is no attestation object") from error
    if not (isinstance(words[0], str) and isinstance(words[1], dict)):
        raise _malformed("attestationObject has members of other types")
    return found


def read_authenticator_data(octets: bytes) -> AuthenticatorData:
    """Return authenticator data (WebAuthn 6.1). Raise FACTOR_PASSKEY_MALFORMED."""
    from fido2.webauthn import AuthenticatorData  # noqa: PLC0415 - see above

    try:
        return AuthenticatorData(octets)
    except Exception as error:  # as above
        raise _malformed("authenticatorData is no authenticator data") from error


def _outer(body: bytes) -> tuple[Mapping[str, JsonValue], Mapping[str, JsonValue]]:
    members = _object(body, MAX_RESPONSE)
    response = members.get("response")
    if members.get("type") != "public-key" or not isinstance(response, dict):
        raise _malformed("not the JSON of a public-key credential")
    return members, response


def _credential(members: Mapping[str, JsonValue]) -> bytes:
    raw = _octets(members, "rawId", MAX_CREDENTIAL)
    if members.get("id") != members["rawId"]:
        raise _malformed("id and rawId differ")
    return raw


def _client_data(response: Mapping[str, JsonValue]) -> ClientData:
    octets = _octets(response, "clientDataJSON", MAX_CLIENT_DATA)
    members = _object(octets, MAX_CLIENT_DATA)
    crossed, top = members.get("crossOrigin", False), members.get("topOrigin")
    if not isinstance(crossed, bool) or not (top is None or isinstance(top, str)):
        raise _malformed("crossOrigin or topOrigin is of another type")
    return ClientData(
        type=_text(members, "type", _MAX_CHALLENGE),
        challenge=_text(members, "challenge", _MAX_CHALLENGE),
        origin=_text(members, "origin", _MAX_ORIGIN),
        cross_origin=crossed,
        top_origin=None if top is None else _text(members, "topOrigin", _MAX_ORIGIN),
        digest=hashlib.sha256(octets).digest(),
    )


def _object(octets: bytes, limit: int) -> dict[str, JsonValue]:
    try:
        value = parse_json(octets, max_size=limit, any_number=True)
    except TrustError as error:
        raise _malformed("not JSON") from error
    if not isinstance(value, dict):
        raise _malformed("not a JSON object")
    return value


def _text(members: Mapping[str, JsonValue], name: str, limit: int) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= limit:
        raise _malformed(f"{name} is missing, too long, or no text")
    return value


def _octets(members: Mapping[str, JsonValue], name: str, limit: int) -> bytes:
    try:
        return decode_base64url(_text(members, name, 4 * limit // 3 + 4))
    except TrustError as error:
        raise _malformed(f"{name} is no base64url text of its size") from error


def _malformed(detail: str) -> TrustError:
    return TrustError(IdentityCode.FACTOR_PASSKEY_MALFORMED, detail)
