"""certbot gets a certificate from our ACME, renews it, and has it revoked; OpenSSL accepts the chain."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from tests.support.ca_service import ca_service
from tests.support.names import name_service
from tests.support.service import free_port
from tests.support.terminal import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.ca_service import CaService

pytestmark = pytest.mark.interop

NAMES = ("www.example.test", "example.test")


def _trustkit(service: CaService, *words: str) -> dict[str, str]:
    command = [sys.executable, "-m", "trustkit.app", *words, "--home", str(service.home), "--format", "json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, env=environment())
    told: dict[str, str] = json.loads(done.stdout.splitlines()[0])
    return told


def _certbot(service: CaService, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    places = [f"--{name}-dir={folder / name}" for name in ("config", "work", "logs")]
    server = ["--server", f"{service.base}/acme/directory"]
    environ = environment() | {"REQUESTS_CA_BUNDLE": str(service.tls.root)}
    command = ["certbot", *words, "--non-interactive", *server, *places]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=180, env=environ)


def test_certbot_gets_renews_and_revokes(tmp_path: Path) -> None:
    challenge_port = free_port()
    with name_service() as resolver:
        settings = f'[acme]\nenabled = true\nhttp_port = {challenge_port}\nresolver = "{resolver}"\nnetworks = ["127.0.0.0/8"]\n'
        with ca_service(tmp_path, settings) as service:
            names = [word for name in NAMES for word in ("-d", name)]
            ask = ["certonly", "--standalone", "--http-01-port", str(challenge_port), *names]
            agree = ["--agree-tos", "-m", "admin@example.test"]
            without = _certbot(service, tmp_path / "bot", *ask, *agree)
            assert without.returncode != 0  # no external account
            external = _trustkit(
                service, "ca", "acme", "external", "add", "web-1", "--passphrase-file", str(tmp_path / "passphrase")
            )
            eab = ["--eab-kid", external["kid"], "--eab-hmac-key", external["hmac_key"]]
            got = _certbot(service, tmp_path / "bot", *ask, *agree, *eab)
            assert got.returncode == 0, got.stdout + got.stderr + service.log.read_text()[-3000:]
            live = tmp_path / "bot" / "config" / "live" / NAMES[0]
            _require_chain(service, live, tmp_path)
            renewed = _certbot(
                service,
                tmp_path / "bot",
                "renew",
                "--force-renewal",
                "--no-random-sleep-on-renew",
                "--http-01-port",
                str(challenge_port),
            )
            assert renewed.returncode == 0, renewed.stdout + renewed.stderr
            revoked = _certbot(
                service, tmp_path / "bot", "revoke", "--cert-path", str(live / "cert.pem"), "--reason", "superseded"
            )
            assert revoked.returncode == 0, revoked.stdout + revoked.stderr


def test_certbot_gets_a_certificate_from_a_classical_authority_of_an_sm2_home(tmp_path: Path) -> None:
    """The authority's own keys are SM2; `trustkit ca create tls` makes the one web servers can use."""
    challenge_port = free_port()
    zones: dict[str, tuple[str, ...]] = {"example.test": ('0 issue "ca.example.test"',)}
    with name_service(caa=zones) as resolver:
        settings = (
            f'[acme]\nenabled = true\nauthority = "tls"\nhttp_port = {challenge_port}\nresolver = "{resolver}"\n'
            'networks = ["127.0.0.0/8"]\ncaa_identities = ["ca.example.test"]\n'
        )
        with ca_service(tmp_path, settings, keys="sm2", prepare=_create_tls) as service:
            words = ("ca", "acme", "external", "add", "web-1", "--passphrase-file", str(tmp_path / "passphrase"))
            external = _trustkit(service, *words)
            ask = ["certonly", "--standalone", "--http-01-port", str(challenge_port), "-d", NAMES[0]]
            ask += [
                "--agree-tos",
                "-m",
                "a@example.test",
                "--eab-kid",
                external["kid"],
                "--eab-hmac-key",
                external["hmac_key"],
            ]
            got = _certbot(service, tmp_path / "bot", *ask)
            assert got.returncode == 0, got.stdout + got.stderr + service.log.read_text()[-3000:]
            live = tmp_path / "bot" / "config" / "live" / NAMES[0]
            (leaf,) = x509.load_pem_x509_certificates((live / "cert.pem").read_bytes())
            above = x509.load_pem_x509_certificates((live / "chain.pem").read_bytes())
            leaf.verify_directly_issued_by(above[0])
            assert above[0].signature_algorithm_oid.dotted_string == "1.2.156.10197.1.501"  # SM2 with SM3, by the root
            zones["example.test"] = ('0 issue "other.test"',)
            refused = _certbot(service, tmp_path / "bot", *ask, "--force-renewal")
            assert refused.returncode != 0
            assert "CAA" in refused.stdout + refused.stderr


def _create_tls(home: Path, passphrase: Path) -> None:
    command = [sys.executable, "-m", "trustkit.app", "ca", "create", "tls", "--under", "root", "--keys", "ecdsa-p256"]
    command += ["--profile", "subordinate-ca"]
    command += ["--subject", "O=Example", "--subject", "CN=Example TLS", "--yes"]
    command += ["--home", str(home), "--passphrase-file", str(passphrase)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment())
    assert done.returncode == 0, done.stderr


def _require_chain(service: CaService, live: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "trustkit.app", "ca", "export", str(folder / "out"), "--home", str(service.home)]
    subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment())
    root = folder / "root.pem"
    words = ["openssl", "x509", "-inform", "DER", "-in", str(folder / "out" / "root.cer"), "-out", str(root)]
    subprocess.run(words, check=True, timeout=60)
    verify = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", NAMES[0]]
    files = ["-CAfile", str(root), "-untrusted", str(live / "chain.pem"), str(live / "cert.pem")]
    done = subprocess.run([*verify, *files], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
