"""Which unit a certificate is for: the issuer's code a licence's identifier names, and the organisation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.errors import TrustError
from trustkit.x509 import oids
from trustkit.x509.name import parse_name

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

_REMEMBERED: Final = 256  # subjects and codes: one issuer signs thousands of licences
_CODE_ATTRIBUTES: Final = frozenset({"2.5.4.11", "2.5.4.97"})  # organizationalUnitName, organizationIdentifier


def names_issuer(signer: Certificate, issuer: str) -> bool:
    """Tell whether the subject holds the issuer's code: as OU or organizationIdentifier, or before the name in O.

    The last is the profile seen of the national seal platform: O is the code followed by the unit's name.
    """
    return _names(signer.subject_der, issuer)


@lru_cache(maxsize=_REMEMBERED)
def _names(subject: bytes, issuer: str) -> bool:
    try:
        attributes = [attribute for rdn in parse_name(subject) for attribute in rdn]
    except TrustError:
        return False
    return any(
        (each.oid in _CODE_ATTRIBUTES and each.text == issuer)
        or (each.oid == oids.ORGANISATION and each.text.startswith(issuer))
        for each in attributes
    )


def organisations(certificate: Certificate) -> tuple[str, ...]:
    """Return every organizationName of the subject, none when the subject cannot be read."""
    try:
        return tuple(
            each.text for rdn in parse_name(certificate.subject_der) for each in rdn if each.oid == oids.ORGANISATION
        )
    except TrustError:
        return ()
