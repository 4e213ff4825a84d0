"""Signatures that are genuine, in a place that is not theirs: of another file, twice, shared, replayed, or by the wrong signer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tests.support.attacks.documents import append, body_of, contract, offset_of
from tests.support.attacks.model import CHANGED, DIGEST, NOT_SIGNED, PASSED, Row, doubtful, failed
from tests.support.attacks.surgery import (
    contents_of,
    field_number,
    fill_gap,
    form_number,
    listing,
    signature_body,
    signature_number,
)
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckId, SubIndication

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library
    from tests.support.attacks.model import Told
    from tests.support.pki import Member


def of_another_file(library: Library) -> bytes:
    other = library.approve(contract().replace(b"1000", b"1001"))
    return fill_gap(library.contract, b"<%s>" % contents_of(other))


def of_another_signer(library: Library) -> bytes:
    """The first signature's octets stand in the place of the second."""
    digits = contents_of(library.countersigned, index=0)
    room = len(contents_of(library.countersigned))
    return fill_gap(library.countersigned, b"<%s>" % digits.ljust(room, b"0")[:room])


def copied_to_a_new_field(library: Library) -> bytes:
    """A second field whose dictionary is a copy of the first: the same octets, signed once, shown twice."""
    octets = library.contract
    return append(octets, {410: signature_body(octets), **_second_field(octets, 410)})


def shared_value(library: Library) -> bytes:
    """Two fields share one signature dictionary."""
    octets = library.contract
    return append(octets, _second_field(octets, signature_number(octets)))


def _second_field(octets: bytes, value: int) -> dict[int, bytes]:
    field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Copy) /Rect [0 0 0 0] /F 132 /P 3 0 R /V %d 0 R >>" % value
    return {411: field, **listing(octets, 411)}


def field_twice(library: Library) -> bytes:
    """The form lists the same field twice."""
    return append(library.contract, listing(library.contract, field_number(library.contract)))


def renamed_field(library: Library) -> bytes:
    number = field_number(library.contract)
    return append(library.contract, {number: body_of(library.contract, number).replace(b"(Signature1)", b"(Mayor)")})


def older_revision(library: Library) -> bytes:
    """The file as it was before the second signature: a genuine file, and nothing says that there was another."""
    return library.countersigned[: len(library.contract)]


def older_objects_replayed(library: Library) -> bytes:
    """A last revision whose cross-references lead back to the form as it was before the second signature."""
    octets = library.countersigned
    number = form_number(octets)
    return append(octets, {}, more={number: offset_of(octets[: len(library.contract)], number)})


def second_withdrawn(library: Library) -> bytes:
    """A last revision in which the second field is empty again."""
    octets = library.countersigned
    number = field_number(octets, b"Signature2")
    return append(octets, {number: re.sub(rb"/V\s+\d+ 0 R", b"", body_of(octets, number))})


def exchanged_values(library: Library) -> bytes:
    octets = library.countersigned
    first, second = field_number(octets), field_number(octets, b"Signature2")
    values = signature_number(octets, index=0), signature_number(octets)
    return append(
        octets,
        {
            first: re.sub(rb"/V\s+\d+ 0 R", b"/V %d 0 R" % values[1], body_of(octets, first)),
            second: re.sub(rb"/V\s+\d+ 0 R", b"/V %d 0 R" % values[0], body_of(octets, second)),
        },
    )


def revision_grafted(library: Library) -> bytes:
    """The second party's revision appended to another contract, which the first party signed too."""
    size = len(library.contract)
    other = library.approve(contract().replace(b"1000", b"1001"))
    while len(other) != size:  # signatures are some octets longer or shorter
        other = library.approve(contract().replace(b"1000", b"1001"))
    return other + library.countersigned[size:]


def broken_value(library: Library) -> bytes:
    """One octet of the signature value changed: found from the end of the message, before the time stamp."""
    digits = bytearray(contents_of(library.unstamped))
    end = len(digits.rstrip(b"0"))
    digits[end - 20] = ord("1") if digits[end - 20] != ord("1") else ord("2")
    return fill_gap(library.unstamped, b"<%s>" % bytes(digits))


def _by(name: str, member: Callable[[Library], Member], told: Told, **changes: Any) -> Row:
    return Row(f"signer-{name}", "contract", lambda lib: lib.approve(contract(), by=member(lib), **changes), told)


def self_made(library: Library) -> Member:
    """Return a certificate of the same name that vouches for itself."""
    name = library.world.signer.certificate.subject_der
    return library.world.issue("x", self_signed=True, subject_der=name)


def of_a_false_authority(library: Library) -> Member:
    """Return a member of an authority that bears our authority's name."""
    world = library.world
    name = world.issuing.certificate.subject_der
    false = world.issue("x", self_signed=True, subject_der=name, ca=True, usage=("keyCertSign", "cRLSign"))
    return world.issue("somebody", issuer=false)


_NO_CHAIN: Final = doubtful(SubIndication.NO_CERTIFICATE_CHAIN_FOUND, ErrorCode.PATH_NO_ANCHOR)
_FALSE_CHAIN: Final = doubtful(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, ErrorCode.PATH_SIGNATURE)
_PURPOSE: Final = failed(SubIndication.CHAIN_CONSTRAINTS_FAILURE, ErrorCode.CERTIFICATE_PURPOSE)

ROWS: Final = (
    Row("transplant-of-another-file", "contract", of_another_file, DIGEST),
    Row("transplant-of-another-signer", "countersigned", of_another_signer, DIGEST),
    Row("transplant-copied-to-a-new-field", "contract", copied_to_a_new_field, CHANGED),
    Row("transplant-shared-value", "contract", shared_value, CHANGED),
    Row("transplant-field-twice", "contract", field_twice, CHANGED),
    Row("transplant-renamed-field", "contract", renamed_field, CHANGED),
    Row("transplant-exchanged-values", "countersigned", exchanged_values, CHANGED),
    Row("transplant-revision-grafted", "countersigned", revision_grafted, DIGEST),
    Row("replay-older-revision", "countersigned", older_revision, PASSED),
    Row("replay-before-any-signature", "contract", lambda _: contract(), NOT_SIGNED),
    Row("replay-older-objects", "countersigned", older_objects_replayed, CHANGED),
    Row("replay-second-withdrawn", "countersigned", second_withdrawn, CHANGED),
    Row("value-broken", "unstamped", broken_value, failed(SubIndication.SIG_CRYPTO_FAILURE, ErrorCode.SIGNATURE_WRONG)),
    _by("self-made", self_made, _NO_CHAIN),
    _by("of-a-false-authority", of_a_false_authority, _FALSE_CHAIN),
    _by("for-encryption", lambda lib: lib.world.encryption, _PURPOSE),
    _by("for-time-stamps", lambda lib: lib.world.tsa, _PURPOSE),
    _by("an-authority", lambda lib: lib.world.issuing, _PURPOSE),
    _by(
        "revoked",
        lambda lib: lib.world.revoked,
        failed(SubIndication.REVOKED, CheckId.CERTIFICATE_REVOCATION),
    ),
    _by(
        "expired",
        lambda lib: lib.world.expired,
        doubtful(SubIndication.OUT_OF_BOUNDS_NO_POE, ErrorCode.CERTIFICATE_EXPIRED),
        timestamp=None,
    ),
)
