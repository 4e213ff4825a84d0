"""Wiring of the services that sign: the rooms meet here in values, never by importing each other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from esign.licence.issuance import LicenceService
from esign.licence.making import LicenceMaker
from esign.licence.status_publication import StatusPublisher
from trustkit.app.credential_issuing import publishers_of
from trustkit.app.electronic_seal import LICENCE, electronic_seal
from trustkit.app.home import POLICIES
from trustkit.app.keys import KeyName, Keys
from trustkit.app.licence_holders import holder_index
from trustkit.app.messages import MessageService
from trustkit.app.own_signers import document_signer
from trustkit.app.stamping import stamping_authority
from trustkit.app.verification import self_check
from trustkit.identity import Organisation

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.opened import OpenedHome
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate


def licence_service(authority: OpenedHome, keys: Keys) -> LicenceService:
    """Return the licence service of an authority, its keys opened when first used."""
    settings = authority.settings
    # of the issuing CA the current certificate too, whose key signs its lists: the seal's may be of an earlier key
    root, issuing = authority.certificate(KeyName.ROOT), authority.certificate(KeyName.ISSUING)
    seal = authority.certificate(KeyName.SEAL)
    stamping = stamping_authority(authority, keys)
    publications, above = authority.publications(), authority.authorities.above
    judged = (seal, *above(seal), stamping.certificate, *above(stamping.certificate))
    status = authority.certificate(KeyName.STATUS)  # whoever has a newer status list judges its signer by these lists
    return LicenceService(
        database=authority.database,
        clock=authority.clock,
        maker=LicenceMaker(
            types=settings.home / POLICIES / "licences",
            issuer=Organisation(uscc=settings.authority.uscc, name=settings.authority.name),
            base_url=settings.server.base_url,
            signer=document_signer(authority, keys, KeyName.SEAL, seal),
            certificate=seal,
            chain=(authority.authorities.issuer_of(seal),),
            evidence_certificates=(root.der, issuing.der, *(each.der for each in judged)),
            crls=lambda: publications.crls_about((*judged, status)),
            stamp=lambda value: stamping.stamp(value, authority.operator),
            today=authority.clock.now,
            electronic_seal=seal_finder(authority, seal),
        ),
        publisher=status_publisher(authority, keys),
        self_check=lambda document: self_check(authority, document),
        list_uri=authority.status_list_uri,
        list_capacity=settings.publication.status_list_entries,
        holder_of=lambda code: holder_index(settings.home, make=True)(code),  # noqa: PLW0108 - made when one is issued
        persons=settings.licences.persons,
    )


def seal_finder(authority: OpenedHome, certificate: Certificate) -> Callable[[str | None], bytes]:
    """Return what finds the electronic seal of a licence by its name, or for None the one its signer's certificate may use."""
    return lambda word: electronic_seal(authority, word, certificate, authority.clock.now(), kind=LICENCE)


def licence_signer(authority: OpenedHome, keys: Keys) -> tuple[Signer, Certificate]:
    """Return what signs licences, and its certificate. Raise as `document_signer`."""
    seal = authority.certificate(KeyName.SEAL)
    return document_signer(authority, keys, KeyName.SEAL, seal), seal


def status_publisher(authority: OpenedHome, keys: Keys) -> StatusPublisher:
    """Return what signs the status lists of documents, with a certificate of its own: the lists outlive the seal's."""
    certificate = authority.certificate(KeyName.STATUS)
    publication = authority.settings.publication
    return StatusPublisher(
        signer=document_signer(authority, keys, KeyName.STATUS, certificate),
        chain=(certificate, authority.authorities.issuer_of(certificate)),
        lifetime=timedelta(hours=publication.status_list_hours),
        ttl=timedelta(seconds=publication.status_list_ttl_seconds),
        of_suite=publishers_of(authority, keys),
    )


def message_service(authority: OpenedHome, keys: Keys) -> MessageService:
    """Return the service that signs messages with the seal certificate."""
    stamping = stamping_authority(authority, keys)
    seal = authority.certificate(KeyName.SEAL)
    return MessageService(
        database=authority.database,
        clock=authority.clock,
        signer=document_signer(authority, keys, KeyName.SEAL, seal),
        certificate=seal,
        chain=(authority.authorities.issuer_of(seal),),
        stamp=stamping.stamp,
    )
