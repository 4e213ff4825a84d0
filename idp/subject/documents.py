"""Identity documents: that one was seen, so that nobody is two people here; the number itself is kept nowhere.

    documents = Documents(sealing=secrets)
    documents.record(uow, person, parse_document("citizen-id", "110…", today=now.date()), now=now, actor=operator)

A citizen number (GB 11643) is checked before it is digested, as a wrong one would be another person's for ever. Of other documents (passes
of Hong Kong, Macao and Taiwan residents, permanent residence cards, passports) the rules of the numbers are not verified: they are held to
a form only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from idp.evidence import AssuranceEvidence, EvidenceKind
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.encoding.holder_codes import parse_citizen_id
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import people
from trustkit.store import person_links as rows

if TYPE_CHECKING:
    from datetime import date, datetime

    from idp.sealing import Sealing
    from trustkit.identity import Principal
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

LADDER: Final = "local"  # what this home itself saw to is worth what policies/assurance/local.toml says
_SEEN: Final = "counter"
_PURPOSE: Final = "identity-document"
# Whoever has one of these may have another document as well, and another account by it; a new passport has another number.
_BESIDE: Final = frozenset({"passport", "return-permit"})
_NUMBER: Final = re.compile(r"[A-Z0-9]{5,20}", flags=re.ASCII)
_MAX_TYPED: Final = 64


@unique
class DocumentKind(StrEnum):
    """What somebody showed."""

    CITIZEN_ID = "citizen-id"  # 居民身份证
    RESIDENCE_CARD = "residence-card"  # 外国人永久居留身份证
    HONG_KONG_MACAO_PASS = "hong-kong-macao-pass"  # noqa: S105 - 港澳居民来往内地通行证
    TAIWAN_PASS = "taiwan-pass"  # noqa: S105 - 台湾居民来往大陆通行证
    RETURN_PERMIT = "return-permit"  # 回国证件
    PASSPORT = "passport"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document's number in the one form it is digested in."""

    kind: DocumentKind
    number: str = field(repr=False)


def parse_document(kind: str, typed: str, *, today: date) -> Document:
    """Return a document as somebody typed it: full-width letters, blanks around it and a small x are put right.

    Raises:
        TrustError: HOLDER_CODE naming the rule of GB 11643 that is broken; IDP_DOCUMENT for another kind or form. The number is never
            quoted.
    """
    if kind not in tuple(DocumentKind) or len(typed) > _MAX_TYPED:
        raise TrustError(
            IdentityCode.IDP_DOCUMENT, f"the kind is one of {', '.join(DocumentKind)}, the number a short one"
        )
    number = unicodedata.normalize("NFKC", typed).strip().upper()
    if kind == DocumentKind.CITIZEN_ID:
        number = parse_citizen_id(number, today=today).text
    elif _NUMBER.fullmatch(number) is None:
        raise TrustError(IdentityCode.IDP_DOCUMENT, "a document's number has 5 to 20 letters and digits")
    return Document(kind=DocumentKind(kind), number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Which documents of this home's people were seen."""

    sealing: Sealing

    def record(self, uow: UnitOfWork, person: str, document: Document, *, now: datetime, actor: Principal) -> None:
        """Keep that a person showed a document.

        Raises:
            TrustError: IDP_PERSON_MISSING; IDP_DOCUMENT_KNOWN when it was seen before, of him or of another account.
        """
        people.get(uow, person)
        if not rows.add_document(uow, self._mac(document), person=person, kind=document.kind.value, at=now):
            raise TrustError(IdentityCode.IDP_DOCUMENT_KNOWN, "the document was seen before")
        event = AuditEvent(
            type=EventType.DOCUMENT_SEEN,
            at=now,
            actor=actor,
            object_type="person",
            object_id=person,
            facts={"kind": document.kind.value},
        )
        trail.record(uow, event)

    def evidence(self, unit: ReadUnit, person: str) -> tuple[AssuranceEvidence, ...]:
        """Return what a document says of a person's real name: that somebody looked at it with him, at the latest time that was done."""
        seen = rows.documents_seen(unit, person)
        return tuple(
            AssuranceEvidence(kind=EvidenceKind.REAL_NAME, source=LADDER, ladder=LADDER, level=_SEEN, at=at)
            for _, at in seen[:1]
        )

    def find(self, unit: ReadUnit, document: Document) -> str | None:
        """Return who showed this document, None for nobody."""
        return rows.find_by_document(unit, self._mac(document))

    def _mac(self, document: Document) -> str:
        return self.sealing.mac(_PURPOSE, document.kind.value.encode(), document.number.encode()).hex()


def require_identified(unit: ReadUnit, person: str) -> tuple[str, ...]:
    """Return the kinds of documents a person showed that nobody has a second of, such as a citizen's identity card.

    Raise IDP_PERSON_UNIDENTIFIED when there is none, as where he showed a passport alone: he may have two accounts.
    """
    kinds = tuple(sorted({kind for kind, _ in rows.documents_seen(unit, person)} - _BESIDE))
    if not kinds:
        told = "no document of this person was seen, or none but such as are had beside others"
        raise TrustError(IdentityCode.IDP_PERSON_UNIDENTIFIED, told, person=person)
    return kinds
