"""Signatures.xml and Signature.xml as they are written (GB/T 33190-2016, signatures; GM/T 0099-2020 7.2.2).

for listed in read_signature_list(source, "Doc_0/Signs/Signatures.xml"):
    signature = read_signature(source, listed, "Doc_0/Signs/Signatures.xml", 0)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from esign.ofd.dates import read_date
from esign.ofd.limits import (
    MAX_ALL_REFERENCES,
    MAX_MESSAGES,
    MAX_PATH,
    MAX_REFERENCES,
    MAX_SIGNATURES,
    MAX_SIGNED_VALUE,
)
from esign.ofd.model import (
    OfdDeviation,
    Provider,
    Reference,
    SignatureType,
    StampAnnotation,
    UnverifiedOfdSignature,
)
from esign.ofd.paths import possible, resolve, starting_folder
from esign.ofd.xml import (
    attribute,
    child,
    child_text,
    children,
    local_name,
    namespace_of,
    require_child,
    require_root,
    text,
)
from trustkit.encoding import der
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from esign.ofd.source import Source
    from esign.ofd.xml import Element

_MAX_STAMPS: Final = 2_000  # one seal on each page of a long document, riding edges included
_MAX_PARAMETERS: Final = 64
_VALUE_NAME: Final = "signedvalue.dat"
_PREFIX: Final = "ofd"
_OF_A_LINE: Final = frozenset({"ID", "Type", "BaseLoc"})
_OF_A_LIST: Final = frozenset({"Signatures", "MaxSignId", "Signature"})
# What readers trim, decode, or take for an address; the list is covered by nobody, and no writer has such paths in it.
_ODD: Final = re.compile(r"[\\%?#:&]|//|[^\S ]|(?:\A|/) |[^/.][. ]+(?:/|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSignature:
    """One entry of Signatures.xml, as written; `type` is empty when absent."""

    identifier: str
    type: str
    path: str


def read_signature_list(source: Source, file: str) -> tuple[ListedSignature, ...]:
    """Return the entries of a Signatures.xml. Raise OFD_XML, OFD_MALFORMED, OFD_LIMIT, OFD_SIGNATURE_LIST and what the package raises."""
    root = require_root(source.xml(file), "Signatures", file)
    _require_nothing_else(root, source.package.octets(file))
    if root.prefix != _PREFIX:
        source.note(OfdDeviation.PREFIX)
    found = tuple(
        ListedSignature(
            identifier=attribute(each, "ID") or "",
            type=attribute(each, "Type") or "",
            path=attribute(each, "BaseLoc") or "",
        )
        for each in islice(children(root, "Signature"), MAX_SIGNATURES + 1)
    )
    source.spend("signatures", len(found), MAX_SIGNATURES)
    return found


def read_signature(source: Source, listed: ListedSignature, holder: str, document: int) -> UnverifiedOfdSignature:
    """Return the signature an entry of the list `holder` leads to; `document` is the number of its DocBody, from 0.

    Raises:
        TrustError: OFD_MISSING, OFD_PATH, OFD_XML, OFD_MALFORMED, OFD_LIMIT, OFD_ZIP, BASE64_MALFORMED; OFD_SIGNATURE_LIST for a
            path that other readers take for another.
    """
    own = source.branch()
    file = _listed_file(own, listed.path, holder)
    source.require_first(file)
    root = require_root(own.xml(file), "Signature", file)
    info = require_child(root, "SignedInfo")
    value_file = own.locate(text(require_child(root, "SignedValue")), holder=file)
    if value_file.rpartition("/")[2].lower() != _VALUE_NAME:
        own.note(OfdDeviation.VALUE_NAME)
    if own.package.size(value_file) > MAX_SIGNED_VALUE:
        raise TrustError(ErrorCode.OFD_LIMIT, "signed value", octets=own.package.size(value_file))
    value = own.package.octets(value_file)
    _require_bounded(own, value)
    references = require_child(info, "References")
    kind = _type(own, listed.type)
    return UnverifiedOfdSignature(
        document=document,
        identifier=listed.identifier,
        type=kind,
        file=file,
        description=own.package.octets(file),
        provider=_provider(own, info),
        method=child_text(info, "SignatureMethod") or "",
        claimed_time=_time(own, child_text(info, "SignatureDateTime") or ""),
        parameters=_parameters(info),
        check_method=attribute(references, "CheckMethod") or "",
        references=_references(own, references, file),
        stamps=_stamps(info),
        seal_file=_seal(own, info, file, kind),
        value_file=value_file,
        value=value,
        notes=tuple(own.notes),
    )


def _require_nothing_else(root: Element, octets: bytes) -> None:
    """Refuse a list with anything that only some readers take for a signature: nobody signed it, so anybody may write it.

    They go by prefixes and namespaces or do not, and look among the children or at any depth; a seal could be hidden or shown so.

    Raises:
        TrustError: OFD_SIGNATURE_LIST.
    """
    if b"&" in octets or not {local_name(each) for each in root.iter("*")} <= _OF_A_LIST:
        raise TrustError(ErrorCode.OFD_SIGNATURE_LIST, "a list of signatures that holds more than signatures")
    own = namespace_of(root)
    for each in root.iter("*"):
        is_nested = each is not root and each.getparent() is not root
        qualified = {name for space, _, name in (str(key).rpartition("}") for key in each.attrib) if space}
        if is_nested or namespace_of(each) != own or not _OF_A_LINE.isdisjoint(qualified):
            raise TrustError(ErrorCode.OFD_SIGNATURE_LIST, "a list of signatures that readers take in different ways")


def _type(source: Source, written: str) -> SignatureType:
    if not written:
        source.note(OfdDeviation.TYPE_ABSENT)
        return SignatureType.SEAL
    known = {each.value.lower(): each for each in (SignatureType.SEAL, SignatureType.SIGN)}
    return known.get(written.lower(), SignatureType.OTHER)


def _provider(source: Source, info: Element) -> Provider:
    found = child(info, "Provider")
    told = [None if found is None else attribute(found, key) for key in ("ProviderName", "Version", "Company")]
    if not told[0] or not told[2]:
        source.note(OfdDeviation.PROVIDER_INCOMPLETE)
    name, version, company = (each or "" for each in told)
    return Provider(name=name[:256], version=version[:256], company=company[:256])


def _time(source: Source, written: str) -> datetime | None:
    found = read_date(written)
    if found is None:
        source.note(OfdDeviation.DATE_FORM)
        return None
    moment, zoned, usual = found
    if not zoned:
        source.note(OfdDeviation.DATE_LOCAL)
    elif not usual:
        source.note(OfdDeviation.DATE_FORM)
    return moment


def _parameters(info: Element) -> tuple[tuple[str, str], ...]:
    listed = child(info, "Parameters")
    found = [] if listed is None else list(children(listed, "Parameter"))
    if len(found) > _MAX_PARAMETERS:
        raise TrustError(ErrorCode.OFD_LIMIT, "parameters of a signature", found=len(found))
    return tuple((attribute(each, "Name") or "", text(each)) for each in found)


def _listed_file(source: Source, path: str, holder: str) -> str:
    """Return the description a line of the list leads to. Raise OFD_SIGNATURE_LIST for a path that others take for another, OFD_MISSING.

    It lies beside the list or below it, as every writer has it: some readers put the list's own folder before any other path.
    """
    try:
        found = () if _ODD.search(path) else possible(source.package, path, holder=holder)
    except TrustError as error:
        raise TrustError(ErrorCode.OFD_SIGNATURE_LIST, "a line that leads to no file", path=path[:120]) from error
    if len(found) > 1 or _ODD.search(path):
        raise TrustError(ErrorCode.OFD_SIGNATURE_LIST, "a path that leads elsewhere for other readers", path=path[:120])
    file = source.locate(path, holder=holder)
    folder = holder.rpartition("/")[0]
    if folder and not file.startswith(f"{folder}/"):
        raise TrustError(ErrorCode.OFD_SIGNATURE_LIST, "a signature that does not lie with its list", path=path[:120])
    return file


def _references(source: Source, listed: Element, holder: str) -> tuple[Reference, ...]:
    """Return the protected files. One listed twice is refused unless both say the same: readers would check either."""
    written: list[tuple[str, bytes]] = []
    every = tuple(islice(children(listed, "Reference"), MAX_ALL_REFERENCES + 1))
    source.spend("references together", len(every), MAX_ALL_REFERENCES)
    for each in every:
        path = attribute(each, "FileRef") or ""
        written.append((path, decode_base64("".join(text(require_child(each, "CheckValue")).split()))))
    start = starting_folder(source.package, tuple(path for path, _ in written), holder=holder)
    found: dict[str, Reference] = {}
    for path, value in written:
        reference = _reference(source, path, value, holder, start)
        known = found.setdefault(reference.file or path, reference)
        if known is not reference:
            if known.value != value:
                raise TrustError(ErrorCode.OFD_MALFORMED, "two digests of one file", file=path[:120])
            source.note(OfdDeviation.LISTED_TWICE)
        if len(found) > MAX_REFERENCES:
            raise TrustError(ErrorCode.OFD_LIMIT, "references", limit=MAX_REFERENCES)
    return tuple(found.values())


def _reference(source: Source, path: str, value: bytes, holder: str, start: str) -> Reference:
    """Return a reference with the file it means, and those some reader could take it for. Raise OFD_PATH."""
    named = path[1:]
    if path[:1] == "/" and len(path) <= MAX_PATH and source.package.is_only(named):
        return Reference(path=path, file=named, value=value)  # as nearly all are
    means = path.replace("\\", "/")
    found = possible(source.package, means, holder=holder)
    own = source.package.named(resolve(means, holder=f"{start}/")) if means == path else None
    if own is None and found:
        source.note(OfdDeviation.FILE_NAME)
    files = found if own is None else (own, *(each for each in found if each != own))
    return Reference(
        path=path, file=files[0] if files else None, value=value, others=files[1:], is_named=own is not None
    )


def _require_bounded(source: Source, value: bytes) -> None:
    """Refuse signed values that cost more to read than they may: some small octets hold very many elements. Raise OFD_LIMIT."""
    if der.first_inside(value) != der.SEQUENCE:  # a seal has a bound of its own on elements, and a picture inside
        source.spend("signed messages together", len(value), MAX_MESSAGES)


def _stamps(info: Element) -> tuple[StampAnnotation, ...]:
    found = tuple(
        StampAnnotation(
            identifier=attribute(each, "ID") or "",
            page=attribute(each, "PageRef") or "",
            boundary=attribute(each, "Boundary") or "",
            clip=attribute(each, "Clip") or "",
        )
        for each in children(info, "StampAnnot")
    )
    if len(found) > _MAX_STAMPS:
        raise TrustError(ErrorCode.OFD_LIMIT, "places of a seal", found=len(found), limit=_MAX_STAMPS)
    return found


def _seal(source: Source, info: Element, holder: str, kind: SignatureType) -> str | None:
    """Return the file of the seal. Raise OFD_MISSING when it is named and not there."""
    found = child(info, "Seal")
    if found is None:
        if kind is SignatureType.SEAL:
            source.note(OfdDeviation.SEAL_ABSENT)
        return None
    return source.locate(text(require_child(found, "BaseLoc")), holder=holder)
