"""A list of a million entries: seconds and memory to make it, octets, and what a look-up in it costs a verifier.

    .venv/bin/python -m benchmarks.crl [ENTRIES]

Runs in a process of its own so that the peak of memory is that of the making; the store is filled beforehand by another.
"""

from __future__ import annotations

import multiprocessing
import resource
import secrets
import sys
import tempfile
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert

from ca.list_building import ListBuilder
from ca.list_publication import ListPublisher
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.identity import SYSTEM
from trustkit.store import crls
from trustkit.store.database import open_database
from trustkit.store.schema import revocations, sequences
from trustkit.x509 import build
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.crl import parse_crl
from trustkit.x509.crl_build import CrlEntry, encode_entry
from trustkit.x509.extensions import standard_extensions
from trustkit.x509.name import Name
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.custody.private_key import SoftwareSigner
    from trustkit.x509.certificate import Certificate

ENTRIES: Final = 1_000_000
CARRIED: Final = 100_000
PARTITIONS: Final = 256
SECONDS: Final = 10.0
OCTETS: Final = 1024**3
_BATCH: Final = 50_000
_THEN: Final = datetime(2026, 6, 1, tzinfo=UTC)


def main(entries: int) -> None:
    """Fill a store, then measure in a fresh process."""
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{Path(place) / 's.db'}"
        context = multiprocessing.get_context("spawn")
        steps: tuple[tuple[Callable[..., None], tuple[object, ...]], ...] = (
            (fill, (url, entries)),
            (make, (url, entries)),
            (look_up, (url,)),
            (fill, (f"sqlite:///{Path(place) / 'divided.db'}", CARRIED)),
            (carry, (f"sqlite:///{Path(place) / 'divided.db'}",)),
        )
        for step, arguments in steps:
            process = context.Process(target=step, args=arguments)
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(process.exitcode)


def fill(url: str, entries: int) -> None:
    """Write what revoking so many certificates leaves, without their certificates."""
    with open_database(url) as database:
        database.migrate()
        reasons = tuple(reason for reason in RevocationReason if reason is not RevocationReason.REMOVE_FROM_CRL)
        for start in range(0, entries, _BATCH):
            rows = []
            for change in range(start + 1, min(start + _BATCH, entries) + 1):
                number = secrets.randbits(158) | 1 << 158
                reason = reasons[change % len(reasons)]
                entry = encode_entry(
                    CrlEntry(serial=number, revoked_at=_THEN + timedelta(seconds=change), reason=reason)
                )
                row = {"issuer": "issuing", "serial": f"{number:x}", "bucket": number % 256, "reason": reason.value}
                rows.append(row | {"change": change, "entry": entry})
            with database.unit_of_work() as uow:
                uow.write_many(insert(revocations), rows)
        with database.unit_of_work() as uow:
            uow.write(insert(sequences), {"name": "revocation:issuing", "value": entries})


def make(url: str, entries: int) -> None:
    """Build, sign, check and store the list; print what it cost."""
    builder = _builder(generate_key(KeyKind.SM2).signer())
    with open_database(url) as database:
        database.migrate()
        publisher = ListPublisher(database=database, clock=SystemClock(), builder=builder)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        wall, processor = time.perf_counter(), time.process_time()
        (head,) = publisher.publish(SYSTEM)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if head.entries != entries:
        sys.exit(f"crl: {head.entries} entries instead of {entries}")
    print(f"list of {entries} entries, {head.size / 2**20:.0f} MiB")
    print(f"{'built, signed, checked, stored':<42} {wall:9.2f} s   limit {SECONDS:9.2f}   ratio {wall / SECONDS:6.2f}")
    print(
        f"{'the same, processor time':<42} {processor:9.2f} s   limit {SECONDS:9.2f}   ratio {processor / SECONDS:6.2f}"
    )
    print(
        f"{'peak of memory':<42} {peak / 2**20:7.0f} MiB   limit {OCTETS / 2**20:5.0f} MiB   ratio {peak / OCTETS:6.2f}"
    )
    print(f"{'of it, before anything was read':<42} {before / 2**20:7.0f} MiB")


def carry(url: str) -> None:
    """Publish the list of all beside its parts; print what a file that carries its evidence has to carry, compressed as in a PDF."""
    signer = generate_key(KeyKind.SM2).signer()
    with open_database(url) as database:
        database.migrate()
        publisher = ListPublisher(
            database=database, clock=SystemClock(), builder=_builder(signer), partitions=PARTITIONS
        )
        publisher.publish(SYSTEM)
        with database.reading() as unit:
            heads = [crls.find_head(unit, "issuing", scope=scope) for scope in (crls.WHOLE, f"{PARTITIONS}-0")]
            found = [crls.find_der(unit, head) if head is not None else None for head in heads]
    whole, part = (len(zlib.compress(der or b"")) for der in found)
    what = f"in a file: 1 of {PARTITIONS} parts, of {CARRIED}"
    print(f"{what:<42} {part / 2**10:7.0f} KiB   of all {whole / 2**10:5.0f} KiB  ratio {part / whole:6.3f}")


def _builder(signer: SoftwareSigner) -> ListBuilder:
    return ListBuilder(
        name="issuing",
        signer=signer,
        certificate=_certificate(signer),
        lifetime=timedelta(days=7),
        base_url="http://127.0.0.1",
        deltas=False,
        keep_expired=False,
    )


def look_up(url: str) -> None:
    """Read the list as a verifier does, and find serials in it."""
    with open_database(url) as database:
        database.migrate()
        with database.reading() as unit:
            head = crls.find_head(unit, "issuing")
            der = crls.find_der(unit, head) if head is not None else None
    if der is None:
        sys.exit("crl: no list")
    start = time.process_time()
    crl = parse_crl(der)
    parsed = time.process_time() - start
    start = time.process_time()
    crl.revoked_entry(1)
    indexed = time.process_time() - start
    start = time.process_time()
    for number in range(10_000):
        crl.revoked_entry(number)
    looked = (time.process_time() - start) / 10_000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'a verifier reads the frame':<42} {parsed * 1000:9.1f} ms")
    print(f"{'its first look-up, with the index':<42} {indexed:9.2f} s   peak of memory {peak:.0f} MiB")
    print(f"{'each further look-up':<42} {looked * 1e6:9.2f} us")


def _certificate(signer: SoftwareSigner) -> Certificate:
    name = Name.build(country="CN", organisation="示范局", common_name="签发CA")
    key = signer.public_key
    tbs = build.build_tbs_certificate(
        build.CertificateSpec(
            serial=1,
            suite=signer.suite,
            issuer_der=name,
            subject_der=name,
            spki=key.spki,
            not_before=_THEN,
            not_after=_THEN + timedelta(days=3650),
            extensions=standard_extensions(
                key_identifier=key.identifier, authority_identifier=None, ca=True, usage=("keyCertSign", "cRLSign")
            ),
        )
    )
    return parse_certificate(build.assemble_certificate(tbs, signer.suite, signer.sign(tbs)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
