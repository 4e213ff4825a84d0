"""What the holder's pages show and his calls answer: values alone, nobody's number among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from trustkit.clock import CHINA, format_rfc3339
from trustkit.store.licence_copies import CopyState

if TYPE_CHECKING:
    from datetime import datetime

    from esign.copies.holding import GivenAuthorisation, HeldLicence
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.authorisation_requests import AskRow
    from trustkit.store.copy_authorisations import AuthorisationRow
    from trustkit.store.licence_copies import CopyRow
    from trustkit.texts.catalogue import Language

IN_FORCE: Final = "in-force"
_SHOWN_AT_END: Final = 4  # characters of the serial number in an identifier
_LEAST_PARTS: Final = 3


class TypeTitles(Protocol):
    """What licence types are called."""

    def __call__(self, code: str, language: Language, /) -> str:
        """Return the title of the type of a code, the code where the type is not there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceLine:
    """One licence on a page; `number` is masked, `identifier` whole, for forms alone."""

    identifier: str = field(repr=False)
    title: str
    number: str
    standing: str
    until: str

    @property
    def usable(self) -> bool:
        """Whether it can be let used now."""
        return self.standing == "effective"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLine:
    """One copy that was made: when, until when, whether it is good still."""

    number: str
    made: str
    until: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenLine:
    """One authorisation on a page."""

    number: str
    title: str
    licence: str
    purpose: str
    recipient: str
    code: str
    standing: str
    since: str
    until: str
    copies: int
    most: int
    made: tuple[CopyLine, ...]
    by_sign_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPage:
    """What an organisation asks for, and the licences that can answer."""

    handle: str = field(repr=False)
    title: str
    purpose: str
    recipient: str
    code: str
    days: int
    copies: int
    waits: str
    choices: tuple[LicenceLine, ...]


def licence_line(held: HeldLicence, titles: TypeTitles, language: Language) -> LicenceLine:
    """Return the line of a licence."""
    row = held.licence
    return LicenceLine(
        identifier=row.identifier,
        title=titles(row.type_code, language),
        number=masked(row.identifier),
        standing=held.standing.value,
        until="" if row.expires_at is None else _day(row.expires_at),
    )


def given_line(given: GivenAuthorisation, titles: TypeTitles, language: Language, now: datetime) -> GivenLine:
    """Return the line of an authorisation."""
    row = given.authorisation
    return GivenLine(
        number=row.number,
        title=titles(given.licence.type_code, language),
        licence=masked(row.identifier),
        purpose=row.purpose,
        recipient=row.recipient_name,
        code=row.recipient,
        standing=standing_of_authorisation(row, now),
        since=_time(row.recorded_at),
        until=_time(row.valid_until),
        copies=row.copies,
        most=row.most_copies,
        made=tuple(_copy_line(each, now) for each in given.copies),
        by_sign_in=row.source.value == "sign-in",
    )


def asked_page(
    row: AskRow, handle: str, fit: tuple[HeldLicence, ...], titles: TypeTitles, language: Language
) -> AskedPage:
    """Return the page of a request."""
    return AskedPage(
        handle=handle,
        title=titles(row.type_code, language),
        purpose=row.purpose,
        recipient=row.recipient_name,
        code=row.recipient,
        days=row.days,
        copies=row.most_copies,
        waits=_time(row.expires_at),
        choices=tuple(licence_line(each, titles, language) for each in fit),
    )


def standing_of_authorisation(row: AuthorisationRow, now: datetime) -> str:
    """Return what an authorisation is now."""
    if row.withdrawn_at is not None:
        return "withdrawn"
    if now >= row.valid_until:
        return "expired"
    return "used-up" if row.copies >= row.most_copies else IN_FORCE


def masked(identifier: str) -> str:
    """Return an identifier that its holder knows again and nobody who looks over his shoulder can use: the middle is left out."""
    parts = identifier.split(".")
    serial = (
        parts[-3] if len(parts) > _LEAST_PARTS else identifier
    )  # then come version and check character (GB/T 36905)
    return f"•••• {serial[-_SHOWN_AT_END:]}"


def licence_json(held: HeldLicence, titles: TypeTitles, language: Language) -> dict[str, JsonValue]:
    """Return what a client is told of a licence of his: its identifier is whole, since calls name it by that."""
    row = held.licence
    return {
        "identifier": row.identifier,
        "type": row.type_code,
        "title": titles(row.type_code, language),
        "standing": held.standing.value,
        "expires_at": None if row.expires_at is None else format_rfc3339(row.expires_at),
    }


def authorisation_json(
    row: AuthorisationRow, now: datetime, copies: tuple[CopyRow, ...] | None = None
) -> dict[str, JsonValue]:
    """Return what a client is told of an authorisation, with the copies made under it where they were looked up."""
    told: dict[str, JsonValue] = {
        "number": row.number,
        "identifier": row.identifier,
        "purpose": row.purpose,
        "recipient": {"uscc": row.recipient, "name": row.recipient_name},
        "source": row.source.value,
        "standing": standing_of_authorisation(row, now),
        "recorded_at": format_rfc3339(row.recorded_at),
        "valid_until": format_rfc3339(row.valid_until),
        "copies": row.copies,
        "most_copies": row.most_copies,
        "withdrawn_at": None if row.withdrawn_at is None else format_rfc3339(row.withdrawn_at),
    }
    if copies is None:
        return told
    made: list[JsonValue] = [
        {
            "number": each.number,
            "made_at": format_rfc3339(each.issued_at or each.intent_at),
            "valid_until": format_rfc3339(each.valid_until),
            "standing": _copy_standing(each, now),
        }
        for each in copies
    ]
    return told | {"made": made}


def request_json(
    row: AskRow, fit: tuple[HeldLicence, ...], titles: TypeTitles, language: Language
) -> dict[str, JsonValue]:
    """Return what a client is told of a request."""
    return {
        "type": row.type_code,
        "title": titles(row.type_code, language),
        "purpose": row.purpose,
        "recipient": {"uscc": row.recipient, "name": row.recipient_name},
        "days": row.days,
        "copies": row.most_copies,
        "expires_at": format_rfc3339(row.expires_at),
        "licences": [licence_json(each, titles, language) for each in fit],
    }


def _copy_line(row: CopyRow, now: datetime) -> CopyLine:
    return CopyLine(
        number=row.number,
        made=_time(row.issued_at or row.intent_at),
        until=_time(row.valid_until),
        standing=_copy_standing(row, now),
    )


def _copy_standing(row: CopyRow, now: datetime) -> str:
    if row.state is CopyState.REVOKED:
        return "revoked"
    return "expired" if now >= row.valid_until else IN_FORCE


def _day(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d")


def _time(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
