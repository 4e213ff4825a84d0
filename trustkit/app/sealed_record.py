"""What the sealed document of a licence says: the issuer's own words, from which codes and credentials are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.capsule.model import IDENTIFIER
from esign.licence.issuance import document
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from verifier.judgement.licence_carrier import MAX_METADATA, carried_licence
from verifier.opening import Unread, open_submission
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.app.opened import OpenedHome
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.licences import LicenceRow


def sealed_record(home: OpenedHome, row: LicenceRow) -> dict[str, JsonValue]:
    """Return the metadata of a licence's first document, once it is found to be the one that was issued.

    Raises:
        TrustError: LICENCE_SELF_CHECK when the document is not the one the register has the digest of, or carries no record of this
            licence; LICENCE_MISSING.
    """
    with home.database.reading() as unit:
        sealed = document(unit, row.identifier)
    opened = open_submission(Submission(name="licence", data=sealed.octets))
    carried = None if isinstance(opened, Unread) else carried_licence(opened.document).metadata
    metadata = None if carried is None else parse_json(carried, max_size=MAX_METADATA)
    if sealed.sm3 != row.document_sm3 or not isinstance(metadata, dict) or metadata.get(IDENTIFIER) != row.identifier:
        raise TrustError(ErrorCode.LICENCE_SELF_CHECK, "the document that is kept is not that of the licence")
    return metadata
