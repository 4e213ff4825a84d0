"""Whether a file may be signed at all, and where: what it is, what its earlier signatures permit, which field is meant.

Nobody should lend his name to what others broke, so every earlier signature must hold. One that certified the file against
any change, or locked the field that is to be signed, is obeyed (ISO 32000-1 12.8.2.2 and 12.8.2.4).
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from esign.pdf.linearized import says_it_grows
from esign.pdf.model import CertificationLevel, LockAction, SignatureForm
from esign.pdf.signed_objects import misplaced_object
from esign.pdf.verify import verify_pdf_signature
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from esign.pdf.form import FormField
    from esign.pdf.model import FieldLock, UnverifiedPdf, UnverifiedPdfSignature
    from esign.pdf.reader import BoundedReader
    from esign.pdf.request import SigningRequest

_NEW_FIELD: Final = "Signature"
_LISTED: Final = 8  # names told in a refusal


def require_usable(reader: BoundedReader) -> None:
    """Raise PDF_UNSIGNABLE for a file two readers may see differently, now or later, or whose objects are not all inside."""
    if reader.xrefs.hybrid_xrefs_present:
        raise TrustError(ErrorCode.PDF_UNSIGNABLE, "hybrid cross-references: readers may disagree about what it shows")
    if says_it_grows(reader.octets):
        told = "it is linearized for another length: once it has that, readers may disagree about what it shows"
        raise TrustError(ErrorCode.PDF_UNSIGNABLE, told)
    # what is not there yet could be brought once the file is signed, and what is numbered beyond its end be written over
    refusal = misplaced_object(reader, reader.size, reader.xrefs.total_revisions)
    if refusal:
        raise TrustError(ErrorCode.PDF_UNSIGNABLE, refusal)


def require_sound(pdf: UnverifiedPdf) -> None:
    """Raise PDF_SIGNED_BADLY unless every earlier signature holds over the file as it is, naming the first that does not."""
    if pdf.uncovered:
        raise TrustError(ErrorCode.PDF_SIGNED_BADLY, pdf.uncovered[0])
    for signature in pdf.signatures:
        try:
            verify_pdf_signature(pdf, signature)
        except TrustError as error:
            told = f"{error.code.value}: {error.detail}"
            raise TrustError(ErrorCode.PDF_SIGNED_BADLY, told, field=signature.field_name[:64]) from error


def require_permitted(pdf: UnverifiedPdf, request: SigningRequest, target: FormField | None) -> None:
    """Raise PDF_FORBIDS when an earlier signature forbids this one, USAGE for a certification that is not the first."""
    if request.certification is not None and pdf.signatures:
        raise TrustError(ErrorCode.USAGE, "a certification signature must be the first one")
    for signature in pdf.signatures:
        if signature.form is SignatureForm.RFC3161:
            continue
        if signature.certification is CertificationLevel.NO_CHANGES:
            told = "an earlier signature allows no changes, not even another signature"
            raise TrustError(ErrorCode.PDF_FORBIDS, told, field=signature.field_name[:64])
        if signature.certification is not None and target is None and request.box is not None:
            told = "an earlier signature allows no new field that is seen"
            raise TrustError(ErrorCode.PDF_FORBIDS, told, field=signature.field_name[:64])
        if target is not None and _locks(signature, target):
            told = "an earlier signature locked this field"
            raise TrustError(ErrorCode.PDF_FORBIDS, told, field=target.name[:64], by=signature.field_name[:64])


def _locks(signature: UnverifiedPdfSignature, target: FormField) -> bool:
    return signature.lock is not None and signature.lock.locks(target.name)


def chosen_field(request: SigningRequest, fields: Sequence[FormField]) -> tuple[str, FormField | None]:
    """Return the name of the field to sign, and the field when it is there already.

    Raises:
        TrustError: PDF_FIELD when it is not there, is signed, read-only, or no signature field; USAGE when several are empty and
            none was named, or a box was given for a field that lies somewhere already.
    """
    named = {field.name: field for field in fields}
    found = named.get(request.field_name) if request.field_name is not None else _only_empty(request, fields)
    if found is None:
        if request.existing_field:
            raise TrustError(ErrorCode.PDF_FIELD, "there is no such field", **_known(fields))
        return request.field_name or free_name(_NEW_FIELD, named), None
    if not found.is_empty_signature:
        told = "the field is signed already" if found.filled else "the field is not for signatures"
        raise TrustError(ErrorCode.PDF_FIELD, told, field=found.name[:64], **_known(fields))
    if found.read_only:
        raise TrustError(ErrorCode.PDF_FIELD, "the field is read-only: nobody is to sign it", field=found.name[:64])
    if request.box is not None:
        raise TrustError(ErrorCode.USAGE, "the field is there and has its own place", field=found.name[:64])
    return found.name, found


def _only_empty(request: SigningRequest, fields: Sequence[FormField]) -> FormField | None:
    if request.box is not None:
        return None
    empty = [field for field in fields if field.is_empty_signature and not field.read_only]
    if len(empty) > 1:
        raise TrustError(ErrorCode.USAGE, "several signature fields are empty: name one of them", **_known(fields))
    return empty[0] if empty else None


def _known(fields: Sequence[FormField]) -> dict[str, str]:
    empty = [field.name[:64] for field in fields if field.is_empty_signature]
    return {"empty": ", ".join(empty[:_LISTED])} if empty else {}


def free_name(stem: str, taken: Collection[str]) -> str:
    """Return the stem with the first number that makes it no other field's name."""
    return next(name for number in count(1) if (name := f"{stem}{number}") not in taken)


def require_known_fields(lock: FieldLock, fields: Sequence[FormField]) -> None:
    """Raise USAGE for a lock of a field the file does not have: a name misspelt would lock nothing."""
    if (lock.action is LockAction.ALL) is bool(lock.fields):
        raise TrustError(ErrorCode.USAGE, "a lock names fields, or locks all of them")
    known = [field.name for field in fields]
    for name in lock.fields:
        if not any(each == name or each.startswith(f"{name}.") for each in known):
            raise TrustError(ErrorCode.USAGE, "the file has no such field to lock", field=name[:64])
