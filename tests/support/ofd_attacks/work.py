"""Little octets that would cost a verifier much work: one list for many, one description for many lines, values of small elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.attacks.model import doubtful
from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.lists import ONE
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.signing import Order
from tests.support.ofd_attacks.verdicts import PASSED, UNREACHED
from tests.support.ses import make_seal
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckId, SubIndication

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

_LINES: Final = 30
_NULLS: Final = 6_000
_USERS: Final = 200


def _signed(change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Callable[[Library], bytes]:
    return lambda library: zips.pack(library.sign(change(d.licence())))


def _two_documents(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return two documents whose signatures stand in one list."""
    return {**files, d.ENTRY: d.entry(d.body(), d.body())}


def _attachments_twice(files: dict[str, bytes]) -> dict[str, bytes]:
    named = b"<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"
    assert named in files[d.DOCUMENT]
    return {**files, d.DOCUMENT: files[d.DOCUMENT].replace(named, named * 2)}


def _listed_often(library: Library) -> bytes:
    files = library.parts("sealed")
    lines = "".join(f'<ofd:Signature ID="{9 + n}" BaseLoc="/{ONE}Signature.xml"/>' for n in range(_LINES))
    end = b"</ofd:Signatures>"
    return zips.pack({**files, d.SIGNATURES: files[d.SIGNATURES].replace(end, lines.encode() + end)})


def _small_elements(library: Library) -> bytes:
    value = write.sequence(write.sequence(b"\x05\x00" * _NULLS))
    return zips.pack({**library.parts("sealed"), f"{ONE}SignedValue.dat": value})


def _many_users(library: Library) -> bytes:
    world = library.world
    return library.resealed(Order(seal=make_seal(world, users=[world.signer.der] * _USERS, digests=True)))


ROWS: Final = (
    Row("work-list-of-two-documents", "sealed", _signed(_two_documents), UNREACHED),
    Row("work-description-listed-often", "sealed", _listed_often, UNREACHED),
    Row(
        "work-attachments-named-twice",
        "sealed",
        _signed(_attachments_twice),
        doubtful(SubIndication.LICENCE_STATUS_UNKNOWN, CheckId.LICENCE_STATUS),
    ),
    Row(
        "work-value-of-small-elements",
        "sealed",
        _small_elements,
        doubtful(SubIndication.FORMAT_NOT_SUPPORTED, ErrorCode.INPUT_TOO_LARGE),
    ),
    Row("work-seal-of-many-users", "sealed", _many_users, PASSED),
)
