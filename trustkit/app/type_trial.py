"""Whether a licence type can be read, and its page drawn with what templates share beside it: tried with its own sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.licence.data import MAX_DATA_SIZE, read_licence_data
from esign.licence.face import licence_face
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import StatusReference, build_metadata, issue_date
from esign.licence.types import LicenceType, load_catalogued_type
from esign.rendering.licence_page import render_licence
from trustkit.app.files import read_input
from trustkit.errors import TrustError
from trustkit.identity import Organisation
from trustkit.licence_codes import LicenceCode

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.opened import OpenedHome

_SAMPLE: Final = "sample.json"
_SERIAL: Final = "20260101000001"


def require_drawn(folder: Path, home: OpenedHome) -> None:
    """Return when the type in a folder is read, and where it is issued and has a sample, drawn. Raise TYPE_UNFIT, naming it."""
    try:
        kind = load_catalogued_type(folder)
        if isinstance(kind, LicenceType) and (folder / _SAMPLE).is_file():
            _draw(kind, read_input(folder / _SAMPLE, limit=MAX_DATA_SIZE), home)
    except TrustError as error:
        told = f"{error.code.value}: {error.detail}"
        raise TrustError(LicenceCode.TYPE_UNFIT, told, type=folder.name) from error


def _draw(kind: LicenceType, sample: bytes, home: OpenedHome) -> None:
    now, office = home.clock.now(), home.settings.authority
    issuer = Organisation(uscc=office.uscc, name=office.name)
    data = read_licence_data(kind, sample, today=issue_date(now))
    identifier = compose_identifier(type_code=kind.code, issuer=issuer.uscc, serial=_SERIAL, version=1)
    status = StatusReference(uri=home.status_list_uri(), index=0)
    metadata = build_metadata(kind, data, identifier=identifier, issuer=issuer, issued_at=now, status=status)
    render_licence(licence_face(kind, data, metadata, issued_at=now.replace(microsecond=0), qr_text=status.uri))
