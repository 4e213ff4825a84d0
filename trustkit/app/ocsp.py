"""Wiring of OCSP: what a home answers with, in processes with keys and without."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ca.ocsp_answers import LiveAnswers, PreparedAnswers
from ca.ocsp_publication import OcspPublisher
from ca.ocsp_responder import OcspAuthority, OcspResponder, Unissued
from trustkit.app.certificate_renewal import CertificateRenewal
from trustkit.app.keys import KeyName
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate

_ISSUING: Final = "issuing"  # the CA's name in the register; the root's few certificates are told by its list


def ocsp_authorities(home: OpenedHome) -> tuple[OcspAuthority, ...]:
    """Return the authorities answers are given for."""
    return (OcspAuthority(name=_ISSUING, certificate=home.certificate(KeyName.ISSUING)),)


def ocsp_responder(home: OpenedHome, keys: Keys) -> OcspResponder:
    """Return the responder of the issuing CA. Raise OWN_CERTIFICATE when it has no certificate that holds; KEY_*."""
    home.require_fit_to_sign(KeyName.OCSP)
    certificate = home.certificate(KeyName.OCSP)
    (authority,) = ocsp_authorities(home)
    return OcspResponder(
        authority=authority,
        certificate=certificate,
        signer=keys.signer(KeyName.OCSP, certificate),
        lifetime=timedelta(hours=home.settings.publication.ocsp_hours),
        unissued=Unissued(home.settings.publication.ocsp_unissued),
    )


def prepared_answers(home: OpenedHome) -> PreparedAnswers:
    """Return what a process without keys answers with."""
    return PreparedAnswers(home.database, home.clock, lambda: ocsp_authorities(home))


def live_answers(home: OpenedHome, keys: Keys) -> LiveAnswers:
    """Return what a process with keys answers with."""
    return LiveAnswers(home.database, home.clock, lambda: (ocsp_responder(home, keys),))


def ocsp_publisher(home: OpenedHome, keys: Keys) -> OcspPublisher | None:
    """Return what signs answers in advance; None while the responder has no certificate that holds (`doctor` says so)."""
    try:
        responder = ocsp_responder(home, keys)
    except TrustError as error:
        if error.code is ErrorCode.OWN_CERTIFICATE:
            return None
        raise
    return OcspPublisher(database=home.database, clock=home.clock, responder=responder)


def publish_answers(home: OpenedHome, keys: Keys, *, only_due: bool = False) -> int:
    """Sign the answers that are due, and return how many.

    With `only_due`, as in the renewal process, the responder's certificate is renewed first when its time has come.
    """
    if only_due:
        renew_responder(home, keys)
    publisher = ocsp_publisher(home, keys)
    return publisher.publish(home.operator) if publisher is not None else 0


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
