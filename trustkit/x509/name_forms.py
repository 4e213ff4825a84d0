"""Names in the form in which name constraints compare them (RFC 5280 4.2.1.10, 7.1, 7.2, 7.4, 7.5).

`read_constrained_name` takes a name of a certificate apart once. What cannot be read is `None` there, and a constraint on
its form then refuses the certificate: nothing is ever passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from trustkit.errors import TrustError
from trustkit.x509.general_name import DIRECTORY_NAME, DNS_NAME, IP_ADDRESS, RFC822_NAME, URI, GeneralName
from trustkit.x509.name import folded_name

MAX_HOST: Final = 254  # characters of a host name, the trailing dot included (RFC 1035 2.3.4)
ADDRESS_SIZES: Final = (4, 16)
FORM_NAMES: Final = (
    "otherName",
    "rfc822Name",
    "dNSName",
    "x400Address",
    "directoryName",
    "ediPartyName",
    "uniformResourceIdentifier",
    "iPAddress",
    "registeredID",
)
# RFC 3986 3.2: scheme, user information without a second "@", host, port; what follows begins with one of "/?#"
_AUTHORITY: Final = re.compile(
    rb"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@\[\]\\]*@)?(?P<host>[A-Za-z0-9._-]+)(?::[0-9]*)?(?:[/?#]|\Z)"
)
_LDH: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_*")


@dataclass(frozen=True, slots=True)
class HostName:
    """A host in lower case without a trailing dot, and for an e-mail address the local part before it, as written."""

    host: str
    local: str | None = None


Folded = tuple[tuple[tuple[str, str | bytes], ...], ...]


@dataclass(frozen=True, slots=True)
class ConstrainedName:
    """A name by its form; `value` is None when it cannot be read, or when its form is not interpreted."""

    form: int
    value: HostName | Folded | bytes | None


def read_constrained_name(name: GeneralName) -> ConstrainedName:
    """Return a name of a certificate for comparison; never raises."""
    match name.form:
        case f if f == DNS_NAME:
            return ConstrainedName(f, _dns(name.value))
        case f if f == RFC822_NAME:
            return ConstrainedName(f, read_mailbox(name.value))
        case f if f == URI:
            return ConstrainedName(f, _uri(name.value))
        case f if f == DIRECTORY_NAME:
            return ConstrainedName(f, _directory(name.value))
        case f if f == IP_ADDRESS:
            return ConstrainedName(f, name.value if len(name.value) in ADDRESS_SIZES else None)
        case f:
            return ConstrainedName(f, None)


def read_host(octets: bytes) -> str | None:
    """Return a host name in lower case without a trailing dot; None for what is no host name.

    Underscores and wildcards are let be: they stand in certificates in use.
    """
    if not octets or len(octets) > MAX_HOST or not octets.isascii():
        return None
    host = octets.decode("ascii").lower().removesuffix(".")
    return host if all(label and set(label) <= _LDH for label in host.split(".")) else None


def read_mailbox(octets: bytes) -> HostName | None:
    """Return local part and host of an e-mail address (RFC 5280 4.2.1.6: a Mailbox); None for anything else."""
    local, at, host = octets.rpartition(b"@")
    found = read_host(host)
    if not at or not local or found is None or not local.isascii() or len(local) > MAX_HOST or b"@" in local:
        return None
    return HostName(found, local.decode("ascii"))


def _dns(octets: bytes) -> HostName | None:
    host = read_host(octets)
    # A wildcard stands for one whole label, the leftmost; anywhere else nobody knows what it would match.
    if host is None or "*" in host.partition(".")[2] or ("*" in host and not host.startswith("*.")):
        return None
    return HostName(host)


def _uri(octets: bytes) -> HostName | None:
    """Return the host of a URI; None without one, or for an address: RFC 5280 4.2.1.10 has both refused."""
    found = _AUTHORITY.match(octets)
    host = None if found is None else read_host(found["host"])
    return None if host is None or host.replace(".", "").isdigit() else HostName(host)


def _directory(octets: bytes) -> Folded | None:
    try:
        return folded_name(octets)
    except TrustError:
        return None
