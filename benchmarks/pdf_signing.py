"""Signing PDF at B-T beside stock pyHanko with the same keys and the same authority, and a batch of contracts over two cores.

    python -m benchmarks.pdf_signing [CONTRACTS] [SECONDS]

The first lines are processor time of one process: ECDSA P-256 and RSA-3072 keys, each signing a one-page file with a time stamp of an
authority in the same process, whose work counts for both. Ours includes reading the result back and verifying it, which
pyHanko does not do. The last line is the code behind ``trustkit sign FOLDER --out-dir``: the seal of a home on SM2, every
intent, stamp and signature told to the trail, every result verified, synced and journaled. It is told by the wall's clock and by
processor time on two cores, which is what a machine without other work gives.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from asn1crypto import algos, cms, keys, tsp, x509
from cryptography.hazmat.primitives.serialization import load_der_private_key
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from benchmarks.measure import Act, Pair, report
from esign.pdf.request import SigningRequest
from esign.pdf.sign import sign_pdf
from tests.support.authority import make_home, passphrase
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sample_page, stamper
from trustkit.app.batch import BatchOrder, open_batch
from trustkit.app.batch_plan import plan_batch
from trustkit.app.batch_signing import FileStatus
from trustkit.app.pdf_order import PdfLevel, PdfOrder, WhoSigns
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.timestamp.request import parse_request
from trustkit.timestamp.response import make_response
from trustkit.timestamp.sign import make_token
from verifier.format import Format

if TYPE_CHECKING:
    from collections.abc import Callable

CONTRACTS, CORES = 1000, 2
LEAST_RATIO, LEAST_RATE = 4.0, 120.0  # what is asked for


class OwnAuthority(TimeStamper):  # type: ignore[misc,unused-ignore]
    """The world's time-stamp authority, as pyHanko asks one."""

    def __init__(self, world: PkiWorld) -> None:
        super().__init__()
        self._world = world

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Answer without a network."""
        request = parse_request(req.dump())
        token = make_token(
            imprint=request.imprint,
            imprint_algorithm=request.imprint_algorithm,
            serial=1,
            gen_time=self._world.clock.now(),
            policy="1.2.3.4",
            nonce=request.nonce,
            signer=self._world.tsa.signer,
            certificate=self._world.tsa.certificate,
            chain=(self._world.issuing.certificate,),
        )
        return tsp.TimeStampResp.load(make_response(token))


def _acts(kind: KeyKind, page: bytes) -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    """Return our signing and pyHanko's, with one key."""
    world, key = PkiWorld(kind=kind), generate_key(kind)
    signer = key.signer()
    member = world.issue("signer", signer=signer)
    ours = SigningRequest(
        pdf=page,
        signer=signer,
        certificate=member.certificate,
        chain=(world.issuing.certificate,),
        signing_time=world.clock.now(),
        timestamp=stamper(world),
        reason="benchmark",
    )
    private = load_der_private_key(key.private_key_info(), None)
    registry = SimpleCertificateStore()
    registry.register(x509.Certificate.load(world.issuing.der))
    peer = SimpleSigner(
        signing_cert=x509.Certificate.load(member.der),
        signing_key=keys.PrivateKeyInfo.load(key.private_key_info()),
        cert_registry=registry,
        signature_mechanism=algos.SignedDigestAlgorithm.load(signer.suite.algorithm_identifier()),
    )
    authority = OwnAuthority(world)
    about = PdfSignatureMetadata(
        field_name="Signature1",
        md_algorithm=signer.suite.digest.value,
        subfilter=SigSeedSubFilter.PADES,
        reason="benchmark",
    )
    if private is None:
        raise SystemExit("the key cannot be read")

    def by_pyhanko() -> bytes:
        writer = IncrementalPdfFileWriter(BytesIO(page))
        out = asyncio.run(PdfSigner(about, signer=peer, timestamper=authority).async_sign_pdf(writer))
        return bytes(out.getvalue())

    _require_alike(sign_pdf(ours), by_pyhanko())
    return lambda: sign_pdf(ours), by_pyhanko


def _require_alike(ours: bytes, theirs: bytes) -> None:
    """Stop unless both made a PAdES signature with a time stamp by the same kind of key."""
    found = []
    for octets in (ours, theirs):
        start = octets.rindex(b"/Contents <") + len(b"/Contents <")
        message = cms.ContentInfo.load(bytes.fromhex(octets[start : octets.index(b">", start)].decode()), strict=False)
        signer = message["content"]["signer_infos"][0]
        found.append((signer["signature_algorithm"].native, [each["type"].native for each in signer["unsigned_attrs"]]))
    if found[0] != found[1]:
        raise SystemExit(f"not the same signature: {found}")


def _batch(folder: Path, page: bytes, contracts: int) -> None:
    home, inbox = make_home(folder / "home"), folder / "inbox"
    inbox.mkdir()
    for number in range(contracts):
        (inbox / f"{number}.pdf").write_bytes(page + b"%%contract %d\n" % number)
    order = BatchOrder(
        plan=plan_batch((inbox,), folder / "signed", frozenset({Format.PDF})),
        out=folder / "signed",
        who=WhoSigns(home=home),
        order=PdfOrder(level=PdfLevel.B_T, reason="同意"),
        processes=CORES,
    )
    before, started = _processor(), time.perf_counter()
    with open_batch(order, passphrase) as batch:
        statuses = [result.status for result in batch.results()]
    wall, spent = time.perf_counter() - started, _processor() - before
    if statuses.count(FileStatus.SIGNED) != contracts:
        raise SystemExit(f"only {statuses.count(FileStatus.SIGNED)} of {contracts} were signed")
    for what, seconds in ("by the wall's clock", wall), ("by processor time on two cores", spent / CORES):
        rate = contracts / seconds
        told = "" if rate >= LEAST_RATE else ", MISSED"
        name = f"batch of {contracts} contracts, {what}"
        print(f"{name:<64} {rate:>12,.0f}/s {LEAST_RATE:>12,.0f}/s {rate / LEAST_RATE:>8.2f}  (asked: 1{told})")


def _processor() -> float:
    """Return the processor seconds of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main(contracts: int, seconds: float) -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        page = sample_page(folder, words=150)
        pairs = []
        for kind in (KeyKind.EC_P256, KeyKind.RSA):
            ours, theirs = _acts(kind, page)
            pairs.append(
                Pair(
                    name=f"PDF sign B-T, {kind.value}, beside stock pyHanko",
                    ours=Act(name=f"ours {kind.value}", call=ours),
                    peer=Act(name=f"pyHanko {kind.value}", call=theirs),
                    least=LEAST_RATIO,
                )
            )
        report(pairs, seconds=seconds / 25, rounds=25)
        _batch(folder, page, contracts)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else CONTRACTS, float(given[1]) if len(given) > 1 else 5.0)
