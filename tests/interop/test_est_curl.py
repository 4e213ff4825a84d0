"""curl walks EST over real TLS: the CA's certificates, enrolment by secret, renewal by the certificate itself; and is refused."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.ca_service import ca_service
from tests.support.terminal import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.ca_service import CaService

pytestmark = pytest.mark.interop

SUBJECT = "/C=CN/O=Example/CN=sensor-1"
EST = "/.well-known/est"


def _run(*words: str) -> bytes:
    done = subprocess.run(words, check=False, capture_output=True, timeout=60, env=environment())
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def _curl(service: CaService, path: str, *words: str) -> tuple[int, bytes]:
    out = _run("curl", "--silent", "--show-error", "--cacert", str(service.tls.root), "--write-out", "\n%{http_code}",
               *words, f"{service.base}{path}")  # fmt: skip
    body, _, status = out.rpartition(b"\n")
    return int(status), body


def _request(folder: Path, name: str, subject: str = SUBJECT) -> tuple[Path, Path]:
    """Return the file of a key and that of a request in base64."""
    key, der, text = folder / f"{name}.key", folder / f"{name}.der", folder / f"{name}.b64"
    _run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key),
         "-subj", subject, "-outform", "DER", "-out", str(der))  # fmt: skip
    text.write_bytes(base64.encodebytes(der.read_bytes()))
    return key, text


def _certificate(folder: Path, name: str, body: bytes) -> Path:
    """Return the PEM file of the one certificate in a bag, as OpenSSL reads it."""
    bag, pem = folder / f"{name}.p7", folder / f"{name}.pem"
    bag.write_bytes(base64.b64decode(body))
    text = _run("openssl", "pkcs7", "-inform", "DER", "-in", str(bag), "-print_certs")
    assert text.count(b"BEGIN CERTIFICATE") == 1
    pem.write_bytes(text)
    return pem


def _post(file: Path, *, media: str = "application/pkcs10") -> tuple[str, ...]:
    return ("--data-binary", f"@{file}", "--header", f"Content-Type: {media}")


def _factory(service: CaService, folder: Path) -> tuple[str, ...]:
    """Register a client for devices nobody has to agree to; return how curl shows its secret."""
    policy = service.home / "policies" / "registration.toml"
    policy.write_text(policy.read_text("utf-8").replace("seal = 2\n", "seal = 2\ndevice = 0\n"), "utf-8")
    command = [sys.executable, "-m", "trustkit.app", "ca", "client", "add", "factory", "--role", "requester"]
    grant = "--may request --profile device --authority issuing --name O=Example --name CN=sensor-*"
    command += grant.split()
    command += ["--passphrase-file", str(folder / "passphrase")]
    told = json.loads(_run(*command, "--home", str(service.home), "--format", "json"))
    return ("--user", f"{told['identifier']}:{told['credential'].partition('.')[2]}")


def test_curl_walks_est(tmp_path: Path) -> None:
    with ca_service(tmp_path, "[est]\nenabled = true\n") as service:
        user = _factory(service, tmp_path)

        status, body = _curl(service, f"{EST}/cacerts")
        assert status == 200
        bag = tmp_path / "ca.p7"
        bag.write_bytes(base64.b64decode(body))
        anchors = _run("openssl", "pkcs7", "-inform", "DER", "-in", str(bag), "-print_certs")
        assert anchors.count(b"BEGIN CERTIFICATE") == 2
        (tmp_path / "ca.pem").write_bytes(anchors)
        assert _curl(service, f"{EST}/csrattrs")[0] == 204

        key, request = _request(tmp_path, "first")
        assert _curl(service, f"{EST}/simpleenroll", *_post(request))[0] == 401
        assert _curl(service, f"{EST}/simpleenroll", *_post(request), "--user", "nobody:x")[0] == 401
        assert _curl(service, f"{EST}/simpleenroll", *_post(request, media="text/plain"), *user)[0] == 415
        assert _curl(service, f"{EST}/other/simpleenroll", *_post(request), *user)[0] == 404
        status, body = _curl(service, f"{EST}/device/simpleenroll", *_post(request), *user)
        assert status == 200, body
        first = _certificate(tmp_path, "first", body)
        _run(
            "openssl",
            "verify",
            "-x509_strict",
            "-purpose",
            "sslclient",
            "-CAfile",
            str(tmp_path / "ca.pem"),
            str(first),
        )

        shown = ("--cert", str(first), "--key", str(key))
        new_key, renewal = _request(tmp_path, "second")
        assert _curl(service, f"{EST}/simplereenroll", *_post(renewal))[0] == 401
        header = ("--header", f"X-SSL-Client-Cert: {base64.b64encode(first.read_bytes()).decode()}")
        assert _curl(service, f"{EST}/simplereenroll", *_post(renewal), *header)[0] == 401  # no header says who it is
        _, stranger = _request(tmp_path, "stranger", "/C=CN/O=Example/CN=sensor-2")
        assert _curl(service, f"{EST}/simplereenroll", *_post(stranger), *shown)[0] == 403
        status, body = _curl(service, f"{EST}/simplereenroll", *_post(renewal), *shown)
        assert status == 200, body
        second = _certificate(tmp_path, "second", body)

        serial = _run("openssl", "x509", "-in", str(second), "-noout", "-serial").decode().strip().partition("=")[2]
        words = [sys.executable, "-m", "trustkit.app", "ca", "revoke", serial, "--reason", "keyCompromise"]
        _run(*words, "--home", str(service.home), "--passphrase-file", str(tmp_path / "passphrase"))
        revoked = ("--cert", str(second), "--key", str(new_key))
        assert _curl(service, f"{EST}/simplereenroll", *_post(renewal), *revoked)[0] == 401
