"""Protecting a package's set of files: OFDEntries.xml and its signature put in (GM/T 0099-2020 7.4.3, annex D).

    protect_package(data, signer=signer, certificate=certificate, chain=chain, at=clock.now(), timestamp=stamp)

Last of all that is done to a package: a seal added afterwards brings files that the list does not hold. It proves that nothing
was added or left out, and nothing of what is in the files; seals and signatures do that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from esign.ofd.archive_write import pack_files
from esign.ofd.encryption_model import ENCRYPTIONS_NAME
from esign.ofd.integrity_model import ENTRIES_NAME, SIGNED_VALUE_NAME
from esign.ofd.integrity_read import read_integrity
from esign.ofd.package import open_package
from esign.ofd.xml import NAMESPACE
from trustkit.clock import CHINA
from trustkit.cms.model import Dialect
from trustkit.cms.sign import sign_message
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

CREATOR: Final = "trustkit"


def protect_package(
    data: bytes,
    *,
    signer: Signer,
    certificate: Certificate,
    chain: tuple[Certificate, ...] = (),
    at: datetime,
    timestamp: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """Return the package with the list of its files, signed; files keep their octets and their order.

    A protection that is there already is replaced: it would say that the new list was smuggled in.

    Args:
        data: an OFD, with its seals.
        signer: SM2, whose key the certificate is of.
        certificate: of whoever put the package together (版式文件合成者).
        chain: further certificates to carry.
        at: the time to tell in the list, aware; proved by `timestamp` alone.
        timestamp: given the signature octets, returns a token over them (DER), which 7.4 asks for.

    Raises:
        TrustError: OFD_ENCRYPTED; ALGORITHM_MISMATCH, USAGE and what the signer and `timestamp` raise; what reading raises.
    """
    package = open_package(data)
    if package.nearest(ENCRYPTIONS_NAME) is not None:
        raise TrustError(ErrorCode.OFD_ENCRYPTED, "the package is encrypted; it is protected before that")
    earlier = read_integrity(package)
    own = earlier.own_names if earlier is not None else frozenset({ENTRIES_NAME, SIGNED_VALUE_NAME})
    files = {name: package.octets(name) for name in package.names if name not in own}
    entries = _entries(tuple(files), at)
    message = sign_message(
        content=digest(DigestAlgorithm.SM3, entries),
        signer=signer,
        certificate=certificate,
        chain=chain,
        dialect=Dialect.GBT35275,
        detached=False,
        attributes=None,  # the digest itself is the content that is signed (7.4.3 d), as ofdrw has it
        timestamp=timestamp,
    )
    return pack_files({**files, ENTRIES_NAME: entries, SIGNED_VALUE_NAME: message})


def _entries(names: tuple[str, ...], at: datetime) -> bytes:
    words = {"ID": "1", "CreatorName": CREATOR, "CreationDate": at.astimezone(CHINA).date().isoformat()}
    root = etree.Element(f"{{{NAMESPACE}}}DocEntries", words, nsmap={"ofd": NAMESPACE})
    etree.SubElement(root, f"{{{NAMESPACE}}}SignedValueLoc").text = f"/{SIGNED_VALUE_NAME}"
    listed = etree.SubElement(root, f"{{{NAMESPACE}}}FileList")
    for number, name in enumerate(names):
        etree.SubElement(listed, f"{{{NAMESPACE}}}File", ID=str(number + 2), FileLoc=f"/{name}")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
