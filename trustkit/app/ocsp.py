"""Wiring of OCSP: what a home answers with, in processes with keys and without."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ca.ocsp_answers import LiveAnswers, PreparedAnswers
from ca.ocsp_publication import OcspPublisher
from ca.ocsp_responder import OcspAuthority, OcspResponder, Unissued
from trustkit.app.certificate_renewal import CertificateRenewal
from trustkit.app.keys import KeyName
from trustkit.app.ocsp_certificates import renew_authority_responders, responder_certificate, responder_key
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate

_ISSUING: Final = "issuing"  # the CA's name in the register; the root's few certificates are told by its list


def ocsp_authorities(home: OpenedHome) -> tuple[OcspAuthority, ...]:
    """Return the authorities answers are given for: those that have a responder."""
    return tuple(
        OcspAuthority(name=name, certificate=home.authorities.certificate(name))
        for name in home.publications().names()
        if name == _ISSUING or home.authorities.responder(name) is not None
    )


def ocsp_responder(home: OpenedHome, keys: Keys, authority: OcspAuthority) -> OcspResponder:
    """Return the responder of an authority. Raise OWN_CERTIFICATE when it has no certificate that holds; KEY_*."""
    certificate = responder_certificate(home, authority.name)
    return OcspResponder(
        authority=authority,
        certificate=certificate,
        signer=keys.signer(responder_key(authority.name), certificate),
        lifetime=timedelta(hours=home.settings.publication.ocsp_hours),
        unissued=Unissued(home.settings.publication.ocsp_unissued),
    )


def ocsp_responders(home: OpenedHome, keys: Keys) -> tuple[OcspResponder, ...]:
    """Return the responders that can sign; one that cannot takes no other's answers away. Raise as the first when none can."""
    found, failed = [], []
    for authority in ocsp_authorities(home):
        try:
            found.append(ocsp_responder(home, keys, authority))
        except TrustError as error:
            if error.code not in {ErrorCode.OWN_CERTIFICATE, ErrorCode.KEY_MISSING, ErrorCode.KEY_SHARED}:
                raise
            failed.append(error)
    if failed and not found:
        raise failed[0]
    return tuple(found)


def prepared_answers(home: OpenedHome) -> PreparedAnswers:
    """Return what a process without keys answers with."""
    return PreparedAnswers(home.database, home.clock, lambda: ocsp_authorities(home))


def live_answers(home: OpenedHome, keys: Keys) -> LiveAnswers:
    """Return what a process with keys answers with."""
    return LiveAnswers(home.database, home.clock, lambda: ocsp_responders(home, keys))


def ocsp_publisher(home: OpenedHome, keys: Keys, ca: str) -> OcspPublisher | None:
    """Return what signs an authority's answers in advance.

    None where it has no responder, and while that has no certificate that holds (`doctor` says so of the issuing CA's).
    """
    authority = next((each for each in ocsp_authorities(home) if each.name == ca), None)
    if authority is None:
        return None
    try:
        responder = ocsp_responder(home, keys, authority)
    except TrustError as error:
        if error.code is ErrorCode.OWN_CERTIFICATE:
            return None
        raise
    return OcspPublisher(database=home.database, clock=home.clock, responder=responder)


def publish_answers(home: OpenedHome, keys: Keys, *, only_due: bool = False) -> int:
    """Sign the answers that are due, of every authority with a responder, and return how many.

    A responder of an authority that `trustkit ca create` made gets its certificate first when its time has come; with
    `only_due`, as in the renewal process, the issuing CA's does, too.
    """
    if only_due:
        renew_responder(home, keys)
    renew_authority_responders(home, keys)
    publishers = (ocsp_publisher(home, keys, each.name) for each in ocsp_authorities(home))
    return sum(publisher.publish(home.operator) for publisher in publishers if publisher is not None)


def renew_responder(home: OpenedHome, keys: Keys) -> Certificate | None:
    """Renew the responder's certificate in the last third of its life, or when there is none that holds; None if not due.

    It is short-lived so that nobody need ask about its own revocation, and therefore renewed without a person. Raise as
    `CertificateRenewal`.
    """
    now = home.clock.now()
    try:
        home.require_fit_to_sign(KeyName.OCSP)
        current = home.certificate(KeyName.OCSP)
        if now < current.not_after - (current.not_after - current.not_before) / 3:
            return None
    except TrustError as error:
        if error.code is not ErrorCode.OWN_CERTIFICATE:
            raise
    renewal = CertificateRenewal(home=home)
    try:
        return renewal.renew(renewal.plan(KeyName.OCSP, shorten=True), keys)
    except TrustError as error:
        if error.code is ErrorCode.CA_ENDS_FIRST:  # the issuing CA itself has ended: nobody can answer for it any more
            return None
        raise
