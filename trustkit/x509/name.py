"""Distinguished names: built by GB/T 20518, compared by RFC 5280 7.1, shown as RFC 4514 strings.

Names are handed about as the DER octets found. Showing is lenient, because real certificates carry GBK or UTF-8 octets
under wrong tags; comparing is not: octets that are not a string of their type are compared as octets.

    subject = Name.build(country="CN", organisation="示例市政务服务管理局", common_name="电子证照签发专用")
    display_name(subject)      # C=CN, O=示例市政务服务管理局, CN=电子证照签发专用
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.encoding.remembered import remembering
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.name_build import build_name

if TYPE_CHECKING:
    from collections.abc import Hashable

MAX_NAME_SIZE: Final = 16 * 1024  # octets; real names stay below 1 KiB
MAX_ATTRIBUTES: Final = 64  # of one name; real ones have at most a dozen
_BMP_STRING, _UNIVERSAL_STRING, _T61_STRING, _NUMERIC_STRING, _VISIBLE_STRING = 0x1E, 0x1C, 0x14, 0x12, 0x1A
_ENCODINGS: Final = {
    der.UTF8_STRING: "utf-8",
    der.PRINTABLE_STRING: "ascii",
    der.IA5_STRING: "ascii",
    _NUMERIC_STRING: "ascii",
    _VISIBLE_STRING: "ascii",
    _BMP_STRING: "utf-16-be",
    _UNIVERSAL_STRING: "utf-32-be",
}
_GUESSES: Final = ("utf-8", "gb18030")
_MAX_REMEMBERED: Final = 1024  # octets of a name that is kept as read
_SPECIAL: Final = frozenset(',+"\\<>;=')  # RFC 4514 2.4
# Printable by their category and drawn as nothing (Default_Ignorable_Code_Point of Unicode, and the blank of Braille)
_UNSEEN: Final = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164),
            *(*range(0xFE00, 0xFE10), 0xFFA0, *range(0xE0100, 0xE01F0)),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a name: dotted type, identifier octet and body octets of its value."""

    oid: str
    tag: int
    value: bytes

    @property
    def is_string(self) -> bool:
        """Whether the value has a string type."""
        return self.tag in _ENCODINGS or self.tag == _T61_STRING

    @property
    def text(self) -> str:
        """The value as text, guessed where the tag lies, ``#`` and hexadecimal when it is no string."""
        if not self.is_string:
            return "#" + self.value.hex()
        for guess in (_ENCODINGS.get(self.tag, _GUESSES[0]), *_GUESSES):
            try:
                return self.value.decode(guess)
            except UnicodeDecodeError:
                continue
        return self.value.decode("latin-1")  # reads any octets

    @property
    def folded(self) -> tuple[str, str | bytes]:
        """Type and value for comparison: case and white space folded for strings, octets for anything else."""
        encoding = _ENCODINGS.get(self.tag)
        if encoding is not None:
            try:
                return self.oid, " ".join(self.value.decode(encoding).casefold().split())
            except UnicodeDecodeError:
                pass
        return self.oid, bytes((self.tag,)) + self.value


def parse_name(name: bytes) -> tuple[tuple[Attribute, ...], ...]:
    """Return the relative distinguished names in order, each a tuple of attributes. Raise NAME_MALFORMED."""
    if len(name) > MAX_NAME_SIZE:
        raise TrustError(ErrorCode.NAME_MALFORMED, "name too large", octets=len(name), limit=MAX_NAME_SIZE)
    try:
        return _parse(name)
    except TrustError as error:
        raise TrustError(ErrorCode.NAME_MALFORMED, error.detail, **error.facts) from error


def _read(name: bytes) -> tuple[tuple[Attribute, ...], ...]:
    outer = der.read_tlv(name, 0, len(name))
    der.expect(name, outer, der.SEQUENCE, "name")
    if outer.end != len(name):
        raise TrustError(ErrorCode.NAME_MALFORMED, "octets after the name", offset=outer.end)
    found: list[tuple[Attribute, ...]] = []
    count = 0
    for rdn in der.children(name, outer):
        der.expect(name, rdn, der.SET, "relative distinguished name")
        attributes = tuple(_attribute(name, pair) for pair in der.children(name, rdn))
        count += len(attributes) or 1
        if count > MAX_ATTRIBUTES:
            raise TrustError(ErrorCode.NAME_MALFORMED, "too many attributes", limit=MAX_ATTRIBUTES)
        found.append(attributes)
    return tuple(found)


# An issuer's name stands in every certificate, and a subject's is looked at by many rules: by all of a batch of certificates in turn.
_parse: Final = remembering(_read, entries=1024, largest=_MAX_REMEMBERED)


def _attribute(name: bytes, pair: der.Tlv) -> Attribute:
    der.expect(name, pair, der.SEQUENCE, "attribute")
    kind = der.read_tlv(name, pair.body, pair.end)
    value = der.read_tlv(name, kind.end, pair.end)
    oid = oids.dotted(der.expect(name, kind, der.OID, "attribute type"))
    return Attribute(oid, value.tag, der.content(name, value))


def display_name(name: bytes) -> str:
    """Return ``C=CN, O=…, CN=…`` in the order encoded; never raises: what cannot be read is shown in hexadecimal.

    Special and unprintable characters, those that reorder text or leave no mark among them, are escaped, so a name cannot
    pretend to be another (RFC 4514 2.4).
    """
    return _displayed(name)


def _display(name: bytes) -> str:
    try:
        rdns = parse_name(name)
    except TrustError:
        return "#" + name[:64].hex()
    return ", ".join("+".join(_shown(attribute) for attribute in rdn) for rdn in rdns)


_displayed: Final = remembering(_display, entries=1024, largest=_MAX_REMEMBERED)


def common_name(name: bytes) -> str:
    """Return the last common name for display, escaped as by `display_name`; empty when there is none."""
    try:
        rdns = parse_name(name)
    except TrustError:
        return ""
    found = [attribute for rdn in rdns for attribute in rdn if attribute.oid == oids.COMMON_NAME]
    return "".join(c if _is_seen(c) else _hex(c) for c in found[-1].text) if found else ""


def _shown(attribute: Attribute) -> str:
    return f"{_label(attribute.oid)}={_escape(attribute.text) if attribute.is_string else attribute.text}"


def _label(oid: str) -> str:
    return oids.ATTRIBUTE_NAMES.get(oid, oid)


def _escape(text: str) -> str:
    plain = text.isprintable() and _SPECIAL.isdisjoint(text) and _UNSEEN.isdisjoint(text)
    if not text or (plain and text[0] not in " #" and text[-1] != " "):
        return text
    escaped = [f"\\{c}" if c in _SPECIAL else c if _is_seen(c) else _hex(c) for c in text]
    if text[0] in " #":
        escaped[0] = f"\\{text[0]}"
    if len(text) > 1 and text[-1] == " ":
        escaped[-1] = "\\ "
    return "".join(escaped)


def _is_seen(character: str) -> bool:
    """Tell whether a character leaves a mark, or the space it takes: else two names that look alike are two."""
    return character.isprintable() and character not in _UNSEEN


def _hex(character: str) -> str:
    return "".join(f"\\{octet:02X}" for octet in character.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1024)
def folded_name(name: bytes) -> tuple[tuple[tuple[str, str | bytes], ...], ...]:
    """Return a name in the form that compares and hashes equal exactly when `names_equal`. Raise NAME_MALFORMED."""
    return tuple(tuple(sorted((a.folded for a in rdn), key=repr)) for rdn in parse_name(name))


def name_key(name: bytes) -> Hashable:
    """Return a key under which equal names, and no others, are found in a mapping; never raises."""
    try:
        return folded_name(name)
    except TrustError:
        return name


def names_equal(first: bytes, second: bytes) -> bool:
    """Tell whether two DER names match by RFC 5280 7.1, reduced: no Unicode normalisation is applied.

    Equal octets are equal names. Otherwise attributes are compared one by one, strings without regard to case, white
    space or string type. A name that cannot be read equals only itself.
    """
    return first == second or name_key(first) == name_key(second)


class Name:
    """Builder of distinguished names."""

    @staticmethod
    def build(
        *,
        common_name: str,
        country: str | None = None,
        state: str | None = None,
        locality: str | None = None,
        organisation: str | None = None,
        unit: str | None = None,
    ) -> bytes:
        """Return the DER of a name in the order C, ST, L, O, OU, CN; C is a PrintableString, the rest UTF8String.

        Source: GB/T 20518-2018; lengths by RFC 5280 appendix A.1. Raise NAME_MALFORMED naming the attribute.
        """
        given = (("C", country), ("ST", state), ("L", locality), ("O", organisation), ("OU", unit), ("CN", common_name))
        return build_name((label, value) for label, value in given if value is not None)
