"""An OFD and its signatures as they were read: claims of the file (GB/T 33190-2016, GM/T 0099-2020).

`esign.ofd.read` makes these values; `esign.ofd.verify` makes proof of them, `esign.ofd.coverage` says what is not signed.
Paths are the names of files in the package, without a leading slash, unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from esign.ofd.integrity_model import UnverifiedIntegrity
from esign.seal.read import parse_seal_signature
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from esign.ofd.package import Package
    from esign.seal.model import UnverifiedSealSignature


@unique
class SignatureType(StrEnum):
    """What a list of signatures says of one. The octets of the signed value decide, see `esign.ofd.verify`."""

    SEAL = "Seal"  # the default
    SIGN = "Sign"
    OTHER = "other"  # reported, never dropped


@unique
class OfdDeviation(StrEnum):
    """Departures from the letter of the standard that are read, and always named in `notes`; none is repaired silently."""

    CHECK_METHOD_KEYED = "check-method-of-keyed-sm3"  # …401.2, where a plain digest stands
    CHECK_METHOD_NAME = "check-method-by-name"  # "SM3" for its OID
    CONTENT_BASE64 = "digest-as-base64-content"  # of a GB/T 35275 message
    CONTENT_WHOLE = "signature-xml-as-content"
    DATE_FORM = "date-in-a-form-of-its-own"
    DATE_LOCAL = "date-without-zone"  # taken as China's time
    ENCODING = "other-encoding-than-utf-8"
    FILE_NAME = "file-called-otherwise-than-referenced"  # by case, form, encoding or folder: it is not covered
    LISTED_TWICE = "file-referenced-twice"
    METHOD_NAME = "signature-method-by-name"
    METHOD_UNKNOWN = "signature-method-unknown"
    NAMESPACE = "other-namespace"  # http://www.ofdspec.org, or none
    PATH_CASE = "path-in-other-case"
    PATH_FROM_ROOT = "path-from-root-without-slash"  # or from the document's folder
    PREFIX = "list-without-the-prefix-ofd"  # readers that go by it find no signature
    PROPERTY_NOT_PATH = "property-info-is-no-path"
    PROVIDER_INCOMPLETE = "provider-incomplete"
    SEAL_ABSENT = "seal-element-absent"
    TIMES_DIFFER = "signing-times-differ"
    TYPE_ABSENT = "type-absent"  # means Seal
    TYPE_DIFFERS = "type-differs-from-signed-value"
    VALUE_NAME = "signed-value-by-other-name"  # SignValue.dat


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One protected file: the path as written, the file it leads to (None when there is none), its digest as claimed.

    `others` are files a reader could take for it; they must be the same. `is_named` says whether the file is called just as the path
    says: under another name its digest holds and readers do not find it.
    """

    path: str
    file: str | None
    value: bytes = field(repr=False)
    others: tuple[str, ...] = ()
    is_named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StampAnnotation:
    """Where a seal is shown (StampAnnot): the page's ID, Boundary and Clip as written, in millimetres."""

    identifier: str
    page: str
    boundary: str
    clip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterSeals:
    """Seals that others put upon pages a signer signed: nothing but a look tells what is still seen beneath them.

    `kept` names each Signature.xml whose seal lay there before, `over` those that show seals the signer may not have seen; the seals
    of those in `absent` are not looked at.
    """

    kept: tuple[str, ...]
    over: tuple[str, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What made the signature, by its own word."""

    name: str = ""
    version: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedOfdSignature:
    """One signature that its list leads to and whose description can be read.

    `file` is its Signature.xml and `description` those octets, which are what is signed; `method` and `check_method` are as
    written, the latter empty when absent. `seal_file` is None when no Seal element stands there. `notes` holds `OfdDeviation`.
    """

    document: int
    identifier: str
    type: SignatureType
    file: str
    description: bytes = field(repr=False)
    provider: Provider
    method: str
    claimed_time: datetime | None
    parameters: tuple[tuple[str, str], ...]
    check_method: str
    references: tuple[Reference, ...] = field(repr=False)
    stamps: tuple[StampAnnotation, ...]
    seal_file: str | None
    value_file: str
    value: bytes = field(repr=False)
    notes: tuple[str, ...]
    _read: list[UnverifiedSealSignature] = field(default_factory=list, init=False, repr=False, compare=False)

    def seal_signature(self) -> UnverifiedSealSignature:
        """Return the signature by seal that the signed value is, read once for all who ask. Raise what `parse_seal_signature` raises."""
        if not self._read:
            self._read.append(parse_seal_signature(self.value))
        return self._read[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableSignature:
    """A signature that is listed and cannot be read: reported with its refusal, never dropped."""

    document: int
    identifier: str
    file: str
    error: TrustError = field(compare=False)


OfdSignature = UnverifiedOfdSignature | UnreadableSignature
Integrity = UnverifiedIntegrity | TrustError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdAttachment:
    """A file attached to a document: its name for readers, and the file in the package, None when missing.

    `listed_in` is the Attachments.xml that says so.
    """

    document: int
    listed_in: str
    name: str
    format: str
    file: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdDocument:
    """One DocBody: `root` is its Document.xml, `signature_list` its Signatures.xml (None when none is announced).

    `information` holds DocInfo as written, custom data under their names; it stands in the entry point.
    `list_error` says why an announced list of signatures cannot be read.
    """

    root: str
    signature_list: str | None
    information: tuple[tuple[str, str], ...] = field(repr=False)
    custom_data: tuple[tuple[str, str], ...] = field(repr=False)
    versions: tuple[str, ...]
    list_error: TrustError | None = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedOfd:
    """An OFD and every signature its lists lead to, in their order.

    `integrity` is the list of its files and who signed that, what kept it from being read, or None. `unlisted` names files that belong to signatures and that no list leads to. `attachments_unread` says why attachments may be
    missing, None when all lists of them were read.
    """

    package: Package = field(compare=False, repr=False)
    entry: str
    documents: tuple[OfdDocument, ...]
    signatures: tuple[OfdSignature, ...]
    attachments: tuple[OfdAttachment, ...]
    attachments_unread: TrustError | None = field(compare=False)
    integrity: Integrity = field(compare=False, repr=False)
    unlisted: tuple[str, ...]
    notes: tuple[str, ...]

    def attached(self, name: str) -> tuple[OfdAttachment, ...]:
        """Return every attachment of that name."""
        return tuple(each for each in self.attachments if each.name == name)
