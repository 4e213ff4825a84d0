"""Where a key in a cryptographic module is: one line of text, without a secret in it.

    pkcs11:token=authority;object=issuing-ca?module-path=/usr/lib/softhsm/libsofthsm2.so
    sdf:index=1?module-path=/usr/lib/libsdf.so&ecc-bits=512

``pkcs11:`` is the URI of RFC 7512; of its attributes those that name a token and a key are known, and ``pin-value`` is refused
because a secret has no place in a name. ``sdf:`` is ours in the same shape: a device of GM/T 0018 knows keys by index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from trustkit.errors import ErrorCode, TrustError

MAX_URI: Final = 1024
MAX_LABEL: Final = 32  # a token's label has 32 octets (PKCS #11 CK_TOKEN_INFO)
MAX_OBJECT: Final = 128
MAX_ID: Final = 64
MAX_INDEX: Final = 0xFFFF  # devices in the field hold some hundreds of keys
ECC_BITS: Final = (512, 256)  # ECCref_MAX_BITS of GM/T 0018 is 512; some vendors' headers have 256
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkcs11Uri:
    """A key, or only a token, of a PKCS#11 module. Empty members were not stated; `id` is CKA_ID, `label` CKA_LABEL."""

    library: str
    token: str = ""
    serial: str = ""
    label: str = ""
    id: bytes = b""

    @property
    def names_key(self) -> bool:
        """Whether a key is named, not only a token."""
        return bool(self.label or self.id)

    def __str__(self) -> str:
        """Return the URI; the inverse of `parse_module_uri`."""
        path = (("token", self.token), ("serial", self.serial), ("id", self.id), ("object", self.label))
        return f"pkcs11:{';'.join(f'{name}={_escape(value)}' for name, value in path if value)}?module-path={_path(self.library)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SdfUri:
    """A key of a device behind the interface of GM/T 0018, by its index; `ecc_bits` is the header's ECCref_MAX_BITS."""

    library: str
    index: int
    ecc_bits: int = 512

    def __str__(self) -> str:
        """Return the URI; the inverse of `parse_module_uri`."""
        return f"sdf:index={self.index}?module-path={_path(self.library)}&ecc-bits={self.ecc_bits}"


def parse_module_uri(text: str) -> Pkcs11Uri | SdfUri:
    """Return what a URI names.

    Raises:
        TrustError: MODULE_URI: another scheme, an unknown, repeated or empty attribute, no absolute ``module-path``, a
            PIN in it, a value out of bounds.
    """
    if len(text) > MAX_URI or not _PRINTABLE.fullmatch(text):
        raise _refusal("not one line of ASCII without spaces, or too long")
    scheme, _, rest = text.partition(":")
    path, _, query = rest.partition("?")
    asked = _attributes(query, "&")
    library = _text("module-path", asked.pop("module-path", b""))
    if not library.startswith("/"):
        raise _refusal("module-path is absolute: it names the library to load")
    match scheme:
        case "pkcs11":
            return _pkcs11(library, _attributes(path, ";"), asked)
        case "sdf":
            return _sdf(library, _attributes(path, ";"), asked)
        case _:
            raise _refusal("the scheme is pkcs11 or sdf")


def _pkcs11(library: str, path: dict[str, bytes], query: dict[str, bytes]) -> Pkcs11Uri:
    if path.pop("type", b"private") != b"private":
        raise _refusal("type is private: a key that signs or decrypts")
    found = Pkcs11Uri(
        library=library,
        token=_text("token", path.pop("token", b""), MAX_LABEL),
        serial=_text("serial", path.pop("serial", b""), MAX_LABEL),
        label=_text("object", path.pop("object", b""), MAX_OBJECT),
        id=path.pop("id", b""),
    )
    _refuse_rest(path | query)
    if not found.token and not found.serial:
        raise _refusal("token or serial says which token")
    if len(found.id) > MAX_ID:
        raise _refusal("id is too long")
    return found


def _sdf(library: str, path: dict[str, bytes], query: dict[str, bytes]) -> SdfUri:
    index = _number("index", path.pop("index", b""))
    bits = _number("ecc-bits", query.pop("ecc-bits", b"512"))
    _refuse_rest(path | query)
    if not 1 <= index <= MAX_INDEX:
        raise _refusal("index is out of range")
    if bits not in ECC_BITS:
        raise _refusal("ecc-bits is 512 or 256")
    return SdfUri(library=library, index=index, ecc_bits=bits)


def _attributes(text: str, separator: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in text.split(separator) if text else ():
        name, equals, value = part.partition("=")
        if not equals or not value or name in found:
            raise _refusal("an attribute is name=value, and stands once")
        if name in {"pin-value", "pin-source"}:
            raise _refusal("a PIN has no place in a URI; it is asked for")
        found[name] = unquote_to_bytes(value)
    return found


def _refuse_rest(left: dict[str, bytes]) -> None:
    if left:
        raise _refusal("an attribute that is not known here")


def _text(name: str, value: bytes, limit: int = MAX_URI) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise _refusal(f"{name} is not UTF-8") from None
    if len(value) > limit or not text.isprintable():
        raise _refusal(f"{name} is too long, or holds control characters")
    return text


def _number(name: str, value: bytes) -> int:
    if not value.isdigit() or len(value) > len(str(MAX_INDEX)):
        raise _refusal(f"{name} is a number")
    return int(value)


def _escape(value: str | bytes) -> str:
    return "".join(f"%{octet:02X}" for octet in value) if isinstance(value, bytes) else quote(value, safe="")


def _path(library: str) -> str:
    return quote(library, safe="/")


def _refusal(why: str) -> TrustError:
    return TrustError(ErrorCode.MODULE_URI, why)
