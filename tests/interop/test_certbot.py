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
HOOKS = (("auth", "add"), ("cleanup", "remove"))


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
            eab = ["--eab-kid", external["kid"], f"--eab-hmac-key={external['hmac_key']}"]
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
                f"--eab-hmac-key={external['hmac_key']}",
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


HOOK = '''"""Puts the proof certbot asks for into a zone file, and takes it out again."""
import os, pathlib, sys
zone, act = pathlib.Path(sys.argv[1]), sys.argv[2]
line = f"_acme-challenge.{os.environ['CERTBOT_DOMAIN']} {os.environ['CERTBOT_VALIDATION']}"
kept = [each for each in zone.read_text().splitlines() if each != line]
zone.write_text("\\n".join([*kept, line] if act == "add" else kept) + "\\n")
with zone.with_suffix(".told").open("a") as told:
    told.write(f"{act} {line}\\n")
'''


class ZoneFile(dict[str, tuple[str, ...]]):
    """The TXT records of a zone, read anew from a file whenever somebody asks."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        path.write_text("")

    def _records(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for line in self._path.read_text().splitlines():
            name, _, value = line.partition(" ")
            if name:
                found[name] = (*found.get(name, ()), value)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._records()

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._records()[name]


def test_certbot_proves_names_by_the_zone(tmp_path: Path) -> None:
    """dns-01 by hooks, with an external account: a wildcard beside its base name, which no web server could prove; nothing listens."""
    hook, zone = tmp_path / "hook.py", tmp_path / "zone"
    hook.write_text(HOOK)
    with name_service(ZoneFile(zone)) as resolver:
        settings = f'[acme]\nenabled = true\nresolver = "{resolver}"\nnetworks = ["127.0.0.0/8"]\n'
        with ca_service(tmp_path, settings) as service:
            words = ("ca", "acme", "external", "add", "web-1", "--passphrase-file", str(tmp_path / "passphrase"))
            external = _trustkit(service, *words)
            hooks = [f"--manual-{which}-hook={sys.executable} {hook} {zone} {act}" for which, act in HOOKS]
            ask = [
                "certonly",
                "--manual",
                "--preferred-challenges",
                "dns",
                *hooks,
                "-d",
                NAMES[1],
                "-d",
                f"*.{NAMES[1]}",
            ]
            agree = ["--agree-tos", "-m", "a@example.test", "--eab-kid", external["kid"]]
            wrong = "A" * len(external["hmac_key"])
            refused = _certbot(service, tmp_path / "bot", *ask, *agree, f"--eab-hmac-key={wrong}")
            assert refused.returncode != 0  # not who the external account belongs to
            assert not (zone.with_suffix(".told")).exists()
            got = _certbot(service, tmp_path / "bot", *ask, *agree, f"--eab-hmac-key={external['hmac_key']}")
            assert got.returncode == 0, got.stdout + got.stderr + service.log.read_text()[-3000:]
            told = zone.with_suffix(".told").read_text().split("\n")
            assert sum(line.startswith("add _acme-challenge.example.test ") for line in told) == 2
            assert zone.read_text().strip() == ""  # taken out again
            live = tmp_path / "bot" / "config" / "live" / NAMES[1]
            (leaf,) = x509.load_pem_x509_certificates((live / "cert.pem").read_bytes())
            names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            assert set(names.get_values_for_type(x509.DNSName)) == {NAMES[1], f"*.{NAMES[1]}"}
            _require_chain(service, live, tmp_path)
            again = _certbot(service, tmp_path / "other", *ask, *agree, f"--eab-hmac-key={external['hmac_key']}")
            assert again.returncode != 0  # an external account serves one account


def test_certbot_is_refused_a_name_whose_zone_says_something_else(tmp_path: Path) -> None:
    hook, zone = tmp_path / "hook.py", tmp_path / "zone"
    hook.write_text(HOOK.replace("os.environ['CERTBOT_VALIDATION']", "'x' * 43"))
    with name_service(ZoneFile(zone)) as resolver:
        settings = f'[acme]\nenabled = true\nresolver = "{resolver}"\nnetworks = ["127.0.0.0/8"]\n'
        with ca_service(tmp_path, settings) as service:
            words = ("ca", "acme", "external", "add", "web-1", "--passphrase-file", str(tmp_path / "passphrase"))
            external = _trustkit(service, *words)
            eab = ["--eab-kid", external["kid"], f"--eab-hmac-key={external['hmac_key']}"]
            hooks = [f"--manual-{which}-hook={sys.executable} {hook} {zone} {act}" for which, act in HOOKS]
            ask = ["certonly", "--manual", "--preferred-challenges", "dns", *hooks, "-d", NAMES[1]]
            refused = _certbot(service, tmp_path / "bot", *ask, "--agree-tos", "-m", "a@example.test", *eab)
            assert refused.returncode != 0
            assert not (tmp_path / "bot" / "config" / "live").exists()


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
