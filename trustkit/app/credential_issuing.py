"""Wiring of the services that issue credentials and end them: what was sealed comes in, what wallets hold goes out."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Final

from esign.credential.changes import CredentialChanges
from esign.credential.issuance import CredentialService, LicenceRecord
from esign.credential.suites import CredentialSuite
from esign.credential.type_metadata import parse_type_metadata
from esign.licence.types import find_licence_type
from trustkit.app.credential_keys import credential_issuer, credential_publisher
from trustkit.app.credential_types import HomeTypes
from trustkit.app.sealed_record import sealed_record
from trustkit.app.verification import self_check
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.licence.status_publication import StatusPublisher
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.store.licences import LicenceRow

STATUS_PATH: Final = "/v1/credential-status"


def credential_service(home: OpenedHome, keys: Keys) -> CredentialService:
    """Return the service that issues credentials, its keys opened when first used."""
    base = home.settings.server.base_url
    return CredentialService(
        database=home.database,
        clock=home.clock,
        issuer=base,
        issuers=lambda suite: credential_issuer(home, keys, suite),
        publishers=publishers_of(home, keys),
        record=lambda row: licence_record(home, row),
        self_check=lambda text: self_check(home, text),
        list_uri=lambda suite, number: f"{base}{STATUS_PATH}/{suite}/{number}",
        list_capacity=home.settings.publication.status_list_entries,
        entropy=secrets.token_bytes,
    )


def credential_changes(home: OpenedHome, keys: Keys) -> CredentialChanges:
    """Return what suspends, resumes and revokes credentials alone."""
    return CredentialChanges(database=home.database, clock=home.clock, publishers=publishers_of(home, keys))


def publishers_of(home: OpenedHome, keys: Keys) -> Callable[[str], StatusPublisher]:
    """Return what gives the publisher of a suite by its name, each made once."""
    return cache(lambda suite: credential_publisher(home, keys, CredentialSuite(suite)))


def licence_record(home: OpenedHome, row: LicenceRow) -> LicenceRecord:
    """Return what the sealed document of a licence says, and the type its credentials are of.

    Raises:
        TrustError: as `sealed_record`; LICENCE_TYPE when its type is not there any more; LICENCE_POLICY.
    """
    types = HomeTypes.of(home.settings)
    kind = find_licence_type(types.folder, row.type_code)
    octets = None if kind is None else types.document(kind.name)
    if octets is None:
        raise TrustError(ErrorCode.LICENCE_TYPE, "the type of the licence is not among the policies any more")
    return LicenceRecord(metadata=sealed_record(home, row), type=parse_type_metadata(octets))
