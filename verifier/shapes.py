"""Tell ASN.1 objects apart by their outer shape alone, before anything is believed about them.

Looks at identifier octets only and forgives lengths that run past the end: a truncated certificate is still told from a
truncated message, so that its own reader can say what is wrong with it. Nothing here verifies anything.

Shapes: RFC 5280 4.1 and 5.1, RFC 5652 3 and 5.1, GB/T 35275-2017, RFC 3161 2.4.2, RFC 6960 4.2.1, RFC 2986 4.2,
GM/T 0031-2014 5, GB/T 38540-2020 (as measured on real seals).
"""

from __future__ import annotations

from typing import Final

from trustkit.encoding.der import BIT_STRING, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME
from verifier.format import Format

_ENUMERATED: Final = 0x0A
_CONTEXT_0: Final = 0xA0
_RESPONDERS: Final = ((0xA1,), (0xA2,))  # byName, byKey
_LONG_FORM: Final = 0x80
_MAX_LENGTH_OCTETS: Final = 4
_MAX_CHILDREN: Final = 8  # no shape told apart here needs more
_TST_INFO: Final = bytes.fromhex("2a864886f70d0109100104")  # 1.2.840.113549.1.9.16.1.4, RFC 3161 2.4.2

_Element = tuple[int, int, int]  # identifier octet, body offset, end offset


def _element(data: bytes, offset: int, end: int) -> _Element | None:
    if offset + 2 > end:
        return None
    tag, length, body = data[offset], data[offset + 1], offset + 2
    if length > _LONG_FORM:
        count = min(length - _LONG_FORM, _MAX_LENGTH_OCTETS)
        length, body = int.from_bytes(data[body : body + count], "big"), body + count
    elif length == _LONG_FORM:
        length = end - body
    return tag, body, min(body + length, end)


def _children(data: bytes, parent: _Element) -> list[_Element]:
    found: list[_Element] = []
    offset = parent[1]
    while len(found) < _MAX_CHILDREN and (child := _element(data, offset, parent[2])) is not None:
        found.append(child)
        offset = child[2]
    return found


def _tags(children: list[_Element]) -> tuple[int, ...]:
    return tuple(tag for tag, _, _ in children)


def identify_asn1(data: bytes) -> Format:
    """Return what `data`, one BER or DER value, looks like; UNKNOWN when no shape fits."""
    outer = _element(data, 0, len(data))
    if outer is None or outer[0] != SEQUENCE:
        return Format.UNKNOWN
    parts = _children(data, outer)
    tags = _tags(parts)
    if tags[:1] == (OID,):
        return _message(data, parts)
    if tags[:1] == (_ENUMERATED,):
        return Format.OCSP
    if tags[:1] == (INTEGER,):
        return Format.PRIVATE_KEY
    if tags[:1] == (SEQUENCE,):
        return _structure(data, parts)
    return Format.UNKNOWN


def _message(data: bytes, parts: list[_Element]) -> Format:
    """ContentInfo: a time-stamp token is a signed message whose content is a TSTInfo."""
    for content in parts[1:2]:
        for signed in _children(data, content)[:1]:
            for inner in _children(data, signed)[2:3]:
                if any(tag == OID and data[body:end] == _TST_INFO for tag, body, end in _children(data, inner)[:1]):
                    return Format.TIMESTAMP
    return Format.CMS


def _structure(data: bytes, parts: list[_Element]) -> Format:
    """Certificate, CRL, request, seal, seal signature or time-stamp response: all begin with a SEQUENCE."""
    inner = _tags(_children(data, parts[0]))
    rest = _tags(parts[1:])
    unversioned = inner[1:] if inner[:1] == (_CONTEXT_0,) else inner
    if unversioned[:1] in _RESPONDERS and unversioned[1:2] == (GENERALIZED_TIME,):
        return Format.OCSP  # a BasicOCSPResponse by itself: responderID, producedAt
    if rest[:1] == (OCTET_STRING,) or rest == (BIT_STRING,):
        return Format.SEAL_SIGNATURE if inner[:1] == (INTEGER,) else Format.SEAL
    if inner[:1] == (INTEGER,) and timestamp_in_response(data):
        return Format.TIMESTAMP
    if inner[:1] == (_CONTEXT_0,):
        return Format.CERTIFICATE
    if inner[:1] == (SEQUENCE,) and rest[:1] == (SEQUENCE,) and len(parts) == 2:  # noqa: PLR2004 - two parts: v1 seal
        return Format.SEAL
    return _dated(inner)


def _dated(inner: tuple[int, ...]) -> Format:
    """Objects without a tagged version: a CRL has a time where a certificate has its validity."""
    times = {UTC_TIME, GENERALIZED_TIME}
    unversioned = inner[1:] if inner[:1] == (INTEGER,) else inner
    if unversioned[:2] == (SEQUENCE, SEQUENCE) and len(unversioned) > 2:  # noqa: PLR2004 - the third tells
        if unversioned[2] in times:
            return Format.CRL
        if unversioned[2] == SEQUENCE:
            return Format.CERTIFICATE  # version 1
        if unversioned[2] == _CONTEXT_0:
            return Format.CERTIFICATE_REQUEST
    return Format.UNKNOWN


def timestamp_in_response(data: bytes) -> bytes | None:
    """Return the token inside a TimeStampResp (RFC 3161 2.4.2), the octets as found; None when `data` is none."""
    outer = _element(data, 0, len(data))
    if outer is None or outer[0] != SEQUENCE:
        return None
    parts = _children(data, outer)
    if _tags(parts) != (SEQUENCE, SEQUENCE) or _tags(_children(data, parts[0]))[:1] != (INTEGER,):
        return None
    status = _children(data, parts[0])
    token = _children(data, parts[1])
    if _tags(token) != (OID, _CONTEXT_0) or not set(_tags(status)) <= {INTEGER, SEQUENCE, SET, BIT_STRING}:
        return None
    start = status[-1][2] if status else parts[0][2]
    return data[max(start, parts[0][2]) : parts[1][2]]
