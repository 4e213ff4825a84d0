"""Universal signature forgery (USF): what a reader needs to verify is missing or of the wrong kind, so that it does not.

Mladenov et al., CCS 2019: /ByteRange or /Contents absent, null, empty, or nonsense. Some viewers then showed the signature as
valid. Here every such signature is told, and none passes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import append, body_of
from tests.support.attacks.model import BYTE_RANGE, DIGEST, FORM, MALFORMED, NOT_SIGNED, UNREACHED, Row, doubtful
from tests.support.attacks.surgery import (
    contents_of,
    cut,
    field_number,
    fill_gap,
    numbers,
    rename_contents,
    signature_body,
    signature_number,
    spell_range,
)
from trustkit.errors import ErrorCode
from trustkit.verdict import SubIndication

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library
    from tests.support.attacks.model import Told

WEAK: Final = doubtful(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, ErrorCode.ALGORITHM_WEAK)


def _range(name: str, entry: bytes, told: Told = BYTE_RANGE) -> Row:
    return Row(f"usf-range-{name}", "contract", lambda library: spell_range(library.contract, entry), told)


def _numbers(name: str, bend: Callable[[int, int, int], tuple[int, ...]], told: Told = BYTE_RANGE) -> Row:
    def build(library: Library) -> bytes:
        found = cut(library.contract)
        return numbers(library.contract, *bend(found.start, found.end, found.rest))

    return Row(f"usf-range-{name}", "contract", build, told)


def _gap(name: str, gap: bytes, told: Told = FORM) -> Row:
    return Row(f"usf-contents-{name}", "contract", lambda library: fill_gap(library.contract, gap), told)


def zeros(library: Library) -> bytes:
    return fill_gap(library.contract, b"<%s>" % (b"0" * len(contents_of(library.contract))))


def indirect_contents(library: Library) -> bytes:
    """The signature dictionary rewritten later, its /Contents somewhere else."""
    body = re.sub(rb"/Contents <[0-9A-Fa-f]*>", b"/Contents 450 0 R", signature_body(library.contract))
    number = signature_number(library.contract)
    return append(library.contract, {number: body, 450: b"<%s>" % contents_of(library.contract)})


def later_without(key: bytes) -> Callable[[Library], bytes]:
    """Return what rewrites the signature dictionary in a later revision without an entry."""

    def build(library: Library) -> bytes:
        body = re.sub(key + rb"\s*(\[[^]]*\]|<[0-9A-Fa-f]*>|/[A-Za-z.]+)", b"", signature_body(library.contract))
        return append(library.contract, {signature_number(library.contract): body})

    return build


def field_value(value: bytes) -> Callable[[Library], bytes]:
    """Return what gives the field another value in a later revision."""

    def build(library: Library) -> bytes:
        number = field_number(library.contract)
        body = re.sub(rb"/V\s+\d+ 0 R", value, body_of(library.contract, number))
        return append(library.contract, {number: body})

    return build


def another_kind_of_field(library: Library) -> bytes:
    number = field_number(library.contract)
    return append(library.contract, {number: body_of(library.contract, number).replace(b"/FT /Sig", b"/FT /Tx")})


def form_taken_out(library: Library) -> bytes:
    """A catalogue without a form: no field leads to the signature any more."""
    catalogue = re.sub(rb"/AcroForm\s*(\d+ 0 R|<<.*?>>)", b"", body_of(library.contract, 1), flags=re.DOTALL)
    return append(library.contract, {1: catalogue})


def _sub_filter(name: str, value: bytes, told: Told) -> Row:
    def build(library: Library) -> bytes:
        assert len(value) <= len(b"/ETSI.CAdES.detached")
        return library.contract.replace(b"/ETSI.CAdES.detached", value.ljust(len(b"/ETSI.CAdES.detached")))

    return Row(f"usf-sub-filter-{name}", "contract", build, told)


ROWS: Final = (
    _range("null", b"/ByteRange null"),
    _range("absent", b""),
    _range("renamed", b"/ByteRangf [0 1 2 3]"),
    _range("empty", b"/ByteRange []"),
    _range("zeros", b"/ByteRange [0 0 0 0]"),
    _range("one-number", b"/ByteRange [0]"),
    _range("number", b"/ByteRange 0"),
    _range("string", b"/ByteRange (0 1 2 3)"),
    _range("dictionary", b"/ByteRange << >>"),
    _range("names", b"/ByteRange [/a /b /c /d]"),
    _range("reference", b"/ByteRange 5 0 R"),
    _range("reals", b"/ByteRange [0.0 1.0 2.0 3.0]"),
    _range("twice", b"/ByteRange [0 1 2 3] /ByteRange null", MALFORMED),
    _numbers("negative", lambda start, end, rest: (0, start, end, -rest)),
    _numbers("negative-first", lambda start, end, rest: (-start, start, end, rest)),
    _numbers("64-bit-overflow", lambda start, _, rest: (0, start, 2**64 - 20, rest)),
    _numbers("huge", lambda start, end, _: (0, start, end, 10**15)),
    _numbers("nothing-before", lambda _, end, rest: (0, 0, end, rest)),
    _numbers("nothing-after", lambda start, end, _: (0, start, end, 0), DIGEST),
    Row("usf-contents-zeros", "contract", zeros, FORM),
    _gap("null", b"null"),
    _gap("empty", b"<>"),
    _gap("empty-text", b"()"),
    _gap("number", b"1"),
    _gap("array", b"[<00>]"),
    _gap("one-octet", b"<30>"),
    _gap("absent", b"/Other"),
    Row("usf-contents-renamed", "contract", lambda lib: rename_contents(lib.contract, b"/Kontents "), FORM),
    Row("usf-contents-indirect", "contract", indirect_contents, FORM),
    Row("usf-later-without-range", "contract", later_without(rb"/ByteRange"), BYTE_RANGE),
    Row("usf-later-without-contents", "contract", later_without(rb"/Contents"), FORM),
    Row("usf-value-null", "contract", field_value(b"/V null"), UNREACHED),
    Row("usf-value-string", "contract", field_value(b"/V (signed)"), FORM),
    Row("usf-value-absent", "contract", field_value(b""), UNREACHED),
    Row("usf-field-of-another-kind", "contract", another_kind_of_field, UNREACHED),
    Row("usf-form-taken-out", "contract", form_taken_out, UNREACHED),
    Row("usf-unsigned", "contract", lambda lib: lib.contract[: lib.contract.index(b"%%EOF") + 6], NOT_SIGNED),
    _sub_filter("sha1", b"/adbe.pkcs7.sha1", WEAK),
    _sub_filter("rsa-sha1", b"/adbe.x509.rsa_sha1", WEAK),
)
