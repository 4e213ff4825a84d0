"""Addresses that browsers are sent to and servers call: which may be registered, and which are the registered ones.

A redirect URI is compared as text, whole (RFC 9700 4.1.3): no prefix, no pattern, no normalisation that could be tricked. The one
exception is RFC 8252 7.3: a native application on this machine may listen on any port of the loopback address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlencode, urlsplit

from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_ADDRESS: Final = 1024
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
_PLAIN: Final = re.compile(r"[!#-;=?-\[\]_a-z~%]+")  # the characters of RFC 3986, without quotes, backslash and spaces
_PRIVATE_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")  # RFC 8252 7.1: a reversed domain name


def require_redirect_uri(text: str, *, native: bool) -> str:
    """Return an address that people may be sent back to; `native` allows what RFC 8252 7 gives applications on a device.

    Raises:
        TrustError: OP_REDIRECT_FORM.
    """
    parts = _split(text)
    if native and _PRIVATE_SCHEME.fullmatch(parts.scheme) and not parts.netloc:
        return text
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return text
    if parts.scheme != "https" or not parts.hostname:
        raise _form("https, or http to the loopback address")
    return text


def require_service_uri(text: str, *, loopback: bool = True) -> str:
    """Return an address of a server: https, or http on this machine. Raise OP_REDIRECT_FORM."""
    parts = _split(text)
    local = loopback and parts.scheme == "http" and parts.hostname in LOOPBACK
    if not local and (parts.scheme != "https" or not parts.hostname):
        raise _form("https, or http to the loopback address")
    return text


def require_resource(text: str) -> str:
    """Return a resource indicator: an absolute URI without a fragment (RFC 8707 2). Raise OP_REDIRECT_FORM."""
    parts = _split(text)
    if not parts.scheme or not (parts.netloc or parts.path):
        raise _form("an absolute URI")
    return text


def registered(asked: str, among: Iterable[str]) -> bool:
    """Tell whether an address is one of those registered."""
    return any(asked == each or _same_loopback(asked, each) for each in among)


def with_parameters(address: str, parameters: Mapping[str, str]) -> str:
    """Return an address with parameters added to its query (RFC 6749 4.1.2)."""
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode(parameters)}"


def _same_loopback(asked: str, known: str) -> bool:
    try:
        one, other = _split(asked), _split(known)
    except TrustError:
        return False
    if other.scheme != "http" or other.hostname not in LOOPBACK or other.port is not None:
        return False  # a registered port is meant
    origin = f"http://{other.netloc}"
    port = "" if one.port is None else f":{one.port}"
    return asked == f"{origin}{port}{known.removeprefix(origin)}"


def _split(text: str) -> SplitResult:
    if not 0 < len(text) <= MAX_ADDRESS or _PLAIN.fullmatch(text) is None:
        raise _form(f"at most {MAX_ADDRESS} characters of a URI")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise _form("not a URI") from error
    if "#" in text or "@" in parts.netloc:
        raise _form("no fragment and no user")
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if parts.netloc.lower() not in {host, f"{host}:{parts.port}"}:
        raise _form("a host and a port, and nothing about them")
    return parts


def _form(told: str) -> TrustError:
    return TrustError(IdentityCode.OP_REDIRECT_FORM, told)
