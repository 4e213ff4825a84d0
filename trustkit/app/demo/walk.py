"""The walk: authority, licence, verification over HTTP, tampering, revocation, trail, and the outside files."""

from __future__ import annotations

import secrets
import shutil
import sys
from typing import TYPE_CHECKING, Final

from trustkit.app.demo.outside import verify_outside_files
from trustkit.app.demo.stage import Stage, UnexpectedAnswerError, free_port, text_of
from trustkit.app.home import policies_source

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from trustkit.encoding.canonical_json import JsonValue

NAME: Final = "示范市市场监督管理局"
USCC: Final = "1199010000TRYQK01Q"  # invented, as the authority is; its check characters are right


def walk(folder: Path) -> int:
    """Run the demonstration in `folder`, made anew; return 0 when every step answered as told, else 1."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    passphrase = folder / "passphrase.txt"
    passphrase.touch(mode=0o600)
    passphrase.write_text(secrets.token_urlsafe(24), "ascii")
    stage = Stage(home=folder / "home", passphrase_file=passphrase, port=free_port())
    try:
        _authority(stage)
        identifier, document = _licence(stage, folder)
        with stage.service() as client:
            _verify(client, document)
            _tamper(client, document, folder)
            _revoke(stage, client, identifier, document)
        _trail(stage)
        verify_outside_files(stage, _tell)
    except UnexpectedAnswerError as error:
        print(f"✗ {error}", file=sys.stderr)  # noqa: T201 - a program that speaks
        return 1
    _next(stage, folder, document)
    return 0


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a program that speaks


def _require(told: str, found: str, what: str) -> None:
    if found != told:
        raise UnexpectedAnswerError(f"{what}: {found}, not {told}")


def _authority(stage: Stage) -> None:
    _tell(
        f"1. An authority comes up: {NAME} makes a root CA, an issuing CA, seal, time-stamp and status certificates (SM2)."
    )
    made = stage.run(
        *("init", "--name", NAME, "--uscc", USCC, "--base-url", stage.base_url, "--port", str(stage.port)),
        *("--passphrase-file", str(stage.passphrase_file), "--format", "json"),
    ).objects()[0]
    certificates = made["certificates"]
    for certificate in certificates if isinstance(certificates, list) else []:
        if isinstance(certificate, dict):
            _tell(f"     {text_of(certificate, 'profile'):<13} {text_of(certificate, 'subject')}")


def _licence(stage: Stage, folder: Path) -> tuple[str, Path]:
    sample = policies_source() / "licences" / "business-licence" / "sample.json"
    document = folder / "licence.pdf"
    _tell(
        "2. It issues a business licence (营业执照): rendered, sealed, signed with SM2/SM3, time-stamped, self-checked."
    )
    issued = stage.run(
        *("licence", "issue", "--type", "business-licence", "--data", str(sample), "--out", str(document)),
        *("--passphrase-file", str(stage.passphrase_file), "--format", "json"),
    ).objects()[0]
    identifier = text_of(issued, "identifier")
    _tell(f"     {identifier}")
    _tell(f"     {document.name}, {document.stat().st_size} octets")
    return identifier, document


def _submit(client: httpx.Client, document: Path) -> dict[str, JsonValue]:
    answer = client.post("/v1/verify", files={"file": (document.name, document.read_bytes(), "application/pdf")})
    if not answer.is_success:
        raise UnexpectedAnswerError(f"POST /v1/verify: {answer.status_code} {answer.text[:300]}")
    verdict: dict[str, JsonValue] = answer.json()
    return verdict


def _verify(client: httpx.Client, document: Path) -> None:
    _tell("3. A platform verifies it: POST /v1/verify.")
    verdict = _submit(client, document)
    _require("TOTAL-PASSED", text_of(verdict, "indication"), "the licence")
    signatures = verdict["signatures"]
    for signature in signatures if isinstance(signatures, list) else []:
        if isinstance(signature, dict):
            _tell(
                f"     {text_of(signature, 'indication')}: {text_of(signature, 'signer')}, {text_of(signature, 'signed_at')}"
            )


def _tamper(client: httpx.Client, document: Path, folder: Path) -> None:
    _tell("4. Somebody changes one octet in a copy.")
    octets = bytearray(document.read_bytes())
    octets[len(octets) // 3] ^= 0x01
    copy = folder / "tampered.pdf"
    copy.write_bytes(octets)
    verdict = _submit(client, copy)
    _require("TOTAL-FAILED", text_of(verdict, "indication"), "the tampered copy")
    _tell(f"     {text_of(verdict, 'indication')}: {text_of(verdict, 'sub_indication')}")


def _revoke(stage: Stage, client: httpx.Client, identifier: str, document: Path) -> None:
    _tell("5. The authority revokes the licence; the verdict changes at once.")
    stage.run(
        *("licence", "revoke", identifier, "--reason", "cancelled"),
        *("--passphrase-file", str(stage.passphrase_file)),
    )
    verdict = _submit(client, document)
    _require("TOTAL-FAILED", text_of(verdict, "indication"), "the revoked licence")
    _require("LICENCE_REVOKED", text_of(verdict, "sub_indication"), "the revoked licence")
    _tell(f"     {text_of(verdict, 'indication')}: {text_of(verdict, 'sub_indication')}")


def _trail(stage: Stage) -> None:
    _tell("6. The audit trail, in order:")
    for entry in stage.run("audit", "list", "--format", "json").objects():
        _tell(
            f"     {text_of(entry, 'sequence'):>3} {text_of(entry, 'at')} {text_of(entry, 'type')} {text_of(entry, 'outcome')}"
        )


def _next(stage: Stage, folder: Path, document: Path) -> None:
    home = stage.home
    _tell(f"Done. Everything lies in {folder}. Try next:")
    for line in (
        f"export TRUSTKIT_HOME={home}",
        f".venv/bin/trustkit verify {document}",
        f".venv/bin/trustkit verify --format json {folder / 'tampered.pdf'}",
        ".venv/bin/trustkit doctor",
        f".venv/bin/trustkit serve        # then: curl -F file=@{document} {stage.base_url}/v1/verify",
        ".venv/bin/trustkit audit list",
    ):
        _tell(f"  {line}")
