"""Reading the elements of a SEQUENCE in their order, with optional ones, and nothing left over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.cms.model import AlgorithmIdentifier
from trustkit.encoding import der
from trustkit.encoding.remembered import remembering
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.oids import dotted

if TYPE_CHECKING:
    from trustkit.encoding.der import Tlv
    from trustkit.error_family import Code


MAX_FIELDS: Final = 16  # no SEQUENCE read here has more than ten members
_SEEN: Final = 256  # values remembered
_SMALL_VALUE: Final = 128 * 1024  # octets of one: at most 32 MiB together, usually a hundredth of it
_ALGORITHMS: Final = 256  # kept
_SMALL_ALGORITHM: Final = 256  # octets; RSASSA-PSS with its parameters takes 80


def elements(data: bytes, parent: Tlv, limit: int, what: str, code: Code = ErrorCode.CMS_MALFORMED) -> tuple[Tlv, ...]:
    """Return the elements inside a constructed element, at most `limit`, and stop reading there.

    Raises:
        TrustError: `code` for more of them; DER_MALFORMED, DER_NOT_DER.
    """
    try:
        return der.children(data, parent, limit)
    except TrustError as error:
        if "limit" in error.facts:
            raise TrustError(code, f"{what}: too many elements", limit=limit) from error
        raise


class Fields:
    """The elements inside one constructed element, taken in order.

    `what` names the structure and `code` is the refusal for a missing, surplus or wrong element.
    """

    __slots__ = ("_code", "_data", "_index", "_items", "_what")

    def __init__(self, data: bytes, parent: Tlv, what: str, code: Code = ErrorCode.CMS_MALFORMED) -> None:
        self._data = data
        self._items = elements(data, parent, MAX_FIELDS, what, code)
        self._index = 0
        self._what = what
        self._code = code

    def any(self, name: str) -> Tlv:
        """Return the next element whatever its tag."""
        if self._index >= len(self._items):
            raise TrustError(self._code, f"{self._what}: {name} is missing")
        item = self._items[self._index]
        self._index += 1
        return item

    def take(self, tag: int, name: str) -> Tlv:
        """Return the next element, which must have identifier octet `tag`."""
        item = self.any(name)
        if item.tag != tag:
            raise TrustError(self._code, f"{self._what}: {name} has tag {item.tag:#04x}, not {tag:#04x}")
        return item

    def optional(self, tag: int) -> Tlv | None:
        """Return the next element when its identifier octet is `tag`, else None and stay."""
        if self._index < len(self._items) and self._items[self._index].tag == tag:
            self._index += 1
            return self._items[self._index - 1]
        return None

    @property
    def more(self) -> bool:
        """Whether elements are left."""
        return self._index < len(self._items)

    def finish(self) -> None:
        """Refuse what is left over."""
        if self.more:
            raise TrustError(self._code, f"{self._what}: surplus element")

    def integer(self, name: str) -> int:
        """Return the next element as INTEGER."""
        return der.decode_integer(der.content(self._data, self.take(der.INTEGER, name)))

    def oid(self, name: str) -> str:
        """Return the next element as a dotted OBJECT IDENTIFIER."""
        return dotted(der.content(self._data, self.take(der.OID, name)))

    def octet_string(self, name: str) -> bytes:
        """Return the next element as OCTET STRING; a constructed one is BER."""
        item = self.any(name)
        if item.tag == der.OCTET_STRING | 0x20:
            raise TrustError(ErrorCode.DER_NOT_DER, f"{self._what}: {name} is a constructed OCTET STRING")
        if item.tag != der.OCTET_STRING:
            raise TrustError(self._code, f"{self._what}: {name} is not an OCTET STRING")
        return der.content(self._data, item)

    def algorithm(self, name: str) -> AlgorithmIdentifier:
        """Return the next element as AlgorithmIdentifier."""
        return read_algorithm(self._data, self.take(der.SEQUENCE, name), name, self._code)


def read_algorithm(data: bytes, element: Tlv, name: str, code: Code = ErrorCode.CMS_MALFORMED) -> AlgorithmIdentifier:
    """Return ``AlgorithmIdentifier ::= SEQUENCE { algorithm OID, parameters ANY OPTIONAL }`` (RFC 5280 4.1.1.2)."""
    return _kept_algorithm(der.octets(data, element), name, code)


def _algorithm(octets: bytes, name: str, code: Code) -> AlgorithmIdentifier:
    fields = Fields(octets, der.read_tlv(octets, 0, len(octets)), name, code)
    oid = fields.oid("algorithm")
    parameters = der.octets(octets, fields.any("parameters")) if fields.more else None
    fields.finish()
    return AlgorithmIdentifier(oid=oid, parameters=parameters)


# A message names one five times, and all name the same
_kept_algorithm: Final = remembering(_algorithm, entries=_ALGORITHMS, largest=_SMALL_ALGORITHM)


def require_strict(octets: bytes, max_size: int) -> None:
    """Walk a value to its end: certificates and names, of which the same few come again and again.

    Raises:
        TrustError: what `der.parse_strict` raises.
    """
    _walk(octets, max_size)


_walk: Final = remembering(
    lambda octets, max_size: der.parse_strict(octets, max_size=max_size), entries=_SEEN, largest=_SMALL_VALUE
)


def expect_all(items: tuple[Tlv, ...], tag: int, what: str) -> None:
    """Refuse elements of a SET OF that have another tag. Raise CMS_MALFORMED."""
    for item in items:
        if item.tag != tag:
            raise TrustError(ErrorCode.CMS_MALFORMED, f"{what}: tag {item.tag:#04x}")
