"""A licence that was issued, as whoever asked for it is given it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from trustkit.clock import format_rfc3339

if TYPE_CHECKING:
    from esign.licence.formats import LicenceDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedLicence:
    """A licence that is in the register and in the trail, with its documents, one for each format that was asked for.

    `supersedes` is the version it took the place of; `repeated` that it was issued before, under the same key.
    """

    identifier: str
    type_code: str
    issued_at: datetime
    documents: tuple[LicenceDocument, ...]
    supersedes: str | None = None
    repeated: bool = False

    @property
    def document(self) -> bytes:
        """The octets of the first document."""
        return self.documents[0].octets

    @property
    def document_sm3(self) -> str:
        """The digest of the first document."""
        return self.documents[0].sm3

    def to_json(self) -> dict[str, object]:
        """Return what a program is told; nothing of the holder."""
        told: dict[str, object] = {
            "identifier": self.identifier,
            "type": self.type_code,
            "issued_at": format_rfc3339(self.issued_at),
            "document_sm3": self.document_sm3,
            "documents": [{"format": each.format.value, "sm3": each.sm3} for each in self.documents],
        }
        if self.supersedes is not None:
            told["supersedes"] = self.supersedes
        return {**told, "repeated": True} if self.repeated else told
