"""The OCSP responders of a home's authorities: for each key of each authority, a key and a short-lived certificate.

An authority whose key was replaced has certificates of the old key out there, and their relying parties believe a responder
of that key alone (RFC 6960 4.2.2.2): it keeps one until the old certificate ends. That of the issuing CA's current key is one
of the home's keys (`trustkit.app.certificate_renewal`). A root has none: it tells of its few certificates by its list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.certificate_renewal import CertificateRenewal
from trustkit.app.keys import KeyName
from trustkit.app.own_certificates import issue_own_certificate
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import authorities

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta

    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate

_ISSUING: Final = "issuing"  # the CA's name in the register
_TITLE: Final = " 证书状态"


def responder_key(ca: str) -> str:
    """Return what a responder's keys are called, by its authority's name in the register."""
    return KeyName.OCSP.value if ca == _ISSUING else f"{KeyName.OCSP.value}-{ca}"


def responder_certificate(home: OpenedHome, ca: str, authority: Certificate) -> Certificate:
    """Return the certificate of the responder for one key of an authority that holds now. Raise OWN_CERTIFICATE when there is none."""
    if ca == _ISSUING and authority == home.authorities.find(ca):
        home.require_fit_to_sign(KeyName.OCSP)
        return home.certificate(KeyName.OCSP)
    found = home.authorities.responder(ca, under=authority)
    if found is None or found[0].revoked_at is not None or home.clock.now() > found[1].not_after:
        told = "its OCSP responder has no certificate that holds; `trustkit ca publish` makes the next"
        raise TrustError(ErrorCode.OWN_CERTIFICATE, told, part=responder_key(ca), state="missing")
    return found[1]


def renew_authority_responders(
    home: OpenedHome, keys: Keys, among: Collection[str] | None = None
) -> tuple[Certificate, ...]:
    """Give every authority below a root, or some of them, a responder's certificate where one is due. Raise as issuing.

    Not for the issuing CA's current key: `renew_responder`.
    """
    names = [name for name in _below_a_root(home) if among is None or name in among]
    return tuple(made for name in names for made in renew_authority_responder(home, keys, name))


def renew_authority_responder(home: OpenedHome, keys: Keys, ca: str) -> tuple[Certificate, ...]:
    """Make the next certificates of an authority's responders, each with a key of its own, where they are due.

    Due is the last third of its life, as is one that is missing or revoked. Nothing is made for a certificate of the authority
    that has ended, for a key its custodians keep, nor for an earlier key that was revoked or is no longer here. The issuing
    CA's current key is left to `renew_responder`.

    Raises:
        TrustError: KEY_*, PASSPHRASE_WRONG, CA_LINT and what issuing raises.
    """
    made: list[Certificate] = []
    for number, authority in enumerate(home.authorities.of_each_key(ca)):
        if number == 0 and ca == _ISSUING:
            continue
        if home.clock.now() >= authority.not_after or keys.ca_waits(ca, authority) or not _is_due(home, ca, authority):
            continue
        try:
            if number > 0:
                home.authorities.require_unrevoked(authority)
            made.append(_issue(home, keys, ca, authority))
        except TrustError as error:
            if number == 0 or error.code not in {ErrorCode.CA_ENDS_FIRST, ErrorCode.KEY_MISSING}:
                raise
    return tuple(made)


def renew_responder(home: OpenedHome, keys: Keys) -> Certificate | None:
    """Renew the certificate of the responder for the issuing CA's current key when it is due; None when it is not.

    It is short-lived so that nobody need ask about its own revocation, and therefore renewed without a person; where custodians
    share the issuing key it waits for them, and is told of by `waiting_responders`. Raise as `CertificateRenewal`.
    """
    issuing = home.authorities.certificate(_ISSUING)
    if keys.ca_waits(_ISSUING, issuing) or not _is_due(home, _ISSUING, issuing):
        return None
    renewal = CertificateRenewal(home=home)
    try:
        return renewal.renew(renewal.plan(KeyName.OCSP, shorten=True), keys)
    except TrustError as error:
        if error.code is ErrorCode.CA_ENDS_FIRST:  # the issuing CA itself has ended: nobody can answer for it any more
            return None
        raise


def waiting_responders(home: OpenedHome, keys: Keys) -> tuple[str, ...]:
    """Return the authorities whose responder needs its next certificate, and whose key waits for its custodians. Raise STORE_*."""
    current = ((name, home.authorities.find(name)) for name in _below_a_root(home))
    return tuple(
        name
        for name, authority in current
        if authority is not None
        and home.clock.now() < authority.not_after
        and keys.ca_waits(name, authority)
        and _is_due(home, name, authority)
    )


def last_third(certificate: Certificate) -> timedelta:
    """Return how long before its end the next one is due."""
    return (certificate.not_after - certificate.not_before) / 3


def _below_a_root(home: OpenedHome) -> list[str]:
    with home.database.reading() as unit:
        return [row.name for row in authorities.list_all(unit) if row.parent is not None]


def _is_due(home: OpenedHome, ca: str, authority: Certificate) -> bool:
    try:
        current = responder_certificate(home, ca, authority)
    except TrustError as error:
        if error.code is not ErrorCode.OWN_CERTIFICATE:
            raise
        return True
    return home.clock.now() >= current.not_after - last_third(current)


def _issue(home: OpenedHome, keys: Keys, ca: str, authority: Certificate) -> Certificate:
    title = (home.settings.authority.name if ca == _ISSUING else ca) + _TITLE
    return issue_own_certificate(home, keys, ca, authority, KeyName.OCSP, file=responder_key(ca), title=title)
