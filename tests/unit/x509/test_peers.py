"""What we build, read by others: the openssl command, pyca/cryptography and pkilint."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from shutil import which

import pytest
from cryptography import x509 as peer
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.support.pki import PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.pem import encode_pem
from trustkit.x509.reason import RevocationReason

OPENSSL = which("openssl")
BESIDE = Path(sys.executable).parent
CERTIFICATES = ("lint_pkix_cert",)
LISTS = ("lint_crl", "-t", "CRL", "-p", "PKIX")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="no openssl command on this machine")


def openssl(*arguments: str, octets: bytes) -> str:
    done = subprocess.run(["openssl", *arguments], input=octets, capture_output=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@needs_openssl
@pytest.mark.parametrize("who", ["root", "issuing", "signer", "tsa", "encryption"])
def test_openssl_reads_our_certificates(world: PkiWorld, who: str) -> None:
    certificate = getattr(world, who).certificate
    text = openssl("x509", "-inform", "DER", "-noout", "-text", "-nameopt", "utf8", octets=certificate.der)
    assert "Version: 3 (0x2)" in text
    assert certificate.subject in text
    assert certificate.issuer in text
    assert "X509v3 Basic Constraints: critical" in text
    assert "X509v3 Key Usage: critical" in text
    assert "ASN1 OID: SM2" in text
    assert ("Time Stamping" in text) == (who == "tsa")
    again = openssl("x509", "-inform", "DER", "-outform", "PEM", octets=certificate.der)
    assert again.encode() == encode_pem("CERTIFICATE", certificate.der)


@needs_openssl
def test_openssl_verifies_our_signatures(world: PkiWorld, tmp_path: Path) -> None:
    for child, issuer in ((world.signer, world.issuing), (world.issuing, world.root)):
        anchor = tmp_path / "anchor.pem"
        anchor.write_bytes(encode_pem("CERTIFICATE", issuer.der))
        leaf = tmp_path / "leaf.pem"
        leaf.write_bytes(encode_pem("CERTIFICATE", child.der))
        at = str(int(world.START.timestamp()))
        identity = ("-vfyopt", "distid:1234567812345678")
        told = openssl(
            "verify", "-partial_chain", "-attime", at, *identity, "-CAfile", str(anchor), str(leaf), octets=b""
        )
        assert told.rstrip().endswith(": OK")


@needs_openssl
def test_openssl_reads_our_lists(world: PkiWorld) -> None:
    crl = world.crl(number=0x1234)
    text = openssl("crl", "-inform", "DER", "-noout", "-text", octets=crl.der)
    for words in (
        "Version 2 (0x1)",
        "Key Compromise",
        f"Serial Number: {world.revoked.certificate.serial:X}",
        "Last Update: Nov 30 00:00:00 2026 GMT",
        "Next Update: Dec  7 00:00:00 2026 GMT",
        "X509v3 CRL Number",
    ):
        assert words in text
    assert "No Revoked Certificates." in openssl(
        "crl", "-inform", "DER", "-noout", "-text", octets=world.crl(revoked={}).der
    )


def test_cryptography_reads_our_certificates(world: PkiWorld) -> None:
    ours = world.signer.certificate
    theirs = peer.load_der_x509_certificate(ours.der)
    assert theirs.serial_number == ours.serial
    assert theirs.tbs_certificate_bytes == ours.tbs
    assert theirs.signature == ours.signature
    assert theirs.signature_algorithm_oid.dotted_string == ours.signature_oid
    assert (theirs.not_valid_before_utc, theirs.not_valid_after_utc) == (ours.not_before, ours.not_after)
    assert theirs.subject.public_bytes() == ours.subject_der
    assert theirs.issuer.public_bytes() == ours.issuer_der
    usage = theirs.extensions.get_extension_for_class(peer.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert not usage.value.key_encipherment
    assert theirs.extensions.get_extension_for_class(peer.SubjectKeyIdentifier).value.digest == ours.subject_key_id
    authority = theirs.extensions.get_extension_for_class(peer.AuthorityKeyIdentifier).value
    assert authority.key_identifier == ours.authority_key_id
    points = theirs.extensions.get_extension_for_class(peer.CRLDistributionPoints).value
    assert tuple(point.full_name[0].value for point in points if point.full_name) == ours.crl_urls


def test_cryptography_reads_our_lists(world: PkiWorld) -> None:
    revoked = {world.revoked: RevocationReason.SUPERSEDED, world.signer: RevocationReason.UNSPECIFIED}
    ours = world.crl(revoked=revoked, number=77)
    theirs = peer.load_der_x509_crl(ours.der)
    assert theirs.tbs_certlist_bytes == ours.tbs
    assert (theirs.last_update_utc, theirs.next_update_utc) == (ours.this_update, ours.next_update)
    assert theirs.extensions.get_extension_for_class(peer.CRLNumber).value.crl_number == 77
    assert len(theirs) == 2
    entry = theirs.get_revoked_certificate_by_serial_number(world.revoked.certificate.serial)
    assert entry is not None
    assert entry.revocation_date_utc == world.START - timedelta(days=2)
    assert entry.extensions.get_extension_for_class(peer.CRLReason).value.reason is peer.ReasonFlags.superseded


def test_cryptography_verifies_what_it_can() -> None:
    for kind in (KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.ED25519, KeyKind.RSA):
        world = PkiWorld(kind=kind)
        root = peer.load_der_x509_certificate(world.root.der)
        issuing = peer.load_der_x509_certificate(world.issuing.der)
        issuing.verify_directly_issued_by(root)
        crl = peer.load_der_x509_crl(world.crl().der)
        key = issuing.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey)
        assert crl.is_signature_valid(key)


def pkilint(tool: tuple[str, ...], octets: bytes, label: str, folder: Path) -> str:
    path = folder / "linted.pem"
    path.write_bytes(encode_pem(label, octets))
    command = [str(BESIDE / tool[0]), "lint", *tool[1:], "-s", "WARNING", str(path)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert not done.stderr, done.stderr.decode()
    return done.stdout.decode().rstrip()


needs_pkilint = pytest.mark.skipif(
    not (BESIDE / "lint_pkix_cert").exists(), reason="pkilint is not installed beside this Python"
)


@needs_pkilint
@pytest.mark.parametrize("who", ["issuing", "signer", "tsa"])
def test_pkilint_finds_no_fault_in_certificates(world: PkiWorld, tmp_path: Path, who: str) -> None:
    assert not pkilint(CERTIFICATES, getattr(world, who).der, "CERTIFICATE", tmp_path)


@needs_pkilint
def test_pkilint_finds_what_the_chinese_profile_wants_in_encryption_certificates(
    world: PkiWorld, tmp_path: Path
) -> None:
    # RFC 5480 3 forbids an EC key to encipher; SM2 can (GB/T 32918.4), and GB/T 20518 writes it so.
    found = pkilint(CERTIFICATES, world.encryption.der, "CERTIFICATE", tmp_path)
    findings = [line for line in found.splitlines() if line.startswith("    ")]
    assert len(findings) == 1
    assert "key_usage_value_prohibited_for_ec" in findings[0]


@needs_pkilint
def test_pkilint_finds_no_fault_in_lists(world: PkiWorld, tmp_path: Path) -> None:
    assert not pkilint(LISTS, world.crl().der, "X509 CRL", tmp_path)
