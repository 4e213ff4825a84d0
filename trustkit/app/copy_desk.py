"""Wiring of the services that record authorisations, make copies for a purpose and revoke them."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esign.copies.asking import AuthorisationRequests
from esign.copies.authorisation import CopyAuthorisations
from esign.copies.changes import CopyChanges
from esign.copies.issuance import CopyService
from esign.copies.making import CopyMaker
from esign.licence.types import find_licence_type
from trustkit.app.home import POLICIES
from trustkit.app.issuing import licence_service, status_publisher
from trustkit.app.licence_holders import holder_index
from trustkit.app.sealed_record import sealed_record
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.licence_copies import SUITE

if TYPE_CHECKING:
    from esign.licence.types import LicenceType
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome

STATUS_LISTS: Final = "/v1/copy-status-lists"


def copy_list_uri(home: OpenedHome, number: int) -> str:
    """Return the URI of a status list of copies."""
    return f"{home.settings.server.base_url}{STATUS_LISTS}/{number}"


def copy_authorisations(home: OpenedHome) -> CopyAuthorisations:
    """Return what records authorisations and ends them; it opens no key but that of the index of holders."""
    return CopyAuthorisations(
        database=home.database,
        clock=home.clock,
        holder_of=lambda code: holder_index(home.settings.home)(code),  # noqa: PLW0108 - read when one is recorded
        entropy=secrets.token_bytes,
    )


def authorisation_requests(home: OpenedHome) -> AuthorisationRequests:
    """Return what organisations ask holders by; it opens no key but that of the index of holders."""
    return AuthorisationRequests(
        database=home.database,
        clock=home.clock,
        holder_of=lambda code: holder_index(home.settings.home)(code),  # noqa: PLW0108 - read when one is asked
        entropy=secrets.token_bytes,
    )


def require_type(home: OpenedHome, code: str) -> LicenceType:
    """Return the licence type of a code. Raise LICENCE_TYPE when there is none here."""
    kind = find_licence_type(home.settings.home / POLICIES / "licences", code)
    if kind is None:
        raise TrustError(ErrorCode.LICENCE_TYPE, "no licence type here has this code")
    return kind


def copy_service(home: OpenedHome, keys: Keys) -> CopyService:
    """Return the service that makes copies, its keys opened when first used."""
    licences = licence_service(home, keys)
    return CopyService(
        database=home.database,
        clock=home.clock,
        maker=CopyMaker(licences=licences.maker),
        publisher=replace(licences.publisher, suite=SUITE),
        record=lambda row: sealed_record(home, row),
        self_check=licences.self_check,
        list_uri=lambda number: copy_list_uri(home, number),
        list_capacity=home.settings.publication.status_list_entries,
        entropy=secrets.token_bytes,
    )


def copy_changes(home: OpenedHome, keys: Keys) -> CopyChanges:
    """Return what revokes copies alone."""
    publisher = replace(status_publisher(home, keys), suite=SUITE)
    return CopyChanges(database=home.database, clock=home.clock, publisher=publisher)
