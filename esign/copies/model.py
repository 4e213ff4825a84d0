"""What a copy for a purpose (加注件) says of itself: number, purpose, recipient, time, and what it rests on.

recipient = recipient_of("91110000…", "示例银行")
terms = CopyTerms(number=…, purpose=purpose_of("办理开户"), recipient=recipient, valid_from=…, valid_until=…, …)
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.encoding.holder_codes import parse_uscc
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

MEMBER: Final = "copy"  # of the metadata, beside those of GB/T 36903
VERSION: Final = 1
NUMBER_LENGTH: Final = 16  # base32 of 80 random bits: short enough to be read off a page, too many to be guessed
MAX_TERM: Final = timedelta(days=366)
LEAST_TEXT: Final = 2
MOST_TEXT: Final = 60  # characters: what the marking over the page has room for
# Controls, invisible formatting, surrogates, private and unassigned characters, line separators: nobody can compare them by eye.
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The organisation a copy is for; made by `recipient_of`."""

    uscc: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyTerms:
    """What a copy is bound to. It is good from `valid_from` on and before `valid_until`.

    `authorisation` is the number of the holder's authorisation; `licence_sm3` the digest (hexadecimal) of the document it was made from.
    """

    number: str
    purpose: str
    recipient: Recipient
    valid_from: datetime
    valid_until: datetime
    authorisation: str
    licence_sm3: str

    def to_json(self) -> dict[str, JsonValue]:
        """Return the member of the metadata; the inverse of `esign.copies.read.read_copy_terms`."""
        return {
            "authorisation": self.authorisation,
            "licence_sm3": self.licence_sm3,
            "number": self.number,
            "purpose": self.purpose,
            "recipient": {"name": self.recipient.name, "uscc": self.recipient.uscc},
            "valid_from": format_rfc3339(self.valid_from),
            "valid_until": format_rfc3339(self.valid_until),
            "version": VERSION,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyDemand:
    """Whom a verifier is and what for he asks: a copy has to be meant for both, as far as he says."""

    recipient: str | None = None
    purpose: str | None = None


def purpose_of(text: str) -> str:
    """Return a purpose that can be written on a copy. Raise COPY_PURPOSE."""
    return _line(text, CopyCode.COPY_PURPOSE)


def recipient_of(uscc: str, name: str) -> Recipient:
    """Return the organisation a copy is for. Raise HOLDER_CODE for a code that fails its check, COPY_RECIPIENT for its name."""
    return Recipient(uscc=parse_uscc(uscc).text, name=_line(name, CopyCode.COPY_RECIPIENT))


def demand_of(recipient: str, purpose: str) -> CopyDemand | None:
    """Return what a verifier demands of a copy, None where he says neither. Raise HOLDER_CODE, COPY_PURPOSE."""
    if not recipient and not purpose:
        return None
    return CopyDemand(
        recipient=parse_uscc(recipient).text if recipient else None,
        purpose=purpose_of(purpose) if purpose else None,
    )


def _line(text: str, code: CopyCode) -> str:
    plain = unicodedata.normalize("NFC", text) == text and text == text.strip()
    seen = not any(unicodedata.category(character) in _REFUSED for character in text)
    if not (plain and seen and LEAST_TEXT <= len(text) <= MOST_TEXT):
        raise TrustError(code, f"one line of {LEAST_TEXT} to {MOST_TEXT} visible characters is needed")
    return text
