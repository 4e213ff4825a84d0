"""Others' opinion of our certification requests, and ours of theirs: the openssl command and BouncyCastle."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.alternative_names import subject_alternative_names
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extensions import key_usage
from trustkit.x509.name import Name
from trustkit.x509.request import parse_request, verify_request
from trustkit.x509.request_build import RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from trustkit.error_family import Code

pytestmark = pytest.mark.interop

SOURCE = Path(__file__).parent / "bouncycastle" / "CheckRequest.java"
JARS = tuple(Path("/usr/share/java") / name for name in ("bcprov.jar", "bcpkix.jar", "bcutil.jar"))
EXTENSIONS = (key_usage(("digitalSignature",)), subject_alternative_names(dns=("a.example.test",)))
OPENSSL_SUITES = [suite for suite in SignatureSuite if suite.key_kind in {KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.RSA,
                                                                         KeyKind.ED25519}]  # fmt: skip


def made(suite: SignatureSuite) -> bytes:
    signer = generate_key(suite.key_kind).signer(suite)
    subject = Name.build(country="CN", organisation="Example", common_name="applicant")
    info = build_request_info(RequestSpec(subject_der=subject, spki=signer.public_key.spki, extensions=EXTENSIONS))
    return assemble_request(info, suite, signer.sign(info))


def openssl(*arguments: str, octets: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command on this machine")
    return subprocess.run(["openssl", *arguments], input=octets, capture_output=True, check=False, timeout=30)


@pytest.mark.parametrize("suite", OPENSSL_SUITES)
def test_openssl_verifies_ours(suite: SignatureSuite) -> None:
    text = encode_pem("CERTIFICATE REQUEST", made(suite))
    done = openssl("req", "-verify", "-noout", "-text", octets=text)
    assert done.returncode == 0, done.stderr
    assert b"verify OK" in done.stderr + done.stdout
    assert b"DNS:a.example.test" in done.stdout


def test_openssl_verifies_ours_with_sm2_when_told_the_id() -> None:
    text = encode_pem("CERTIFICATE REQUEST", made(SignatureSuite.SM2_SM3))
    done = openssl("req", "-verify", "-noout", "-vfyopt", "distid:1234567812345678", octets=text)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "key",
    [
        ("EC", "ec_paramgen_curve:P-256"),
        ("EC", "ec_paramgen_curve:P-384"),
        ("RSA", "rsa_keygen_bits:2048"),
        ("ED25519",),
    ],
)
def test_we_verify_those_of_openssl(tmp_path: Path, key: tuple[str, ...]) -> None:
    algorithm, *options = key
    path = tmp_path / "key.pem"
    made_key = openssl("genpkey", "-algorithm", algorithm, *(f"-pkeyopt={o}" for o in options), "-out", str(path))
    assert made_key.returncode == 0, made_key.stderr
    names = ("-addext", "subjectAltName=DNS:b.example.test", "-addext", "1.2.3.4=critical,ASN1:NULL")
    done = openssl("req", "-new", "-key", str(path), "-subj", "/C=CN/CN=b", *names)
    assert done.returncode == 0, done.stderr
    request = verify_request(parse_request(done.stdout))
    assert oids.SUBJECT_ALT_NAME in request.extensions
    assert request.extensions["1.2.3.4"].critical


@pytest.mark.parametrize(
    ("options", "code"), [((), ErrorCode.SIGNATURE_WRONG_ID), (("distid:1234567812345678",), None)]
)
def test_openssl_signs_with_the_empty_id_unless_told(
    tmp_path: Path, options: tuple[str, ...], code: Code | None
) -> None:
    path = tmp_path / "key.pem"
    assert openssl("genpkey", "-algorithm", "SM2", "-out", str(path)).returncode == 0
    told = [part for option in options for part in ("-sigopt", option)]
    done = openssl("req", "-new", "-sm3", "-key", str(path), "-subj", "/CN=c", *told)
    assert done.returncode == 0, done.stderr
    found = None
    try:
        verify_request(parse_request(done.stdout))
    except TrustError as error:
        found = error.code
    assert found is code


def test_bouncycastle_verifies_ours(tmp_path: Path) -> None:
    missing = [str(jar) for jar in JARS if not jar.exists()]
    missing += [] if shutil.which("javac") else ["javac"]
    if missing:
        pytest.skip(f"BouncyCastle or a JDK is missing: {', '.join(missing)} (make interop installs them)")
    suites = [suite for suite in SignatureSuite if suite.key_kind in {KeyKind.SM2, KeyKind.EC_P256, KeyKind.RSA}]
    octets = [made(suite) for suite in suites]
    name = octets[0].index(b"applicant")
    octets.append(octets[0][:name] + b"imposter9" + octets[0][name + 9 :])
    files = []
    for number, each in enumerate(octets):
        files.append(tmp_path / f"request{number}.der")
        files[-1].write_bytes(each)
    command = ["java", "-cp", ":".join(map(str, JARS)), str(SOURCE), *map(str, files)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    *good, bad = done.stdout.splitlines()
    assert all(line.startswith("OK C=CN,O=Example,CN=applicant [2.5.29.15, 2.5.29.17]") for line in good), good
    assert len(good) == len(suites)
    assert bad.startswith("REFUSED")
