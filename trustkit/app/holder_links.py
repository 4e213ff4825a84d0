"""A person's identity document is seen: who he is here, and which licences in the register are his, in one transaction.

The identity service knows the document by a digest under its own secret, the register its holders by one under another key; neither can be made
of the other, so both are kept at the one moment the number is at hand. A document that was seen before the register's was kept is brought again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.subject.documents import DocumentKind
from trustkit.app.licence_holders import holder_index
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import person_holders

if TYPE_CHECKING:
    from idp.subject.documents import Document
    from trustkit.app.idp_home import IdentityHome


def record_document(home: IdentityHome, person: str, document: Document) -> None:
    """Keep that a person showed a document and, of a citizen's identity card, which licences are his.

    Raises:
        TrustError: as `Documents.record`, but for his own document of which the licences were not kept yet; HOLDER_KEY.
    """
    now, actor = home.clock.now(), home.operator
    is_citizen = document.kind is DocumentKind.CITIZEN_ID
    holder = holder_index(home.settings.home, make=True)(document.number) if is_citizen else None
    with home.database.unit_of_work() as uow:
        again = holder is not None and home.documents.find(uow, document) == person
        if not again or (holder is not None and person_holders.find(uow, holder) is not None):
            home.documents.record(uow, person, document, now=now, actor=actor)
        if holder is None:
            return
        if not person_holders.add(uow, holder, person=person, at=now):
            raise TrustError(IdentityCode.IDP_DOCUMENT_KNOWN, "the licences of this document are another account's")
        event = AuditEvent(
            type=EventType.HOLDER_LINKED, at=now, actor=actor, object_type="person", object_id=person, facts={}
        )
        trail.record(uow, event)
