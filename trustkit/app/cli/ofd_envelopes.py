"""``trustkit encrypt --form ofd`` and ``trustkit decrypt`` of OFD: packages in which every file is encrypted (GM/T 0099-2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.cli.output import Whose, language, next_step, report, wrote
from trustkit.app.cli.recipient_options import doubts_of
from trustkit.texts.catalogue import Language

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from esign.ofd.encryption_open import ReadingKey
    from trustkit.app.cli.output import OutputFormat
    from trustkit.app.recipients import Recipient
    from verifier.service import VerificationService

ENCRYPTED = ".encrypted.ofd"
_WORDS: Final = {
    Language.EN: {
        "doubt": "  not known of a recipient: {doubt}",
        "bare": "  nothing in it shows whether it was changed on the way; a seal or signature inside does",
        "files": "  {count} files decrypted",
        "unsigned": "  nobody signed it, and nothing shows whether it was changed on the way",
    },
    Language.ZH: {
        "doubt": "  关于接收方，以下情况未知：{doubt}",
        "bare": "  加密本身无法显示途中是否被改动；文件内的印章或签名可以",
        "files": "  已解密 {count} 个文件",
        "unsigned": "  该文件未经签名，无法得知途中是否被改动",
    },
}
SECRET_FILE = 0o600  # as of messages: for its reader alone


def _said(key: str, **values: str) -> str:
    return _WORDS[language()][key].format(**values)


def opened_name(file: Path) -> Path:
    """Return where an opened package goes unless told."""
    return file.with_name(f"{file.name.removesuffix(ENCRYPTED).removesuffix('.ofd')}.opened.ofd")


def encrypt_ofd(
    file: Path, out: Path | None, judged: Callable[[], tuple[Recipient, ...]], *, output: OutputFormat
) -> None:
    """Write the package encrypted to the recipients, who are judged once there is a file to encrypt, and say so."""
    from esign.ofd.encryption_write import encrypt_package
    from trustkit.app.files import read_input, require_place, write_output
    from trustkit.clock import SystemClock

    target = out or file.with_name(f"{file.stem}{ENCRYPTED}")
    data = read_input(file)
    require_place(target)
    recipients = judged()
    certificates = tuple(each.certificate for each in recipients)
    made = encrypt_package(data, certificates, at=SystemClock().now())
    write_output(target, made)
    told: dict[str, object] = {"file": str(target), "form": "ofd", "cipher": "sm4-cbc", "authenticated": False}
    tell_encrypted(target, told, recipients, octets=len(made), output=output, notes=(_said("bare"),))


def tell_encrypted(
    target: Path,
    told: dict[str, object],
    recipients: tuple[Recipient, ...],
    *,
    octets: int,
    output: OutputFormat,
    notes: tuple[str, ...] = (),
) -> None:
    """Say what was encrypted to whom, what is not known of them, and what a recipient does with it."""
    doubts = doubts_of(recipients)
    told = {**told, "recipients": len(recipients), "octets": octets, "doubts": doubts}
    lines = (wrote(target), *(_said("doubt", doubt=doubt) for doubt in doubts))
    report(output, told, *lines, *notes, next_step(f"trustkit decrypt {target} --key KEY", Whose.RECIPIENT))


def decrypt_ofd(
    data: bytes,
    target: Path,
    key: ReadingKey,
    *,
    service: VerificationService,
    evidence: tuple[bytes, ...],
    output: OutputFormat,
) -> int:
    """Write the package in clear and say so; return the exit status."""
    from trustkit.app import exit_status
    from trustkit.app.files import write_output
    from trustkit.app.ofd_opening import open_ofd
    from verifier.report import verdict_to_json
    from verifier.report_text import verdict_to_text

    found = open_ofd(data, key, service=service, evidence=evidence)
    write_output(target, found.opened.octets, mode=SECRET_FILE)
    told: dict[str, object] = {
        "file": str(target),
        "octets": len(found.opened.octets),
        "cipher": "sm4-cbc",
        "authenticated": False,
        "files": found.opened.files,
        "verdict": verdict_to_json(found.verdict, file=str(target), language=language()) if found.signed else None,
    }
    lines = [wrote(target), _said("files", count=str(found.opened.files))]
    if found.signed:
        lines += verdict_to_text(found.verdict, file=str(target), language=language())
    else:
        lines.append(_said("unsigned"))
    report(output, told, *lines)
    return exit_status.of_verdicts((found.verdict.conclusion.indication,)) if found.signed else 0
