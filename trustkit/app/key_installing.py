"""The holder's side of a dual certificate: what came back from the authority, opened into containers of his own.

Needs no home. The encryption key goes from its envelope into an encrypted container and is written nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.response import install_response, parse_response
from trustkit.app.files import require_place, write_output
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.enveloped_key import unwrap_key
from trustkit.custody.key_files import write_new_private_file
from trustkit.custody.private_key import generate_key
from trustkit.custody.software import seal_container
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.name_build import build_name
from trustkit.x509.request_build import REQUEST_LABEL, RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.private_key import PrivateKey
    from trustkit.x509.certificate import Certificate

SIGNING: Final = "signing.cer.pem"
ENCRYPTION: Final = "encryption.cer.pem"
ENCRYPTION_KEY: Final = "encryption.key.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What was written, in order."""

    files: tuple[Path, ...]


def make_request(subject: list[str], passphrase: Passphrase, target: Path) -> bytes:
    """Write a new SM2 key's container and return a certification request (PKCS#10, PEM) for it.

    Raises:
        TrustError: USAGE for a subject that is no list of LABEL=VALUE, NAME_MALFORMED, PASSPHRASE_WEAK, KEY_EXISTS, DISK_*.
    """
    pairs = [tuple(part.split("=", 1)) for part in subject]
    if not pairs or any(len(pair) != 2 for pair in pairs):  # noqa: PLR2004 - label and value
        raise TrustError(ErrorCode.USAGE, "a subject is given as LABEL=VALUE, once for each attribute")
    name = build_name(tuple((label, value) for label, value in pairs))
    key = generate_key(KeyKind.SM2)
    signer = key.signer()
    info = build_request_info(RequestSpec(subject_der=name, spki=key.public_key.spki))
    request = assemble_request(info, signer.suite, signer.sign(info))
    write_new_private_file(target, seal_container(key, passphrase))
    return encode_pem(REQUEST_LABEL, request)


def install(data: bytes, key: PrivateKey, passphrase: Passphrase, folder: Path) -> Installed:
    """Write certificates, and the encryption key's container under `passphrase`, into a folder.

    Raises:
        TrustError: RESPONSE_MALFORMED, RESPONSE_MISMATCH and what `unwrap_key` raises, before anything is written; OUTPUT_EXISTS,
            DISK_*, PASSPHRASE_WEAK.
    """
    answer = install_response(parse_response(data), key)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = [SIGNING] if answer.encryption is None else [ENCRYPTION_KEY, SIGNING, ENCRYPTION]
    for name in wanted:
        require_place(folder / name)
    if answer.encryption_key is not None:
        write_new_private_file(folder / ENCRYPTION_KEY, seal_container(answer.encryption_key, passphrase))
    _write_certificate(folder / SIGNING, answer.signing)
    if answer.encryption is not None:
        _write_certificate(folder / ENCRYPTION, answer.encryption)
    return Installed(files=tuple(folder / name for name in wanted))


def open_envelope(data: bytes, key: PrivateKey, passphrase: Passphrase, target: Path, of: Certificate | None) -> None:
    """Write the key in an SM2EnvelopedKey into a container under `passphrase`; with `of` it must be that certificate's key.

    Raises:
        TrustError: what `unwrap_key` raises; RESPONSE_MISMATCH for another certificate; KEY_EXISTS, DISK_*, PASSPHRASE_WEAK.
    """
    opened = unwrap_key(data, key.decryptor())
    if of is not None and of.public_key.spki != opened.public_key.spki:
        raise TrustError(ErrorCode.RESPONSE_MISMATCH, "the recovered key is not the certificate's")
    write_new_private_file(target, seal_container(opened, passphrase))


def _write_certificate(path: Path, certificate: Certificate) -> None:
    write_output(path, encode_pem("CERTIFICATE", certificate.der))
