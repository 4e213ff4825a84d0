"""``trustkit encrypt`` and ``trustkit decrypt``: files for certain people, in EnvelopedData of CMS or GB/T 35275."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.message_form import FormOption, MessageForm
from trustkit.app.cli.options import (
    HomeOption,
    KeyUriOption,
    PassphraseFdOption,
    PassphraseFileOption,
    PinFdOption,
    PinFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, language, report, wrote
from trustkit.app.cli.recipient_options import RecipientsEvidence, Strict, doubts_of, judged_recipients
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.app.enveloping import OpenedFile
    from trustkit.cms.model import Dialect
    from trustkit.crypto.cipher_suites import CipherSuite

SECRET_FILE = 0o600  # what was opened is for its reader alone


class Cipher(StrEnum):
    """``--cipher``: how the content is encrypted."""

    SM4_GCM = "sm4-gcm"
    SM4_CBC = "sm4-cbc"
    SM4_CTR = "sm4-ctr"
    AES256_GCM = "aes256-gcm"
    AES128_GCM = "aes128-gcm"
    AES256_CBC = "aes256-cbc"
    AES128_CBC = "aes128-cbc"


Trust = Annotated[
    list[Path] | None,
    typer.Option("--trust", metavar="PATH", help="Anchors the certificates must lead to: file or folder."),
]
ReadingKey = Annotated[
    Path | None, typer.Option("--key", metavar="FILE", help="The recipient's key: PKCS#8, PKCS#12, .sm2.")
]
ReadingCertificate = Annotated[
    Path | None,
    typer.Option("--cert", metavar="FILE", help="The recipient's certificate, where several may be meant."),
]
SignersEvidence = Annotated[
    list[Path] | None,
    typer.Option("--evidence", metavar="PATH", help="Certificates and CRLs for the signatures inside: file or folder."),
]


def encrypt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to encrypt; it is not changed.")],
    *,
    to: Annotated[list[Path], typer.Option("--to", metavar="CERT", help="A recipient's encryption certificate.")],
    form: FormOption = MessageForm.RFC5652,
    cipher: Annotated[
        Cipher | None, typer.Option("--cipher", help="Default: sm4-gcm, in GB/T 35275 sm4-cbc.", show_default=False)
    ] = None,
    unauthenticated: Annotated[
        bool,
        typer.Option(
            "--unauthenticated", help="Write sm4-ctr, although any bit of it can be changed on the way unseen."
        ),
    ] = False,
    by_key_identifier: Annotated[
        bool, typer.Option("--by-key-identifier", help="Name recipients by their key, not by issuer and serial.")
    ] = False,
    trust: Trust = None,
    evidence: RecipientsEvidence = None,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch nothing from the network.")] = False,
    strict: Strict = False,
    out: Annotated[Path | None, typer.Option("--out", help="Default: FILE.p7m.")] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Encrypt a file to one or several certificates; nothing tells the recipients who did it (see `trustkit sign`).

    Nobody whose certificate is revoked or on hold is written to. What is not known of a recipient is said, and refused with --strict.
    """
    from trustkit.app.files import beside, read_input, require_place, write_output
    from trustkit.cms.encrypt import encrypt_message
    from trustkit.cms.model import Dialect

    dialect = Dialect(form.value)
    suite = _suite(cipher, dialect, unauthenticated=unauthenticated)
    data = read_input(file)
    target = out or beside(file, ".p7m")
    require_place(target)
    named = (tuple(trust or ()), tuple(evidence or ()))
    recipients = judged_recipients(tuple(to), *named, home=home, offline=offline, strict=strict)
    certificates = tuple(each.certificate for each in recipients)
    message = encrypt_message(
        data,
        certificates,
        dialect=dialect,
        suite=suite,
        by_key_identifier=by_key_identifier,
        malleable=unauthenticated,
    )
    write_output(target, message)
    doubts = doubts_of(recipients)
    told: dict[str, object] = {
        "file": str(target),
        "form": form.value,
        "cipher": suite.value,
        "authenticated": suite.authenticates,
    }
    told |= {"recipients": len(recipients), "octets": len(message), "doubts": doubts}
    lines = (wrote(target), *(f"  not known of a recipient: {doubt}" for doubt in doubts))
    report(output, told, *lines, f"Next, for a recipient: trustkit decrypt {target} --key KEY")


def decrypt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Encrypted message; it is not changed.")],
    *,
    key: ReadingKey = None,
    key_uri: KeyUriOption = None,
    cert: ReadingCertificate = None,
    trust: Trust = None,
    evidence: SignersEvidence = None,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch nothing from the network.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Default: FILE without .p7m, else FILE.opened.")] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    pin_file: PinFileOption = None,
    pin_fd: PinFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Open a message encrypted to a key of yours, in a file or in a module. Exit: 0, or as `trustkit verify` where the message is signed as well.

    The content goes to OUT, readable by you alone. Where its signature is wrong nothing is written.
    """
    from trustkit.app import exit_status
    from trustkit.app.enveloping import open_file
    from trustkit.app.files import beside, read_input, require_place, write_output
    from trustkit.app.own_keys import open_module_key, open_reading_key
    from trustkit.app.verification import VerifyRequest, evidence_of, verification_for
    from trustkit.app.wiring import open_if_home

    if (key is None) == (key_uri is None):
        raise TrustError(ErrorCode.USAGE, "the key is given by --key or by --key-uri")
    data = read_input(file)
    target = out or (file.with_suffix("") if file.suffix == ".p7m" else beside(file, ".opened"))
    require_place(target)
    request = VerifyRequest(
        trust=tuple(trust or ()),
        evidence=tuple(evidence or ()),
        offline=offline,
        home=chosen_home(home),
        home_required=home is not None,
    )
    with open_if_home(request.home, required=request.home_required) as opened_home:
        service = verification_for(request, opened_home)
        own = (
            open_reading_key(key, cert, lambda: read_passphrase(passphrase_file, passphrase_fd))
            if key is not None
            else open_module_key(
                key_uri or "", cert, lambda: read_passphrase(pin_file, pin_fd, what="PIN of the module")
            )
        )
        opened = open_file(
            data, own.opener(), certificate=own.certificate, service=service, evidence=evidence_of(request)
        )
    write_output(target, opened.opened.content, mode=SECRET_FILE)
    report(output, _told(opened, target), *_lines(opened, target))
    return 0 if opened.verdict is None else exit_status.of_verdicts((opened.verdict.conclusion.indication,))


def _suite(cipher: Cipher | None, dialect: Dialect, *, unauthenticated: bool) -> CipherSuite:
    """Return the suite asked for, or the dialect's usual one. Raise USAGE unless counter mode was asked for in full knowledge."""
    from trustkit.cms.encrypt import USUAL_SUITE
    from trustkit.crypto.cipher_suites import CipherSuite

    if unauthenticated and cipher is not Cipher.SM4_CTR:
        raise TrustError(ErrorCode.USAGE, "--unauthenticated goes with --cipher sm4-ctr")
    if cipher is Cipher.SM4_CTR and not unauthenticated:
        raise TrustError(ErrorCode.USAGE, "sm4-ctr shows no change made on the way: sm4-gcm, or --unauthenticated")
    return USUAL_SUITE[dialect] if cipher is None else CipherSuite(cipher.value)


def _told(opened: OpenedFile, target: Path) -> Mapping[str, object]:
    from verifier.report import verdict_to_json

    verdict = opened.verdict
    return {
        "file": str(target),
        "octets": len(opened.opened.content),
        "cipher": opened.opened.suite,
        "authenticated": opened.opened.authenticated,
        "recipient": opened.opened.recipient + 1,
        "dialects": list(opened.opened.notes),
        "verdict": None if verdict is None else verdict_to_json(verdict, file=str(target), language=language()),
    }


def _lines(opened: OpenedFile, target: Path) -> tuple[str, ...]:
    from verifier.report_text import verdict_to_text

    told = [wrote(f"{target} ({opened.opened.suite})"), *(f"  dialect: {note}" for note in opened.opened.notes)]
    if opened.verdict is not None:
        return (*told, *verdict_to_text(opened.verdict, file=str(target), language=language()))
    if not opened.opened.authenticated:
        told.append("  nobody signed it, and nothing shows whether it was changed on the way")
    return tuple(told)
