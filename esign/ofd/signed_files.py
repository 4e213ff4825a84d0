"""What earlier signatures of an OFD cover, as far as whoever adds one must know: that it still holds, and goes on to hold."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING

from esign.ofd.paths import locate
from esign.ofd.xml import attribute, children, parse_xml, require_child, require_root, text
from trustkit.crypto.digest import DigestAlgorithm, digest, digest_from_oid
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from esign.ofd.package import Package

_NAMES = {"sm3": DigestAlgorithm.SM3, "sha256": DigestAlgorithm.SHA256, "sha-256": DigestAlgorithm.SHA256}


def require_untouched(package: Package, name: str, changing: AbstractSet[str]) -> None:
    """Raise unless the signature that `name` describes holds as far as digests go, and covers none of the files that will change.

    Raises:
        TrustError: OFD_UNSIGNABLE, OFD_SIGNED_BADLY; what reading raises.
    """
    root = require_root(parse_xml(package.octets(name), name), "Signature", name)
    references = require_child(require_child(root, "SignedInfo"), "References")
    algorithm = _algorithm(attribute(references, "CheckMethod") or "MD5")
    for each in children(references, "Reference"):
        file = locate(package, attribute(each, "FileRef") or "", holder=name)
        if file in changing:
            raise TrustError(
                ErrorCode.OFD_UNSIGNABLE,
                "an earlier signature covers a file that every further one changes",
                file=file[:120],
            )
        if _decoded(text(require_child(each, "CheckValue"))) != digest(algorithm, package.octets(file)):
            raise TrustError(ErrorCode.OFD_SIGNED_BADLY, "a file was changed after it was signed", file=file[:120])


def _algorithm(method: str) -> DigestAlgorithm:
    return _NAMES.get(method.lower()) or digest_from_oid(method)


def _decoded(value: str) -> bytes:
    try:
        return b64decode("".join(value.split()), validate=True)
    except binascii.Error as error:
        raise TrustError(ErrorCode.OFD_MALFORMED, "a check value is no base64") from error
