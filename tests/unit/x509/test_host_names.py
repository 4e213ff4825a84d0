"""A certificate is of the hosts its alternative names say, and of no other."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509

from trustkit.x509 import oids
from trustkit.x509.host_names import covers_host


@dataclass(frozen=True)
class Named:
    """As much of a certificate as is looked at."""

    extensions: dict[str, Any]


HOSTS = tuple(map(x509.DNSName, ("id.example.cn", "*.gov.example.cn")))
ADDRESSES = tuple(x509.IPAddress(ip_address(each)) for each in ("192.0.2.7", "2001:db8::1"))
VALUE = x509.SubjectAlternativeName((*HOSTS, *ADDRESSES)).public_bytes()
SITE: Any = Named({oids.SUBJECT_ALT_NAME: SimpleNamespace(value=VALUE)})


@pytest.mark.parametrize(
    "host", ["id.example.cn", "ID.example.cn", "id.example.cn.", "a.gov.example.cn", "192.0.2.7", "2001:db8::1"]
)
def test_of(host: str) -> None:
    assert covers_host(SITE, host)


@pytest.mark.parametrize(
    "host",
    ["", "example.cn", "x.id.example.cn", "gov.example.cn", "a.b.gov.example.cn", "192.0.2.8", "*", "身份.example.cn"],
)
def test_not_of(host: str) -> None:
    assert not covers_host(SITE, host)


def test_who_has_no_alternative_names_is_of_no_host() -> None:
    assert not covers_host(Named({}), "id.example.cn")  # type: ignore[arg-type]
