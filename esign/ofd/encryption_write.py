"""Encrypting a package to certificates, every file of it (GM/T 0099-2020 7.3, annex C, scheme 1.1.2).

    encrypt_package(data, (certificate,), at=clock.now())

The public half: whoever has certificates can do this, and nothing says who did. Opening is `esign.ofd.encryption_open`.
OFD.xml is encrypted too, title and licence metadata with it: what stays in clear is who may decrypt, and how large files are.

NOTE: the scheme has one key and one IV for all files, so that files which begin alike begin alike encrypted; that is no more than
the fixed first line of their XML, and a file's length tells as much. Passwords (1.1.1) are not written: their key derivation
has no salt and no iterations.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from lxml import etree

from esign.ofd.archive_write import pack_files
from esign.ofd.encryption_model import ENCRYPTIONS_NAME, KEY_SIZE, MAP_NAME, SEED_NAME, EncryptionScheme
from esign.ofd.encryption_read import MAX_USERS
from esign.ofd.package import open_package
from esign.ofd.xml import NAMESPACE
from trustkit.clock import CHINA
from trustkit.cms.encrypt import require_recipient
from trustkit.cms.model import Dialect
from trustkit.crypto.cipher import CipherParameters, CipherSuite, encrypt
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from lxml.etree import _Element as Element

    from trustkit.x509.certificate import Certificate

PROVIDER: Final = "trustkit"
_ACT: Final = "1"


def encrypt_package(
    data: bytes,
    recipients: tuple[Certificate, ...],
    *,
    at: datetime,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> bytes:
    """Return the package with every file encrypted, for each recipient to open.

    Args:
        data: an OFD in clear.
        recipients: their encryption certificates, SM2. Validity and trust are the caller's to check.
        at: the time of encryption to tell, aware.
        random: where the key and the IV come from.

    Raises:
        TrustError: OFD_ENCRYPTED (it is encrypted already); USAGE (no or too many recipients); CERTIFICATE_PURPOSE,
            KEY_UNSUPPORTED, ALGORITHM_MISMATCH (a certificate that is no SM2 recipient); what reading the package raises.
    """
    package = open_package(data)
    if package.nearest(ENCRYPTIONS_NAME) is not None:
        raise TrustError(ErrorCode.OFD_ENCRYPTED, "the package is encrypted already")
    if not 0 < len(recipients) <= MAX_USERS:
        raise TrustError(ErrorCode.USAGE, "number of recipients", recipients=len(recipients), limit=MAX_USERS)
    for certificate in recipients:
        require_recipient(certificate, Dialect.GBT35275)
    key = random(KEY_SIZE)
    parameters = CipherParameters(suite=CipherSuite.SM4_CBC, iv=random(KEY_SIZE))
    files: dict[str, bytes] = {}
    entries = _part("EncryptEntries", ID=_ACT)
    for number, name in enumerate(package.names):
        encrypted_name = f"enc/{number}.dat"  # what a file was called is told to recipients alone
        etree.SubElement(entries, f"{{{NAMESPACE}}}EncryptEntry", Path=f"/{name}", EPath=f"/{encrypted_name}")
        files[encrypted_name] = encrypt(parameters, key, package.octets(name))
    return pack_files(
        {
            ENCRYPTIONS_NAME: _octets(_encryptions(at)),
            SEED_NAME: _octets(_seed(tuple(dict.fromkeys(recipients)), key, parameters.iv)),
            MAP_NAME: encrypt(parameters, key, _octets(entries)),
            **files,
        }
    )


def _encryptions(at: datetime) -> Element:
    root = _part("Encryptions")
    info = _under(root, "EncryptInfo", ID=_ACT)
    _under(info, "Provider", ProviderName=PROVIDER, Company=PROVIDER)
    _under(info, "EncryptScope").text = "All"
    _under(info, "EncryptDate").text = at.astimezone(CHINA).replace(microsecond=0, tzinfo=None).isoformat()
    _under(info, "DecryptSeedLoc").text = f"/{SEED_NAME}"
    _under(info, "EntriesMapLoc").text = f"/{MAP_NAME}"
    return root


def _seed(recipients: tuple[Certificate, ...], key: bytes, iv: bytes) -> Element:
    root = _part("DecyptSeed", ID=_ACT, EncryptCaseId=EncryptionScheme.CERTIFICATE.value)
    for number, certificate in enumerate(recipients):
        # No name of a person: the certificate beside it says whose it is to those who can read certificates.
        user = _under(root, "UserInfo", UserName=str(number + 1), UserType="User")
        _under(user, "UserCert").text = encode_base64(certificate.der)
        _under(user, "EncryptedWK").text = encode_base64(encrypt_sm2(certificate.public_key, key))
        _under(user, "IVValue").text = encode_base64(iv)
    _under(root, "ExtendParams")
    return root


def _part(name: str, **attributes: str) -> Element:
    return etree.Element(f"{{{NAMESPACE}}}{name}", attributes, nsmap={"ofd": NAMESPACE})


def _under(parent: Element, name: str, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)


def _octets(root: Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
