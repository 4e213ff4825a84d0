"""Who people are elsewhere: keyed digests of what providers call them, and of documents that were seen.

person_links.add(uow, mac, person="np-…", provider="guangdong", at=now)      # False when somebody has it already
person_links.find(unit, mac)                                                # whose it is, or None
person_links.add_document(uow, mac, person="np-…", kind="citizen-id", at=now)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.subject_schema import person_documents as _documents
from trustkit.store.subject_schema import person_links as _links

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

PROVIDER_LIMIT = 64
_KIND_LIMIT = 32

_FIND = select(_links.c.person).where(_links.c.link_mac == bindparam("key"))
_OF_PERSON = (
    select(_links).where(_links.c.person == bindparam("person")).order_by(_links.c.created_at).limit(PAGE_LIMIT)
)
_REMOVE = delete(_links).where(_links.c.link_mac == bindparam("key"), _links.c.person == bindparam("person"))
_FIND_DOCUMENT = select(_documents.c.person).where(_documents.c.document_mac == bindparam("key"))
_DOCUMENTS = (
    select(_documents.c.kind, _documents.c.seen_at)
    .where(_documents.c.person == bindparam("person"))
    .order_by(_documents.c.seen_at.desc())
    .limit(PAGE_LIMIT)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """One link; `link_mac` names it to its owner as well, and says nothing of who he is there."""

    link_mac: str
    person: str
    provider: str
    created_at: datetime


def add(uow: UnitOfWork, mac: str, *, person: str, provider: str, at: datetime) -> bool:
    """Link a person; tell whether it was done: False when this identity is somebody's already."""
    values = {
        "link_mac": mac,
        "person": person,
        "provider": bounded_text("provider", provider, PROVIDER_LIMIT),
        "created_at": at,
    }
    return uow.act(insert_or_skip(uow.dialect, _links), values) > 0


def find(unit: ReadUnit, mac: str) -> str | None:
    """Return whose identity it is, None for nobody's."""
    found = unit.fetch_value(_FIND, {"key": mac})
    return found if isinstance(found, str) else None


def list_links(unit: ReadUnit, person: str) -> tuple[LinkRow, ...]:
    """List a person's links, oldest first."""
    return tuple(LinkRow(**row) for row in unit.fetch_all(_OF_PERSON, {"person": person}))


def remove(uow: UnitOfWork, mac: str, *, person: str) -> bool:
    """Take a link away; tell whether the person had it."""
    return uow.act(_REMOVE, {"key": mac, "person": person}) > 0


def add_document(uow: UnitOfWork, mac: str, *, person: str, kind: str, at: datetime) -> bool:
    """Keep that a person's document was seen; tell whether it is new: False when this document was seen before."""
    values = {
        "document_mac": mac,
        "person": person,
        "kind": bounded_text("kind", kind, _KIND_LIMIT),
        "seen_at": at,
    }
    return uow.act(insert_or_skip(uow.dialect, _documents), values) > 0


def find_by_document(unit: ReadUnit, mac: str) -> str | None:
    """Return whose document it is, None for nobody's."""
    found = unit.fetch_value(_FIND_DOCUMENT, {"key": mac})
    return found if isinstance(found, str) else None


def documents_seen(unit: ReadUnit, person: str) -> tuple[tuple[str, datetime], ...]:
    """Return which kinds of documents of a person were seen and when, the latest first."""
    return tuple((row["kind"], row["seen_at"]) for row in unit.fetch_all(_DOCUMENTS, {"person": person}))
