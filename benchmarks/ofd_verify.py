"""Verifying OFD beside ofdrw's own validator in a warm JVM, and five hundred pages beside the memory they may take.

    python -m benchmarks.ofd_verify [SECONDS]

Processor time of one thread on both sides, medians of interleaved rounds; ofdrw does digests, seal and signature value, and no
chain, validity, revocation or coverage. The real file is a tax invoice of the outside data; its authority is not known, so
the chain ends early. The other has a page with the same parts, sealed under an anchor, and passes with chain and revocation. The
memory is what a process grows by over verifying a small file. Without ofdrw (make interop) or the outside data those lines say so.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.ofdrw import ROUNDS, beside_ofdrw, rate
from esign.ofd.package import open_package
from tests.support.ofd_forge import TEMPLATE, everything, pack, sample_files, sealed, xml
from tests.support.pki import PkiWorld
from tests.support.testdata import folder
from tests.unit.verifier.licences import NOW
from trustkit.clock import FixedClock
from trustkit.verdict import Indication
from trustkit.x509.trust_store import TrustStore
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable

INVOICE = "ofd/tax_zhejiang_invoice_v4.ofd"
ASKED_RATE, ASKED_RATIO = 250.0, 3.0
PAGES, PAGE_TEXTS, ASKED_MEMORY = 500, 400, 3.0


def _service(anchors: TrustStore) -> VerificationService:
    return VerificationService(
        anchors=anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(NOW)
    )


def _alone(name: str, verify: Callable[[], object], seconds: float) -> None:
    verify()
    ours = statistics.median(rate(verify, seconds) for _ in range(ROUNDS))
    missed = "" if ours >= ASKED_RATE else ", MISSED"
    print(f"{name:<46} {ours:8,.0f}/s  asked {ASKED_RATE:8,.0f}/s  ratio {ours / ASKED_RATE:6.2f}{missed}", flush=True)


def long_document(world: PkiWorld, *, missing: bool) -> bytes:
    """Return five hundred sealed pages of text; with `missing` the seal leaves a template out, so every page is walked through."""
    files = sample_files(attachment=None)
    line = '<ofd:TextObject ID="{0}" Boundary="20 {0} 170 6" Font="3" Size="4"><ofd:TextCode X="0" Y="4">{1}</ofd:TextCode></ofd:TextObject>'
    for number in range(1, PAGES + 1):
        text = "".join(line.format(each, f"第 {number} 页第 {each} 行") for each in range(PAGE_TEXTS))
        files[f"Doc_0/Pages/Page_{number}/Content.xml"] = xml("Page", f"<ofd:Content>{text}</ofd:Content>")
    pages = "".join(f'<ofd:Page ID="{each}" BaseLoc="Pages/Page_{each}/Content.xml"/>' for each in range(1, PAGES + 1))
    files["Doc_0/Document.xml"] = files["Doc_0/Document.xml"].replace(b"<ofd:Pages>", f"<ofd:Pages>{pages}".encode())
    covered = [name for name in everything(files) if not (missing and name == TEMPLATE)]
    return pack(sealed(world, files, covered=covered))


_MEASURE = """
import sys
from pathlib import Path
from benchmarks.ofd_verify import verdict_of
def told(key):
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
small, long = (Path(each).read_bytes() for each in sys.argv[1:])
verdict_of(small)
Path("/proc/self/clear_refs").write_text("5")  # the highest use so far is forgotten (proc(5))
before = told("VmRSS")
verdict_of(long)
print((told("VmHWM") - before) * 1024)
"""


def verdict_of(data: bytes) -> str:
    """Return the indication of a document of whoever; nobody is trusted."""
    return _service(TrustStore.none()).verify(Submission(name="x", data=data)).conclusion.indication.value


def _memory(name: str, small: bytes, long: bytes) -> None:
    unpacked = open_package(long).unpacked
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place) / each for each in ("small.ofd", "long.ofd")]
        for path, data in zip(paths, (small, long), strict=True):
            path.write_bytes(data)
        command = [sys.executable, "-c", _MEASURE, *map(str, paths)]
        grown = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    begun = time.process_time()
    verdict_of(long)
    spent = time.process_time() - begun
    limit = ASKED_MEMORY * unpacked
    missed = "" if grown <= limit else ", MISSED"
    figures = f"{grown / 1e6:7.1f} MB  limit {limit / 1e6:9.1f} MB   ratio {limit / max(grown, 1):6.2f}{missed}"
    print(f"{name:<46} {figures}  ({unpacked / 1e6:.0f} MB unpacked, {spent:.2f} s)", flush=True)


def main(seconds: float) -> None:
    """Measure and print; a ratio above 1 is faster, or smaller, than the peer or the limit."""
    world = PkiWorld()
    own = pack(sealed(world, sample_files(attachment=None)))
    evidence = (world.issuing.der, world.crl().der, world.crl(issuer=world.root).der)
    trusting, strange = _service(world.anchors), _service(TrustStore.none())

    def passes() -> None:
        verdict = trusting.verify(Submission(name="x", data=own, evidence=evidence))
        if verdict.conclusion.indication is not Indication.TOTAL_PASSED:
            raise RuntimeError(verdict.conclusion)

    _alone("a sealed page with chain and revocation", passes, seconds / ROUNDS)
    whole, part = long_document(world, missing=False), long_document(world, missing=True)
    _memory(f"memory of {PAGES} pages, all covered", own, whole)
    _memory(f"memory of {PAGES} pages, a template left out", own, part)
    invoice = folder() / INVOICE
    if not invoice.exists():
        print(f"a real sealed invoice: outside test data absent: {INVOICE}")
        return
    data = invoice.read_bytes()

    def read() -> None:
        strange.verify(Submission(name="x", data=data))

    _alone("a real sealed invoice", read, seconds / ROUNDS)
    beside_ofdrw("a real sealed invoice, beside ofdrw", data, read, seconds / ROUNDS, act="verify", aim=ASKED_RATIO)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 7.0)
