"""A signed PDF as it was read: claims of the file, and what is in it (ISO 32000-1 12.8, ETSI EN 319 142-1).

`esign.pdf.read` makes these values; `esign.pdf.verify` makes proof of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.errors import TrustError


class SignatureForm(StrEnum):
    """The syntax of /Contents, decided by its first element and never by /SubFilter alone."""

    CMS = "cms"  # SEQUENCE { OBJECT IDENTIFIER …: RFC 5652 or GB/T 35275
    SES = "ses"  # SEQUENCE { SEQUENCE …: SES_Signature of GM/T 0031 or GB/T 38540
    RFC3161 = "rfc3161"  # a CMS whose dictionary calls it a document time stamp
    UNKNOWN = "unknown"  # reported, never dropped


class CertificationLevel(IntEnum):
    """What a certification signature lets others change (ISO 32000-1 table 254, entry P)."""

    NO_CHANGES = 1
    FORM_FILLING = 2
    ANNOTATIONS = 3


class LockAction(StrEnum):
    """Which form fields a signature locks (ISO 32000-1 tables 233 and 256)."""

    ALL = "All"
    INCLUDE = "Include"  # those named
    EXCLUDE = "Exclude"  # all but those named


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLock:
    """Form fields that must not change once a signature is there; `level` is what it then allows of the rest, None leaves it.

    A name stands for everything below it: ``a`` for ``a.b`` as well.
    """

    action: LockAction
    fields: tuple[str, ...] = ()
    level: CertificationLevel | None = None

    def locks(self, name: str) -> bool:
        """Whether a field, by its full name, is locked."""
        named = any(name == each or name.startswith(f"{each}.") for each in self.fields)
        return self.action is LockAction.ALL or named is (self.action is LockAction.INCLUDE)


class ChangeKind(StrEnum):
    """What happened to the file after a signature."""

    NONE = "none"  # the signature covers the file whole
    ALLOWED = "allowed"  # later revisions hold only what the signature's level permits
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Where a later drawing lies over a picture, or over letters it may blot out: nothing but a look tells what is still seen.

    `signed` is how many octets of the file were there before, `page` counts from 0, `part` is left, top, right and bottom in
    fractions of the page as shown. `is_placed` says whether every program shows that part there and all that it held; where not, a look
    proves nothing. `is_alike` says whether every program draws the drawing alike; where not, a look proves only that nothing was there.
    """

    signed: int
    page: int
    part: tuple[float, float, float, float]
    is_alike: bool
    is_placed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Result of the difference analysis from a signature's revision to the end of the file. `detail` is for operators.

    Changes that are allowed are so only if what was signed is still seen under each of `overlays`. `unread` names fields that were
    filled in with letters which cannot be read: whether they show their values is not known.
    """

    kind: ChangeKind
    detail: str = ""
    overlays: tuple[Overlay, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedPdfSignature:
    """One filled signature field.

    `byte_range` holds the integers as written, empty when there are none; `contents` the octets of /Contents up to the
    end of their first DER element, `padding` what follows it; `revision` counts from 0. `certification` is the level this
    signature declares (DocMDP of its own /Reference, else of its field's /Lock), `lock` which fields it locks (FieldMDP).
    `claimed_time` is /M.
    """

    field_name: str
    filter: str
    sub_filter: str
    byte_range: tuple[int, ...]
    contents: bytes = field(repr=False)
    padding: bytes = field(repr=False)
    form: SignatureForm
    revision: int
    covers_whole_file: bool
    certification: CertificationLevel | None
    lock: FieldLock | None = None
    claimed_time: datetime | None
    reason: str
    location: str
    name: str
    later_changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfAttachment:
    """An embedded file (ISO 32000-1 7.11.4). `revision` is the last revision that touched it or its description.

    `relationship` is /AFRelationship without its slash, empty when absent (ISO 19005-3 annex E).
    """

    name: str
    description: str
    media_type: str
    relationship: str
    data: bytes = field(repr=False)
    revision: int

    def is_signed_by(self, signature: UnverifiedPdfSignature) -> bool:
        """Whether the attachment lies inside the revision the signature covers, provided that signature is intact."""
        return self.revision <= signature.revision


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedEvidence:
    """Octets found in the document security store (EN 319 142-1 5.4.2); anyone may have put them there.

    `ends` says of each, where that is known, before which octet of the file it lies: whatever covers the file up to there
    covers it.
    """

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsp_responses: tuple[bytes, ...] = field(default=(), repr=False)
    ends: Mapping[bytes, int] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedPdf:
    """A PDF and every signature in it, oldest first.

    `uncovered` names, in words, what claims to be a signature and is reached by no field; `notes` what a reader ought
    to know. `revisions` counts cross-reference sections. `attachments_unread` says why `attachments` is empty although
    there may be some, None when they were read.
    """

    data: bytes = field(repr=False)
    signatures: tuple[UnverifiedPdfSignature, ...]
    attachments: tuple[PdfAttachment, ...]
    attachments_unread: TrustError | None = field(compare=False)
    embedded_evidence: EmbeddedEvidence
    revisions: int
    pages: int
    uncovered: tuple[str, ...]
    notes: tuple[str, ...]

    def attachment(self, name: str) -> PdfAttachment | None:
        """Return the only attachment of that name, None when there is none or more than one."""
        found = [item for item in self.attachments if item.name == name]
        return found[0] if len(found) == 1 else None
