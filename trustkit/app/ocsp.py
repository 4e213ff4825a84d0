"""Wiring of OCSP: what a home answers with, in processes with keys and without."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ca.ocsp_answers import LiveAnswers, PreparedAnswers
from ca.ocsp_publication import OcspPublisher
from ca.ocsp_responder import OcspAuthority, OcspResponder, Unissued
from trustkit.app.ocsp_certificates import (
    renew_authority_responders,
    renew_responder,
    responder_certificate,
    responder_key,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome

_ISSUING: Final = "issuing"  # the CA's name in the register; the root's few certificates are told by its list


def ocsp_authorities(home: OpenedHome) -> tuple[OcspAuthority, ...]:
    """Return the authorities answers are given for: those that have a responder, once for each key that has one."""
    return tuple(
        OcspAuthority(name=name, certificate=certificate, alone=len(known) == 1)
        for name in home.publications().names()
        for known in (home.authorities.of_each_key(name),)
        for certificate in known
        if (name == _ISSUING and certificate is known[0])
        or home.authorities.responder(name, under=certificate) is not None
    )


def ocsp_responder(home: OpenedHome, keys: Keys, authority: OcspAuthority) -> OcspResponder:
    """Return the responder for one key of an authority. Raise OWN_CERTIFICATE when it has no certificate that holds; KEY_*."""
    certificate = responder_certificate(home, authority.name, authority.certificate)
    return OcspResponder(
        authority=authority,
        certificate=certificate,
        signer=keys.signer(responder_key(authority.name), certificate),
        lifetime=timedelta(hours=home.settings.publication.ocsp_hours),
        unissued=Unissued(home.settings.publication.ocsp_unissued),
    )


def ocsp_responders(home: OpenedHome, keys: Keys) -> tuple[OcspResponder, ...]:
    """Return the responders that can sign; one that cannot takes no other's answers away. Raise as the first when none can."""
    found, failed = _able(home, keys, ocsp_authorities(home))
    if failed and not found:
        raise failed[0]
    return found


def _able(
    home: OpenedHome, keys: Keys, named: Iterable[OcspAuthority]
) -> tuple[tuple[OcspResponder, ...], tuple[TrustError, ...]]:
    found, failed = [], []
    for authority in named:
        try:
            found.append(ocsp_responder(home, keys, authority))
        except TrustError as error:
            if error.code not in {ErrorCode.OWN_CERTIFICATE, ErrorCode.KEY_MISSING, ErrorCode.KEY_SHARED}:
                raise
            failed.append(error)
    return tuple(found), tuple(failed)


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
    found, failed = _able(home, keys, (each for each in ocsp_authorities(home) if each.name == ca))
    if not found:
        lost = next((error for error in failed if error.code is not ErrorCode.OWN_CERTIFICATE), None)
        if lost is not None:
            raise lost
        return None
    return OcspPublisher(database=home.database, clock=home.clock, responders=found)


def publish_answers(
    home: OpenedHome, keys: Keys, *, only_due: bool = False, among: Collection[str] | None = None
) -> int:
    """Sign the answers that are due, of every authority with a responder or of some, and return how many.

    A responder of an authority that `trustkit ca create` made gets its certificate first when its time has come; with
    `only_due`, as in the renewal process, the issuing CA's does, too.
    """
    if only_due and (among is None or _ISSUING in among):
        renew_responder(home, keys)
    renew_authority_responders(home, keys, among)
    names = dict.fromkeys(each.name for each in ocsp_authorities(home))
    publishers = (ocsp_publisher(home, keys, name) for name in names if among is None or name in among)
    return sum(publisher.publish(home.operator) for publisher in publishers if publisher is not None)
