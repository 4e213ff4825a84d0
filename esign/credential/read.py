"""SD-JWT from text, strictly and under limits (RFC 9901 4): no JSON serialization, one way to write each octet.

unverified = parse_sd_jwt(text)
unverified.jws.type, unverified.disclosures, unverified.binding
"""

from __future__ import annotations

from typing import Final

from esign.credential.model import (
    MAX_DEPTH,
    MAX_DISCLOSURE,
    MAX_DISCLOSURES,
    MAX_SD_JWT,
    RESERVED,
    SEPARATOR,
    Disclosure,
    UnverifiedSdJwt,
)
from trustkit.credential_codes import CredentialCode
from trustkit.encoding.canonical_json import NumberText, parse_json
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.read import parse_jws

MAX_HEADER: Final = 16 * 1024  # a chain of four certificates in x5c takes five thousand
MAX_BINDING: Final = 16 * 1024
MAX_SALT: Final = 256  # characters; RFC 9901 9.3 wants 128 bits, which take 22
MAX_NAME: Final = 256
_MEMBER, _ELEMENT = 3, 2


def parse_sd_jwt(text: str | bytes) -> UnverifiedSdJwt:
    """Return the parts of an SD-JWT, with or without key binding. White space is not accepted.

    Raises:
        TrustError: INPUT_TOO_LARGE (256 KiB); SD_JWT_MALFORMED (no tilde, too many disclosures, not ASCII);
            DISCLOSURE_MALFORMED, DISCLOSURE_RESERVED, DISCLOSURE_DUPLICATE; what `parse_jws` raises.
    """
    if len(text) > MAX_SD_JWT:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "SD-JWT", octets=len(text), limit=MAX_SD_JWT)
    try:
        found = text if isinstance(text, str) else text.decode("ascii")
        found.encode("ascii")
    except UnicodeError as error:
        raise TrustError(CredentialCode.SD_JWT_MALFORMED, "not ASCII") from error
    token, *parts = found.split(SEPARATOR, MAX_DISCLOSURES + 2)
    if not parts:
        raise TrustError(CredentialCode.SD_JWT_MALFORMED, "no tilde: a JWT is no SD-JWT")
    if len(parts) > MAX_DISCLOSURES + 1:
        raise TrustError(CredentialCode.SD_JWT_MALFORMED, "too many disclosures", limit=MAX_DISCLOSURES)
    *texts, binding = parts
    if len(set(texts)) != len(texts):
        raise TrustError(CredentialCode.DISCLOSURE_DUPLICATE, "a disclosure stands twice")
    return UnverifiedSdJwt(
        jws=parse_jws(token, max_size=MAX_SD_JWT, max_header=MAX_HEADER),
        disclosures=tuple(map(parse_disclosure, texts)),
        binding=parse_jws(binding, max_size=MAX_BINDING) if binding else None,
        presented=found[: len(found) - len(binding)],
    )


def parse_disclosure(text: str) -> Disclosure:
    """Return a disclosure (RFC 9901 4.2.1, 4.2.2): [salt, name, value] or, of an element of an array, [salt, value].

    Raises:
        TrustError: DISCLOSURE_MALFORMED; DISCLOSURE_RESERVED for a name that a digest stands under.
    """
    if len(text) > MAX_DISCLOSURE * 4 // 3 + 2:
        raise TrustError(CredentialCode.DISCLOSURE_MALFORMED, "too long", octets=len(text), limit=MAX_DISCLOSURE)
    try:
        value = parse_json(decode_base64url(text), max_size=MAX_DISCLOSURE, max_depth=MAX_DEPTH, any_number=True)
    except TrustError as error:
        raise TrustError(CredentialCode.DISCLOSURE_MALFORMED, f"{error.code.value}: {error.detail}") from error
    if not isinstance(value, list) or len(value) not in {_ELEMENT, _MEMBER}:
        raise TrustError(CredentialCode.DISCLOSURE_MALFORMED, "no array of two or three")
    _require_text(value[0], "salt", MAX_SALT)
    if len(value) == _ELEMENT:
        return Disclosure(text, None, value[1])
    name = _require_text(value[1], "name", MAX_NAME)
    if name in RESERVED:
        raise TrustError(CredentialCode.DISCLOSURE_RESERVED, "a claim is called as what digests stand under")
    return Disclosure(text, name, value[2])


def _require_text(value: object, what: str, limit: int) -> str:
    if not isinstance(value, str) or isinstance(value, NumberText) or not 0 < len(value) <= limit:
        raise TrustError(CredentialCode.DISCLOSURE_MALFORMED, f"the {what} is no text of 1 to {limit} characters")
    return value
