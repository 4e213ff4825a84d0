"""What a service says of its licences and their types, typed; members a newer service adds stand in `raw`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass

from trustkit_client.reading import (
    Object,
    flag_in,
    object_of,
    objects_in,
    optional_text_in,
    optional_time_in,
    text_in,
    texts_in,
    time_in,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceStatus:
    """Where one licence stands: `status` is what its status list speaks of, `standing` tells more apart and knows the clock.

    It is a word about the licence, not about a copy of it: whether a file is the licence, `Client.verify` says.
    """

    identifier: str
    status: str
    standing: str
    as_of: datetime
    issued_at: datetime | None
    effective_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    supersedes: str | None
    superseded_by: str | None
    raw: Object = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceType:
    """A type of licence: `code` is the 证照类型代码 (GB/T 36904), `issued` whether the service's home issues it.

    `raw` has fields, holders, validity and legal basis where one type was asked for; the list has what stands here.
    """

    name: str
    code: str
    title_zh: str
    title_en: str
    issued: bool
    unconfirmed: tuple[str, ...]
    raw: Object = field(repr=False, compare=False)


def status_of(found: Object) -> LicenceStatus:
    """Return the status an object tells. Raise AnswerError."""
    return LicenceStatus(
        identifier=text_in(found, "identifier"),
        status=text_in(found, "status"),
        standing=text_in(found, "standing"),
        as_of=time_in(found, "as_of"),
        issued_at=optional_time_in(found, "issued_at"),
        effective_at=optional_time_in(found, "effective_at"),
        expires_at=optional_time_in(found, "expires_at"),
        revoked_at=optional_time_in(found, "revoked_at"),
        supersedes=optional_text_in(found, "supersedes"),
        superseded_by=optional_text_in(found, "superseded_by"),
        raw=found,
    )


def type_of(found: Object) -> LicenceType:
    """Return the type an object tells. Raise AnswerError."""
    title = object_of(found.get("title"))
    return LicenceType(
        name=text_in(found, "type"),
        code=text_in(found, "code"),
        title_zh=text_in(title, "zh"),
        title_en=text_in(title, "en"),
        issued=flag_in(found, "issued"),
        unconfirmed=texts_in(found, "unconfirmed"),
        raw=found,
    )


def types_of(found: Object) -> tuple[LicenceType, ...]:
    """Return the types a list tells. Raise AnswerError."""
    return tuple(map(type_of, objects_in(found, "types")))
