"""Certificates a processor second from requests, with lint, audit and self-check, beside the limit and beside `openssl ca`.

    python -m benchmarks.issuance [CERTIFICATES A ROUND]

Everybody signs the same SM2 requests with an SM2 key and SM3, and checks first that who asks has the key. Ours:
`IssuingAuthority.issue_batch` on SQLite, every lint, a trail entry for each step, every signature verified again. `openssl ca`
runs in two ways: a process a request, as a script around it works, and one process for all of them; it neither lints nor keeps a
trail nor proves what it signed. The last line has it sign P-256 requests with a P-256 key, which libcrypto has in assembler, and
SM2 not. Processor time, children included; medians of rounds in which everybody issues after another.
"""

from __future__ import annotations

import os
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ca.authority import IssuingAuthority
from ca.issuance import CertificateIssuer
from ca.order import CertificateOrder
from ca.profile import load_profile
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.store.database import open_database
from trustkit.x509.name_build import build_name
from trustkit.x509.request import parse_request, verify_requests
from trustkit.x509.request_build import REQUEST_LABEL, RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ca.profile_model import CertificateProfile

PROFILES = Path(__file__).parents[1] / "policies" / "certificates"
ACTOR = Principal(id="benchmark")
LIMIT, RATIO = 300.0, 3.0  # what issue 3 asks for
SM3 = "sm3"
BATCH, ROUNDS, EACH = 500, 5, 40  # certificates a round, rounds, and how many of them a process each
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


def _order(profile: CertificateProfile, subject_der: bytes, spki: bytes) -> CertificateOrder:
    return CertificateOrder(
        profile=profile,
        subject_der=subject_der,
        spki=spki,
        crl_url="http://a.example/a.crl",
        issuer_url="http://a.example/a.cer",
    )


@contextmanager
def our_authority(folder: Path) -> Iterator[IssuingAuthority]:
    """Give an authority under a root of its own; engines are chosen and statements compiled at first use."""
    key = generate_key(KeyKind.SM2).signer()
    with open_database(f"sqlite:///{folder}/store.sqlite") as database:
        database.migrate()

        def authority(issuer: CertificateIssuer) -> IssuingAuthority:
            return IssuingAuthority(name="root", database=database, clock=SystemClock(), issuer=issuer)

        root_order = _order(
            load_profile(PROFILES, "root"),
            build_name((("C", "CN"), ("O", "示范局"), ("CN", "根"))),
            key.public_key.spki,
        )
        working = authority(CertificateIssuer(key, authority(CertificateIssuer(key, None)).issue(root_order, ACTOR)))
        yield working


def requests(folder: Path, count: int, kind: KeyKind) -> list[Path]:
    """Write so many requests for distinct keys and names; return their files."""
    files = []
    for _ in range(count):
        signer, number = generate_key(kind).signer(), secrets.token_hex(8)
        name = build_name((("C", "CN"), ("O", "Sample office"), ("CN", f"device {number}")))
        info = build_request_info(RequestSpec(subject_der=name, spki=signer.public_key.spki))
        request = assemble_request(info, signer.suite, signer.sign(info))
        files.append(folder / f"{number}.csr")
        files[-1].write_bytes(encode_pem(REQUEST_LABEL, request))
    return files


def ours(authority: IssuingAuthority, profile: CertificateProfile, files: list[Path]) -> float:
    """Return certificates a processor second of ours."""
    began = time.process_time()
    proved = verify_requests([parse_request(file.read_bytes()) for file in files])
    orders = [
        _order(profile, each.subject_der, each.public_key.spki) for each in proved if not isinstance(each, TrustError)
    ]
    if len(authority.issue_batch(orders, ACTOR)) != len(files):
        raise SystemExit("not every request was taken")
    return len(files) / (time.process_time() - began)


def prepare_openssl(folder: Path, curve: str, digest: str) -> Path:
    """Make an authority for `openssl ca` in a folder."""
    folder.mkdir()
    (folder / "made").mkdir()
    (folder / "index.txt").touch()
    (folder / "ca.cnf").write_text(CONFIG.format(folder=folder), "ascii")
    key, certificate = f"{folder}/ca.key", f"{folder}/ca.pem"
    _openssl("ecparam", "-genkey", "-name", curve, "-noout", "-out", key)
    self_signed = ("-subj", "/CN=peer", "-days", "3650", f"-{digest}", *_identified("-sigopt", digest))
    _openssl("req", "-x509", "-new", "-key", key, *self_signed, "-out", certificate)
    return folder


def _identified(option: str, digest: str) -> tuple[str, ...]:
    return (option, "distid:1234567812345678") if digest == SM3 else ()


def one_process_each(folder: Path, digest: str, files: list[Path]) -> None:
    """Run `openssl ca` once for each request."""
    for file in files:
        _ca(folder, digest, "-in", str(file), "-out", str(file.with_suffix(".pem")))


def one_process(folder: Path, digest: str, files: list[Path]) -> None:
    """Run `openssl ca` once for all requests."""
    _ca(folder, digest, "-out", os.devnull, "-infiles", *map(str, files))


def _ca(folder: Path, digest: str, *words: str) -> None:
    how = ("-md", digest, *_identified("-sigopt", digest), *_identified("-vfyopt", digest))
    _openssl("ca", "-batch", "-notext", "-config", f"{folder}/ca.cnf", *how, *words)


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def rate(run: Callable[[Path, str, list[Path]], None], folder: Path, digest: str, files: list[Path]) -> float:
    """Return requests a processor second of the child processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(folder, digest, files)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return len(files) / (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main(count: int) -> None:
    """Print one line a comparison."""
    mine: list[float] = []
    each: list[float] = []
    together: list[float] = []
    other: list[float] = []
    profile = load_profile(PROFILES, "device")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sm2, p256 = (
            prepare_openssl(folder / curve, curve, md) for curve, md in (("SM2", SM3), ("prime256v1", "sha256"))
        )
        with our_authority(folder) as authority:
            ours(authority, profile, requests(folder, 10, KeyKind.SM2))  # statements are compiled at first use
            for _ in range(ROUNDS):
                files = requests(folder, count, KeyKind.SM2)
                mine.append(ours(authority, profile, files))
                each.append(rate(one_process_each, sm2, SM3, files[:EACH]))
                together.append(rate(one_process, sm2, SM3, files))
                other.append(rate(one_process, p256, "sha256", requests(folder, count, KeyKind.EC_P256)))
    _tell("the limit", mine, [LIMIT] * ROUNDS, 1)
    _tell("openssl ca, a process each", mine, each, RATIO)
    _tell("openssl ca, one process", mine, together, RATIO)
    _tell("openssl ca, one process, P-256", mine, other, None)


def _tell(label: str, mine: list[float], peer: list[float], asked: float | None) -> None:
    ratio = statistics.median(a / b for a, b in zip(mine, peer, strict=True))
    told = "" if asked is None else f"  (asked: {asked:g}{'' if ratio >= asked else ', MISSED'})"
    figures = f"{statistics.median(mine):>12,.0f}/s {statistics.median(peer):>12,.0f}/s"
    print(f"{'issuance in batch, ' + label:<64} {figures} {ratio:>8.2f}{told}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else BATCH)
