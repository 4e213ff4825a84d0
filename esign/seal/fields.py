"""The fields inside a seal: a cursor over an element's children, and the reading of SES_SealInfo for every edition.

Where writers depart from the editions without doubt about what they mean, the departure is noted by its `SealDeviation`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.seal.model import CertificateDigest, SealDeviation, SealExtension, SealPicture
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.encoding.der import Tlv

MAX_LISTED_CERTIFICATES: Final = 256  # a seal names the few people who may use it
MAX_EXTENSIONS: Final = 64
_TEXT_TAGS: Final = frozenset({der.IA5_STRING, der.UTF8_STRING, der.PRINTABLE_STRING})
_EXPLICIT_0: Final = 0xA0
_CERTIFICATES, _DIGESTS = 1, 2  # certListType of GB/T 38540
_KINDS: Final = frozenset({1, 2})  # 单位, 个人
_PICTURES: Final = frozenset({"GIF", "BMP", "JPG", "PNG", "SVG"})  # the editions' examples, and what all writers use
_ASCII_ENDS: Final = 0x80
_FALSE, _TRUE = b"\x00", b"\xff"
_ZONE: Final = rb"(Z|[+-](?:0[0-9]|1[0-4])[0-5][0-9]|)"
_CHINA_HOURS: Final = 8  # ahead of UTC
_TIMES: Final = {
    der.UTC_TIME: re.compile(rb"([0-9]{12})()" + _ZONE),
    der.GENERALIZED_TIME: re.compile(rb"([0-9]{14})(?:[.,]([0-9]{1,9}))?" + _ZONE),
}


class Cursor:
    """Walks the elements of one SEQUENCE in order; every step that does not fit raises SEAL_MALFORMED."""

    def __init__(self, data: bytes, parent: Tlv, what: str, notes: list[SealDeviation]) -> None:
        self.data = data
        self.notes = notes
        self._what = what
        if parent.tag != der.SEQUENCE:
            raise self.refusal("is no SEQUENCE")
        self._parts = der.children(data, parent)
        self._at = 0

    @property
    def count(self) -> int:
        """How many children there are in all."""
        return len(self._parts)

    @property
    def done(self) -> bool:
        """Whether every child was taken."""
        return self._at >= len(self._parts)

    def refusal(self, detail: str) -> TrustError:
        """Return the error to raise about this element."""
        return TrustError(ErrorCode.SEAL_MALFORMED, f"{self._what}: {detail}")

    def peek(self) -> Tlv:
        """Return the next child without taking it."""
        if self.done:
            raise self.refusal("ends too early")
        return self._parts[self._at]

    def next(self, name: str) -> Tlv:
        """Take the next child, whatever its tag."""
        if self.done:
            raise self.refusal(f"{name} is missing")
        self._at += 1
        return self._parts[self._at - 1]

    def take(self, tag: int, name: str) -> Tlv:
        """Take the next child, which must have identifier octet `tag`."""
        element = self.next(name)
        if element.tag != tag:
            raise self.refusal(f"{name} has tag {element.tag:#04x}")
        return element

    def integer(self, name: str) -> int:
        """Take an INTEGER that a C int could hold: versions, kinds, millimetres."""
        value = der.decode_integer(der.content(self.data, self.take(der.INTEGER, name)))
        if not -(2**31) <= value < 2**31:
            raise self.refusal(f"{name} is out of range")
        return value

    def text(self, name: str, kind: int = der.IA5_STRING) -> str:
        """Take a character string of a kind for display; octets that are no UTF-8 become U+FFFD, as real seals have them."""
        element = self.next(name)
        if element.tag not in _TEXT_TAGS:
            raise self.refusal(f"{name} has tag {element.tag:#04x}")
        octets = der.content(self.data, element)
        note(self.notes, SealDeviation.STRING_TYPE, when=element.tag != kind)
        text = octets.decode("utf-8", "replace")
        outside = "\ufffd" in text if element.tag == der.UTF8_STRING else max(octets, default=0) >= _ASCII_ENDS
        note(self.notes, SealDeviation.STRING_OCTETS, when=outside)
        return text

    def octets(self, name: str) -> bytes:
        """Take an OCTET STRING."""
        return der.content(self.data, self.take(der.OCTET_STRING, name))

    def bits(self, name: str) -> bytes:
        """Take a BIT STRING of whole octets."""
        return bit_octets(self.data, self.next(name), name)

    def oid(self, name: str) -> str:
        """Take an OBJECT IDENTIFIER."""
        return der.decode_oid(der.content(self.data, self.take(der.OID, name)))

    def finish(self) -> None:
        """Refuse children that nothing took."""
        if not self.done:
            raise self.refusal("has elements the edition does not know")


def inside(cursor: Cursor, name: str, what: str) -> Cursor:
    """Take a SEQUENCE and return a cursor over it."""
    return Cursor(cursor.data, cursor.take(der.SEQUENCE, name), what, cursor.notes)


def note(notes: list[SealDeviation], deviation: SealDeviation, *, when: bool) -> None:
    """Note a deviation when it was met."""
    if when:
        notes.append(deviation)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealInfo:
    """SES_SealInfo, every edition."""

    header_version: int
    vendor: str
    identifier: str
    kind: int
    name: str
    list_type: int | None  # None where there is none, as in v1
    certificates: tuple[bytes, ...]
    certificate_digests: tuple[CertificateDigest, ...]
    created_at: TimeFound
    valid_from: TimeFound
    valid_until: TimeFound
    picture: SealPicture
    extensions: tuple[SealExtension, ...]


def read_seal_info(data: bytes, element: Tlv, notes: list[SealDeviation]) -> SealInfo:
    """Return the SES_SealInfo at `element`, deviations in `notes`. Raise SEAL_MALFORMED, or DER_* for a value that is no DER."""
    info = Cursor(data, element, "SES_SealInfo", notes)
    header = inside(info, "header", "SES_Header")
    if header.text("ID") != "ES":
        raise header.refusal("is not of an electronic seal")
    header_version, vendor = header.integer("version"), header.text("Vid")
    header.finish()
    identifier = info.text("esID")
    seal_property = inside(info, "property", "SES_ESPropertyInfo")
    kind, name = seal_property.integer("type"), seal_property.text("name", der.UTF8_STRING)
    note(notes, SealDeviation.KIND, when=kind not in _KINDS)
    list_type = None  # v1 has no certListType
    if seal_property.peek().tag == der.INTEGER:
        list_type = seal_property.integer("certListType")
    listed = inside(seal_property, "certList", "certList")
    certificates, digests = _certificate_list(listed, _CERTIFICATES if list_type is None else list_type)
    created, start, end = (take_time(seal_property, each) for each in ("createDate", "validStart", "validEnd"))
    seal_property.finish()
    picture = inside(info, "picture", "SES_ESPictrueInfo")
    drawn = SealPicture(
        type=picture.text("type"),
        data=picture.octets("data"),
        width=picture.integer("width"),
        height=picture.integer("height"),
    )
    picture.finish()
    note(notes, SealDeviation.PICTURE_TYPE, when=drawn.type not in _PICTURES)
    extensions: tuple[SealExtension, ...] = ()
    if not info.done:
        element = info.next("extDatas")
        note(notes, SealDeviation.EXTENSIONS_TAGGED, when=element.tag == _EXPLICIT_0)
        extensions = read_extensions(data, element, notes)
    info.finish()
    return SealInfo(
        header_version=header_version,
        vendor=vendor,
        identifier=identifier,
        kind=kind,
        name=name,
        list_type=list_type,
        certificates=certificates,
        certificate_digests=digests,
        created_at=created,
        valid_from=start,
        valid_until=end,
        picture=drawn,
        extensions=extensions,
    )


def _certificate_list(listed: Cursor, list_type: int) -> tuple[tuple[bytes, ...], tuple[CertificateDigest, ...]]:
    """Return the listed certificates or their digests: SES_CertList of GB/T 38540, chosen by certListType."""
    if not 1 <= listed.count <= MAX_LISTED_CERTIFICATES:
        raise listed.refusal("names nobody, or too many")
    if list_type == _CERTIFICATES:
        return tuple(listed.octets("certificate") for _ in range(listed.count)), ()
    if list_type != _DIGESTS:
        raise listed.refusal("certListType is neither certificates nor digests")
    digests = []
    while not listed.done:
        digest = inside(listed, "CertDigestObj", "CertDigestObj")
        named = digest.text("type", der.PRINTABLE_STRING)
        digests.append(CertificateDigest(type=named, value=digest.octets("value")))
        digest.finish()
    return (), tuple(digests)


def read_extensions(data: bytes, element: Tlv, notes: list[SealDeviation]) -> tuple[SealExtension, ...]:
    """Return ExtensionDatas, bare or inside ``[0]``: writers differ, and both are read.

    `critical` may be written although FALSE is its default, as the tax seals do, and TRUE as any other octet.
    """
    if element.tag == _EXPLICIT_0:
        inner = der.children(data, element)
        if len(inner) != 1:
            raise TrustError(ErrorCode.SEAL_MALFORMED, "extDatas")
        element = inner[0]
    every = Cursor(data, element, "ExtensionDatas", notes)
    if every.count > MAX_EXTENSIONS:
        raise every.refusal("is too long")
    found = []
    while not every.done:
        one = inside(every, "ExtData", "ExtData")
        oid = one.oid("extnID")
        critical = False
        if one.peek().tag == der.BOOLEAN:
            written = der.content(data, one.next("critical"))
            if len(written) != 1:
                raise one.refusal("critical is no BOOLEAN")
            critical = written != _FALSE
            note(notes, SealDeviation.CRITICAL_WRITTEN, when=not critical)
            note(notes, SealDeviation.BOOLEAN, when=written not in {_FALSE, _TRUE})
        found.append(SealExtension(oid=oid, critical=critical, value=one.octets("extnValue")))
        one.finish()
    return tuple(found)


@dataclass(frozen=True, slots=True)
class TimeFound:
    """A time, and whether it was written as UTCTime."""

    moment: datetime
    is_utc_time: bool


def take_time(cursor: Cursor, name: str) -> TimeFound:
    """Take a UTCTime or GeneralizedTime: v1 uses the first, v4 and v5 the second, and writers mix them."""
    return read_time(cursor.data, cursor.next(name), cursor.notes)


def read_time(data: bytes, element: Tlv, notes: list[SealDeviation]) -> TimeFound:
    """Return the UTCTime or GeneralizedTime at `element`. Raise DER_MALFORMED."""
    body = der.content(data, element)
    try:
        moment = der.decode_time(element.tag, body)
    except TrustError:
        moment = _ber_time(element.tag, body)
        note(notes, SealDeviation.TIME_FORM, when=True)
    return TimeFound(moment, element.tag == der.UTC_TIME)


def _ber_time(tag: int, body: bytes) -> datetime:
    """Return a time in the forms that BER has besides, seconds always named; one without a zone is China's (X.680 46 and 47).

    Raise DER_MALFORMED.
    """
    found = _TIMES[tag].fullmatch(body) if tag in _TIMES else None
    if found is None:
        raise TrustError(ErrorCode.DER_MALFORMED, "time value")
    digits, fraction, zone = found.groups()
    moment = der.decode_time(tag, digits + b"Z")
    if fraction:
        moment = moment.replace(microsecond=int(fraction[:6].ljust(6, b"0")))
    if zone == b"Z":
        return moment
    hours, minutes = (int(zone[1:3]), int(zone[3:5])) if zone else (_CHINA_HOURS, 0)
    ahead = timedelta(hours=hours, minutes=minutes) * (-1 if zone[:1] == b"-" else 1)
    try:
        return moment - ahead
    except OverflowError as error:
        raise TrustError(ErrorCode.DER_MALFORMED, "time value") from error


def bit_octets(data: bytes, element: Tlv, name: str) -> bytes:
    """Return the octets of a BIT STRING without unused bits."""
    body = der.content(data, element)
    if element.tag != der.BIT_STRING or body[:1] != b"\x00":
        raise TrustError(ErrorCode.SEAL_MALFORMED, f"{name} is no BIT STRING of whole octets")
    return body[1:]
