"""Signing, reading and verifying a one-page licence PDF, each beside its limit; reading also beside its own long way.

    python -m benchmarks.pdf [SECONDS]

CPU time of one thread, so that other work on the machine does not count; medians of rounds, interleaved. The page has one
SM2 signature with a time stamp, four certificates and a CRL inside. The peer of reading is pyHanko listing the signatures;
after one more revision the peer is our own reading without its short way.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pyhanko.pdf_utils.reader import PdfFileReader

from esign.pdf.read import _read, read_pdf
from esign.pdf.sign import sign_pdf
from esign.pdf.verify import verify_pdf_signature
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import add_evidence, request, sample_page
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
SIGN_LIMIT, VERIFY_LIMIT = 30.0, 12.0  # ms
Act = tuple[str, "Callable[[], object]"]


def _milliseconds(act: Callable[[], object], seconds: float) -> float:
    started, done = time.thread_time(), 0
    while time.thread_time() - started < seconds:
        act()
        done += 1
    return (time.thread_time() - started) / done * 1000


def _medians(acts: tuple[Act, ...], seconds: float) -> dict[str, float]:
    rounds = [{name: _milliseconds(act, seconds / ROUNDS) for name, act in acts} for _ in range(ROUNDS)]
    return {name: statistics.median(found[name] for found in rounds) for name, _ in acts}


def _verify(octets: bytes, *, shortcut: bool = True) -> None:
    """Read, verify the signature and its time stamp: all but the certificate path."""
    pdf = _read(octets, shortcut=shortcut)
    found = verify_pdf_signature(pdf, pdf.signatures[0]).octets
    verify_token(parse_token(found.timestamp_tokens[0]), data=found.signature_value)


def _line(name: str, ours: float, other: float, what: str) -> None:
    print(f"{name:<42} {ours:9.2f} ms     {what} {other:9.2f}   ratio {other / ours:6.2f}")


def main(seconds: float) -> None:
    """Measure and print; a ratio above 1 is faster than the limit or the peer."""
    world = PkiWorld()
    with tempfile.TemporaryDirectory() as folder:
        page = sample_page(Path(folder), words=150)
    usual, unstamped = request(world, page), request(world, page, timestamp=None)
    signed = sign_pdf(usual)
    updated = add_evidence(signed, world.crl(number=2).der)
    acts: tuple[Act, ...] = (
        ("sign", lambda: sign_pdf(usual)),
        ("sign unstamped", lambda: sign_pdf(unstamped)),
        ("read", lambda: read_pdf(signed)),
        ("read long", lambda: _read(signed, shortcut=False)),
        ("pyhanko", lambda: PdfFileReader(BytesIO(signed)).embedded_signatures),
        ("verify", lambda: _verify(signed)),
        ("verify updated", lambda: _verify(updated)),
        ("verify updated long", lambda: _verify(updated, shortcut=False)),
    )
    found = _medians(acts, seconds)
    print(f"one page of {len(page) / 1000:.0f} kB, signed {len(signed) / 1000:.0f} kB")
    _line("PDF sign, B-T with evidence and seal", found["sign"], SIGN_LIMIT, "limit")
    _line("PDF sign, B-B", found["sign unstamped"], SIGN_LIMIT, "limit")
    _line("PDF read, one signature over all", found["read"], found["pyhanko"], "pyHanko")
    _line("PDF read, the long way", found["read long"], found["pyhanko"], "pyHanko")
    _line("PDF read and verify with its stamp", found["verify"], VERIFY_LIMIT, "limit")
    _line("the same after one more revision", found["verify updated"], found["verify updated long"], "long way")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
