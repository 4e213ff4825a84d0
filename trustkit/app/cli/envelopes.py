"""``trustkit encrypt`` and ``trustkit decrypt``: files for certain people, in EnvelopedData of CMS or GB/T 35275, or inside an OFD."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
from trustkit.app.cli.recipient_options import RecipientsEvidence, Strict, judged_recipients
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


class EncryptForm(StrEnum):
    """``--form``: the syntax of what comes out."""

    RFC5652 = "rfc5652"
    GBT35275 = "gbt35275"
    OFD = "ofd"


EncryptFormOption = Annotated[
    EncryptForm,
    typer.Option(
        "--form",
        help="A message of CMS, or of GB/T 35275; ofd: an OFD that stays one, every file in it encrypted (GM/T 0099).",
    ),
]
ByPassword = Annotated[
    bool,
    typer.Option(
        "--by-password",
        help="Open an OFD that is under a password; it is asked for, or read from --passphrase-file. The scheme is weak.",
    ),
]
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
OpenedFileOption = Annotated[
    Path | None,
    typer.Option("--out", help="Default: FILE without .p7m, else FILE.opened; of an OFD FILE.opened.ofd."),
]
SignersEvidence = Annotated[
    list[Path] | None,
    typer.Option("--evidence", metavar="PATH", help="Certificates and CRLs for the signatures inside: file or folder."),
]


def encrypt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to encrypt; it is not changed.")],
    *,
    to: Annotated[list[Path], typer.Option("--to", metavar="CERT", help="A recipient's encryption certificate.")],
    form: EncryptFormOption = EncryptForm.RFC5652,
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
    out: Annotated[Path | None, typer.Option("--out", help="Default: FILE.p7m, of an OFD FILE.encrypted.ofd.")] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Encrypt a file to one or several certificates; nothing tells the recipients who did it (see `trustkit sign`).

    Nobody whose certificate is revoked or on hold is written to. What is not known of a recipient is said, and refused with --strict.
    """
    from trustkit.app.cli.ofd_envelopes import encrypt_ofd, tell_encrypted
    from trustkit.app.files import beside, read_input, require_place, write_output
    from trustkit.cms.encrypt import encrypt_message
    from trustkit.cms.model import Dialect

    named = (tuple(trust or ()), tuple(evidence or ()))
    judged = partial(judged_recipients, tuple(to), *named, home=home, offline=offline, strict=strict)
    if form is EncryptForm.OFD:
        if cipher not in {None, Cipher.SM4_CBC} or unauthenticated or by_key_identifier:
            raise TrustError(ErrorCode.USAGE, "inside an OFD it is sm4-cbc, and recipients by their certificates")
        encrypt_ofd(file, out, judged, output=output)
        return
    dialect = Dialect(form.value)
    suite = _suite(cipher, dialect, unauthenticated=unauthenticated)
    data = read_input(file)
    target = out or beside(file, ".p7m")
    require_place(target)
    recipients = judged()
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
    told: dict[str, object] = {"file": str(target), "form": form.value, "cipher": suite.value}
    told |= {"authenticated": suite.authenticates}
    tell_encrypted(target, told, recipients, octets=len(message), output=output)


def decrypt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Encrypted message or OFD; it is not changed.")],
    *,
    key: ReadingKey = None,
    key_uri: KeyUriOption = None,
    cert: ReadingCertificate = None,
    by_password: ByPassword = False,
    trust: Trust = None,
    evidence: SignersEvidence = None,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch nothing from the network.")] = False,
    out: OpenedFileOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    pin_file: PinFileOption = None,
    pin_fd: PinFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Open a message or an OFD encrypted to a key of yours, in a file or a module. Exit: 0, or as `trustkit verify` where it is signed as well.

    The content goes to OUT, readable by you alone. Where its signature is wrong nothing is written.
    """
    from trustkit.app import exit_status
    from trustkit.app.cli.ofd_envelopes import decrypt_ofd, opened_name
    from trustkit.app.enveloping import open_file
    from trustkit.app.files import read_input, require_place, write_output
    from trustkit.app.ofd_opening import certificate_key, is_encrypted_ofd, password_key, require_no_package
    from trustkit.app.own_keys import open_module_key, open_reading_key
    from trustkit.app.verification import evidence_of, verification_for
    from trustkit.app.verify_request import VerifyRequest
    from trustkit.app.wiring import open_if_home

    package = is_encrypted_ofd(data := read_input(file))
    if not package:
        require_no_package(data)
    _require_one_key(key, key_uri, by_password=by_password, package=package)
    require_place(target := out or (opened_name(file) if package else _opened_name(file)))
    request = VerifyRequest(
        trust=tuple(trust or ()),
        evidence=tuple(evidence or ()),
        offline=offline,
        home=chosen_home(home),
        home_required=home is not None,
    )
    secret = partial(read_passphrase, passphrase_file, passphrase_fd)
    with open_if_home(request.home, required=request.home_required) as opened_home:
        service = verification_for(request, opened_home)
        found = evidence_of(request)
        if by_password:
            reading = password_key(secret(what="Password of the OFD"))
            return decrypt_ofd(data, target, reading, service=service, evidence=found, output=output)
        pin = partial(read_passphrase, pin_file, pin_fd, what="PIN of the module")
        own = open_reading_key(key, cert, secret) if key is not None else open_module_key(key_uri or "", cert, pin)
        if package:
            reading = certificate_key(own.opener())
            return decrypt_ofd(data, target, reading, service=service, evidence=found, output=output)
        opened = open_file(data, own.opener(), certificate=own.certificate, service=service, evidence=found)
    write_output(target, opened.opened.content, mode=SECRET_FILE)
    report(output, _told(opened, target), *_lines(opened, target))
    return 0 if opened.verdict is None else exit_status.of_verdicts((opened.verdict.conclusion.indication,))


def _opened_name(file: Path) -> Path:
    """Return where a message's content goes unless told."""
    return file.with_suffix("") if file.suffix == ".p7m" else file.with_name(f"{file.name}.opened")


def _require_one_key(key: Path | None, key_uri: str | None, *, by_password: bool, package: bool) -> None:
    """Raise USAGE unless one key was named, or the password of a package."""
    if [key is not None, key_uri is not None, by_password].count(True) != 1:
        raise TrustError(ErrorCode.USAGE, "the key is given by --key or by --key-uri; of an OFD also --by-password")
    if by_password and not package:
        raise TrustError(ErrorCode.USAGE, "--by-password opens OFD; messages are encrypted to keys")


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
