"""Each alternative name has the syntax of its form: hosts, addresses of 4 or 16 octets, mailboxes, absolute URIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.x509.general_name import DNS_NAME, IP_ADDRESS, RFC822_NAME, URI
from trustkit.x509.general_name_build import dns_name, email_address, uri

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_MAKERS: Final = {DNS_NAME: dns_name, RFC822_NAME: email_address, URI: uri}
_ADDRESS_OCTETS: Final = frozenset({4, 16})


def _holds(subject: LintSubject) -> bool:
    for name in subject.alternative_names:
        if name.form in _MAKERS and _MAKERS[name.form](name.text) != name:
            return False
        if name.form == IP_ADDRESS and len(name.value) not in _ADDRESS_OCTETS:
            return False
    return True


LINT = Lint(id="alternative-name-syntax", clause="RFC 5280 4.2.1.6", holds=_holds)
