"""Whether an OFD is what a desk makes of another one: a batch cut off before its journal told of a file knows it by that.

As with PDF (`trustkit.app.pdf_made_before`) the signing is gone through once more at the times the file tells, without a key. Our
packages are the same octets for the same files, so that with the signature values that are there the whole file has to come out:
texts, seals, their places, and who signed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esign.ofd.earlier import readable, require_holding
from esign.ofd.prepare import prepare_ofd
from esign.ofd.read import read_ofd
from trustkit.clock import FixedClock
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from esign.ofd.model import UnverifiedOfd
    from trustkit.app.ofd_desk import OfdDesk


def is_ofd_made_by(desk: OfdDesk, octets: bytes, original: bytes) -> bool:
    """Return whether octets are what this desk makes of a file: it as it was, then a signature by each party as ordered."""
    try:
        found, before = read_ofd(octets), read_ofd(original)
        if len(found.signatures) != len(before.signatures) + len(desk.parties):
            return False
        return _made(desk, found, original) == octets
    except TrustError:
        return False


def _made(desk: OfdDesk, found: UnverifiedOfd, original: bytes) -> bytes | None:
    """Return what the desk makes of the file with the signature values there are, None when somebody else's are among them.

    Raise what preparing raises, and OFD_SIGNED_BADLY for signatures that do not hold.
    """
    proved = require_holding(found)
    made = original
    for number, signature in enumerate(readable(found)[-len(desk.parties) :]):
        if signature.claimed_time is None:
            return None
        then = replace(desk, clock=FixedClock(signature.claimed_time))
        request = then.request(made, number)
        prepared = prepare_ofd(request)
        there = proved[signature.file]
        stamped = bool(there.timestamp_tokens) is (request.timestamp is not None)
        if prepared.signature_file != signature.file or there.certificate != request.certificate or not stamped:
            return None
        made = prepared.filled(found.package.octets(prepared.signed_value_file))
    return made
