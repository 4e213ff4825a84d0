"""An OFD made ready for one more signature: its description written, covering every file of the package there is.

No file that exists is changed, and each is copied as it is packed. Two are exceptions, and no signature may cover them before:
Signatures.xml, which gets a line, and OFD.xml where it names no list of signatures yet. An earlier signature that covers the list
(some writers do that) forbids any further one, and so does one whose files have been changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lxml import etree

from esign.ofd.archive_write import PackedFile, pack, packed_files, write_archive
from esign.ofd.coverage import CoverageJudge, Extent
from esign.ofd.earlier import readable, require_open
from esign.ofd.integrity_read import read_integrity
from esign.ofd.limits import MAX_SIGNATURES
from esign.ofd.paths import resolve
from esign.ofd.read import read_ofd
from esign.ofd.signature_list import SIGNATURES_FILE, signatures_xml
from esign.ofd.signature_xml import SignatureFile, signature_xml
from esign.ofd.write import WrittenOfd
from esign.ofd.xml import child, child_text, children, namespace_of, parse_xml, require_child, require_root
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.model import UnverifiedOfd
    from esign.ofd.request import OfdSigningRequest
    from esign.ofd.xml import Element

_MAX_FOLDERS: Final = 10_000
_MAX_ID: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedOfd:
    """A package without the value of its newest signature. `described` are the octets of Signature.xml, which are signed."""

    described: bytes = field(repr=False)
    signature_file: str
    signed_value_file: str
    seal_file: str | None
    files: tuple[PackedFile, ...] = field(repr=False)

    @property
    def property_info(self) -> str:
        """What a seal signature says it protects: the path of Signature.xml."""
        return f"/{self.signature_file}"

    def filled(self, value: bytes) -> bytes:
        """Return the package with the signature value in its place."""
        return write_archive((*self.files, pack(self.signed_value_file, value)))


@dataclass(frozen=True, slots=True)
class _Listing:
    """The list of signatures: its file, its XML (None when there is none yet), the greatest identifier in it."""

    name: str
    root: Element | None
    entry: bytes | None  # OFD.xml, where it has to change
    highest: int = 0


def prepare_ofd(request: OfdSigningRequest) -> PreparedOfd:
    """Return the package with a description of one more signature.

    Raises:
        TrustError: OFD_* for a package that cannot be read; OFD_UNSIGNABLE for one nobody can sign so that all of it is
            covered and earlier signatures still hold; OFD_SIGNED_BADLY when an earlier one does not hold; USAGE for
            stamps without a seal or a time without a zone. Of an earlier one that cannot be read, its own refusal.
    """
    if request.stamps and request.seal is None:
        raise TrustError(ErrorCode.USAGE, "what is shown on a page is a seal, and there is none")
    if request.signing_time.tzinfo is None:
        raise TrustError(ErrorCode.USAGE, "the time of signing needs a time zone")
    unsigned = _written(request.ofd) if isinstance(request.ofd, WrittenOfd) else _read(request.ofd)
    listing = unsigned.listing
    folder = _free_folder(unsigned.taken, listing.name)
    own = listing.highest + 1
    identifiers = range(own + 1, own + 1 + len(request.stamps))
    added = {} if request.seal is None else {f"{folder}/Seal.esl": request.seal}
    digests = unsigned.digests | {name: digest(DigestAlgorithm.SM3, each) for name, each in added.items()}
    described = signature_xml(
        SignatureFile(
            method=request.signer.suite.oid,
            signed_at=request.signing_time,
            digests=tuple(digests.items()),
            stamps=request.stamps,
            identifiers=identifiers,
            seal=next(iter(added), None),
            signed_value=f"{folder}/SignedValue.dat",
            parameters=request.parameters,
        )
    )
    signature_file = f"{folder}/Signature.xml"
    changed = {listing.name: _with_line(listing, own, request.form.word, signature_file, own + len(request.stamps))}
    new = {**added, signature_file: described}
    return PreparedOfd(
        described=described,
        signature_file=signature_file,
        signed_value_file=f"{folder}/SignedValue.dat",
        seal_file=next(iter(added), None),
        files=(
            *_replaced(unsigned.files, changed | unsigned.changed),
            *(pack(name, each) for name, each in new.items()),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unsigned:
    """What a signature is added to: its list of signatures, the SM3 of every other file, all as they are packed but those in `changed`."""

    listing: _Listing
    digests: dict[str, bytes]
    files: tuple[PackedFile, ...]
    changed: dict[str, bytes]
    taken: frozenset[str]  # names of files and folders


def _read(octets: bytes) -> _Unsigned:
    """Return a package of whoever, signed by others already or not, once it is one that can be signed."""
    ofd = read_ofd(octets)
    package = ofd.package
    if read_integrity(package) is not None:
        # the list says that no file may be added, and a signature is files
        told = (
            "the list of the package's files is signed already (GM/T 0099): sign a copy without it, and that list last"
        )
        raise TrustError(ErrorCode.OFD_UNSIGNABLE, told)
    listing = _listing(ofd)
    changed = {} if listing.entry is None else {ofd.entry: listing.entry}
    require_open(ofd, {listing.name, *changed})
    _require_coverable(ofd, listing.name)
    found = ((name, changed.get(name) or package.octets(name)) for name in package.names if name != listing.name)
    return _Unsigned(
        listing=listing,
        digests={name: digest(DigestAlgorithm.SM3, each) for name, each in found},
        files=packed_files(octets),
        changed=changed,
        taken=frozenset((*package.names, *package.directories)),
    )


def _require_coverable(ofd: UnverifiedOfd, listing: str) -> None:
    """Refuse a package that shows what no file of it holds, or whose list is no list alone: its signer would sign for what he cannot cover."""
    found = CoverageJudge(ofd).cover(frozenset(ofd.package.names) - {listing})
    if found.extent is not Extent.EVERYTHING:
        first = found.uncovered[0]
        raise TrustError(
            ErrorCode.OFD_UNSIGNABLE, f"what no signature covers: {first.role.value}", file=first.file[:120]
        )
    if not found.complete:
        raise TrustError(
            ErrorCode.OFD_UNSIGNABLE, "too much to walk through: whether all is in the package is not known"
        )


def _written(ofd: WrittenOfd) -> _Unsigned:
    """Return a package written a moment ago, of which nothing need be read: it has an empty list of signatures, and says its digests.

    Were one of them wrong, the finished signature would not hold, and nobody would get it.
    """
    return _Unsigned(
        listing=_Listing(SIGNATURES_FILE, None, None),
        digests={each.name: each.digest for each in ofd.files if each.name != SIGNATURES_FILE},
        files=tuple(each.packed for each in ofd.files),
        changed={},
        taken=frozenset(each.name for each in ofd.files),
    )


def _listing(ofd: UnverifiedOfd) -> _Listing:
    """Return the list of signatures there is, or a new one. Raise OFD_UNSIGNABLE where neither is possible."""
    if len(ofd.documents) != 1:
        # a list of signatures belongs to one document, and its signatures would cover those of the other
        raise TrustError(ErrorCode.OFD_UNSIGNABLE, "a package of several documents", documents=len(ofd.documents))
    signatures = readable(ofd)
    if ofd.unlisted:
        told = "the package holds signatures that no list leads to"
        raise TrustError(ErrorCode.OFD_UNSIGNABLE, told, file=ofd.unlisted[0][:120])
    document = ofd.documents[0]
    if document.list_error is not None:
        raise document.list_error
    if document.signature_list is None:
        return _new_listing(ofd)
    name = document.signature_list
    listed = require_root(parse_xml(ofd.package.octets(name), name), "Signatures", name)
    if len(signatures) >= MAX_SIGNATURES:
        raise TrustError(ErrorCode.OFD_LIMIT, "signatures", limit=MAX_SIGNATURES)
    numbers = [child_text(listed, "MaxSignId") or "0", *(each.identifier for each in signatures)]
    return _Listing(name, listed, None, max(map(_number, numbers)))


def _new_listing(ofd: UnverifiedOfd) -> _Listing:
    """Return a list for a package that has none, named in its entry."""
    root = require_root(parse_xml(ofd.package.octets(ofd.entry), ofd.entry), "OFD", ofd.entry)
    body = require_child(root, "DocBody")
    name = resolve("Signs/Signatures.xml", holder=ofd.documents[0].root)
    space = namespace_of(body)
    etree.SubElement(body, f"{{{space}}}Signatures" if space else "Signatures").text = name
    return _Listing(name, None, etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8"))


def _number(identifier: str) -> int:
    """Return the number in an identifier; some writers put a letter before it."""
    digits = identifier.lstrip("sS").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and int(digits) < _MAX_ID else 0


def _free_folder(names: frozenset[str], listing: str) -> str:
    taken = {name.lower() for name in names}
    base = listing.rpartition("/")[0]
    for number in range(_MAX_FOLDERS):
        folder = f"{base}/Sign_{number}" if base else f"Sign_{number}"
        if not any(name == folder.lower() or name.startswith(f"{folder.lower()}/") for name in taken):
            return folder
    raise TrustError(ErrorCode.OFD_LIMIT, "folders of signatures", limit=_MAX_FOLDERS)


def _with_line(listing: _Listing, own: int, kind: str, place: str, highest: int) -> bytes:
    """Return the list with one more line; nothing else in it is changed but the highest identifier."""
    root = listing.root
    if root is None:
        root = parse_xml(signatures_xml(0), listing.name)
    space = namespace_of(root)
    prefix = f"{{{space}}}" if space else ""
    most = child(root, "MaxSignId")
    if most is None:
        most = etree.SubElement(root, f"{prefix}MaxSignId")
        root.insert(0, most)
    most.text = str(highest)
    last = list(children(root, "Signature"))
    line = etree.SubElement(root, f"{prefix}Signature")
    for key, value in (("ID", str(own)), ("Type", kind), ("BaseLoc", f"/{place}")):
        line.set(key, value)
    if last:
        last[-1].addnext(line)
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


def _replaced(files: tuple[PackedFile, ...], changed: dict[str, bytes]) -> tuple[PackedFile, ...]:
    """Return the files as they are packed, those in `changed` written anew in their place or at the end."""
    left = dict(changed)
    kept = []
    for file in files:
        name = next((each for each in left if file.raw_name in {each.encode("utf-8"), each.encode("gb18030")}), None)
        kept.append(file if name is None else pack(name, left.pop(name)))
    return (*kept, *(pack(name, octets) for name, octets in left.items()))
