"""Certificates a processor second, with lint, audit and self-check, beside the limit asked for and beside `openssl ca`.

    python -m benchmarks.issuance [CERTIFICATES]

Ours: `IssuingAuthority.issue_batch` over orders for distinct SM2 keys, on SQLite in a folder of its own, both transactions,
every lint, a trail entry for each step, every signature verified again. `openssl ca` signs the same number of requests on P-256 in
the same run, in two ways: a process a request, as a script around it works, and one process for all of them. Both are counted in
processor time, children included. `openssl ca` neither lints nor keeps a trail nor proves what it signed.
"""

from __future__ import annotations

import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ca.authority import IssuingAuthority
from ca.issuance import CertificateIssuer
from ca.order import CertificateOrder
from ca.profile import load_profile
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.identity import Principal
from trustkit.store.database import open_database
from trustkit.x509.name_build import build_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.profile_model import CertificateProfile

PROFILES = Path(__file__).parents[1] / "policies" / "certificates"
ACTOR = Principal(id="benchmark")
LIMIT, RATIO = 300, 3  # what issue 3 asks for
BATCH = 500
CONFIG = """
[ca]
default_ca = d
[d]
database = {folder}/index.txt
new_certs_dir = {folder}/made
rand_serial = yes
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_days = 365
policy = p
x509_extensions = e
unique_subject = no
email_in_dn = no
[p]
commonName = supplied
[e]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://a.example/a.crl
"""


def _order(profile: CertificateProfile, name: str, spki: bytes) -> CertificateOrder:
    return CertificateOrder(
        profile=profile,
        subject_der=build_name((("C", "CN"), ("O", "示范局"), ("CN", name))),
        spki=spki,
        crl_url="http://a.example/a.crl",
        issuer_url="http://a.example/a.cer",
    )


def ours(folder: Path, count: int) -> float:
    """Return certificates a processor second of ours."""
    orders = [
        _order(load_profile(PROFILES, "device"), f"设备{n}", generate_key(KeyKind.SM2).public_key.spki)
        for n in range(count)
    ]
    key = generate_key(KeyKind.SM2).signer()
    with open_database(f"sqlite:///{folder}/store.sqlite") as database:
        database.migrate()

        def authority(issuer: CertificateIssuer) -> IssuingAuthority:
            return IssuingAuthority(name="root", database=database, clock=SystemClock(), issuer=issuer)

        root_order = _order(load_profile(PROFILES, "root"), "根", key.public_key.spki)
        root = authority(CertificateIssuer(key, None)).issue(root_order, ACTOR)
        working = authority(CertificateIssuer(key, root))
        working.issue_batch(orders[:10], ACTOR)  # engines are chosen and statements compiled at first use
        began = time.process_time()
        for start in range(10, count, BATCH):
            working.issue_batch(orders[start : start + BATCH], ACTOR)
        return (count - 10) / (time.process_time() - began)


def prepare_openssl(folder: Path, count: int) -> list[Path]:
    """Make a P-256 authority for `openssl ca` and requests for it; return their files."""
    (folder / "made").mkdir()
    (folder / "index.txt").touch()
    (folder / "ca.cnf").write_text(CONFIG.format(folder=folder), "ascii")
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "ca.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _openssl(
        "req", "-x509", "-key", f"{folder}/ca.key", "-subj", "/CN=peer", "-days", "3650", "-out", f"{folder}/ca.pem"
    )
    files = []
    for number in range(count):
        holder = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"device {number} {secrets.token_hex(4)}")])
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(holder, hashes.SHA256())
        files.append(folder / f"{number}.csr")
        files[-1].write_bytes(request.public_bytes(Encoding.PEM))
    return files


def one_process_each(folder: Path, files: list[Path]) -> None:
    """Run `openssl ca` once for each request."""
    for file in files:
        _ca(folder, "-in", str(file), "-out", str(file.with_suffix(".pem")))


def one_process(folder: Path, files: list[Path]) -> None:
    """Run `openssl ca` once for all requests."""
    _ca(folder, "-out", os.devnull, "-infiles", *map(str, files))


def _ca(folder: Path, *words: str) -> None:
    _openssl("ca", "-batch", "-notext", "-config", f"{folder}/ca.cnf", *words)


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def rate(run: Callable[[Path, list[Path]], None], folder: Path, files: list[Path]) -> float:
    """Return requests a processor second of the child processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(folder, files)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return len(files) / (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main(count: int) -> None:
    """Print one line a comparison."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mine = ours(folder, count)
        peers = {}
        for label, run, number in (
            ("openssl ca, a process each", one_process_each, min(count, 200)),
            ("openssl ca, one process", one_process, count),
        ):
            place = folder / label.replace(" ", "-").replace(",", "")
            place.mkdir()
            peers[label] = rate(run, place, prepare_openssl(place, number))
    told = "" if mine >= LIMIT else ", MISSED"
    print(
        f"{'issuance in batch, the limit':<64} {mine:>12,.0f}/s {LIMIT:>12,.0f}/s {mine / LIMIT:>8.2f}  (asked: 1{told})"
    )
    for label, peer in peers.items():
        told = "" if mine >= RATIO * peer else ", MISSED"
        asked = f"  (asked: {RATIO}{told})"
        print(f"{'issuance in batch, ' + label:<64} {mine:>12,.0f}/s {peer:>12,.0f}/s {mine / peer:>8.2f}{asked}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
