"""Writing nameConstraints (RFC 5280 4.2.1.10): subtrees by kind and sense, always critical.

name_constraints((("permitted_dns", ("gov.example",)), ("excluded_ip", ("10.0.0.0/8",))))
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extensions import extension
from trustkit.x509.general_name import DNS_NAME, IP_ADDRESS, RFC822_NAME, URI, GeneralName
from trustkit.x509.general_name_build import dns_name, email_address, encode_general_name

if TYPE_CHECKING:
    from collections.abc import Iterable

_PERMITTED, _EXCLUDED = 0, 1
_SENSES: Final = {"permitted": _PERMITTED, "excluded": _EXCLUDED}


def name_constraints(subtrees: Iterable[tuple[str, tuple[str, ...]]]) -> bytes:
    """Return nameConstraints from pairs of ``permitted_KIND`` or ``excluded_KIND`` (dns, ip, email, uri) and values.

    An ``ip`` value is a network such as ``192.0.2.0/24``; a ``dns`` value stands for itself and everything below it; an
    ``email`` or ``uri`` value is a host, or everything below it with a leading dot, an ``email`` value also one mailbox.

    Raises:
        TrustError: USAGE for an unknown key or no subtree at all; NAME_MALFORMED for a value that is no name of its kind.
    """
    found: dict[int, list[bytes]] = {_PERMITTED: [], _EXCLUDED: []}
    for key, values in subtrees:
        sense, _, kind = key.partition("_")
        if sense not in _SENSES:
            raise TrustError(ErrorCode.USAGE, "a name constraint is permitted or excluded")
        found[_SENSES[sense]] += [w.sequence(encode_general_name(_base(kind, value))) for value in values]
    parts = [w.implicit(sense, w.sequence(*trees)) for sense, trees in found.items() if trees]
    if not parts:
        raise TrustError(ErrorCode.USAGE, "name constraints without a subtree (RFC 5280 4.2.1.10)")
    return extension(oids.NAME_CONSTRAINTS, w.sequence(*parts), critical=True)


def _base(kind: str, value: str) -> GeneralName:
    match kind:
        case "dns":
            return GeneralName(DNS_NAME, dns_name(value).value)
        case "ip":
            return GeneralName(IP_ADDRESS, _network(value))
        case "email" if "@" in value:
            return email_address(value)
        case "email":
            return GeneralName(RFC822_NAME, _host(value))
        case "uri":
            return GeneralName(URI, _host(value))
        case _:
            raise TrustError(ErrorCode.USAGE, "a kind of name that cannot be constrained here", kind=kind[:32])


def _host(value: str) -> bytes:
    dot = "." if value.startswith(".") else ""
    return dot.encode("ascii") + dns_name(value.removeprefix(".")).value


def _network(value: str) -> bytes:
    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise TrustError(ErrorCode.NAME_MALFORMED, "a network such as 192.0.2.0/24", form="ip") from error
    return network.network_address.packed + network.netmask.packed
