"""What was handed in: told apart by content, never by name (RFC 3161, RFC 5652, RFC 7515, ISO 32000, GB/T 33190).

    identify(data)                     # Format.PDF
    recognise(Submission(name="x", data=pem))   # the first object's octets, and the rest as evidence

PEM armour is taken off; a file of several PEM certificates is judged by its first, the others become evidence. Recognising
says nothing about validity: readers and judgement come after.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from esign.capsule.read import begins_as_capsule
from esign.copies.model import CopyDemand  # noqa: TC001 - a field type of a public dataclass
from esign.credential.binding import BindingDemand  # noqa: TC001 - as above
from esign.status.read_cwt import begins_as_cwt
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.encoding.pem import is_pem, parse_pem
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import ErrorCode, TrustError
from verifier.cose_kinds import identify_cose
from verifier.format import Format
from verifier.shapes import identify_asn1, timestamp_in_response

MAX_SUBMISSION: Final = 200 * 1024 * 1024  # a scanned file of a thousand pages; held in memory
_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # PNG (ISO/IEC 15948 5.2), JPEG
_PDF_HEADER_WITHIN: Final = 1024  # what readers accept before %PDF- (ISO 32000-1 annex H.3)
_MAX_TOKEN: Final = 1024 * 1024  # a status list of a million licences compresses below this
_MAX_JOSE_HEADER: Final = 64 * 1024  # a chain of certificates in x5c stays far below
_COMPACT: Final = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_PRIVATE_LABELS: Final = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A file to verify.

    `name` is the caller's label, never written to a trail or log; `content` is what a detached signature or token covers;
    `evidence` holds certificates, CRLs and status lists as octets (DER or PEM) that count for this file alone.
    `demand` is what a holder was asked for who presents a credential, `copy_demand` for whom and what a copy of a licence has to be.
    """

    name: str
    data: bytes
    content: bytes | None = None
    evidence: tuple[bytes, ...] = ()
    demand: BindingDemand | None = None
    copy_demand: CopyDemand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The object to judge, without armour, and what came along in the same file."""

    format: Format
    octets: bytes
    companions: tuple[bytes, ...] = ()


def identify(data: bytes) -> Format:
    """Return what `data` is by its content; UNKNOWN when nothing fits, PEM that cannot be read included."""
    try:
        return _recognise(data).format
    except TrustError:
        return Format.UNKNOWN


def recognise(submission: Submission) -> Recognised:
    """Return the object inside a submission.

    Raises:
        TrustError: INPUT_EMPTY, INPUT_TOO_LARGE, PEM_MALFORMED.
    """
    data = submission.data
    if not data:
        raise TrustError(ErrorCode.INPUT_EMPTY, "no octets")
    if len(data) > MAX_SUBMISSION:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "submission", octets=len(data), limit=MAX_SUBMISSION)
    return _recognise(data)


def _recognise(data: bytes) -> Recognised:
    # before PDF, which may begin late: a package whose first file holds a PDF is a package
    if data.startswith(b"PK\x03\x04"):
        # an encrypted package (GM/T 0099-2020) need not have an OFD.xml any more
        named = b"OFD.xml" in data or b"Encryptions.xml" in data
        return Recognised(format=Format.OFD if named else Format.ZIP, octets=data)
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN]:
        return Recognised(format=Format.PDF, octets=data)
    if data[:1] == b"\x30":
        found = identify_asn1(data)
        token = timestamp_in_response(data) if found is Format.TIMESTAMP else None
        return Recognised(format=found, octets=data if token is None else token)
    if begins_as_cwt(data) and (found := identify_cose(data)) is not Format.UNKNOWN:
        return Recognised(format=found, octets=data)
    if is_pem(data):
        return _armoured(data)
    # after PDF: what a PDF program opens is judged as one
    return Recognised(format=Format.PICTURE if data.startswith(_PICTURES) else _text(data), octets=data)


def _armoured(data: bytes) -> Recognised:
    blocks = parse_pem(data)
    if any(block.label in _PRIVATE_LABELS for block in blocks):
        return Recognised(format=Format.PRIVATE_KEY, octets=b"")
    if not blocks:
        raise TrustError(ErrorCode.PEM_MALFORMED, "no complete block")
    first = blocks[0].der
    return Recognised(format=identify_asn1(first), octets=first, companions=tuple(block.der for block in blocks[1:]))


def _text(data: bytes) -> Format:
    if len(data) > _MAX_TOKEN:
        return Format.UNKNOWN
    if begins_as_capsule(data):
        return Format.CAPSULE
    token = b"".join(data.split())  # tokens are pasted with line breaks; white space is in none of their alphabets
    jwt, tilde, _ = token.partition(b"~")
    if _COMPACT.fullmatch(jwt) and (header := _jose_header(jwt)) is not None:
        if tilde:
            return Format.SD_JWT
        return Format.STATUS_LIST if header.get("typ") == "statuslist+jwt" else Format.JWS
    return Format.JSON if token[:1] in {b"{", b"["} else Format.UNKNOWN


def _jose_header(token: bytes) -> dict[str, JsonValue] | None:
    """Return the header of a compact JWS (RFC 7515 4.1), None when there is none to read."""
    try:
        header = parse_json(decode_base64url(token.partition(b".")[0]), max_size=_MAX_JOSE_HEADER)
    except TrustError:
        return None
    return header if isinstance(header, dict) else None
