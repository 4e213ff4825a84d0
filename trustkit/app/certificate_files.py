"""Certificates and revocation lists out of files: PEM, DER, or a bag (``.p7b``) of them; told apart by content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.files import read_input
from trustkit.cms.bag import read_bag
from trustkit.encoding.pem import is_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.crl import parse_crl
from verifier.format import Format
from verifier.submission import identify

if TYPE_CHECKING:
    from pathlib import Path

MAX_CERTIFICATE_FILE: Final = 64 * 1024 * 1024  # as evidence: a CRL of a million entries
_LABELS: Final = ("CERTIFICATE", "X509 CRL", "PKCS7", "CMS")  # RFC 7468 5, 6, 8 and 9


def read_certificates(path: Path) -> tuple[Certificate, ...]:
    """Return the certificates of a file, in their order.

    Raises:
        TrustError: CERTIFICATE_MALFORMED (also for none at all), PEM_MALFORMED, CMS_*, INPUT_*.
    """
    found = tuple(parse_certificate(der) for der in read_objects(path) if identify(der) is Format.CERTIFICATE)
    if not found:
        raise TrustError(ErrorCode.CERTIFICATE_MALFORMED, "the file holds no certificate", file=path.name)
    return found


def read_bundle(paths: tuple[Path, ...]) -> tuple[tuple[Certificate, ...], tuple[bytes, ...]]:
    """Return certificates, and lists (DER) that can be read, of several files. Raise as `read_certificates`, CRL_MALFORMED."""
    objects = [der for path in paths for der in read_objects(path)]
    certificates = tuple(parse_certificate(der) for der in objects if identify(der) is not Format.CRL)
    lists = tuple(der for der in objects if identify(der) is Format.CRL)
    for der in lists:
        parse_crl(der)
    return certificates, lists


def read_objects(path: Path) -> tuple[bytes, ...]:
    """Return the objects of a file, bags taken apart; whatever else lies in a PEM file is left out."""
    data = read_input(path, limit=MAX_CERTIFICATE_FILE)
    objects = [data]
    if is_pem(data):
        objects = [block.der for block in parse_pem(data) if block.label.endswith(_LABELS)]
    return tuple(der for each in objects for der in _of_bag(each))


def _of_bag(octets: bytes) -> tuple[bytes, ...]:
    """Return what a bag holds, or the octets themselves. A signed message is no bag: it vouches for nothing here."""
    if identify(octets) is not Format.CMS:
        return (octets,)
    bag = read_bag(octets)
    if not bag.is_bag:
        raise TrustError(ErrorCode.CERTIFICATE_MALFORMED, "a signed message is no list of certificates")
    return (*bag.certificates, *bag.crls)
