"""What is handed in to be verified: a file, octets, the text of a credential or a code, and what belongs to it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from trustkit_client.errors import UsageError

MAX_DOCUMENT: Final = 200 * 1024 * 1024  # what a service can be set to take at most
MAX_NAME: Final = 255  # characters a service keeps of a label


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Something to verify.

    Attributes:
        data: the octets.
        name: a label that comes back in the verdict and is kept nowhere.
        content: what a detached signature or time stamp covers.
        evidence: certificates, CRLs, OCSP answers and status lists that count for this document alone.
        at: the time, with its zone, as of which it is judged; now where there is none.
        audience: whom the holder of a credential was to present it to; stands together with `nonce`.
        nonce: what the holder was given to sign.
        recipient: who asks, by the unified social credit code: a copy for a purpose (加注件) has to be made for him, and the licence itself is none.
        purpose: what for he asks, in the words of the copy.
    """

    data: bytes = field(repr=False)
    name: str = field(default="file", repr=False)
    content: bytes | None = field(default=None, repr=False)
    evidence: tuple[bytes, ...] = field(default=(), repr=False)
    at: datetime | None = None
    audience: str | None = None
    nonce: str | None = field(default=None, repr=False)
    recipient: str | None = None
    purpose: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raise UsageError for a time without a zone, one of audience and nonce alone, and an empty recipient or purpose, which would demand nothing."""
        if self.at is not None and self.at.tzinfo is None:
            raise UsageError("the time of judging needs a time zone")
        if (self.audience is None) is not (self.nonce is None):
            raise UsageError("audience and nonce stand together")
        if "" in {self.recipient, self.purpose}:
            raise UsageError("recipient and purpose are texts, or left out")

    @classmethod
    def read(cls, path: Path) -> Document:
        """Return the document in a file, labelled with the last part of its path. Raise UsageError for one that cannot be read."""
        try:
            with path.open("rb") as file:
                data = file.read(MAX_DOCUMENT + 1)
        except OSError as error:
            raise UsageError(f"{path.name} cannot be read: {error.strerror}", code="client:file:unreadable") from error
        if len(data) > MAX_DOCUMENT:
            raise UsageError(f"{path.name} is larger than any service takes", code="client:file:too-large")
        return cls(data=data, name=path.name)

    @property
    def label(self) -> str:
        """The name as it is sent."""
        return self.name[:MAX_NAME] or "file"

    def asked(self) -> dict[str, str]:
        """Return what is asked beside the octets, as texts."""
        told = {"audience": self.audience, "nonce": self.nonce, "recipient": self.recipient, "purpose": self.purpose}
        told["at"] = rfc3339(self.at) if self.at else None
        return {key: value for key, value in told.items() if value is not None}

    def to_json(self) -> dict[str, object]:
        """Return the object a service reads."""
        told: dict[str, object] = {"name": self.label, "data": base64_of(self.data), **self.asked()}
        if self.content is not None:
            told["content"] = base64_of(self.content)
        if self.evidence:
            told["evidence"] = [base64_of(each) for each in self.evidence]
        return told


Source: TypeAlias = Document | Path | bytes | str


def document_of(source: Source) -> Document:
    """Return the document a caller means: a `Path` is read, a `str` is the text of a credential or a code and never a path.

    Raises:
        UsageError: for a file that cannot be read.
    """
    if isinstance(source, Document):
        return source
    if isinstance(source, Path):
        return Document.read(source)
    if isinstance(source, str):
        return Document(data=source.encode("utf-8", "surrogatepass"), name="text")
    return Document(data=source)


def rfc3339(moment: datetime) -> str:
    """Return an aware time as a service reads it."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def base64_of(data: bytes) -> str:
    """Return octets as a service reads them in JSON."""
    return base64.b64encode(data).decode("ascii")
