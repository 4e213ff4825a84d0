"""Credentials from the Authorization header, strictly: Bearer (RFC 6750 2.1) and Basic (RFC 7617)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.encoding.text64 import decode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_HEADER: Final = 1024


def read_credential(request: Request) -> tuple[str, str, str]:
    """Return (identifier, secret, means) of a request; means is ``bearer`` or ``basic``.

    A bearer token is ``IDENTIFIER.SECRET``; Basic has the identifier as user and the secret as password.

    Raises:
        TrustError: CA_CLIENT_REFUSED when there is no header, more than one, or it is none of the two.
    """
    values = request.headers.getlist("authorization")
    if len(values) != 1 or len(values[0]) > MAX_HEADER:
        raise TrustError(ErrorCode.CA_CLIENT_REFUSED, "one Authorization header is needed")
    scheme, _, rest = values[0].partition(" ")
    match scheme.lower():
        case "bearer":
            identifier, dot, secret = rest.strip().partition(".")
            if dot and identifier and secret:
                return identifier, secret, "bearer"
        case "basic":
            identifier, colon, secret = _basic(rest.strip()).partition(":")
            # As registered: ``IDENTIFIER.SECRET`` may be pasted as the password whole.
            secret = secret.removeprefix(f"{identifier}.")
            if colon and identifier and secret:
                return identifier, secret, "basic"
        case _:
            pass
    raise TrustError(ErrorCode.CA_CLIENT_REFUSED, "the Authorization header is Bearer or Basic")


def _basic(text: str) -> str:
    try:
        return decode_base64(text).decode("utf-8")
    except (TrustError, UnicodeDecodeError) as error:
        raise TrustError(ErrorCode.CA_CLIENT_REFUSED, "Basic credentials are base64 of UTF-8") from error
