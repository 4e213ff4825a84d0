"""The walk: authority, seal, licence as PDF, OFD and credential, verification, tampering, loss and revocation, trail, outside files, sign-on, and a platform that relies on it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx

from trustkit.app.demo.citizen import show_citizen
from trustkit.app.demo.outside import verify_outside_files
from trustkit.app.demo.platform import show_platform
from trustkit.app.demo.sealing import lose_seal, make_seal
from trustkit.app.demo.sign_on import show_sign_on
from trustkit.app.demo.stage import Stage, UnexpectedAnswerError, free_port, text_of
from trustkit.app.demo.wallet import fill_wallet
from trustkit.app.home import policies_source

if TYPE_CHECKING:
    from pathlib import Path

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
        _tell("2. One of its people applies for the authority's electronic seal (电子印章, GB/T 38540).")
        seal = make_seal(stage, NAME, _tell)
        identifier, documents = _licence(stage, folder)
        _tell(
            "     And for the holder's wallet as credentials (SD-JWT VC), in SM2 and in ES256, each bound to a key of his:"
        )
        credentials = tuple(fill_wallet(stage, identifier, folder, _tell).files.values())
        with stage.service() as client:
            _verify(client, (*documents, *credentials))
            _tamper(client, documents, folder)
            _lose(stage, client, seal, documents)
            _revoke(stage, client, identifier, (*documents, *credentials))
        _trail(stage)
        verify_outside_files(stage, _tell)
        issuing = _issuing(folder / "signed-in.pdf")
        relies = partial(show_platform, stage, folder / "signed-in.pdf", tell=_tell)
        signs_in = show_sign_on(stage, (NAME, USCC), issuing, relies, _tell)
        show_citizen(stage, signs_in, _tell)
    except (UnexpectedAnswerError, subprocess.TimeoutExpired, httpx.TransportError) as error:
        print(f"✗ {error}", file=sys.stderr)  # noqa: T201 - a program that speaks
        return 1
    _next(stage, folder, documents[0])
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


def _licence(stage: Stage, folder: Path) -> tuple[str, tuple[Path, ...]]:
    document = folder / "licence.pdf"
    _tell(
        "3. It issues a business licence (营业执照) as PDF and as OFD, the same page: rendered, sealed, signed with SM2/SM3,"
        " time-stamped, self-checked."
    )
    issued = stage.run(*_issuing(document, "both"), "--passphrase-file", str(stage.passphrase_file)).objects()[0]
    identifier = text_of(issued, "identifier")
    _tell(f"     {identifier}")
    documents = (document, document.with_suffix(".ofd"))
    for each in documents:
        _tell(f"     {each.name}, {each.stat().st_size} octets")
    return identifier, documents


def _issuing(document: Path, form: str = "pdf") -> tuple[str, ...]:
    """Return the command that issues a licence, but for the passphrase."""
    sample = policies_source() / "licences" / "business-licence" / "sample.json"
    what = ("--type", "business-licence", "--data", str(sample), "--as", form)
    return ("licence", "issue", *what, "--out", str(document), "--format", "json")


def _submit(client: httpx.Client, document: Path) -> dict[str, JsonValue]:
    answer = client.post("/v1/verify", files={"file": (document.name, document.read_bytes())})
    if not answer.is_success:
        raise UnexpectedAnswerError(f"POST /v1/verify: {answer.status_code} {answer.text[:300]}")
    verdict: dict[str, JsonValue] = answer.json()
    return verdict


def _judged(client: httpx.Client, document: Path, told: str, sub: str = "") -> dict[str, JsonValue]:
    """Submit a file, require its verdict, tell it, and return it."""
    verdict = _submit(client, document)
    _require(told, text_of(verdict, "indication"), document.name)
    if sub:
        _require(sub, text_of(verdict, "sub_indication"), document.name)
    found = text_of(verdict, "sub_indication")
    _tell(f"     {document.name}: {told}" + ("" if found == "null" else f", {found}"))
    return verdict


def _verify(client: httpx.Client, documents: tuple[Path, ...]) -> None:
    _tell("4. A platform verifies all of them: POST /v1/verify.")
    for document in documents:
        signatures = _judged(client, document, "TOTAL-PASSED")["signatures"]
        for signature in signatures if isinstance(signatures, list) else []:
            if isinstance(signature, dict):
                signer, signed_at = text_of(signature, "signer"), text_of(signature, "signed_at")
                _tell(f"       {text_of(signature, 'form')}: {signer}, {signed_at}")


def _tamper(client: httpx.Client, documents: tuple[Path, ...], folder: Path) -> None:
    _tell("5. Somebody changes one octet in copies, and a page inside the OFD.")
    pdf, ofd = documents
    octets = bytearray(pdf.read_bytes())
    octets[len(octets) // 3] ^= 0x01
    copies = (folder / "tampered.pdf", folder / "tampered.ofd")
    copies[0].write_bytes(octets)
    _other_page(ofd, copies[1])
    for copy in copies:
        _judged(client, copy, "TOTAL-FAILED")


def _other_page(document: Path, copy: Path) -> None:
    """Write a copy of an OFD whose first page has one more space in it: the archive is whole, the page is another."""
    with zipfile.ZipFile(document) as package, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in package.namelist():
            is_page = name.endswith("Page_0/Content.xml")
            changed.writestr(name, package.read(name) + (b"\n" if is_page else b""))


def _lose(stage: Stage, client: httpx.Client, seal: str, documents: tuple[Path, ...]) -> None:
    _tell(
        "6. The seal is stolen, and one person has it stopped at once. What was sealed before, as time stamps prove, stays good."
    )
    lose_seal(stage, seal, _tell)
    _judged(client, documents[1], "TOTAL-PASSED")


def _revoke(stage: Stage, client: httpx.Client, identifier: str, documents: tuple[Path, ...]) -> None:
    _tell("7. The authority suspends the licence, resumes it, and revokes it; all verdicts change at once, each time.")
    for act, reason, told in (
        ("suspend", "under-review", ("INDETERMINATE", "LICENCE_SUSPENDED")),
        ("resume", "cleared", ("TOTAL-PASSED",)),
    ):
        stage.run("licence", act, identifier, "--reason", reason, "--passphrase-file", str(stage.passphrase_file))
        for document in documents:
            _judged(client, document, *told)
    stage.run(
        *("licence", "revoke", identifier, "--reason", "cancelled"),
        *("--passphrase-file", str(stage.passphrase_file)),
    )
    for document in documents:
        _judged(client, document, "TOTAL-FAILED", "LICENCE_REVOKED")


def _trail(stage: Stage) -> None:
    _tell("8. The audit trail, in order:")
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
        f".venv/bin/trustkit verify --format json {folder / 'tampered.ofd'}",
        f".venv/bin/trustkit render {folder / 'licence.ofd'} --out {folder / 'pages'}",
        ".venv/bin/trustkit doctor",
        f".venv/bin/trustkit serve        # then: curl -F file=@{document} {stage.base_url}/v1/verify",
        ".venv/bin/trustkit audit list",
    ):
        _tell(f"  {line}")
