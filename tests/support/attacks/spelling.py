"""Names written otherwise: escapes, other keys, other sub-filters, odd kinds of signature dictionary and field.

ISO 32000-1 7.3.5 lets any character of a name be written as #xx, so a scan for octets and a parser may disagree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import FREE, append
from tests.support.attacks.model import BYTE_RANGE, DIGEST, MALFORMED, PASSED, UNREACHED, Row, doubtful, failed
from tests.support.attacks.surgery import contents_of, cut, fill_gap, signature_body, signature_number
from trustkit.errors import ErrorCode
from trustkit.verdict import SubIndication

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library
    from tests.support.attacks.model import Told

_WEAK: Final = doubtful(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, ErrorCode.ALGORITHM_WEAK)

_NO_TOKEN: Final = failed(SubIndication.FORMAT_FAILURE, ErrorCode.TIMESTAMP_MALFORMED)


def respelled(old: bytes, new: bytes) -> Callable[[Library], bytes]:
    """Return what spells a key of the signature dictionary otherwise and has it signed so by its signer."""

    def build(library: Library) -> bytes:
        return library.resigned_with(lambda octets: octets.replace(old, new.ljust(len(old)), 1))

    return build


def escaped_and_unreached(library: Library) -> bytes:
    """A second signature dictionary that no field leads to, its keys escaped so that a scan does not see it."""
    body = (
        signature_body(library.contract).replace(b"/ByteRange", b"/Byte#52ange").replace(b"/Contents", b"/Content#73")
    )
    return append(library.contract, {FREE: body})


def unreached(library: Library) -> bytes:
    return append(library.contract, {FREE: signature_body(library.contract)})


def doubled_escaped(library: Library) -> bytes:
    """The key twice in one dictionary, the second time escaped: which one counts?"""
    body = signature_body(library.contract)[:-2] + b"/Byte#52ange [0 1 2 3] >>"
    return append(library.contract, {signature_number(library.contract): body})


def escape_range(octets: bytes) -> bytes:
    """Escape a letter of the key; the spaces after the range give room."""
    found = cut(octets)
    entry = octets[found.at : found.at + found.room].replace(b"/ByteRange", b"/Byte#52ange")[: found.room]
    return octets[: found.at] + entry + octets[found.at + found.room :]


def white_space_in_digits(library: Library) -> bytes:
    digits = contents_of(library.contract)
    return fill_gap(library.contract, b"<%s\n%s>" % (digits[:100], digits[100:-1]))


def sub_filter(value: bytes, told: Told) -> Row:
    """Return a row whose signer really signed under another sub-filter of the same length or less."""
    name = value.decode().strip("/").replace(".", "-").lower() or "absent"
    old = b"/SubFilter /ETSI.CAdES.detached"
    new = b"/SubFilter %s" % value if value else b""
    return Row(f"sub-filter-{name}", "contract", respelled(old, new), told)


ROWS: Final = (
    Row("name-escaped-range", "contract", lambda lib: lib.resigned_with(escape_range), PASSED),
    Row("name-escaped-in-place", "contract", lambda lib: escape_range(lib.contract), DIGEST),
    Row("name-escaped-unreached", "contract", escaped_and_unreached, UNREACHED),
    Row("name-unreached", "contract", unreached, UNREACHED),
    Row("name-doubled-escaped", "contract", doubled_escaped, MALFORMED),
    Row("contents-white-space", "contract", white_space_in_digits, BYTE_RANGE),
    sub_filter(b"/adbe.pkcs7.detached", PASSED),
    sub_filter(b"/Foo.Bar", PASSED),
    sub_filter(b"/GM.sm2seal", PASSED),
    sub_filter(b"", PASSED),
    sub_filter(b"/adbe.pkcs7.sha1", _WEAK),
    sub_filter(b"/adbe.x509.rsa_sha1", _WEAK),
    sub_filter(b"/ETSI.RFC3161", _NO_TOKEN),
    Row("filter-unknown", "contract", respelled(b"/Filter /Adobe.PPKLite", b"/Filter /Nobody"), PASSED),
    Row("type-absent", "contract", respelled(b"/Type /Sig\n/Filter", b"/Filter"), PASSED),
    Row(
        "type-of-a-time-stamp",
        "contract",
        respelled(b"/Type /Sig\n/Filter /Adobe.PPKLite", b"/Type /DocTimeStamp"),
        _NO_TOKEN,
    ),
)
