"""Whether a certificate is of a host, as RFC 9525 6.3 has it: by subjectAltName alone, a wildcard for one whole leftmost label.

covers_host(certificate, "id.example.cn")
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from trustkit.x509 import oids
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.general_name import DNS_NAME, IP_ADDRESS
from trustkit.x509.name_forms import read_host

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate


def covers_host(certificate: Certificate, host: str) -> bool:
    """Tell whether a certificate names a host, or an address as it is written in a URL. Raise DER_MALFORMED."""
    extension = certificate.extensions.get(oids.SUBJECT_ALT_NAME)
    if extension is None:
        return False
    names = read_alternative_names(extension.value)
    address = _address(host)
    if address is not None:
        return any(each.form == IP_ADDRESS and each.value == address for each in names)
    wanted = read_host(host.encode("ascii", "replace"))
    above = None if wanted is None else f"*.{wanted.partition('.')[2]}"
    found = {read_host(each.value) for each in names if each.form == DNS_NAME} - {None}
    return wanted in found or above in found


def _address(host: str) -> bytes | None:
    try:
        return ip_address(host).packed
    except ValueError:
        return None
