"""``trusted_proxies`` of a section: those before a service who tell a client's address in ``X-Forwarded-For``."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from trustkit.errors import ErrorCode, TrustError


def trusted_networks(section: str, told: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of proxies. Raise SETTINGS_MALFORMED for what is none, or everybody's."""
    try:
        found = tuple(ip_network(each) for each in told)
    except ValueError:
        found = ()
    if len(found) != len(told) or not all(each.prefixlen for each in found):
        wanted = f"[{section}] trusted_proxies are addresses or networks, such as 10.1.0.0/24"
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, wanted, key=f"{section}.trusted_proxies")
    return found
